import dataclasses

import numpy as np
import pytest

from fer_tf.synthesis.render.head import shape, topology
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Subject

AVERAGE = Subject("average", 3, 0, 30.0, 4, (0.0,) * len(SHAPE_NAMES), "bald", (30.0, 20.0, 10.0))
# These shape parts other than the face.
ELSEWHERE = ("ear_size", "neck_width")


def with_score(name, value):
    scores = [0.0] * len(SHAPE_NAMES)
    scores[SHAPE_NAMES.index(name)] = value
    return dataclasses.replace(AVERAGE, shape=tuple(scores))


@pytest.mark.parametrize("name", [name for name in SHAPE_NAMES if name not in ELSEWHERE])
def test_each_parameter_changes_the_face_symmetrically(name):
    field = shape.shape_fields()[SHAPE_NAMES.index(name)]
    assert 0.005 < np.abs(field).max() < 0.12
    np.testing.assert_allclose(field[topology.mirror()] * (-1, 1, 1), field, atol=1e-6)


def test_parameters_are_independent():
    names = [number for number, name in enumerate(SHAPE_NAMES) if name not in ELSEWHERE]
    fields = shape.shape_fields()[names].reshape(len(names), -1)
    assert np.linalg.matrix_rank(fields, tol=1e-3) == len(names)


@pytest.mark.parametrize(
    ("name", "pair", "axis"),
    [("jaw_width", (172, 397), 0), ("nose_width", (129, 358), 0), ("mouth_width", (61, 291), 0)]
    + [("eye_height", (159, 145), 1), ("lower_lip", (14, 17), 1), ("nose_depth", (168, 4), 2)],
)
def test_a_greater_score_makes_the_part_greater(name, pair, axis):
    def extent(value):
        points = shape.rest_landmarks(with_score(name, value))
        return points[pair[1], axis] - points[pair[0], axis]

    assert extent(-2) < extent(0) < extent(2)


def test_the_unit_is_the_distance_of_the_outer_eye_corners():
    points = shape.rest_landmarks(with_score("face_width", 2.0))
    assert np.linalg.norm(points[33] - points[263]) == pytest.approx(1)
    np.testing.assert_allclose(points[[33, 263]].mean(0), 0, atol=1e-9)


def test_lips_are_closed_at_rest():
    points = shape.rest_landmarks(AVERAGE)
    np.testing.assert_allclose(points[13], points[14])
    assert points[0, 1] < points[13, 1] < points[17, 1]


def test_faces_are_a_little_asymmetric_and_repeat():
    points = shape.rest_landmarks(AVERAGE)
    difference = np.abs(points[topology.mirror()] * (-1, 1, 1) - points).max()
    assert 0.002 < difference < 0.08
    np.testing.assert_array_equal(points, shape.rest_landmarks(AVERAGE))
    assert np.abs(points - shape.rest_landmarks(dataclasses.replace(AVERAGE, seed=4))).max() > 0.001


def test_men_have_wider_jaws_and_thinner_lips():
    woman, man = (shape.rest_landmarks(dataclasses.replace(AVERAGE, gender=gender)) for gender in (0, 1))
    assert np.ptp(man[[172, 397], 0]) > np.ptp(woman[[172, 397], 0])
    assert man[17, 1] - man[0, 1] < woman[17, 1] - woman[0, 1]


def test_old_lips_are_thinner_and_jowls_sag():
    young, old = (shape.rest_landmarks(dataclasses.replace(AVERAGE, age=age)) for age in (30.0, 80.0))
    assert old[17, 1] - old[0, 1] < young[17, 1] - young[0, 1]
    assert old[136, 1] > young[136, 1]
