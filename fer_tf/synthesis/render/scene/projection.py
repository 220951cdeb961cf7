"""Where points of a room or landscape appear in its picture.

Single points are plain numbers and outlines go through compiled code: for a handful of points
arrays are the slowest way.
"""

import math
from collections.abc import Sequence

import numba
import numpy as np

from fer_tf.synthesis.render.scene.brushes import SIDE

NEAR = 0.25  # metres before the camera where things are cut off
SHIFT = 4  # drawing positions are in sixteenths of a pixel
ONE = 1 << SHIFT
_FAR = 20000.0  # drawing positions are kept within so many pixels
_HORIZON_MARGIN = 4  # pixels that remain above and below the horizon

Point = Sequence[float]


class Projection:
    """A camera at (0, eye, 0) that looks along z.

    World axes: x to the right, y up from the floor, z away from the camera; metres.

    Attributes:
        eye: height of the camera above the floor, metres.
        scale: pixels of a metre at a distance of one metre.
        rows: three rows of four numbers that turn (x, y, z, 1) to homogeneous pixels; the last gives the depth.
        matrix: the same, float (3, 4).
        horizon: row of the horizon in pixels.
    """

    def __init__(self, eye: float, focal: float, yaw: float, pitch: float) -> None:
        """Sets up the camera; see ``space.Space``."""
        self.eye, self.scale = eye, focal * SIDE
        turn, tilt = math.radians(yaw), math.radians(pitch)
        right = (math.cos(turn), 0.0, -math.sin(turn))
        level = (math.sin(turn), 0.0, math.cos(turn))
        up = (-math.sin(tilt) * level[0], math.cos(tilt), -math.sin(tilt) * level[2])
        away = (math.cos(tilt) * level[0], math.sin(tilt), math.cos(tilt) * level[2])
        across = tuple(SIDE / 2 * a + self.scale * r for a, r in zip(away, right, strict=True))
        down = tuple(SIDE / 2 * a - self.scale * u for a, u in zip(away, up, strict=True))
        self.rows = tuple((*row, -row[1] * eye) for row in (across, down, away))
        self.matrix = np.array(self.rows)
        middle = SIDE / 2 + self.scale * math.tan(tilt)
        self.horizon = int(min(max(middle, _HORIZON_MARGIN), SIDE - _HORIZON_MARGIN))

    def pixel(self, point: Point) -> tuple[float, float, float] | None:
        """Column, row and depth of a world point; None nearer than ``NEAR``."""
        x, y, z = point
        (a, b, c, d), (e, f, g, h), (i, j, k, m) = self.rows
        depth = i * x + j * y + k * z + m
        if depth < NEAR:
            return None
        return (a * x + b * y + c * z + d) / depth, (e * x + f * y + g * z + h) / depth, depth

    def outline(self, points: Sequence[Point]) -> np.ndarray | None:
        """Pixels float (M, 2) of a flat polygon, cut off near the camera; None if it is not in the picture."""
        outline = _outline(self.matrix, np.array(points, np.float64))
        return outline if len(outline) else None


@numba.njit(cache=True)
def _outline(matrix, points):
    """Pixels float (M, 2) of the part of a convex polygon (N, 3) that is deeper than ``NEAR``; M = 0: none to see."""
    count = len(points)
    image = np.empty((count, 3))
    for number in range(count):
        for axis in range(3):
            row = matrix[axis]
            point = points[number]
            image[number, axis] = row[0] * point[0] + row[1] * point[1] + row[2] * point[2] + row[3]
    kept = np.empty((2 * count, 2))
    filled = 0
    for number in range(count):
        start, end = image[number], image[(number + 1) % count]
        if start[2] >= NEAR:
            kept[filled] = start[:2] / start[2]
            filled += 1
        if (start[2] >= NEAR) != (end[2] >= NEAR):
            cut = start + (end - start) * (NEAR - start[2]) / (end[2] - start[2])
            kept[filled] = cut[:2] / cut[2]
            filled += 1
    for axis in range(2):
        if filled < 3 or kept[:filled, axis].max() < 0 or kept[:filled, axis].min() > SIDE:
            return kept[:0]
    return kept[:filled]


@numba.njit(cache=True)
def fixed(outline, left, top, scale):
    """Pixels in OpenCV's fixed-point numbers, int32 (N, 2).

    Args:
        outline: float (N, 2), pixels; far ones are pulled in to stay in range.
        left: column that becomes 0.
        top: row that becomes 0.
        scale: factor on the pixels.
    """
    result = np.empty(outline.shape, np.int32)
    for number in range(len(outline)):
        column, row = (outline[number, 0] - left) * scale, (outline[number, 1] - top) * scale
        result[number, 0] = int(min(max(column, -_FAR), _FAR) * ONE)
        result[number, 1] = int(min(max(row, -_FAR), _FAR) * ONE)
    return result
