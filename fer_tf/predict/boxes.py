"""How boxes and the squares of meshes lie to each other."""

import math

import numpy as np

from fer_tf.faces.face import Face
from fer_tf.faces.square import Square

# Left, top, width, height in pixels, as ``Face.box``.
Box = tuple[float, float, float, float]
# Squares of two meshes that share more show one face: their middles are a quarter of a side apart, where
# of two heads one would hide most of the other.
_ONE_FACE = 0.6


def overlap(box: Box, other: Box) -> float:
    """Intersection over union.

    Args:
        box, other: left, top, width, height.

    Returns:
        0..1.
    """
    width = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    height = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = box[2] * box[3] + other[2] * other[3] - shared
    return shared / union if union > 0 else 0.0


def moved_box(box: Box, anchor: Square, square: Square) -> Box:
    """A box that keeps its place in a square which moves, turns and grows; the box itself stays upright.

    Args:
        box: left, top, width, height when the square was ``anchor``.
        anchor: then.
        square: now.

    Returns:
        the box now.
    """
    factor, turn = square.side / anchor.side, square.angle - anchor.angle
    x, y = np.subtract(middle(box), anchor.centre).tolist()
    cosine, sine = math.cos(turn), math.sin(turn)
    middle_x = square.centre[0] + factor * (cosine * x - sine * y)
    middle_y = square.centre[1] + factor * (sine * x + cosine * y)
    width, height = box[2] * factor, box[3] * factor
    return middle_x - width / 2, middle_y - height / 2, width, height


def middle(box: Box) -> tuple[float, float]:
    """Where a box has its middle: x and y."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def same_mesh(square: Square | None, other: Square | None) -> bool:
    """Whether the squares of two meshes show one face; None is no mesh, and nobody's."""
    if square is None or other is None:
        return False
    return overlap(_upright(square), _upright(other)) > _ONE_FACE


def _upright(square: Square) -> Box:
    half = square.side / 2
    return square.centre[0] - half, square.centre[1] - half, square.side, square.side


def lies_on(square: Square | None, face: Face) -> bool:
    """Whether a mesh lies on a face that was detected."""
    if square is None:
        return False
    left, top, width, height = face.box
    return left <= square.centre[0] <= left + width and top <= square.centre[1] <= top + height
