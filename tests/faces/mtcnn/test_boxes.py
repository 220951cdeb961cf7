import numpy as np
import pytest
import tensorflow as tf
from mtcnn.utils import bboxes as package
from mtcnn.utils.landmarks import adjust_landmarks

from fer_tf.faces.mtcnn import boxes

RANDOM = np.random.default_rng(3)


def some_boxes(count):
    corners = RANDOM.uniform(0, 100, (count, 2))
    rows = np.column_stack([corners, corners + RANDOM.uniform(5, 60, (count, 2)), RANDOM.uniform(0.5, 1, count)])
    return rows[np.argsort(-rows[:, 4])]


def with_image(rows):
    return np.column_stack([np.zeros(len(rows)), rows])


def slow_suppress(rows, threshold, of_smaller):
    """One pair after the other, as its definition says."""
    stay = []
    for i, (left, top, right, bottom, _) in enumerate(rows):
        overlapped = False
        for other in rows[:i]:
            width, height = min(right, other[2]) - max(left, other[0]), min(bottom, other[3]) - max(top, other[1])
            shared = width * height if width > 0 and height > 0 else 0.0
            area, other_area = (right - left) * (bottom - top), (other[2] - other[0]) * (other[3] - other[1])
            whole = min(area, other_area) if of_smaller else area + other_area - shared
            overlapped |= shared / whole > threshold
        if not overlapped:
            stay.append(i)
    return stay


@pytest.mark.parametrize("of_smaller", [False, True])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.7])
def test_suppress_agrees_with_the_definition_and_the_package(threshold, of_smaller):
    rows = some_boxes(80)
    kept = boxes.suppress(rows, threshold, of_smaller=of_smaller)
    assert kept.tolist() == slow_suppress(rows, threshold, of_smaller)
    assert 0 < len(kept) < 80
    method = "min" if of_smaller else "union"
    expected = package.smart_nms_from_bboxes(with_image(rows), threshold, method=method)
    np.testing.assert_array_equal(rows[kept], expected[:, 1:])


def test_a_box_goes_even_where_the_surer_one_goes_itself():
    chain = np.array([(0, 0, 10, 10, 0.9), (3, 0, 13, 10, 0.8), (6, 0, 16, 10, 0.7)])
    assert boxes.suppress(chain, 0.5).tolist() == [0]


def test_nothing_stays_nothing():
    nothing = np.empty((0, 5))
    assert boxes.suppress(nothing, 0.5).shape == (0,)
    assert boxes.square(nothing).shape == (0, 5)
    assert boxes.decode(np.zeros((4, 3, 3), np.float32), np.zeros((3, 3), np.float32), 0.6, 0.6).shape == (0, 5)


def test_decode_is_the_packages():
    moves, scores = (RANDOM.normal(size=(s, 9, 13)).astype(np.float32) for s in (4, 1))
    scores = 1 / (1 + np.exp(-scores[0]))
    classes = tf.constant(np.stack([1 - scores, scores], axis=-1)[None])
    expected = package.generate_bounding_box(tf.constant(moves.transpose(1, 2, 0)[None]), classes, 0.6)
    expected = package.upscale_bboxes(expected, np.array([0.3]))[:, 1:]
    np.testing.assert_allclose(boxes.decode(moves, scores, 0.3, 0.6), expected, rtol=1e-6)


def test_squares_moves_and_keypoints_are_the_packages():
    rows, moves = some_boxes(12), RANDOM.normal(0, 0.1, (12, 4)).astype(np.float32)
    squares = boxes.square(rows)
    np.testing.assert_allclose(squares, package.resize_to_square(with_image(rows))[:, 1:])
    moved = boxes.calibrate(rows, moves, np.linspace(0, 1, 12))
    np.testing.assert_allclose(moved[:, :4], package.adjust_bboxes(with_image(rows), moves)[:, 1:5], rtol=1e-6)
    np.testing.assert_array_equal(moved[:, 4], np.linspace(0, 1, 12))
    points = RANDOM.uniform(0, 1, (12, 10)).astype(np.float32)
    expected = adjust_landmarks(tf.constant(points), with_image(rows)).reshape(12, 2, 5).swapaxes(1, 2)
    np.testing.assert_allclose(boxes.place(points, rows), expected, rtol=1e-5)
