"""The fitted head lies under the mesh, turned as the drawn one."""

import numpy as np
import pytest
from drawn_faces import frame, mesh

from fer_tf.synthesis.disguise.fit import fit_head
from fer_tf.synthesis.render.head.build import build_head
from fer_tf.synthesis.render.head.topology import neutral_face
from fer_tf.synthesis.render.raster.projection import PIVOT, rotation_matrix


@pytest.mark.parametrize("yaw", [-30.0, 0.0, 30.0])
def test_drawn_pose_scale_and_shape_come_back(yaw):
    fit = fit_head(mesh(yaw).points)
    of = frame(yaw)
    between = fit.turn @ rotation_matrix(of.pose).T
    assert np.degrees(np.arccos((np.trace(between) - 1) / 2)) < 4
    assert fit.scale == pytest.approx(of.face_size * of.size, rel=0.04)
    drawn = build_head(of.subject, of.expression).landmarks
    assert np.linalg.norm(fit.landmarks - drawn, axis=1).mean() < 0.05
    assert fit.residual < 0.05


@pytest.mark.parametrize("yaw", [0.0, 30.0])
def test_landmarks_are_seen_where_the_mesh_has_them(yaw):
    fit = fit_head(mesh(yaw).points)
    world = (fit.landmarks - PIVOT) @ fit.turn.T + PIVOT
    assert np.abs(fit.to_photo(world) - mesh(yaw).points[:, :2]).max() < 0.02


def test_position_and_size_of_the_face_change_nothing_else():
    points = mesh(30.0).points
    near, far = fit_head(points), fit_head(points * 2.5 + np.float32([300, -40, 7]))
    assert far.scale == pytest.approx(2.5 * near.scale, rel=1e-4)
    np.testing.assert_allclose(far.landmarks, near.landmarks, atol=2e-3)
    assert far.middle == pytest.approx((2.5 * near.middle[0] + 300, 2.5 * near.middle[1] - 40), abs=0.1)


def test_irises_do_not_count():
    points = mesh().points
    with_irises = np.concatenate([points, np.full((10, 3), 1e4, np.float32)])
    assert fit_head(with_irises).landmarks.tobytes() == fit_head(points).landmarks.tobytes()


@pytest.mark.parametrize(
    "points",
    [
        np.random.default_rng(0).normal(100, 30, (468, 3)),
        np.full((468, 3), np.nan),
        np.zeros((468, 3)),
        neutral_face() * (5, 5, -5),
        neutral_face()[:100] * (60, 60, -60),
        neutral_face()[::-1] * (60, 60, -60),
    ],
    ids=["noise", "nan", "one point", "tiny", "too few", "wrong order"],
)
def test_what_is_no_face_has_no_fit(points):
    assert fit_head(points) is None
