"""Directions, scale and perspective of the camera."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.projection import PIVOT, View, place, project, rotation_matrix
from fer_tf.synthesis.render.spec import Pose
from fer_tf.synthesis.render.surface import Material, Surface

NOSE = np.array([[0.0, 0.25, 0.6]], np.float32)
CROWN = np.array([[0.0, -1.0, -0.4]], np.float32)


def _surface(points, name="face", on_head=True):
    points = np.asarray(points, np.float32)
    return Surface(points, np.zeros((0, 3), np.int32), Material.SKIN, np.ones_like(points), name, on_head=on_head)


def test_positive_yaw_turns_the_nose_to_the_right():
    still, turned = (project(NOSE, Pose(yaw=yaw), View())[0] for yaw in (0, 20))
    assert turned[0] > still[0] + 10


def test_positive_pitch_lifts_the_nose():
    still, turned = (project(NOSE, Pose(pitch=pitch), View())[0] for pitch in (0, 20))
    assert turned[1] < still[1] - 10


def test_positive_roll_turns_clockwise():
    still, turned = (project(CROWN, Pose(roll=roll), View())[0] for roll in (0, 20))
    assert turned[0] > still[0] + 10


def test_pivot_lands_at_the_centre_and_one_unit_has_the_asked_size():
    view = View(face_size=0.25, centre=(0.4, 0.6), size=200)
    pivot, left, right = project(np.array([PIVOT, [-0.5, 0, 0], [0.5, 0, 0]]), Pose(), view)
    np.testing.assert_allclose(pivot[:2], (80, 120), atol=1e-4)
    assert right[0] - left[0] == pytest.approx(50, abs=1e-3)
    assert left[2] == pytest.approx(view.distance)


def test_near_things_are_larger():
    view = View(distance=4)
    for z, larger in ((0.5, True), (-0.5, False)):
        ends = project(np.array([[-0.5, 0, z], [0.5, 0, z]]), Pose(), view)
        assert (ends[1, 0] - ends[0, 0] > view.face_size * view.size) == larger


def test_rotation_keeps_lengths():
    turn = rotation_matrix(Pose(30, -15, 12))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-5)


def test_body_follows_a_quarter_of_yaw_and_no_pitch():
    points = NOSE + [0, 2, 0]
    with_pitch, _ = place(_surface(points, on_head=False), Pose(yaw=20, pitch=15))
    quarter, _ = place(_surface(points), Pose(yaw=5))
    np.testing.assert_allclose(with_pitch, quarter, atol=1e-5)


def test_neck_joins_head_and_body():
    points = np.array([[0.3, 0.8, 0], [0.3, 1.3, 0], [0.3, 1.8, 0]])
    pose = Pose(yaw=30, pitch=10)
    neck, _ = place(_surface(points, "neck", on_head=False), pose)
    head, _ = place(_surface(points), pose)
    body, _ = place(_surface(points, "clothes", on_head=False), pose)
    np.testing.assert_allclose(neck[0], head[0], atol=1e-6)
    np.testing.assert_allclose(neck[2], body[2], atol=1e-6)
    np.testing.assert_allclose(neck[1], (head[1] + body[1]) / 2, atol=1e-5)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"face_size": 0.0}, "face_size"),
        ({"size": 4}, "size 4"),
        ({"distance": 1.0}, "distance"),
        ({"supersampling": 5}, "supersampling"),
    ],
)
def test_impossible_views_are_refused_by_name(bad, message):
    with pytest.raises(InputError, match=message):
        View(**bad)
