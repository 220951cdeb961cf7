"""Cast shadows: a depth map seen from the key light, and its soft look-up."""

from typing import NamedTuple

import numpy as np

from fer_tf.synthesis.render.raster.compiled import exact, exact_leaf, leaf
from fer_tf.synthesis.render.raster.coverage import cells_between, columns_between, inverse, narrowed
from fer_tf.synthesis.render.raster.packing import WORLD, Mesh
from fer_tf.synthesis.render.surface import Material

# Side of the map; the box it covers is fixed (centre relative to the pivot, half side, both in E), so that
# one moving part does not shift the grid under all the others.
MAP_SIZE = 192
BOX_CENTRE = np.array([0.0, 0.05, 0.0], np.float32)
BOX_HALF = 1.9
# Clear glass throws no shadow.
_OPAQUE = 0.5
_ZERO, _ONE, _HALF, _QUARTER = np.float32(0), np.float32(1), np.float32(0.5), np.float32(0.25)
_SLACK = np.float32(-1e-4)
_LENS = int(Material.LENS)
# See ``ShadowBox``: lift, lift at grazing light, bias (E), steepness (1 / E).
_COMPARISON = (np.float32(0.012), np.float32(0.03), np.float32(0.008), np.float32(1 / 0.045))
_CLEAR = np.float32(-1e3)


class ShadowBox(NamedTuple):
    """Where a shadow map lies, and how a point is compared with it.

    Attributes:
        right: unit vector along the map's columns, world.
        down: along its rows.
        towards: to the light.
        centre: middle of the box relative to the pivot, E.
        cells: of the map in one E.
        lift: E, how far a point is lifted off its surface before it is compared …
        grazing_lift: … and how much further at grazing light.
        bias: E, what stands out by less throws nothing.
        steep: 1 / E, one over the height at which a shadow has its full strength.
    """

    right: tuple[float, float, float]
    down: tuple[float, float, float]
    towards: tuple[float, float, float]
    centre: tuple[float, float, float]
    cells: float
    lift: float
    grazing_lift: float
    bias: float
    steep: float


def light_axes(direction: np.ndarray) -> np.ndarray:
    """Axes of a picture taken from a light.

    Args:
        direction: float (3,) towards the light, any length but 0.

    Returns:
        float32 (3, 3): unit rows right, down, towards the light.
    """
    towards = np.asarray(direction, np.float64) / np.linalg.norm(direction)
    helper = np.array([0.0, 1.0, 0.0]) if abs(towards[1]) < 0.9 else np.array([0.0, 0.0, 1.0])
    right = np.cross(helper, towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards]).astype(np.float32)


def shadow_map(mesh: Mesh, direction: np.ndarray) -> tuple[np.ndarray, ShadowBox]:
    """Draws the depth map.

    Args:
        mesh: packed surfaces.
        direction: float (3,) towards the key light.

    Returns:
        The map, float32 (MAP_SIZE, MAP_SIZE), E towards the light of what is nearest to it; and where it lies.
    """
    axes = light_axes(direction)
    cells = np.float32(MAP_SIZE / (2 * BOX_HALF))
    seen = _seen_from(axes, mesh.points, BOX_CENTRE, cells, MAP_SIZE)
    height = np.full((MAP_SIZE, MAP_SIZE), _CLEAR, np.float32)
    throws = (mesh.material != _LENS) | (mesh.opacity >= _OPAQUE)
    _draw_heights(seen, mesh.triangles, mesh.surface, throws, mesh.two_sided, height)
    places = (tuple(vector) for vector in (*axes, BOX_CENTRE))
    return height, ShadowBox(*places, cells, *_COMPARISON)


@exact
def _seen_from(axes, points, centre, cells, side):
    """Column, row and height of each vertex in the map, float32 (N, 3)."""
    seen = np.empty((points.shape[0], 3), np.float32)
    half_side = np.float32(side) * _HALF
    for index in range(points.shape[0]):
        x, y, z = points[index, WORLD] - centre[0], points[index, WORLD + 1] - centre[1], points[index, WORLD + 2]
        z -= centre[2]
        seen[index, 0] = (axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z) * cells + half_side
        seen[index, 1] = (axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z) * cells + half_side
        seen[index, 2] = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
    return seen


@exact_leaf
def _draw_heights(seen, triangles, surface, throws, two_sided, height):
    side = height.shape[0]
    for index in range(triangles.shape[0]):
        if not throws[surface[index]]:
            continue
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        ax, ay, az = seen[a, 0], seen[a, 1], seen[a, 2]
        abx, aby, abz = seen[b, 0] - ax, seen[b, 1] - ay, seen[b, 2] - az
        acx, acy, acz = seen[c, 0] - ax, seen[c, 1] - ay, seen[c, 2] - az
        area = abx * acy - aby * acx
        # What is turned from the light lies behind what is turned to it.
        if area == _ZERO or (area < _ZERO and not two_sided[surface[index]]):
            continue
        left, right = cells_between(ax, abx, acx, side)
        top, bottom = cells_between(ay, aby, acy, side)
        if left > right or top > bottom:
            continue
        scale = _ONE / area
        inverse_b, inverse_c = inverse(acy * scale), inverse(-aby * scale)
        inverse_a = inverse((aby - acy) * scale)
        for row in range(top, bottom + 1):
            dy = np.float32(row) + _HALF - ay
            wb, wc = -dy * acx * scale, abx * dy * scale
            start, end = np.float32(left) + _HALF - ax, np.float32(right) + _HALF - ax
            start, end = narrowed(start, end, wb, inverse_b)
            start, end = narrowed(start, end, wc, inverse_c)
            start, end = narrowed(start, end, _ONE - wb - wc, inverse_a)
            for column in range(*columns_between(left, right, start + ax, end + ax)):
                dx = np.float32(column) + _HALF - ax
                wb = (dx * acy - dy * acx) * scale
                wc = (abx * dy - aby * dx) * scale
                if min(wb, min(wc, _ONE - wb - wc)) >= _SLACK:
                    height[row, column] = max(height[row, column], az + wb * abz + wc * acz)


@leaf
def visibility(heights, box, point, normal, facing):
    """How much of the key light reaches a point.

    Args:
        heights: the shadow map.
        box: where it lies.
        point: (x, y, z) world, E relative to the pivot.
        normal: unit.
        facing: cosine between normal and light.

    Returns:
        float32 0 (in shadow) .. 1, softened over three cells of the map.
    """
    lift = box.lift + box.grazing_lift * (_ONE - min(_ONE, max(_ZERO, facing)))
    x = point[0] + normal[0] * lift - box.centre[0]
    y = point[1] + normal[1] * lift - box.centre[1]
    z = point[2] + normal[2] * lift - box.centre[2]
    half_side = np.float32(heights.shape[0]) * _HALF - _HALF
    u = (box.right[0] * x + box.right[1] * y + box.right[2] * z) * box.cells + half_side
    v = (box.down[0] * x + box.down[1] * y + box.down[2] * z) * box.cells + half_side
    own = box.towards[0] * x + box.towards[1] * y + box.towards[2] * z + box.bias
    # The middle of the three cells is the one nearest to the point.
    u, v = u - _HALF, v - _HALF
    column, row = int(np.floor(u)), int(np.floor(v))
    if column < 0 or row < 0 or column + 3 > heights.shape[1] or row + 3 > heights.shape[0]:
        return _ONE
    part_u, part_v = u - np.float32(column), v - np.float32(row)
    dark = _ZERO
    for j in range(3):
        weight_v = _ONE - part_v if j == 0 else (part_v if j == 2 else _ONE)
        across = _ZERO
        for i in range(3):
            weight_u = _ONE - part_u if i == 0 else (part_u if i == 2 else _ONE)
            across += weight_u * min(_ONE, max(_ZERO, (heights[row + j, column + i] - own) * box.steep))
        dark += weight_v * across
    return _ONE - dark * _QUARTER
