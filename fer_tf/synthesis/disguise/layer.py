"""A disguise as a transparent picture: the renderer's passes without the head, which only hides and is shaded."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.synthesis.disguise.fit import Fit
from fer_tf.synthesis.disguise.light import PhotoLight
from fer_tf.synthesis.render.raster.compiled import exact
from fer_tf.synthesis.render.raster.glass import blend_glass
from fer_tf.synthesis.render.raster.materials import pack_light
from fer_tf.synthesis.render.raster.occlusion import ambient_occlusion
from fer_tf.synthesis.render.raster.packing import Mesh, pack
from fer_tf.synthesis.render.raster.projection import View
from fer_tf.synthesis.render.raster.resolve import tone
from fer_tf.synthesis.render.raster.shading import shade
from fer_tf.synthesis.render.raster.shadows import shadow_map
from fer_tf.synthesis.render.raster.skin_maps import skin_maps
from fer_tf.synthesis.render.raster.zbuffer import Buffers, rasterise
from fer_tf.synthesis.render.spec import Pose
from fer_tf.synthesis.render.surface import Material, Surface

# Pixels in one E at which disguises are drawn: small faces are drawn enlarged, big ones reduced.
DRAWN_SCALE = 64.0, 220.0
_SHADOW_SCALE = 32.0  # shadows are soft
_MARGIN = 0.25  # E round the disguise within which its shadow falls
_SHADOW_STRENGTH = 0.65  # light that the drawn lamps do not know fills real shadows
_WEAKEST_SHADOW = 0.02
LEAST_SEEN = 0.03  # E squared: of clear glasses twice as much is seen
_ZERO, _ONE = np.float32(0), np.float32(1)


@dataclasses.dataclass(frozen=True)
class Layer:
    """What lies over a rectangle of a photo: result = photo * through + colour, in linear light.

    Attributes:
        left: x of its corner in pixels of the photo.
        top: its y.
        colour: float32 (H, W, 3) linear RGB of the light that the disguise itself sends.
        through: float32 (H, W, 3), 0..1 of the photo's light that is left.
    """

    left: int
    top: int
    colour: np.ndarray
    through: np.ndarray


def draw_layer(
    worn: Sequence[Surface], head: Sequence[Surface], fit: Fit, light: PhotoLight, size: tuple[int, int]
) -> Layer | None:
    """Draws a disguise and the shadow that it throws on the face.

    Args:
        worn: the disguise in world coordinates, see ``dress.worn_surfaces``.
        head: what hides and is shaded.
        fit: where they lie in the photo.
        light: of the photo.
        size: (height, width) of the photo.

    Returns:
        The layer; None where next to nothing of the disguise lies within the photo.
    """
    box = photo_box(_reach(worn, fit), _MARGIN * fit.scale, size)
    if box is None:
        return None
    left, top, width, height = box
    side = max(width, height)
    wanted = np.clip(fit.scale, *DRAWN_SCALE) * side / fit.scale
    view = fit.view(left, top, side, max(8, int(np.ceil(wanted))))
    colour, alpha = _drawn(worn, head, view, light)
    colour, alpha = (resized(values, side)[:height, :width] for values in (colour, alpha))
    # Counted after the cut: the square reaches beyond the photo.
    if alpha.sum() < LEAST_SEEN * fit.scale**2:
        return None
    shaded = _shadow(worn, head, fit.view(left, top, side, max(8, round(_SHADOW_SCALE * side / fit.scale))), light)
    through = ((1 - alpha) * resized(shaded, side)[:height, :width])[..., None] * np.ones(3, np.float32)
    return Layer(left, top, colour, through)


def photo_box(pixels: np.ndarray, margin: float, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """left, top, width and height of the part of a photo of this (height, width) round points (N, 2), or None."""
    first = np.maximum(np.floor(pixels.min(0) - margin), 0).astype(int)
    last = np.minimum(np.ceil(pixels.max(0) + margin), size[::-1]).astype(int)
    if (last <= first).any():
        return None
    return int(first[0]), int(first[1]), int(last[0] - first[0]), int(last[1] - first[1])


def _reach(worn: Sequence[Surface], fit: Fit) -> np.ndarray:
    """Pixels of the photo in which the disguise's vertices lie, and the face's, float32 (N, 2)."""
    points = np.concatenate([surface.vertices for surface in worn])
    return np.concatenate([fit.to_photo(points), fit.pixels])


def _drawn(
    worn: Sequence[Surface], head: Sequence[Surface], view: View, light: PhotoLight
) -> tuple[np.ndarray, np.ndarray]:
    """Colour, float32 (size, size, 3), and alpha, float32 (size, size), of the disguise."""
    lights = pack_light(light.light)
    mesh = pack((*head, *worn), Pose(), view)
    side, camera = view.size * view.supersampling, np.float32(view.camera_height)
    buffers = rasterise(mesh, side)
    occlusion = ambient_occlusion(buffers.depth, view.supersampling, view.face_size * view.size)
    shadow = shadow_map(mesh, lights[0, :3])
    own = _without(buffers, mesh, len(head))
    picture, _ = shade(mesh, own, occlusion, shadow, lights, skin_maps(None, None, 1.0), camera)
    hidden = np.zeros((side, side), np.float32)
    if (mesh.material == Material.LENS).any():
        hidden = blend_glass(picture, buffers.depth, mesh, rasterise(mesh, side, lenses=True), lights, camera)
    return _developed(picture, own.triangle, hidden, view.supersampling, np.float32(light.gain))


def _without(buffers: Buffers, mesh: Mesh, count: int) -> Buffers:
    """The buffers without what the first surfaces show: they are not drawn."""
    triangle = np.where(mesh.surface[buffers.triangle] < count, np.int32(-1), buffers.triangle)
    return buffers._replace(triangle=triangle)


@exact
def _developed(picture, triangle, hidden, step, gain):
    """Exposes and averages subpixels; see ``resolve.develop``, which knows no glass before a photo."""
    height, width = triangle.shape[0] // step, triangle.shape[1] // step
    colour = np.zeros((height, width, 3), np.float32)
    alpha = np.zeros((height, width), np.float32)
    share = _ONE / np.float32(step * step)
    for row in range(height):
        for column in range(width):
            for j in range(row * step, (row + 1) * step):
                for i in range(column * step, (column + 1) * step):
                    cover = _ONE if triangle[j, i] >= 0 else hidden[j, i]
                    if cover == _ZERO:
                        continue
                    alpha[row, column] += cover * share
                    for channel in range(3):
                        colour[row, column, channel] += tone(picture[j, i, channel] * gain) * share
    return colour, alpha


def _shadow(worn: Sequence[Surface], head: Sequence[Surface], view: View, light: PhotoLight) -> np.ndarray:
    """Share of the light that the disguise leaves to the face, float32 (size, size)."""
    view = dataclasses.replace(view, supersampling=1)
    lights, camera = pack_light(light.light), np.float32(view.camera_height)
    levels = []
    for surfaces in ((*head, *worn), head):
        mesh = pack(surfaces, Pose(), view)
        buffers = rasterise(mesh, view.size)
        occlusion = ambient_occlusion(buffers.depth, 1, view.face_size * view.size)
        shadow = shadow_map(mesh, lights[0, :3])
        picture, _ = shade(mesh, buffers, occlusion, shadow, lights, skin_maps(None, None, 1.0), camera)
        levels.append((picture[..., 1], buffers.triangle, mesh))
    (with_it, triangle, mesh), (without, bare, bare_mesh) = levels
    # Shadows fall on the face alone: where ears and neck lie in the photo is a guess.
    skin = (triangle >= 0) & (mesh.surface[triangle] == 0) & (bare >= 0) & (bare_mesh.surface[bare] == 0)
    ratio = np.where(skin, with_it / np.maximum(without, 1e-3), 0).clip(0, 1)
    # Under the disguise's soft edge the shadow goes on.
    weight = skin.astype(np.float32)
    near = cv2.blur(weight, (5, 5))
    spread = np.where(skin, ratio, cv2.blur(ratio, (5, 5)) / np.maximum(near, 1e-3))
    dark = _SHADOW_STRENGTH * (1 - spread) * (near > 0) - _WEAKEST_SHADOW
    return 1 - np.clip(dark, 0, 1).astype(np.float32)


def resized(values: np.ndarray, side: int) -> np.ndarray:
    """A square picture at another size, antialiased when shrinking."""
    shrinks = side < len(values)
    return cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
