"""Pixels for MTCNN's networks: the image pyramid and the crops of candidates.

Sizes, interpolation and rounding are those of the package mtcnn 1.0.0 (``utils/images.py``),
which calls ``tf.image.resize`` (area) and ``tf.image.crop_and_resize``. Here they read the bytes
of the image directly, outside Python's global lock, so that threads share the work.
"""

import numba
import numpy as np

# P-Net looks at squares of 12 pixels; on the first level they are faces of 20 pixels.
CELL = 12
SMALLEST_FACE = 20
_FACTOR = 0.709
# Outside the picture, networks see the grey that normalisation makes zero.
_GREY, _SPREAD = 127.5, 128.0

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


def scales(height: int, width: int, min_size: float = SMALLEST_FACE) -> np.ndarray:
    """Scales of the pyramid's levels.

    Args:
        height: of the image in pixels.
        width: of the image in pixels.
        min_size: least height in pixels of a face that is wanted. Levels whose squares are faces
            of less than half of that are left out: P-Net, R-Net and O-Net together move the
            sides of a box by far less than its size.

    Returns:
        float64 (levels,), falling; empty for an image less than 24 pixels high or wide.
    """
    if min(height, width) < 2 * CELL:
        return np.empty(0)
    # Counts levels as the package does, which leaves out the last one of some pictures.
    count = round(-(np.log(min(height, width) / CELL) / np.log(_FACTOR) + 1))
    levels = CELL / SMALLEST_FACE * _FACTOR ** np.arange(count)
    return levels[CELL / levels >= min_size / 2]


def resize(image: np.ndarray, scale: float) -> np.ndarray:
    """One level of the pyramid: means over areas, normalised.

    Args:
        image: uint8 (H, W, 3), rows and pixels without gaps between them.
        scale: size of the level as a share of the image's, at most 1.

    Returns:
        float32 (3, floor(scale H), floor(scale W)), -1..1.
    """
    height, width = (int(side * scale) for side in image.shape[:2])
    result = np.empty((3, height, width), np.float32)
    rows, columns = _shares(image.shape[0], height), _shares(image.shape[1], width)
    _average(image.reshape(image.shape[0], -1), *rows, *columns, result)
    return result


def crop(image: np.ndarray, boxes: np.ndarray, size: int) -> np.ndarray:
    """Boxes of an image, resized and normalised; grey where they leave the picture.

    Args:
        image: uint8 (H, W, 3).
        boxes: float64 (n, 4 or more): x1, y1, x2, y2 in pixels.
        size: side of a crop.

    Returns:
        float32 (3, n, size, size), -1..1, bilinear between the four nearest pixels.
    """
    height, width = image.shape[:2]
    # In shares of the sides and in float32 first, like the package: a face at a far edge of a
    # large picture would otherwise move by a hundredth of a pixel.
    shares = (boxes[:, :4] / [width, height, width, height]).astype(np.float32)
    result = np.zeros((3, len(boxes), size, size), np.float32)
    _sample(image, shares, result)
    return result


def _shares(source: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Which source pixels lie in each target pixel, (target, k), and with what share of it."""
    # In float32, as TensorFlow does it: rounding moves the limits by up to 1e-4 of a pixel, and
    # the shares of a target pixel sum to one only so far.
    scale = np.float32(source) / np.float32(target)
    start, end = (np.arange(first, first + target, dtype=np.float32)[:, None] * scale for first in (0, 1))
    pixels = np.floor(start) + np.arange(np.ceil(scale) + 1, dtype=np.float32)
    overlap = np.minimum(pixels + 1, end) - np.maximum(pixels, start)
    return np.minimum(pixels, source - 1).astype(np.int64), np.maximum(overlap, 0) / scale


@_compiled
def _average(image, rows, row_shares, columns, column_shares, result):
    _, height, width = result.shape
    line = np.empty(image.shape[1], np.float32)
    for y in range(height):
        line[:] = 0
        for k in range(rows.shape[1]):
            share = row_shares[y, k]
            if share > 0:
                source = image[rows[y, k]]
                for i in range(line.size):
                    line[i] += share * (np.float32(source[i]) - np.float32(_GREY))
        for x in range(width):
            red = green = blue = np.float32(0)
            for k in range(columns.shape[1]):
                share, at = column_shares[x, k], 3 * columns[x, k]
                red += share * line[at]
                green += share * line[at + 1]
                blue += share * line[at + 2]
            result[0, y, x] = red / np.float32(_SPREAD)
            result[1, y, x] = green / np.float32(_SPREAD)
            result[2, y, x] = blue / np.float32(_SPREAD)


@_compiled
def _sample(image, shares, result):
    channels, count, size, _ = result.shape
    bottom, right = np.float32(image.shape[0] - 1), np.float32(image.shape[1] - 1)
    for box in range(count):
        x1, y1, x2, y2 = shares[box]
        step_y, step_x = (y2 - y1) * bottom / np.float32(size - 1), (x2 - x1) * right / np.float32(size - 1)
        for row in range(size):
            y = y1 * bottom + np.float32(row) * step_y
            if not 0 <= y <= bottom:
                continue
            above, below = int(np.floor(y)), int(np.ceil(y))
            down = y - np.float32(above)
            for column in range(size):
                x = x1 * right + np.float32(column) * step_x
                if not 0 <= x <= right:
                    continue
                before, after = int(np.floor(x)), int(np.ceil(x))
                along = x - np.float32(before)
                for channel in range(channels):
                    a, b = np.float32(image[above, before, channel]), np.float32(image[above, after, channel])
                    c, d = np.float32(image[below, before, channel]), np.float32(image[below, after, channel])
                    high, low = a + (b - a) * along, c + (d - c) * along
                    value = high + (low - high) * down
                    result[channel, box, row, column] = (value - np.float32(_GREY)) / np.float32(_SPREAD)
