"""Lips that part, tighten, roll and turn with the jaw, and never pass through each other."""

import numpy as np

from fer_tf.synthesis.render.head import indices
from fer_tf.synthesis.render.head.fields import masks
from fer_tf.synthesis.render.head.muscles import right_share

# The jaw's hinge, before the ears, and how far it opens at most (radians).
HINGE_Y, HINGE_Z = 0.2, -0.5
JAW_ANGLES = {26: 0.25, 27: 0.43}
_JAW_LIMIT = 0.48
# Each row of the lips (red border to inner line) follows what the inner line does by this much.
_FOLLOW_UPPER, _FOLLOW_LOWER = (0.5, 0.7, 0.9, 1.0), (0.75, 0.9, 1.0, 1.0)
# Gap between the lips at the maximum, E, and the upper lip's part of it.
PARTS = {16: 0.02, 22: 0.065, 25: 0.060, 26: 0.02, 27: 0.02}
_UPPER_PART = 0.28
# The rows move to the inner line by this part; and back, E.
TIGHTENS = {12: 0.16, 20: 0.12, 23: 0.42, 24: 0.62, 28: 1.0}
_BACK = {23: 0.012, 24: 0.02, 28: 0.030}
# Closed lips stay together until these units part them.
_UNSEALS = {10: 0.15, 16: 1.4, 22: 2.0, 25: 2.0, 26: 3.0, 27: 3.0}
_FLARE = 0.03
UPPER_INNER, LOWER_INNER = indices.UPPER_LIP_ROWS[-1][1:-1], indices.LOWER_LIP_ROWS[-1][1:-1]
_ROW_UPPER = [list(row) for row in indices.UPPER_LIP_ROWS]
_ROW_LOWER = [list(row) for row in indices.LOWER_LIP_ROWS]


def along(active: dict[int, np.ndarray], table: dict[int, float]) -> np.ndarray:
    """A table's amounts times the intensities, for each of the 11 columns of the lips, float64 (11,)."""
    sides = sum((amount * active.get(unit, np.zeros(2)) for unit, amount in table.items()), np.zeros(2))
    right = right_share()[_ROW_UPPER[0]]
    return sides[0] * (1 - right) + sides[1] * right


def jaw_angle(active: dict[int, np.ndarray]) -> float:
    """Radians by which the jaw is open; the jaw is one bone, so that its sides share a turn."""
    return min(
        _JAW_LIMIT, sum(angle * float(active[unit].mean()) for unit, angle in JAW_ANGLES.items() if unit in active)
    )


def jaw_transform(angle: float) -> np.ndarray:
    """Turn of the lower jaw about its hinge as a (4, 4) matrix, float64."""
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.eye(4)
    matrix[1:3, 1:3] = ((cosine, sine), (-sine, cosine))
    hinge = np.array([0.0, HINGE_Y, HINGE_Z])
    matrix[:3, 3] = hinge - matrix[:3, :3] @ hinge
    return matrix


def move_lips(points: np.ndarray, rest: np.ndarray, active: dict[int, np.ndarray]) -> None:
    """Shape the lips and drop the jaw; changes ``points``.

    Args:
        points: float (468, 3), the face with its skin pulled.
        rest: float (468, 3), the same at rest.
        active: unit -> (left, right) intensities.
    """
    _tighten(points, active)
    _seal(points, active)
    # The opening is an arch: nothing at the corners.
    arch = np.sqrt(np.sin(np.pi * np.arange(11) / 10))
    gap = along(active, PARTS) * arch
    flare = along(active, {22: _FLARE}) * arch
    for number, (upper, lower) in enumerate(zip(_ROW_UPPER, _ROW_LOWER, strict=True)):
        outer = 1 - number / 3
        points[upper, 1] -= _UPPER_PART * gap * _FOLLOW_UPPER[number] + flare * outer
        points[lower[1:-1], 1] += ((1 - _UPPER_PART) * gap * _FOLLOW_LOWER[number] + flare * outer)[1:-1]
    turn = jaw_transform(jaw_angle(active))
    weight = masks()["jaw"][:, None]
    points += weight * (points @ turn[:3, :3].T + turn[:3, 3] - points)
    _part(points)


def _tighten(points: np.ndarray, active: dict[int, np.ndarray]) -> None:
    """Thin the red of the lips, by pressing or by rolling them in."""
    amount = np.minimum(along(active, TIGHTENS), 1.0)
    back = along(active, _BACK)
    for rows in (_ROW_UPPER, _ROW_LOWER):
        inner = points[rows[-1]]
        for number, row in enumerate(rows):
            share = (0.75, 0.9, 0.9, 0.0)[number]
            middle = row[1:-1]
            points[middle, 1] += ((inner[:, 1] - points[row, 1]) * amount * share)[1:-1]
            points[middle, 2] -= (back * (0.5, 0.8, 1.0, 1.0)[number])[1:-1]


def _seal(points: np.ndarray, active: dict[int, np.ndarray]) -> None:
    """Closed lips move together unless something parts them."""
    closed = 1 - np.minimum(along(active, _UNSEALS), 1.0)
    inner_upper, inner_lower = points[_ROW_UPPER[-1]], points[_ROW_LOWER[-1]]
    # The lip that moved more takes the other along.
    middle = (inner_upper + inner_lower) / 2
    up, low = (middle - inner_upper) * closed[:, None], (middle - inner_lower) * closed[:, None]
    for number, share in enumerate((0.4, 0.65, 0.9, 1.0)):
        points[_ROW_UPPER[number][1:-1]] += share * up[1:-1]
        points[_ROW_LOWER[number][1:-1]] += share * low[1:-1]


def _part(points: np.ndarray) -> None:
    """Lips that would pass through each other meet in the middle."""
    upper, lower = _ROW_UPPER[-1][1:-1], _ROW_LOWER[-1][1:-1]
    excess = np.maximum(points[upper, 1] - points[lower, 1], 0.0)
    for number, share in enumerate((0.3, 0.6, 0.9, 1.0)):
        points[_ROW_UPPER[number][1:-1], 1] -= share * excess / 2
        points[_ROW_LOWER[number][1:-1], 1] += share * excess / 2
    touching = excess > 0
    middle = (points[upper] + points[lower]) / 2
    points[np.array(upper)[touching]], points[np.array(lower)[touching]] = middle[touching], middle[touching]
