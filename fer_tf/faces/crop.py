"""Cutting a detected face out of its photo."""

from collections.abc import Mapping

import cv2
import numpy as np
from PIL import Image

from fer_tf.errors import InputError

# FER-2013 shows a face in a square of 0.93 times the height of its MTCNN box, with the
# same centre. Measured on 300 of its training images, seed 0, enlarged to 192 pixels on a
# padded canvas, four kinds of padding: a face was found in 260 to 280; the image was 0.95
# to 0.96 box heights wide (quartiles 0.87 and 1.07) and its centre within 0.015 of the
# box's. Cut like that, 51 faces of colour photos sat a little small: 0.93 gives them
# FER-2013's median distance between the eyes (0.36 of the side) and brings eyes and mouth
# within 0.02 of its heights (0.38 and 0.765).
FER2013_MARGIN = -0.035


def crop_face(
    image: np.ndarray,
    box: tuple[float, float, float, float],
    size: int,
    *,
    margin: float = FER2013_MARGIN,
    keypoints: Mapping[str, tuple[float, float]] | None = None,
) -> np.ndarray:
    """Square crop around a face, resized.

    The square has the box's centre and 1 + 2 ``margin`` times its longer side (for an
    MTCNN box, its height). Where it leaves the picture, the picture's edge is repeated.

    Args:
        image: uint8 (H, W, 3).
        box: left, top, width, height in pixels, as ``Face.box``.
        size: side of the result in pixels.
        margin: added on each side, as a share of the box's longer side. The default
            frames a face as FER-2013 does; papers that cut at the box itself take 0.
        keypoints: ``Face.keypoints``; when given, the crop is turned about the box's
            centre so that the eyes are level. FER-2013 does not turn its faces.

    Returns:
        uint8 (size, size, 3), bilinear, antialiased when shrinking.

    Raises:
        InputError: the box or the size is empty.
    """
    left, top, width, height = box
    side = max(width, height) * (1 + 2 * margin)
    if not (width > 0 and height > 0 and size > 0 and side > 0):
        raise InputError(f"crop_face got box {tuple(box)}, size {size}, margin {margin}: all sides must be positive")
    centre = (left + width / 2, top + height / 2)
    if keypoints is None:
        region, origin = _region(image, centre, side)
        return _resize(region, (centre[0] - origin[0], centre[1] - origin[1]), side, size)
    angle = _eye_angle(keypoints)
    # Turning needs the corners of the square, which reach sqrt(2) times as far.
    region, origin = _region(image, centre, side * 1.5)
    inner = (centre[0] - origin[0], centre[1] - origin[1])
    turned = Image.fromarray(region).rotate(angle, Image.Resampling.BICUBIC, center=inner)
    return _resize(np.asarray(turned), inner, side, size)


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """Resizes to a square, bilinear, antialiased when shrinking: ``fer_tf.data.images.resize`` without TensorFlow.

    Args:
        images: uint8 or float (H, W, 3) or (B, H, W, 3), RGB 0..255.
        size: side of the result in pixels.

    Returns:
        float32 (size, size, 3) or (B, size, size, 3), 0..255.
    """
    if images.shape[-3:-1] == (size, size):
        return images.astype(np.float32)
    if images.ndim == 4:
        return np.stack([resize(image, size) for image in images])
    # Pillow rounds to whole numbers unless a channel comes alone, as floats.
    channels = (Image.fromarray(channel.astype(np.float32)) for channel in np.moveaxis(images, -1, 0))
    return np.stack([np.asarray(c.resize((size, size), Image.Resampling.BILINEAR)) for c in channels], axis=-1)


def _region(image: np.ndarray, centre: tuple[float, float], side: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Whole pixels that cover the square, edges repeated, and where they begin."""
    (left, columns, before, after), (top, rows, above, below) = (
        _covered(middle, side, length) for middle, length in zip(centre, image.shape[1::-1], strict=True)
    )
    inside = image[rows, columns]
    if before or after or above or below:
        inside = cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE)
    return inside, (left, top)


def _covered(middle: float, side: float, length: int) -> tuple[int, slice, int, int]:
    """Along one axis: where the square begins, its pixels in the picture, how many are missing before and after."""
    start, end = int(np.floor(middle - side / 2)) - 1, int(np.ceil(middle + side / 2)) + 1
    # At least one pixel, to be repeated, where the square lies beside the picture.
    first, last = min(max(start, 0), length - 1), max(min(end, length), 1)
    before = min(max(first - start, 0), end - start - 1)
    return start, slice(first, last), before, end - start - (last - first) - before


def _resize(region: np.ndarray, centre: tuple[float, float], side: float, size: int) -> np.ndarray:
    left, top = centre[0] - side / 2, centre[1] - side / 2
    picture = Image.fromarray(region)
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side)))


def _eye_angle(keypoints: Mapping[str, tuple[float, float]]) -> float:
    """Degrees, positive where the right eye lies lower in the image."""
    left, right = keypoints["left_eye"], keypoints["right_eye"]
    return float(np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0])))
