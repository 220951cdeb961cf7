"""The picture of a person: all passes of the rasteriser in order."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.glass import blend_glass
from fer_tf.synthesis.render.raster.materials import pack_light
from fer_tf.synthesis.render.raster.occlusion import ambient_occlusion
from fer_tf.synthesis.render.raster.packing import pack
from fer_tf.synthesis.render.raster.projection import View
from fer_tf.synthesis.render.raster.resolve import describe, develop, metered_gain
from fer_tf.synthesis.render.raster.shading import shade
from fer_tf.synthesis.render.raster.shadows import shadow_map
from fer_tf.synthesis.render.raster.skin_maps import skin_maps
from fer_tf.synthesis.render.raster.zbuffer import rasterise
from fer_tf.synthesis.render.spec import Light, Pose
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

# Linear light of the 256 sRGB values.
_BYTE_LIGHT = to_linear(np.arange(256))


@dataclasses.dataclass(frozen=True)
class Raster:
    """A drawn person and what each pixel shows.

    Attributes:
        image: uint8 (size, size, 3) sRGB; what a camera model starts from.
        linear: float32 (size, size, 3) linear RGB, exposed, before the tone curve.
        coverage: float32 (size, size), share of the pixel that the person covers.
        names: of the surfaces that ``surface_index`` counts.
        surface_index: int8 (size, size), the surface that covers most of the pixel, -1 background;
            glass does not count: what lies behind does.
        uv: float32 (size, size, 2), position in the skin's texture where the face is seen; else NaN.
        depth: float32 (size, size), E from the camera; infinity for the background.
        gain: factor on the light that the metering chose, or that was asked for.
    """

    image: np.ndarray
    linear: np.ndarray
    coverage: np.ndarray
    names: tuple[str, ...]
    surface_index: np.ndarray
    uv: np.ndarray
    depth: np.ndarray
    gain: float

    def mask(self, *names: str) -> np.ndarray:
        """Pixels, bool (size, size), that show mostly surfaces of these names; the unknown shows nowhere."""
        # The last entry, which -1 takes, is the background's.
        wanted = np.array([name in names for name in self.names] + [False])
        return wanted[self.surface_index]


def render_surfaces(
    surfaces: Sequence[Surface],
    skin,
    marks: tuple[np.ndarray, np.ndarray] | None,
    pose: Pose,
    light: Light,
    view: View,
    background: np.ndarray,
    gain: float | None = None,
) -> Raster:
    """Draws surfaces over a background.

    Args:
        surfaces: in head coordinates; those of material LENS are blended over the rest.
        skin: ``skin.texture.Skin`` of the textured surface, or None for plain skin.
        marks: (darkening, height) of ``skin.wrinkles.expression_marks``, or None.
        pose: of the head.
        light: lamps, sky and ground.
        view: the camera.
        background: (size, size, 3), float32 linear RGB or uint8 sRGB.
        gain: factor on the person's light, so that two pictures are exposed alike; None meters the skin.

    Returns:
        The picture and its truth; the same arguments give the same bytes.

    Raises:
        InputError: no surface, too many lamps, a background of another size, arrays that do not fit.
    """
    behind = _linear_background(background, view.size)
    lights = pack_light(light)
    mesh = pack(surfaces, pose, view)
    side = view.size * view.supersampling
    buffers = rasterise(mesh, side)
    occlusion = ambient_occlusion(buffers.depth, view.supersampling, view.face_size * view.size)
    shadow = shadow_map(mesh, lights[0, :3])
    camera = np.float32(view.camera_height)
    maps = skin_maps(skin, marks, view.face_size * view.size)
    picture, whole = shade(mesh, buffers, occlusion, shadow, lights, maps, camera)
    hidden, even = np.zeros((side, side), np.float32), whole
    if (mesh.material == Material.LENS).any():
        glass = rasterise(mesh, side, lenses=True)
        hidden = blend_glass(picture, buffers.depth, mesh, glass, lights, camera)
        even = np.zeros_like(whole)
    exposure = metered_gain(picture, buffers, mesh, hidden, view.supersampling) if gain is None else gain
    image, linear, coverage = develop(picture, even, buffers.triangle, np.float32(exposure), behind)
    surface_index, uv, depth = describe(buffers, mesh, whole)
    names = tuple(surface.name for surface in surfaces)
    return Raster(image, linear, coverage, names, surface_index, uv, depth, float(exposure))


def _linear_background(background: np.ndarray, size: int) -> np.ndarray:
    if background.shape != (size, size, 3):
        raise InputError(f"background {background.shape}: expected ({size}, {size}, 3), the view's size")
    linear = _BYTE_LIGHT[background] if background.dtype == np.uint8 else background
    return np.ascontiguousarray(linear, np.float32)
