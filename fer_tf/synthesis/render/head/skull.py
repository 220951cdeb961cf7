"""The scalp as a smooth function, so that hair and hats know where to lie."""

import numpy as np

# Mesh points of the face's outline: middle of the forehead, the sides before the ears.
_FOREHEAD, _RIGHT, _LEFT = 10, 454, 234
_CENTRE_DEPTH = -0.72
# From the centre to the crown and to the back; in front the forehead decides.
_ABOVE, _BEHIND = 1.06, 1.03
_SIDE_MARGIN = 0.07


def scalp_points(
    landmarks: np.ndarray, azimuth: np.ndarray | float, elevation: np.ndarray | float, lift: np.ndarray | float = 0.0
) -> np.ndarray:
    """Points on the skull, or above it.

    Args:
        landmarks: float (468, 3) of this head, in E.
        azimuth: degrees round the vertical axis: 0 is the forehead, 90 the image's right
            ear, 180 the back, -90 the image's left ear.
        elevation: degrees above the height of the hat line (just over the ears): 90 is the crown.
        lift: E above the scalp.

    Returns:
        float32 (..., 3) of the broadcast shape of the angles.
    """
    azimuth, elevation = np.broadcast_arrays(np.radians(azimuth), np.radians(elevation))
    centre = scalp_centre(landmarks)
    half_width = (landmarks[_RIGHT, 0] - landmarks[_LEFT, 0]) / 2 + _SIDE_MARGIN
    front = landmarks[_FOREHEAD, 2] - _CENTRE_DEPTH
    front = front / np.sqrt(max(0.2, 1 - ((centre[1] - landmarks[_FOREHEAD, 1]) / _ABOVE) ** 2))
    depth = np.where(np.cos(azimuth) > 0, front, _BEHIND)
    level = np.cos(elevation)
    way = np.stack(
        [half_width * np.sin(azimuth) * level, -_ABOVE * np.sin(elevation), depth * np.cos(azimuth) * level], axis=-1
    )
    length = np.linalg.norm(way, axis=-1, keepdims=True)
    return (centre + way * (1 + np.asarray(lift)[..., None] / length)).astype(np.float32)


def scalp_centre(landmarks: np.ndarray) -> np.ndarray:
    """Middle of the skull, float (3,), E."""
    return np.array([0.0, landmarks[_FOREHEAD, 1] + 0.46, _CENTRE_DEPTH])
