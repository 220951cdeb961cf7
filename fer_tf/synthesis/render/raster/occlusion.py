"""Ambient occlusion from the depth buffer: hollows get less light from sky and ground."""

import cv2
import numpy as np

from fer_tf.synthesis.render.raster.compiled import exact, leaf

# (radius in E, strength, turn of the pattern in degrees): creases and lids; sockets and lips; under the chin.
SCALES = ((0.04, 0.55, 0.0), (0.12, 0.75, 22.0), (0.32, 0.65, 10.0))
# The widest is smoothed over this radius (E), or its few neighbours would show as a polygon's edges;
# over a jump in depth (E) nothing is smoothed.
_SMOOTHING, _JUMP = 0.06, np.float32(0.08)
_PAIRS = 4
_LEAST = np.float32(0.15)
_ZERO, _ONE = np.float32(0), np.float32(1)
# A neighbour that stands out by more than this many radii is no wall of the hollow, but hangs before it.
_REACH_INVERSE = np.float32(1 / 2.5)
# E; where nothing is.
_FAR = np.float32(1e6)


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
    offsets = np.rint(offsets).astype(np.int64)
    reach = max(1, round(_SMOOTHING * pixels_per_unit))
    # So wide a border that no loop needs to ask where the picture ends.
    border = max(reach, int(np.abs(offsets).max()))
    inner, around = (slice(border, -border), slice(border, -border)), 4 * (border,)
    shown = _nearest_distance(depth, supersampling)
    distance = cv2.copyMakeBorder(shown, *around, cv2.BORDER_REPLICATE)
    apart = cv2.copyMakeBorder(shown, *around, cv2.BORDER_CONSTANT, value=float(_FAR))
    near, wide, smooth = (np.ones_like(distance) for _ in range(3))
    radii, strengths = (np.array([scale[part] for scale in SCALES], np.float32) for part in (0, 1))
    sums = np.empty((2, distance.shape[1]), np.float32)
    _occlude(near, distance, border, offsets[:-1], radii[:-1], strengths[:-1], sums[0])
    _occlude(wide, distance, border, offsets[-1:], radii[-1:], strengths[-1:], sums[0])
    _smooth(smooth, wide, apart, border, reach, 0, 1, sums)
    _smooth(wide, smooth, apart, border, reach, 1, 0, sums)
    return np.maximum(near[inner] * wide[inner], _LEAST)


@exact
def _nearest_distance(depth, step):
    height, width = depth.shape[0] // step, depth.shape[1] // step
    distance = np.full((height, width), _FAR, np.float32)
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
def _rise(own, other, radius):
    """How far a neighbour stands out before a point, E; the far and the much nearer do not count."""
    rise = own - other
    return max(-radius, min(rise, max(_ZERO, radius - (rise - radius) * _REACH_INVERSE)))


@leaf
def _occlude(light, distance, border, offsets, radii, strengths, hollow):
    """Multiplies light by what gets out of the hollows; whole rows, so that it compiles to wide instructions."""
    end = distance.shape[1] - border
    for row in range(border, distance.shape[0] - border):
        own, left = distance[row, border:end], light[row, border:end]
        for level in range(offsets.shape[0]):
            radius = radii[level]
            hollow[:] = _ZERO
            for pair in range(offsets.shape[1]):
                dx, dy = offsets[level, pair, 0], offsets[level, pair, 1]
                there, opposite = distance[row + dy, border + dx : end + dx], distance[row - dy, border - dx : end - dx]
                for column in range(own.shape[0]):
                    both = _rise(own[column], there[column], radius) + _rise(own[column], opposite[column], radius)
                    hollow[column] += max(_ZERO, both)
            part = strengths[level] / (radius * np.float32(offsets.shape[1]))
            for column in range(own.shape[0]):
                left[column] *= _ONE - min(_ONE, part * hollow[column])


@leaf
def _smooth(smooth, light, distance, border, reach, down, right, sums):
    """Mean along one axis, over pixels of about the same depth."""
    end = distance.shape[1] - border
    total, count = sums[0], sums[1]
    for row in range(border, distance.shape[0] - border):
        own, result = distance[row, border:end], smooth[row, border:end]
        total[:] = _ZERO
        count[:] = _ZERO
        for step in range(-reach, reach + 1):
            dx, dy = right * step, down * step
            there, lit = distance[row + dy, border + dx : end + dx], light[row + dy, border + dx : end + dx]
            for column in range(own.shape[0]):
                same = _ONE if abs(there[column] - own[column]) < _JUMP else _ZERO
                total[column] += same * lit[column]
                count[column] += same
        for column in range(own.shape[0]):
            result[column] = total[column] / count[column]
