"""What cameras and people do to pictures, in five severities.

The kinds follow Hendrycks and Dietterich 2019 (arXiv 1903.12261); strengths go with the picture's side, so that small
and large crops lose as much.
"""

from collections.abc import Callable

import cv2
import numpy as np

from fer_tf.errors import InputError

SEVERITIES = 5
# Of the side.
_BLUR = (0.008, 0.016, 0.026, 0.038, 0.055)
_SHIFT = (0.02, 0.04, 0.06, 0.09, 0.13)
_KEPT_SIDE = (0.6, 0.4, 0.28, 0.2, 0.14)
# Levels of 255.
_NOISE = (8, 16, 28, 42, 60)
_LIGHT = (0.6, 0.4, 0.25, 0.15, 0.08)
_QUALITY = (40, 25, 15, 8, 4)

Corruption = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def corrupt(images: np.ndarray, kind: str, severity: int, seed: int = 0) -> np.ndarray:
    """Makes pictures worse.

    Args:
        images: uint8 (N, H, W, 3).
        kind: one of ``KINDS``.
        severity: 1..5; 0 leaves them as they are.
        seed: of noise and directions; the picture's number in the batch goes in too.

    Returns:
        uint8 (N, H, W, 3).

    Raises:
        InputError: the kind or severity is unknown.
    """
    if kind not in KINDS or severity not in range(SEVERITIES + 1):
        raise InputError(f"corruption {kind} {severity}: expected one of {', '.join(KINDS)} and 0..{SEVERITIES}")
    if not severity:
        return images
    change = KINDS[kind]
    return np.stack(
        [change(image, severity - 1, np.random.default_rng([seed, number])) for number, image in enumerate(images)]
    )


def _blur(image: np.ndarray, step: int, random: np.random.Generator) -> np.ndarray:
    del random
    return cv2.GaussianBlur(image, (0, 0), _BLUR[step] * image.shape[0])


def _noise(image: np.ndarray, step: int, random: np.random.Generator) -> np.ndarray:
    return _levels(image + random.normal(0, _NOISE[step], image.shape))


def _low_light(image: np.ndarray, step: int, random: np.random.Generator) -> np.ndarray:
    # Fewer photons, and the camera's own noise, which does not get less.
    return _levels(_LIGHT[step] * image + random.normal(0, 4, image.shape))


def _jpeg(image: np.ndarray, step: int, random: np.random.Generator) -> np.ndarray:
    del random
    _, content = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY[step]])
    return cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]


def _low_resolution(image: np.ndarray, step: int, random: np.random.Generator) -> np.ndarray:
    del random
    height, width = image.shape[:2]
    small = [max(2, round(_KEPT_SIDE[step] * side)) for side in (width, height)]
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))


def _shift(image: np.ndarray, step: int, random: np.random.Generator) -> np.ndarray:
    angle, reach = random.uniform(0, 2 * np.pi), _SHIFT[step] * image.shape[0]
    move = np.float32([[1, 0, reach * np.cos(angle)], [0, 1, reach * np.sin(angle)]])
    return cv2.warpAffine(image, move, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def _levels(values: np.ndarray) -> np.ndarray:
    return np.clip(values.round(), 0, 255).astype(np.uint8)


KINDS: dict[str, Corruption] = {
    "blur": _blur,
    "noise": _noise,
    "low_light": _low_light,
    "jpeg": _jpeg,
    "low_resolution": _low_resolution,
    "shift": _shift,
}
