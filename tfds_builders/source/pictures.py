"""Decoding pictures of strangers."""

import io

import numpy as np
from PIL import Image, UnidentifiedImageError

from fer_tf.errors import InputError

# The bounds stop pictures made to fill the memory.
LARGEST_SIDE = 16_384
MOST_PIXELS = 1 << 26
# Pillow has readers that start other programs (EPS): pictures of strangers get these only.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
# What TensorFlow's decoders read as Pillow does.
_KEPT = {"JPEG": ("L", "RGB"), "PNG": ("L", "RGB", "P")}


def decode(content: bytes, largest_side: int = LARGEST_SIDE) -> np.ndarray:
    """Decodes a BMP, GIF, JPEG, PNG, TIFF or WebP file.

    Args:
        content: the bytes of the file.
        largest_side: in pixels.

    Returns:
        uint8 (H, W) for grey pictures, else uint8 (H, W, 3) RGB.

    Raises:
        InputError: with the reason why it cannot be read.
    """
    return _decoded(content, largest_side)[0]


def checked(content: bytes, largest_side: int = LARGEST_SIDE) -> np.ndarray | bytes:
    """A picture for a record: the bytes of the file, where they can be stored as they are, else its pixels.

    Args:
        content: the bytes of the file.
        largest_side: in pixels.

    Raises:
        InputError: with the reason why it cannot be read.
    """
    pixels, kept = _decoded(content, largest_side)
    return content if kept else pixels


def as_rgb(image: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3), grey repeated.

    Args:
        image: uint8 (H, W) or (H, W, 3).
    """
    return np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image


def _decoded(content: bytes, largest_side: int) -> tuple[np.ndarray, bool]:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if max(picture.size) > largest_side:
                raise InputError(
                    f"expected at most {largest_side} pixels a side, came {picture.width} x {picture.height}"
                )
            if picture.width * picture.height > MOST_PIXELS:
                raise InputError(f"expected at most {MOST_PIXELS:,} pixels, came {picture.width} x {picture.height}")
            kept = picture.mode in _KEPT.get(picture.format, ()) and "transparency" not in picture.info
            is_grey = picture.mode in ("1", "L", "LA")
            return np.asarray(picture.convert("L" if is_grey else "RGB")), kept
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError("not a picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"expected at most {MOST_PIXELS:,} pixels: {error}") from error
    # Pillow's decoders raise almost anything for damaged files.
    except Exception as error:
        raise InputError(f"damaged picture: {error}") from error
