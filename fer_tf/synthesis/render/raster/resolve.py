"""From lit subpixels to the picture: exposure, tone curve, anti-aliasing, and what each pixel shows."""

import numpy as np
from numba import njit

from fer_tf.synthesis.render.raster.compiled import exact, exact_leaf, leaf
from fer_tf.synthesis.render.raster.packing import TANGENT, UV, Mesh
from fer_tf.synthesis.render.raster.zbuffer import Buffers
from fer_tf.synthesis.render.surface import Material

# The camera pulls the skin's mean luminance towards this, by this part of the way (in stops).
METER_TARGET, METER_PULL = 0.22, 0.5
# Above the knee the tone curve bends towards 1, as film does.
_KNEE = np.float32(0.55)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_ZERO, _ONE = np.float32(0), np.float32(1)
_TABLE_SIZE = 4096


def _srgb_table() -> np.ndarray:
    light = np.linspace(0.0, 1.0, _TABLE_SIZE)
    share = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (share * 255.0).astype(np.float32)


# sRGB 0..255 of evenly spaced linear light 0..1.
_SRGB = _srgb_table()


def metered_gain(picture: np.ndarray, buffers: Buffers, mesh: Mesh, hidden: np.ndarray, step: int) -> float:
    """The exposure of a camera that meters partly on the face.

    Args:
        picture: float32 (H * s, W * s, 3) linear RGB of the subpixels.
        buffers: what each subpixel shows.
        mesh: what was drawn.
        hidden: float32 (H * s, W * s), share hidden by glass; what is more than half hidden is not metered.
        step: subpixels per pixel and direction; one of each pixel is metered.

    Returns:
        Factor on the light; 1 where no skin is seen.
    """
    skin = mesh.material[mesh.surface] == Material.SKIN
    few = np.s_[::step, ::step]
    mean = _mean_log_luminance(picture[few], buffers.triangle[few], skin, hidden[few])
    return float(np.exp(METER_PULL * (np.log(METER_TARGET) - mean))) if np.isfinite(mean) else 1.0


@exact_leaf
def _mean_log_luminance(picture, triangle, skin, hidden):
    """Over subpixels of skin; infinity where there are none."""
    total, count = 0.0, 0
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            index = triangle[row, column]
            if index < 0 or not skin[index] or hidden[row, column] > 0.5:
                continue
            light = _ZERO
            for channel in range(3):
                light += _LUMINANCE[channel] * picture[row, column, channel]
            total += np.log(light + np.float32(1e-4))
            count += 1
    return total / count if count else np.inf


@leaf
def tone(light: float) -> float:
    """Linear up to a knee, then bent so that nothing burns out."""
    if light <= _KNEE:
        return light
    room = _ONE - _KNEE
    over = light - _KNEE
    return _KNEE + room * over / (over + room)


@njit(cache=True, fastmath=True, error_model="numpy")
def develop(picture, even, triangle, gain, background):
    """Exposes, bends, averages and lays the person over the background.

    Args:
        picture: float32 (H * s, W * s, 3) linear RGB of the subpixels.
        even: bool (H, W), pixels whose subpixels all have one colour.
        triangle: int32 (H * s, W * s), -1 where nothing was drawn.
        gain: factor on the person's light.
        background: float32 (H, W, 3) linear RGB, taken as it is.

    Returns:
        uint8 (H, W, 3) sRGB; float32 (H, W, 3) linear RGB before the tone curve; float32 (H, W) share
        of the pixel that the person covers.
    """
    height, width = background.shape[0], background.shape[1]
    step = triangle.shape[0] // height
    image = np.empty((height, width, 3), np.uint8)
    linear = np.empty((height, width, 3), np.float32)
    coverage = np.empty((height, width), np.float32)
    top = np.float32(_TABLE_SIZE - 1)
    for row in range(height):
        for column in range(width):
            j0, i0 = row * step, column * step
            size = 1 if even[row, column] else step
            drawn = 0
            for j in range(j0, j0 + size):
                for i in range(i0, i0 + size):
                    drawn += triangle[j, i] >= 0
            share = _ONE / np.float32(size * size)
            covered = np.float32(drawn) * share
            coverage[row, column] = covered
            for channel in range(3):
                behind = background[row, column, channel] * (_ONE - covered)
                raw, bent = _ZERO, _ZERO
                if drawn > 0:
                    for j in range(j0, j0 + size):
                        for i in range(i0, i0 + size):
                            light = picture[j, i, channel] * gain
                            raw += light
                            bent += tone(light)
                linear[row, column, channel] = raw * share + behind
                level = min(_ONE, max(_ZERO, bent * share + behind))
                image[row, column, channel] = np.uint8(_SRGB[int(level * top + np.float32(0.5))] + np.float32(0.5))
    return image, linear, coverage


def describe(buffers: Buffers, mesh: Mesh, whole: np.ndarray):
    """What each pixel of the final picture shows.

    Args:
        buffers: of the subpixels.
        mesh: what was drawn.
        whole: bool (H, W), pixels whose subpixels all show one surface.

    Returns:
        int8 (H, W) surface that covers most of the pixel, -1 for the background; float32 (H, W, 2)
        mean texture position of the textured surface there, NaN elsewhere; float32 (H, W) distance
        from the camera in E of the nearest point, infinity for the background.
    """
    return _describe(
        buffers.depth,
        buffers.triangle,
        buffers.weights,
        mesh.triangles,
        mesh.surface,
        mesh.textured,
        mesh.points[:, UV:TANGENT],
        whole,
    )


@exact
def _describe(depth, triangle, weights, triangles, surfaces, textured, positions, whole):
    height, width = whole.shape
    step = depth.shape[0] // height
    index_map = np.full((height, width), -1, np.int8)
    uv = np.full((height, width, 2), np.nan, np.float32)
    distance = np.full((height, width), np.inf, np.float32)
    votes = np.zeros(textured.shape[0] + 1, np.int32)
    for row in range(height):
        for column in range(width):
            top, left = row * step, column * step
            nearest = _ZERO
            for j in range(top, top + step):
                for i in range(left, left + step):
                    nearest = max(nearest, depth[j, i])
            if nearest == _ZERO:
                continue
            distance[row, column] = _ONE / nearest
            if whole[row, column]:
                winner = surfaces[triangle[top, left]]
            else:
                winner = _most_frequent(triangle, surfaces, votes, top, left, step)
            index_map[row, column] = winner
            if winner >= 0 and textured[winner]:
                u, v = _mean_position(triangle, weights, triangles, surfaces, positions, winner, top, left, step)
                uv[row, column, 0], uv[row, column, 1] = u, v
    return index_map, uv, distance


@exact_leaf
def _most_frequent(triangle, surfaces, votes, top, left, step):
    """The surface that most subpixels of a pixel show, -1 the background; of several the one that was ahead first."""
    votes[:] = 0
    winner = -1
    for j in range(top, top + step):
        for i in range(left, left + step):
            index = triangle[j, i]
            surface = surfaces[index] if index >= 0 else -1
            votes[surface] += 1
            if votes[surface] > votes[winner]:
                winner = surface
    return winner


@exact_leaf
def _mean_position(triangle, weights, triangles, surfaces, positions, surface, top, left, step):
    """Mean texture position over a pixel's subpixels that show the surface."""
    u, v, count = _ZERO, _ZERO, _ZERO
    for j in range(top, top + step):
        for i in range(left, left + step):
            index = triangle[j, i]
            if index < 0 or surfaces[index] != surface:
                continue
            a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
            wa, wb = weights[j, i, 0], weights[j, i, 1]
            wc = _ONE - wa - wb
            u += wa * positions[a, 0] + wb * positions[b, 0] + wc * positions[c, 0]
            v += wa * positions[a, 1] + wb * positions[b, 1] + wc * positions[c, 1]
            count += _ONE
    return u / count, v / count
