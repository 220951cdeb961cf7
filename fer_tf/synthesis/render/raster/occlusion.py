"""Ambient occlusion from the depth buffer: hollows get less light from sky and ground."""

import numpy as np
from numba import njit

from fer_tf.synthesis.render.raster.compiled import exact, leaf

# (radius in E, strength, turn of the pattern in degrees): creases and lids; sockets and lips; under the chin.
SCALES = ((0.04, 0.55, 0.0), (0.12, 0.75, 22.0), (0.32, 0.65, 10.0))
# The widest is smoothed over this radius (E), or its few neighbours would show as a polygon's edges;
# over a jump in depth (E) nothing is smoothed.
_SMOOTHING, _JUMP = 0.06, np.float32(0.08)
_PAIRS = 4
_LEAST = np.float32(0.15)
_ZERO, _ONE, _HALF = np.float32(0), np.float32(1), np.float32(0.5)
# A neighbour that stands out by more than this many radii is no wall of the hollow, but hangs before it.
_REACH = np.float32(2.5)


def ambient_occlusion(depth: np.ndarray, supersampling: int, pixels_per_unit: float) -> np.ndarray:
    """Share of the ambient light that reaches each pixel.

    Args:
        depth: float32 (H * s, W * s), 1 / distance of each subpixel, 0 empty.
        supersampling: s.
        pixels_per_unit: pixels of the final picture in one E.

    Returns:
        float32 (H, W), 0.15 .. 1; opposite neighbours are taken together, so a slope is no hollow.
    """
    offsets = np.empty((len(SCALES), _PAIRS, 2), np.float32)
    for level, (radius, _, turn) in enumerate(SCALES):
        angles = np.radians(turn + 180.0 / _PAIRS * np.arange(_PAIRS))
        reach = max(1.0, radius * pixels_per_unit)
        offsets[level] = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach
    radii = np.array([scale[0] for scale in SCALES], np.float32)
    strengths = np.array([scale[1] for scale in SCALES], np.float32)
    distance = _nearest_distance(depth, supersampling)
    offsets = np.rint(offsets).astype(np.int32)
    near = _occlude(distance, offsets[:-1], radii[:-1], strengths[:-1])
    wide = _occlude(distance, offsets[-1:], radii[-1:], strengths[-1:])
    reach = max(1, round(_SMOOTHING * pixels_per_unit))
    for down, right in ((0, 1), (1, 0)):
        wide = _smooth(wide, distance, reach, down, right)
    return np.maximum(near * wide, _LEAST)


@exact
def _nearest_distance(depth, step):
    height, width = depth.shape[0] // step, depth.shape[1] // step
    distance = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            nearest = _ZERO
            for j in range(step):
                for i in range(step):
                    nearest = max(nearest, depth[row * step + j, column * step + i])
            if nearest > _ZERO:
                distance[row, column] = _ONE / nearest
    return distance


@leaf
def _rise(distance, row, column, own, radius):
    """How far a neighbour stands out before a point, E; the far and the much nearer do not count."""
    if row < 0 or column < 0 or row >= distance.shape[0] or column >= distance.shape[1]:
        return _ZERO
    other = distance[row, column]
    if other == _ZERO:
        return -radius
    rise = own - other
    if rise > radius:
        return radius * max(_ZERO, _ONE - (rise - radius) / (_REACH * radius))
    return max(-radius, rise)


@njit(cache=True, fastmath=True, error_model="numpy")
def _occlude(distance, offsets, radii, strengths):
    height, width = distance.shape
    levels, pairs = offsets.shape[0], offsets.shape[1]
    light = np.ones((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            own = distance[row, column]
            if own == _ZERO:
                continue
            left = _ONE
            for level in range(levels):
                radius = radii[level]
                hollow = _ZERO
                for pair in range(pairs):
                    dx, dy = offsets[level, pair, 0], offsets[level, pair, 1]
                    both = _rise(distance, row + dy, column + dx, own, radius)
                    both += _rise(distance, row - dy, column - dx, own, radius)
                    hollow += max(_ZERO, both)
                left *= _ONE - min(_ONE, strengths[level] * hollow / (radius * np.float32(pairs)))
            light[row, column] = left
    return light


@exact
def _smooth(light, distance, reach, down, right):
    """Mean along one axis, over pixels of about the same depth."""
    height, width = light.shape
    smooth = np.ones_like(light)
    for row in range(height):
        for column in range(width):
            own = distance[row, column]
            if own == _ZERO:
                continue
            total, count = _ZERO, _ZERO
            for step in range(-reach, reach + 1):
                j, i = row + down * step, column + right * step
                if 0 <= j < height and 0 <= i < width and abs(distance[j, i] - own) < _JUMP:
                    total += light[j, i]
                    count += _ONE
            smooth[row, column] = total / count
    return smooth
