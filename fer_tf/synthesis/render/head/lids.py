"""The eyelids: how far they open, along the eyeball."""

import numpy as np

from fer_tf.synthesis.render.head import indices
from fer_tf.synthesis.render.head.eyes import LID_THICKNESS, RADIUS, Socket
from fer_tf.synthesis.render.head.topology import mesh, mirrored

# Part of the opening by which each unit at its maximum lowers the upper and raises the lower lid.
UPPER_CLOSES = {5: -0.72, 6: 0.16, 7: 0.22, 9: 0.10, 12: 0.05, 43: 0.93}
LOWER_CLOSES = {5: -0.06, 6: 0.30, 7: 0.40, 9: 0.14, 12: 0.08, 43: 0.07}
# The upper lid follows the look, per degree down and up.
_FOLLOWS_DOWN, _FOLLOWS_UP = 0.013, 0.006
_NEARLY = 0.97  # squinting units alone leave this much closure at most
# How far the folds behind the lids' edges go along.
_CREASE_SHARE, _SOCKET_SHARE = 0.40, 0.10
_CREASE_CLOSED, _BAG_SHARE, _POUCH_SHARE = 0.35, 0.55, 0.2


def closures(active: dict[int, np.ndarray], look_down: float) -> tuple[np.ndarray, np.ndarray]:
    """Part of the opening that each lid covers beyond rest.

    Args:
        active: unit -> (left, right) intensities 0..1.
        look_down: degrees.

    Returns:
        Of the upper and of the lower lid, float64 (2,) left and right; their sum is at most 1.
    """
    upper = sum((share * active.get(unit, np.zeros(2)) for unit, share in UPPER_CLOSES.items()), np.zeros(2))
    lower = sum((share * active.get(unit, np.zeros(2)) for unit, share in LOWER_CLOSES.items()), np.zeros(2))
    upper = upper + (_FOLLOWS_DOWN if look_down > 0 else _FOLLOWS_UP) * look_down
    blink = active.get(43, np.zeros(2))
    most = np.maximum(1 - (1 - blink) * (1 - _NEARLY) * 8, blink)
    total = np.maximum(upper + lower, 1e-6)
    scale = np.minimum(1.0, most / total)
    # A full blink closes whatever else the lids do.
    missing = np.where(blink >= 1, 1 - (upper + lower) * scale, 0.0)
    return upper * scale + missing, lower * scale


def move_lids(
    points: np.ndarray, rest: np.ndarray, places: tuple[Socket, Socket], active: dict, look_down: float
) -> None:
    """Open or close the lids; changes ``points``.

    Args:
        points: float (468, 3), the face with its skin pulled.
        rest: float (468, 3), the same at rest.
        places: the eyeballs.
        active: unit -> (left, right) intensities.
        look_down: degrees.
    """
    upper_closes, lower_closes = closures(active, look_down)
    for side, place in enumerate(places):
        rows = (indices.UPPER_LID, indices.UPPER_CREASE, indices.UPPER_SOCKET)
        rows += (indices.LOWER_LID, indices.LOWER_CREASE, indices.LOWER_SOCKET)
        rows = [mirrored(row) if side else list(row) for row in rows]
        up, crease, socket, low, bag, pouch = rows
        # The skin's pulls do not reach the lids' edges: they lie on the eyeball.
        points[up], points[low] = rest[up], rest[low]
        gap = (rest[low] - rest[up])[:, 1]
        down, rise = upper_closes[side] * gap, lower_closes[side] * gap
        points[up, 1] += down
        points[low, 1] -= rise
        points[crease, 1] += down * np.where(down > 0, _CREASE_CLOSED, _CREASE_SHARE)
        points[socket, 1] += down * _SOCKET_SHARE
        points[bag, 1] -= rise * _BAG_SHARE
        points[pouch, 1] -= rise * _POUCH_SHARE
        _keep_distance(points, rest, [*up, *low], place.centre)
        below = points[bag, 1] < points[low, 1] + 0.25 * (rest[bag, 1] - rest[low, 1])
        points[bag, 1] = np.where(below, points[low, 1] + 0.25 * (rest[bag, 1] - rest[low, 1]), points[bag, 1])
        above = points[crease, 1] > points[up, 1] - 0.2 * (rest[up, 1] - rest[crease, 1])
        points[crease, 1] = np.where(above, points[up, 1] - 0.2 * (rest[up, 1] - rest[crease, 1]), points[crease, 1])


def _keep_distance(points: np.ndarray, rest: np.ndarray, rows: list[int], centre: np.ndarray) -> None:
    """Let lid points slide round the eyeball as far from its centre as they were; changes ``points``."""
    distance = ((rest[rows] - centre) ** 2).sum(1)
    flat = ((points[rows, :2] - centre[:2]) ** 2).sum(1)
    points[rows, 2] = centre[2] + np.sqrt(np.maximum(distance - flat, 0.15 * distance))


def fit_to_eyeball(fine: np.ndarray, places: tuple[Socket, Socket]) -> None:
    """Keep lids off the eyeballs and lead their edges back to them; changes ``fine``.

    Args:
        fine: float (F, 3), the fine face.
        places: the eyeballs.
    """
    common = mesh()
    least = RADIUS + LID_THICKNESS
    for place, border, rim, region in zip(places, common.eyes, common.eye_rims, common.eye_regions, strict=True):
        away = fine[region] - place.centre
        distance = np.linalg.norm(away, axis=1, keepdims=True)
        front = away[:, 2:] > 0
        factor = np.where(front & (distance < least), least / distance, 1.0)
        fine[region] = place.centre + away * factor
        edge = fine[border] - place.centre
        fine[rim] = place.centre + edge * (RADIUS - 0.004) / np.linalg.norm(edge, axis=1, keepdims=True)
