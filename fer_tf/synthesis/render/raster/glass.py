"""Glass: lenses blended over what lies behind them."""

import numpy as np

from fer_tf.synthesis.render.raster.compiled import leaf
from fer_tf.synthesis.render.raster.materials import (
    BROAD,
    BROAD_SHARPNESS,
    LOOK,
    MIRROR,
    SHARP,
    SHARP_SHARPNESS,
    TABLE,
    around,
    squared,
    unit,
)
from fer_tf.synthesis.render.raster.packing import COLOUR, NORMAL, WORLD, Mesh
from fer_tf.synthesis.render.raster.shading import between, vector_between
from fer_tf.synthesis.render.raster.zbuffer import Buffers
from fer_tf.synthesis.render.surface import Material

_LENS = int(Material.LENS)
_ZERO, _ONE, _TWO = np.float32(0), np.float32(1), np.float32(2)


def blend_glass(
    picture: np.ndarray, depth: np.ndarray, mesh: Mesh, buffers: Buffers, lights: np.ndarray, camera_height: float
) -> np.ndarray:
    """Lays lenses over a shaded picture, in place.

    Args:
        picture: float32 (H, W, 3) linear RGB of the subpixels; changed.
        depth: float32 (H, W), 1 / distance of what was drawn before.
        mesh: what was drawn.
        buffers: which lens each subpixel shows.
        lights: see ``materials.pack_light``.
        camera_height: float32, E from the pivot to the camera.

    Returns:
        float32 (H, W), how much of what lies behind is hidden, 0..1.
    """
    hidden = np.zeros(depth.shape, np.float32)
    visible = (buffers.triangle >= 0) & (buffers.depth > depth)
    opacity = mesh.opacity[mesh.surface]
    _blend(
        picture,
        hidden,
        np.argwhere(visible),
        buffers.triangle,
        buffers.weights,
        mesh.points,
        mesh.triangles,
        opacity,
        lights,
        TABLE,
        LOOK,
        camera_height,
    )
    return hidden


@leaf
def _blend(picture, hidden, places, triangle, weights, points, triangles, opacity, lights, table, look, camera_height):
    for place in range(places.shape[0]):
        row, column = places[place, 0], places[place, 1]
        index, wa, wb = triangle[row, column], weights[row, column, 0], weights[row, column, 1]
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        x, y, z = vector_between(points, a, b, c, wa, wb, WORLD)
        normal = unit(*vector_between(points, a, b, c, wa, wb, NORMAL))
        view = unit(-x, -y, camera_height - z)
        share = opacity[index]
        hidden[row, column] = share
        for channel in range(3):
            tint = between(points, a, b, c, wa, wb, COLOUR + channel)
            # Clear glass scatters next to nothing; what tints also scatters.
            own = share * share * tint * around(lights, normal[1], channel)
            behind = picture[row, column, channel] * (_ONE - share)
            picture[row, column, channel] = behind + own + _shine(normal, view, lights, table, look, channel)


@leaf
def _shine(normal, view, lights, table, look, channel):
    """What one side of the glass mirrors: the lamps sharply, sky and ground faintly."""
    facing = normal[0] * view[0] + normal[1] * view[1] + normal[2] * view[2]
    grazing = _ONE - min(_ONE, abs(facing))
    mirrored_y = _TWO * facing * normal[1] - view[1]
    light = (
        table[_LENS, MIRROR] * (_ONE + look.glass_grazing * squared(grazing, 2)) * around(lights, mirrored_y, channel)
    )
    for lamp in range(lights.shape[0] - 1):
        lx, ly, lz = lights[lamp, 0], lights[lamp, 1], lights[lamp, 2]
        hx, hy, hz = unit(view[0] + lx, view[1] + ly, view[2] + lz)
        meeting = max(_ZERO, normal[0] * hx + normal[1] * hy + normal[2] * hz)
        peak = table[_LENS, BROAD] * squared(meeting, table[_LENS, BROAD_SHARPNESS])
        peak += table[_LENS, SHARP] * squared(meeting, table[_LENS, SHARP_SHARPNESS])
        light += lights[lamp, 3 + channel] * peak
    return light
