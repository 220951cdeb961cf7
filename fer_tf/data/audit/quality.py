"""How sharp, how light and how colourful a picture is."""

import cv2
import numpy as np

# Where no face was found, it is looked for in the middle: this share of width and height.
_MIDDLE = 0.6
# Sharpness is asked for at the size at which networks see a face: larger ones are shrunk.
_FACE_SIDE = 96
_SMOOTHING = 11
_GREY = 2  # largest difference of the channels that JPEG leaves in a grey picture

Box = tuple[float, float, float, float]


def face_region(image: np.ndarray, box: Box | None) -> np.ndarray:
    """The part of a picture that shows the face.

    Args:
        image: uint8 (H, W, ...).
        box: left, top, width, height in pixels; None for the picture's middle.

    Returns:
        a view of the image, at least one pixel.
    """
    height, width = image.shape[:2]
    if box is None:
        box = tuple(side * part for part in ((1 - _MIDDLE) / 2, _MIDDLE) for side in (width, height))
    left, top = int(np.clip(box[0], 0, width - 1)), int(np.clip(box[1], 0, height - 1))
    right, bottom = max(int(box[0] + box[2]), left + 1), max(int(box[1] + box[3]), top + 1)
    return image[top:bottom, left:right]


def blur_effect(grey: np.ndarray) -> float:
    """How much of the differences between neighbours stays when the picture is smoothed.

    Crete, Dolmiere, Ladret and Nicolas 2007 ("The blur effect: perception and estimation with a new no-reference
    perceptual blur metric"): what is sharp loses most of them, what is blurred already few. Contrast plays no part.

    Args:
        grey: uint8 or float (H, W) of a face.

    Returns:
        0 (sharp) .. 1 (blurred); NaN for a flat picture, which is neither.
    """
    side = max(grey.shape)
    if side > _FACE_SIDE:
        size = [max(round(length * _FACE_SIDE / side), 1) for length in grey.shape[::-1]]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    grey = grey.astype(np.float32)
    effects = []
    for axis, kernel in ((0, (1, _SMOOTHING)), (1, (_SMOOTHING, 1))):
        before = np.abs(np.diff(grey, axis=axis))
        after = np.abs(np.diff(cv2.blur(grey, kernel, borderType=cv2.BORDER_REPLICATE), axis=axis))
        total = float(before.sum())
        effects.append(1 - float(np.maximum(before - after, 0).sum()) / total if total else np.nan)
    return float(np.max(effects))


def exposure(grey: np.ndarray, face: np.ndarray) -> tuple[float, float]:
    """What tells pictures that are too dark or too bright, whoever is in them.

    Dark skin is not a dark picture: that one has no light pixel anywhere. Nor is a white wall a bright one: that one
    has no skin left in the face.

    Args:
        grey: uint8 (H, W), luminance.
        face: the face's part of it.

    Returns:
        the luminance that 99 of 100 pixels do not exceed, and the median of the face, 0..255.
    """
    return float(np.percentile(grey, 99)), float(np.median(face))


def has_colour(image: np.ndarray) -> bool:
    """Whether the channels of a picture, uint8 (H, W, 3), differ in more than one of a hundred pixels."""
    spread = np.ptp(image.astype(np.int16), axis=2)
    return bool((spread > _GREY).mean() > 0.01)
