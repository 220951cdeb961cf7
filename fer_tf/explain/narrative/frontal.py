"""Meshes as they would be if the head looked straight ahead, so that a turn of it is no expression."""

import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.indices import CHIN, FACE_OVAL, LEFT_EYE_OUTER, POINTS, RIGHT_EYE_OUTER

# What expressions move least: bridge and tip of the nose, corners of the eyes, sides of the head.
RIGID = (*(168, 6, 197, 195, 5, 4, 1), *(33, 133, 362, 263), *(127, 356, 234, 454, 93, 323, 162, 389, 21, 251))
_EYE_CORNERS = (33, 133, 362, 263)
_ROUNDS = 3


def frontal(points: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turns, shifts and scales meshes so that their rigid points lie best on a reference's (Umeyama 1991).

    Args:
        points: float (N, 468 or more, 3), meshes; z smaller towards the viewer, as in ``faces.face.Mesh``.
        reference: float (len(RIGID), 3), of ``average_face``.

    Returns:
        float64 (N, 468, 3): x right, y down, z away from the viewer, in eye distances, 0 between the eyes; and
        float64 (N,), by how many degrees each head was turned or nodded away from the reference, but not tilted.
        NaN for a mesh with NaN, or whose rigid points all coincide.

    Raises:
        InputError: no such meshes.
    """
    points = checked_meshes(points)
    turned, angles = np.full(points.shape, np.nan), np.full(len(points), np.nan)
    rigid = points[:, RIGID]
    centred = rigid - rigid.mean(axis=1, keepdims=True)
    size = (centred**2).sum(axis=(1, 2))
    usable = np.isfinite(points).all(axis=(1, 2)) & (size > 0)
    if not usable.any():
        return turned, angles
    rotation, scale = _similarity(centred[usable], reference - reference.mean(axis=0))
    shifted = points[usable] - rigid[usable].mean(axis=1, keepdims=True)
    turned[usable] = scale[:, None, None] * (shifted @ rotation) + reference.mean(axis=0)
    # Where the reference's line of sight points in the picture: straight at the viewer or away.
    angles[usable] = np.degrees(np.arccos(np.clip(rotation[:, 2, 2], -1.0, 1.0)))
    return turned, angles


def average_face(points: np.ndarray) -> np.ndarray:
    """The rigid points of the average of some meshes, looking straight ahead.

    Args:
        points: float (N, 468 or more, 3), meshes without NaN.

    Returns:
        float64 (len(RIGID), 3), in eye distances, 0 between the eyes.

    Raises:
        InputError: no such meshes.
    """
    points = checked_meshes(points)
    average = _upright(points.mean(axis=0))
    for _ in range(_ROUNDS):
        average = _upright(frontal(points, average[list(RIGID)])[0].mean(axis=0))
    return average[list(RIGID)]


def checked_meshes(points: np.ndarray) -> np.ndarray:
    """Meshes as float64 (N, 468, 3).

    Raises:
        InputError: another shape; two dimensions are not enough to turn a head.
    """
    points = np.asarray(points)
    if points.ndim != 3 or points.shape[1] < POINTS or points.shape[2] != 3:
        raise InputError(
            f"points: expected meshes of shape (N, {POINTS} or more, 3), came {points.shape}: "
            "find them with fer_tf.faces.mesh"
        )
    return points[:, :POINTS].astype(np.float64)


def _similarity(points: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (N, 3, 3), to be multiplied from the right, and scales (N,) from centred points to a target."""
    left, strength, right = np.linalg.svd(np.swapaxes(points, 1, 2) @ target)
    signs = np.ones_like(strength)
    signs[:, 2] = np.sign(np.linalg.det(left @ right))  # no mirror image
    rotation = (left * signs[:, None, :]) @ right
    return rotation, (strength * signs).sum(axis=1) / (points**2).sum(axis=(1, 2))


def _upright(face: np.ndarray) -> np.ndarray:
    """One mesh (468, 3) with level eyes and the chin straight below the forehead."""
    across = face[LEFT_EYE_OUTER] - face[RIGHT_EYE_OUTER]
    unit = np.linalg.norm(across)
    across = across / unit
    down = face[CHIN] - face[FACE_OVAL[0]]
    down -= (down @ across) * across
    down /= np.linalg.norm(down)
    axes = np.stack([across, down, np.cross(across, down)], axis=1)
    return (face - face[list(_EYE_CORNERS)].mean(axis=0)) @ axes / unit
