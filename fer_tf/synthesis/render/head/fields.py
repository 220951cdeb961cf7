"""Weights on the neutral landmarks, of which identity and muscles are made."""

import functools

import numpy as np

from fer_tf.synthesis.render.head import indices
from fer_tf.synthesis.render.head.topology import LANDMARKS, mirror, mirrored, neutral_face, smoothstep

# How much of a pull on the brow reaches the folds above the eye and the lids' own skin.
_BROW_ON_CREASE, _BROW_ON_SOCKET = 0.3, 0.75
# The mouth's corners move with half of the jaw's turn, less than the middle of the lower lip.
_CORNER_ON_JAW, _CORNER_ON_UPPER = 0.38, 0.5


def near(centres: tuple[int, ...], sigma: float) -> np.ndarray:
    """How close each landmark is to any of the centres or their mirror images, seen from the front.

    Args:
        centres: landmarks, on either side.
        sigma: of the Gaussian, E.

    Returns:
        float64 (468,), 1 at the centres.
    """
    points = neutral_face()[:, :2]
    both = [*centres, *mirrored(centres)]
    squared = ((points[:, None] - points[both][None]) ** 2).sum(-1).min(1)
    return np.exp(-squared / (2 * sigma**2))


def marked(vertices: tuple[int, ...], value: float = 1.0) -> np.ndarray:
    """``value`` at the vertices and their mirror images, 0 elsewhere, float64 (468,)."""
    weight = np.zeros(LANDMARKS)
    weight[[*vertices, *mirrored(vertices)]] = value
    return weight


def lateral() -> np.ndarray:
    """-1 on the image's left, 1 on its right, 0 on the midline, float64 (468,)."""
    return np.sign(np.round(neutral_face()[:, 0], 6))


@functools.lru_cache(maxsize=1)
def mouth_line() -> float:
    """Height at which the lips meet, E."""
    return float(neutral_face()[[13, 14], 1].mean())


@functools.lru_cache(maxsize=1)
def masks() -> dict[str, np.ndarray]:
    """Where a pull may act, by name; float64 (468,) 0..1 each.

    ``all``; ``brow`` above the lids; ``cheek`` below the lids and off the lips; ``upper`` down to
    and with the upper lip; ``upper_lip`` and ``lower_lip`` with what hangs on them; ``jaw`` what
    turns with the lower jaw; ``not_lips``.
    """
    x, y, _ = neutral_face().T
    everywhere = np.ones(LANDMARKS)
    upper_lip, lower_lip = marked(indices.UPPER_LIP) > 0, marked(indices.LOWER_LIP) > 0
    corners = marked(indices.MOUTH_CORNERS) > 0
    lids = marked((*indices.UPPER_LID, *indices.LOWER_LID, indices.OUTER_CORNER, indices.INNER_CORNER)) > 0
    lids |= marked((*indices.LOWER_CREASE, *indices.CORNER_FOLDS)) > 0
    brow = smoothstep(-0.02, -0.10, y) * ~lids
    brow *= np.where(marked(indices.UPPER_CREASE) > 0, _BROW_ON_CREASE, 1.0)
    brow *= np.where(marked(indices.UPPER_SOCKET) > 0, _BROW_ON_SOCKET, 1.0)
    middle = mouth_line()
    upper = 1 - smoothstep(middle - 0.03, middle + 0.05, y)
    upper[upper_lip], upper[lower_lip], upper[corners] = 1.0, 0.0, _CORNER_ON_UPPER
    # The cheeks beside the mouth stretch over a longer way than the lips.
    reach = smoothstep(0.3, 0.6, np.abs(x))
    jaw = smoothstep(middle - 0.03 - 0.25 * reach, middle + 0.10 + 0.08 * reach, y)
    jaw[upper_lip], jaw[corners] = 0.0, _CORNER_ON_JAW
    near_middle = np.minimum(1.0, (1 - np.abs(x) / np.abs(x[61])) * 2.2)
    jaw[lower_lip] = (_CORNER_ON_JAW + (1 - _CORNER_ON_JAW) * near_middle.clip(0, 1))[lower_lip]
    lips = upper_lip | lower_lip | corners
    upper_eye = marked((*indices.UPPER_CREASE, *indices.UPPER_LID)) > 0
    below_eyes = smoothstep(0.02, 0.10, y) * ~lids * ~upper_eye
    return {
        "all": everywhere,
        "brow": brow,
        "cheek": below_eyes * upper * ~lips,
        "upper": upper * ~lids * smoothstep(0.0, 0.1, y),
        "jaw": jaw,
        "not_lips": 1.0 * ~lips * below_eyes,
        "mouth": smoothstep(0.395, 0.495, y),
    }


def is_symmetric(field: np.ndarray, tolerance: float = 1e-9) -> bool:
    """Whether a displacement field (468, 3) is its own mirror image."""
    return bool(np.allclose(field[mirror()] * (-1, 1, 1), field, atol=tolerance))
