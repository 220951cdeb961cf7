"""The compiled z-buffer against a slow one in plain numpy, and what packing refuses."""

import dataclasses

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.packing import pack, vertex_normals
from fer_tf.synthesis.render.raster.projection import View
from fer_tf.synthesis.render.raster.zbuffer import rasterise
from fer_tf.synthesis.render.spec import Pose
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles

VIEW = View(size=48)
SIDE = VIEW.size * VIEW.supersampling


def _triangles(seed, count=150, two_sided=False):
    rng = np.random.default_rng(seed)
    middle = rng.uniform(-1.2, 1.2, (count, 1, 3)) * [1, 1, 0.4]
    points = (middle + rng.normal(0, 0.25, (count, 3, 3))).reshape(-1, 3).astype(np.float32)
    triangles = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    return Surface(points, triangles, Material.CLOTH, np.ones_like(points), "loose", two_sided=two_sided)


def _oracle(mesh, side):
    """Nearest triangle of each subpixel, all subpixels of a triangle at once, float32."""
    middle = np.arange(side, dtype=np.float32) + np.float32(0.5)
    depth = np.zeros((side, side), np.float32)
    index_map = np.full((side, side), -1, np.int32)
    for index, corners in enumerate(mesh.triangles):
        (ax, ay, az), b, c = mesh.screen[corners]
        abx, aby, bz = b - np.array([ax, ay, az])
        acx, acy, cz = c - np.array([ax, ay, az])
        area = abx * acy - aby * acx
        if area == 0 or (area < 0 and not mesh.two_sided[mesh.surface[index]]):
            continue
        dx, dy = (middle - ax)[None, :], (middle - ay)[:, None]
        wb = (dx * acy - dy * acx) * (np.float32(1) / area)
        wc = (abx * dy - aby * dx) * (np.float32(1) / area)
        wa = np.float32(1) - wb - wc
        near = az + wb * bz + wc * cz
        wins = (np.minimum(wa, np.minimum(wb, wc)) >= np.float32(-1e-5)) & (near > depth)
        depth[wins], index_map[wins] = near[wins], index
    return depth, index_map


@pytest.mark.parametrize("two_sided", [False, True])
def test_same_triangles_and_depths_as_plain_numpy(two_sided):
    mesh = pack([_triangles(1, two_sided=two_sided), _triangles(2)], Pose(10, 5, 3), VIEW)
    buffers = rasterise(mesh, SIDE)
    depth, index_map = _oracle(mesh, SIDE)
    assert (index_map >= 0).mean() > 0.1
    np.testing.assert_array_equal(buffers.triangle, index_map)
    np.testing.assert_array_equal(buffers.depth, depth)


def test_hair_that_a_solid_may_hide_is_drawn_as_plain_numpy_draws_it():
    # Large solids in front hide whole tiles; roots (v = 0) are nowhere ragged.
    solids, loose = _triangles(3, count=40, two_sided=True), _triangles(4, count=400)
    solids = dataclasses.replace(solids, vertices=np.float32(solids.vertices * 1.5 + (0, 0, 0.5)))
    along = np.tile(np.float32([1, 0, 0]), (len(loose.vertices), 1))
    roots = np.zeros((len(loose.vertices), 2), np.float32)
    hair = dataclasses.replace(loose, material=Material.HAIR, name="hair", uv=roots, tangent=along, two_sided=True)
    mesh = pack([solids, hair], Pose(-15, 5, 0), VIEW)
    buffers = rasterise(mesh, SIDE)
    depth, index_map = _oracle(mesh, SIDE)
    shown = mesh.surface[index_map[index_map >= 0]]
    assert 0.1 < (shown == 1).mean() < 0.9, "some hair is seen and some is hidden"
    np.testing.assert_array_equal(buffers.triangle, index_map)
    np.testing.assert_array_equal(buffers.depth, depth)


@pytest.mark.parametrize("thickness", [1.0, 1e-2, 1e-4, 1e-6])
def test_slivers_are_as_wide_as_in_plain_numpy(thickness):
    rng = np.random.default_rng(9)
    start, way = rng.uniform(-1, 1, (200, 3)) * [1, 1, 0.3], rng.normal(0, 0.5, (200, 3)) * [1, 1, 0]
    way[::3, 1] = 0
    across = thickness * np.stack([-way[:, 1], way[:, 0], np.zeros(200)], 1)
    points = np.stack([start, start + way, start + 0.4 * way + across], 1).reshape(-1, 3).astype(np.float32)
    triangles = np.arange(600, dtype=np.int32).reshape(-1, 3)
    loose = Surface(points, triangles, Material.CLOTH, np.ones_like(points), "slivers", two_sided=True)
    mesh = pack([loose], Pose(), VIEW)
    buffers = rasterise(mesh, SIDE)
    depth, index_map = _oracle(mesh, SIDE)
    np.testing.assert_array_equal(buffers.triangle, index_map)
    np.testing.assert_array_equal(buffers.depth, depth)


def test_adjoining_triangles_leave_no_crack():
    rows, columns = np.mgrid[-1:1:30j, -1:1:30j]
    points = np.stack([columns.ravel(), rows.ravel(), 0.1 * np.sin(9 * rows.ravel())], 1).astype(np.float32)
    sheet = Surface(points, grid_triangles(30, 30), Material.CLOTH, np.ones_like(points), "sheet")
    view = dataclasses.replace(VIEW, face_size=0.9)
    assert (rasterise(pack([sheet], Pose(roll=7), view), SIDE).triangle >= 0).all()


def test_back_faces_show_only_where_two_sided():
    square = np.array([[-1, -1, 0], [1, -1, 0], [-1, 1, 0], [1, 1, 0]], np.float32)
    away = grid_triangles(2, 2)[:, ::-1].copy()
    for two_sided in (False, True):
        sheet = Surface(square, away, Material.CLOTH, np.ones_like(square), "sheet", two_sided=two_sided)
        seen = (rasterise(pack([sheet], Pose(), VIEW), SIDE).triangle >= 0).any()
        assert seen == two_sided


def test_lenses_are_drawn_apart():
    glass = dataclasses.replace(_triangles(3), material=Material.LENS)
    mesh = pack([glass], Pose(), VIEW)
    assert (rasterise(mesh, SIDE).triangle == -1).all()
    assert (rasterise(mesh, SIDE, lenses=True).triangle >= 0).any()


def test_hair_grows_thin_towards_its_tips():
    points = np.array([[-1, -1, 0], [1, -1, 0], [-1, 1, 0], [1, 1, 0]], np.float32)
    uv = np.array([[0, 0], [200, 0], [0, 1], [200, 1]], np.float32)
    down = np.tile(np.float32([0, 1, 0]), (4, 1))
    lock = Surface(points, grid_triangles(2, 2), Material.HAIR, np.ones_like(points), "hair", uv=uv, tangent=down)
    view = dataclasses.replace(VIEW, face_size=0.4, centre=(0.5, 0.4))
    shown = (rasterise(pack([lock], Pose(), view), SIDE).triangle >= 0).sum(axis=1)
    full = shown.max()
    rows = np.flatnonzero(shown)
    assert shown[rows[len(rows) // 4]] == full
    assert 0 < shown[rows[-6]] < 0.6 * full


def test_normals_of_a_ball_point_outwards():
    down, round_ = np.mgrid[0 : np.pi : 24j, 0 : 2 * np.pi : 48j]
    points = np.stack([np.sin(down) * np.sin(round_), -np.cos(down), np.sin(down) * np.cos(round_)], -1)
    points = points.reshape(-1, 3).astype(np.float32)
    normals = vertex_normals(points, grid_triangles(24, 48))
    inner = (np.abs(points[:, 1]) < 0.99) & (np.abs(points[:, 0]) > 0.05)
    assert (normals[inner] * points[inner]).sum(axis=1).min() > 0.99


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": np.ones((2, 3), np.float32)}, "loose: colour"),
        ({"vertices": np.full((450, 3), np.nan, np.float32)}, "NaN"),
        ({"triangles": np.array([[0, 1, 9999]], np.int32)}, "outside 0..449"),
        ({"textured": True}, "no uv"),
        ({"material": Material.HAIR, "uv": np.zeros((450, 2), np.float32)}, "no tangent"),
    ],
)
def test_broken_surfaces_are_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        pack([dataclasses.replace(_triangles(4), **change)], Pose(), VIEW)


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="0 surfaces"):
        pack([], Pose(), VIEW)
