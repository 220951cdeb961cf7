"""Cloth or rubber stretched over part of the face: the form that masks are made of.

The hull of the landmarks under it, seen from a point inside the head, pressed towards the skin
along its border. It is made of the landmarks of the moment, so that it moves with the jaw.
"""

import dataclasses

import cv2
import numpy as np

from fer_tf.synthesis.render.disguise.shapes import curve

ROWS, COLUMNS = 37, 45
# Landmarks along the jaw from the image's left to right.
_JAW = (215, 136, 150, 149, 176, 152, 400, 378, 379, 365, 435)
_UNDER_JAW = (136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365)
_INSIDE = (13, 14)  # the lips: the hull is seen from behind them
_DEPTH_OF_CENTRE = 0.55
_CLEARANCE = 0.026  # E between a covered landmark and the cloth
_EDGE_CLEARANCE = 0.016
_NARROW = 90.0  # a landmark counts within some 8 degrees, seen from the inside
_BESIDE = np.float32(np.cos(np.radians(6.0)))  # and lies right behind a point of the cloth within this
_SMOOTHING = 0.8  # coarse grid steps over which the hull's edges are rounded


@dataclasses.dataclass(frozen=True)
class Form:
    """The bare form of a mask.

    Attributes:
        points: float32 (rows, columns, 3) in E, from the upper border to the one under the chin.
        outwards: float32 (rows, columns, 3), unit vectors away from the inside.
        across: float32 (1, columns), -1 at the image's left border, 1 at the right.
        down: float32 (rows, 1), 0 at the upper border, 1 at the lower.
    """

    points: np.ndarray
    outwards: np.ndarray
    across: np.ndarray
    down: np.ndarray


def stretched_form(
    landmarks: np.ndarray, top: tuple[int, ...], slack: float, inside: tuple[int, ...] = _INSIDE
) -> Form:
    """The cloth over the face from an upper border to under the jaw.

    Args:
        landmarks: float (468, 3) in E.
        top: landmarks along the upper border.
        slack: E by which the cloth hangs away from the skin's hull.
        inside: landmarks behind whose middle the hull's inside lies.

    Returns:
        The form.
    """
    landmarks = np.asarray(landmarks, np.float32)
    centre = landmarks[list(inside)].mean(0) - np.float32([0, 0, _DEPTH_OF_CENTRE])
    behind = landmarks[list(_UNDER_JAW)] + np.float32([0, 0.02, -0.16])
    upper, jaw = curve(landmarks[list(top)], COLUMNS), curve(landmarks[list(_JAW)], COLUMNS)
    across = np.linspace(-1, 1, COLUMNS, dtype=np.float32)[None]
    down = np.linspace(0, 1, ROWS, dtype=np.float32)[:, None]
    # The lower border runs under the jaw in the middle and on it at the sides.
    lower = jaw + np.float32([0, 0.02, -0.1]) * (1 - across[0, :, None] ** 2)
    way = upper + (lower - upper) * down[..., None] - centre
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    skin = np.concatenate([landmarks[_covered(landmarks, upper)], behind]) - centre
    coarse = _stretched(way[::2, ::2], skin, across[:, ::2], down[::2], slack)
    return Form(centre + way * _refined(coarse)[..., None], way, across, down)


def _stretched(way: np.ndarray, skin: np.ndarray, across: np.ndarray, down: np.ndarray, slack: float) -> np.ndarray:
    """How far from the inside the cloth lies.

    Args:
        way: float32 (rows, columns, 3), unit vectors from the inside.
        skin: float32 (N, 3), covered landmarks seen from the inside, E.
        across, down, slack: see ``Form`` and ``stretched_form``.

    Returns:
        float32 (rows, columns), E.
    """
    skin_length = np.linalg.norm(skin, axis=1)
    facing = way.reshape(-1, 3) @ (skin / skin_length[:, None]).T
    nearness = np.exp(_NARROW * (facing - 1))
    near = ((nearness @ skin_length) / nearness.sum(axis=1)).reshape(way.shape[:2])
    hull = cv2.GaussianBlur(_hull(way, skin), (0, 0), _SMOOTHING)
    hug = np.clip(np.maximum(np.abs(across) - 0.62, np.abs(2 * down - 1) - 0.62) / 0.38, 0, 1) ** 2
    gap = np.maximum(hull + _CLEARANCE + slack - near, _CLEARANCE)
    length = near + gap * (1 - hug) + _EDGE_CLEARANCE * hug
    return length + _lacking(length, skin_length, facing, nearness)


def _refined(coarse: np.ndarray) -> np.ndarray:
    """Values at every grid step from those at every second one, by cubic interpolation."""
    for _ in range(2):  # down, then across
        padded = np.concatenate([2 * coarse[:1] - coarse[1:2], coarse, 2 * coarse[-1:] - coarse[-2:-1]])
        fine = np.empty((2 * len(coarse) - 1, coarse.shape[1]), np.float32)
        fine[::2] = coarse
        fine[1::2] = (9 * (padded[1:-2] + padded[2:-1]) - padded[:-3] - padded[3:]) / 16
        coarse = fine.T
    return coarse


def _covered(landmarks: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Which landmarks lie below the upper border, bool (468,)."""
    order = np.argsort(upper[:, 0])
    return landmarks[:, 1] > np.interp(landmarks[:, 0], upper[order, 0], upper[order, 1]) - 0.1


def _hull(way: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How far the convex hull of points reaches from the origin along each way, float32 of way's shape less one.

    The hull is what the planes square to the ways, each pushed out to its furthest point, leave.
    """
    planes = way.reshape(-1, 3)
    reach = (planes @ points.T).max(axis=1)
    facing = way.reshape(-1, 3) @ (planes / reach[:, None]).T
    return (1 / facing.max(axis=1)).reshape(way.shape[:2])


def _lacking(length: np.ndarray, skin_length: np.ndarray, facing: np.ndarray, nearness: np.ndarray) -> np.ndarray:
    """By how much the cloth must rise so that no landmark comes closer than the clearance.

    Args:
        length: float (rows, columns), the cloth's distance from the inside.
        skin_length: float (N,), the landmarks' distance.
        facing: float (rows * columns, N), cosines between the cloth's ways and the landmarks'.
        nearness: float (rows * columns, N), 1 where they agree, falling smoothly to 0.

    Returns:
        float32 (rows, columns), smooth, 0 or more.
    """
    beside = facing > np.minimum(_BESIDE, facing.max(axis=0) - 1e-6)
    lowest = np.where(beside, length.reshape(-1, 1), np.inf).min(axis=0)
    deficit = np.maximum(skin_length + _EDGE_CLEARANCE - lowest, 0)
    return (1.15 * (nearness * deficit).max(axis=1)).reshape(length.shape).astype(np.float32)
