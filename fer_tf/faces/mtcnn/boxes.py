"""Boxes between MTCNN's networks: from P-Net's map to boxes, sorting out, calibration.

Formulas, and their off-by-one pixels, are those of the package mtcnn 1.0.0 (``utils/bboxes.py``).
A box is a row x1, y1, x2, y2, score; pixels, float64.
"""

import numba
import numpy as np

from fer_tf.faces.mtcnn.pyramid import CELL

_STRIDE = 2  # P-Net looks at every second pixel


def decode(moves: np.ndarray, scores: np.ndarray, scale: float, threshold: float) -> np.ndarray:
    """Candidates on one level of the pyramid.

    Args:
        moves: float32 (4, rows, columns): how far the four sides move, in sizes of a cell.
        scores: float32 (rows, columns).
        scale: of the level.
        threshold: the score must be above it.

    Returns:
        boxes in the image, the surest first.
    """
    rows, columns = np.nonzero(scores > threshold)
    corners = np.stack([columns, rows, columns, rows], axis=1) * _STRIDE + np.array([1, 1, CELL, CELL])
    corners = (corners + moves[:, rows, columns].T.astype(np.float64) * (CELL - 1)) / scale
    return by_score(np.column_stack([corners, scores[rows, columns]]))


def by_score(boxes: np.ndarray) -> np.ndarray:
    """Boxes with the surest first."""
    # Many scores are exactly 1. NumPy leaves their order open, but which of them stays follows from
    # it: only this very call agrees with the package's.
    return boxes[np.argsort(boxes[:, 4])[::-1]]


def suppress(boxes: np.ndarray, threshold: float, *, of_smaller: bool = False) -> np.ndarray:
    """Which boxes stay when those that overlap a surer one go.

    A box goes even where the surer one goes itself: so does the package, other than the
    usual greedy method.

    Args:
        boxes: (n, 5 or more), the surest first.
        threshold: an overlap above it is too much, 0..1.
        of_smaller: measure the overlap as a share of the smaller box, not of both together.

    Returns:
        int64, indices of those that stay, in order.
    """
    return np.flatnonzero(_staying(np.ascontiguousarray(boxes[:, :4]), threshold, of_smaller))


def square(boxes: np.ndarray) -> np.ndarray:
    """Boxes with the same centres and both sides as long as the longer one."""
    sides = boxes[:, 2:4] - boxes[:, :2]
    longer = sides.max(axis=1, keepdims=True)
    result = boxes.copy()
    result[:, :2] += sides * 0.5 - longer * 0.5
    result[:, 2:4] = result[:, :2] + longer
    return result


def calibrate(boxes: np.ndarray, moves: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Boxes with their sides moved by ``moves`` (n, 4), in sizes of the box, and new scores (n,)."""
    result = boxes.copy()
    result[:, :4] += moves * np.tile(_sizes(boxes), 2)
    result[:, 4] = scores
    return result


def place(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Keypoints in pixels of the image.

    Args:
        points: (n, 10), five x and five y as shares of the box.
        boxes: the n boxes that O-Net saw.

    Returns:
        float64 (n, 5, 2), x and y.
    """
    return points.reshape(-1, 2, 5).swapaxes(1, 2) * _sizes(boxes)[:, None] + boxes[:, None, :2] - 1


def _sizes(boxes: np.ndarray) -> np.ndarray:
    """Width and height, both ends counted."""
    return boxes[:, 2:4] - boxes[:, :2] + 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _staying(boxes, threshold, of_smaller):
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    stays = np.ones(len(boxes), np.bool_)
    for i in range(len(boxes)):
        for j in range(i):
            width = min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0])
            height = min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1])
            shared = max(width, 0.0) * max(height, 0.0)
            whole = min(areas[i], areas[j]) if of_smaller else areas[i] + areas[j] - shared
            if shared / whole > threshold:
                stays[i] = False
                break
    return stays
