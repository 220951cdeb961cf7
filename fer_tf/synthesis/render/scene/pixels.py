"""Compiled loops over the pixels of places."""

import numba
import numpy as np

_ZERO, _HALF, _ONE, _WHITE = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(255.0)
# Levels between which the stops of a palette lie, where noise mostly is.
_LOWEST, _HIGHEST = 40.0, 216.0
# How much darker leaves are below and to the right, and what must be exceeded for a leaf to show.
_LEAF_BELOW, _LEAF_RIGHT, _LEAF_FULL, _LEAF_SHOWN = 34.0, 12.0, 128.0, 148.0


@numba.njit(cache=True)
def palette(stops):
    """Colours of the levels 0..255, uint8 (256, 1, 3), from float64 (N, 3) spread evenly over 40..216."""
    result = np.empty((256, 1, 3), np.uint8)
    last = len(stops) - 1
    for level in range(256):
        place = min(max((level - _LOWEST) / (_HIGHEST - _LOWEST), 0.0), 1.0) * last
        lower = min(int(place), max(last - 1, 0))
        upper = min(lower + 1, last)
        for channel in range(3):
            result[level, 0, channel] = int(
                stops[lower, channel] + (place - lower) * (stops[upper, channel] - stops[lower, channel])
            )
    return result


@numba.njit(cache=True)
def multiply(picture, gains):
    """Multiplies uint8 (height, width, 3) in place by float32 (height, width), up to white."""
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            gain = gains[row, column]
            for channel in range(3):
                value = np.float32(picture[row, column, channel]) * gain + _HALF
                picture[row, column, channel] = np.uint8(min(max(value, _ZERO), _WHITE))


@numba.njit(cache=True)
def paint_clump(picture, left, top, levels, bumps, colours, ragged):
    """Paints a round clump of leaves, lit from above and the left.

    Args:
        picture: uint8 (height, width, 3), changed in place.
        left: column of the clump's left edge; it may lie outside.
        top: row of its upper edge.
        levels: uint8 (tall, wide), noise of the leaves' colours.
        bumps: uint8 (tall, wide), noise of the clump's edge.
        colours: see ``palette``.
        ragged: how far the edge follows the bumps.
    """
    tall, wide = levels.shape
    for row in range(max(0, top), min(picture.shape[0], top + tall)):
        y = 2.0 * (row - top) / (tall - 1) - 1.0
        for column in range(max(0, left), min(picture.shape[1], left + wide)):
            x = 2.0 * (column - left) / (wide - 1) - 1.0
            bump = bumps[row - top, column - left]
            if (1.0 - x * x - y * y) * _LEAF_FULL / ragged + bump <= _LEAF_SHOWN:
                continue
            level = int(min(max(levels[row - top, column - left] - _LEAF_BELOW * y - _LEAF_RIGHT * x, 0.0), 255.0))
            for channel in range(3):
                picture[row, column, channel] = colours[level, 0, channel]
