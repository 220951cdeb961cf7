import numpy as np
import pytest

from fer_tf.synthesis.render.head import topology
from fer_tf.synthesis.render.head.skull import scalp_centre
from fer_tf.synthesis.render.head.subdivision import border_loops, loop_step, orient

TETRAHEDRON = np.array([(0, 1, 2), (0, 2, 3), (0, 3, 1), (1, 3, 2)], np.int32)


def neutral_fine():
    return topology.refine_face(topology.extend(topology.neutral_face()))


def test_the_mirror_is_an_involution_and_mirrors_the_neutral_face():
    mirror, points = topology.mirror(), topology.neutral_face()
    np.testing.assert_array_equal(mirror[mirror], np.arange(468))
    np.testing.assert_allclose(points[mirror] * (-1, 1, 1), points, atol=1e-6)
    assert mirror[33] == 263
    assert mirror[61] == 291


def test_orient_makes_neighbours_agree_whatever_their_order():
    mixed = TETRAHEDRON.copy()
    mixed[[1, 3]] = mixed[[1, 3], ::-1]
    oriented = orient(mixed, True)
    directed = oriented[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    assert len(np.unique(directed, axis=0)) == 12
    np.testing.assert_array_equal(orient(mixed, False), oriented[:, ::-1])


def test_subdivision_keeps_straight_what_is_straight():
    # Affine maps of the coarse points are affine maps of the fine ones: each row sums to 1.
    matrix, finer = loop_step(4, TETRAHEDRON, ())
    assert matrix.shape == (4 + 6, 4)
    assert len(finer) == 16
    np.testing.assert_allclose(np.asarray(matrix.sum(1)).ravel(), 1)


def test_sharp_vertices_stay():
    matrix, _ = loop_step(4, TETRAHEDRON, (2,))
    np.testing.assert_array_equal(matrix[2].toarray(), [[0, 0, 1, 0]])


def test_a_border_stays_on_its_curve():
    # Two triangles in a plane: all edges but one are border.
    matrix, _ = loop_step(4, np.array([(0, 1, 2), (1, 3, 2)], np.int32), ())
    np.testing.assert_allclose(matrix[0].toarray(), [[0.75, 0.125, 0.125, 0]])


def test_border_loops_of_an_open_square():
    (loop,) = border_loops(np.array([(0, 1, 2), (1, 3, 2)], np.int32))
    assert sorted(loop.tolist()) == [0, 1, 2, 3]


def test_the_fine_face_lies_on_the_landmarks():
    distance = np.linalg.norm(neutral_fine()[:468] - topology.neutral_face(), axis=1)
    assert np.median(distance) < 0.006
    assert distance.max() < 0.03


def test_the_surface_is_closed_but_for_eyes_and_mouth():
    mesh = topology.mesh()
    loops = border_loops(mesh.triangles)
    assert sorted(map(len, loops)) == sorted([len(mesh.eyes[0]), len(mesh.eyes[1]), len(mesh.mouth)])


def test_triangles_look_outwards():
    mesh, fine = topology.mesh(), neutral_fine()
    inner = mesh.triangles[mesh.triangles.max(1) < mesh.refine.shape[0]]
    a, b, c = (fine[inner[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    assert (normal[b[:, 2] > 0.3, 2] > 0).mean() > 0.9
    away = (a + b + c) / 3 - scalp_centre(topology.neutral_face())
    assert ((normal * away).sum(1) > 0).mean() > 0.97


def test_the_skull_is_as_big_as_a_skull():
    size = np.ptp(neutral_fine(), axis=0)
    assert 1.5 < size[0] < 1.8
    assert 2.25 < size[1] < 2.6
    assert 2.1 < size[2] < 2.5


def test_the_skull_follows_the_outline_and_its_back_stays():
    coarse = topology.extend(topology.neutral_face())
    moved = topology.follow(coarse, topology.neutral_face() + (0, 0.1, 0))
    way = np.linalg.norm(moved - coarse, axis=1)[topology.LANDMARKS :]
    assert way[:36].min() > 0.08
    assert way[-1] == 0
    assert np.all(np.diff(way[:-1].reshape(-1, 36).mean(1)) < 0)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (1.0, 0.0)])
def test_smoothstep_runs_from_low_to_high(low, high):
    np.testing.assert_allclose(topology.smoothstep(low, high, np.array([low, (low + high) / 2, high])), [0, 0.5, 1])
