"""Paint on the skin of a photo: make-up, and the shade of a beard under its locks."""

import dataclasses
import functools

import cv2
import numpy as np

from fer_tf.synthesis.disguise.dress import face_surface
from fer_tf.synthesis.disguise.fit import Fit
from fer_tf.synthesis.disguise.layer import Layer, photo_box, resized
from fer_tf.synthesis.disguise.light import LUMINANCE, PhotoLight
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.raster.packing import TANGENT, UV, pack
from fer_tf.synthesis.render.raster.zbuffer import rasterise
from fer_tf.synthesis.render.skin.make_up import apply_make_up
from fer_tf.synthesis.render.skin.spots import beard_growth, paint_stubble
from fer_tf.synthesis.render.skin.texture import BEARD_SHADOW, Skin
from fer_tf.synthesis.render.skin.texture_space import SHAPE
from fer_tf.synthesis.render.spec import Pose
from fer_tf.synthesis.render.surface import to_linear

_SHADING_BLUR = 0.14  # E: wrinkles and the nose shade paint, pores and lashes do not
_SHADING_RANGE = (0.3, 1.7)
_MARGIN = 0.05  # E
_SCALE = 96.0, 220.0  # pixels in one E at which paint is laid on
_UNDERCOAT = 0.9  # how strongly hair ends under a beard darken the skin


def make_up_layer(image: np.ndarray, fit: Fit, light: PhotoLight, rng: np.random.Generator) -> Layer | None:
    """Theatrical make-up on a face.

    Args:
        image: uint8 (H, W, 3), the photo.
        fit: the head.
        light: of the photo.
        rng: of colours and patterns.

    Returns:
        The layer; None where the face lies outside of the photo.
    """
    seed = int(rng.integers(2**31))
    subject = draw_subject(rng, "photo")

    def made_up(skin: float) -> np.ndarray:
        bare = Skin(np.full((*SHAPE, 3), skin, np.float32), np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32))
        return apply_make_up(bare, subject, np.random.default_rng(seed)).albedo

    # All that make-up does to a colour is linear in it: black skin shows what it adds, white what it leaves.
    added = made_up(0.0)
    return _laid(image, fit, light, added, made_up(1.0) - added)


def beard_shade_layer(
    image: np.ndarray, fit: Fit, light: PhotoLight, rng: np.random.Generator, hair: tuple[float, float, float]
) -> Layer | None:
    """The hair ends and the shade at the roots of a full beard, so that no bare skin shows through it.

    Args:
        image: uint8 (H, W, 3), the photo.
        fit: the head.
        light: of the photo.
        rng: of the single hairs.
        hair: sRGB 0..255.

    Returns:
        The layer; None where the face lies outside of the photo.
    """
    growth, through = _growth()
    ends = paint_stubble(growth, rng)[..., None]
    return _laid(image, fit, light, 0.8 * to_linear(hair) * ends, through * (1 - ends))


@functools.cache
def _growth() -> tuple[np.ndarray, np.ndarray]:
    """How densely a full beard stands, float32 (HEIGHT, WIDTH), and what it leaves of the light, (HEIGHT, WIDTH, 3)."""
    subject = dataclasses.replace(draw_subject(np.random.default_rng(0), "photo"), facial_hair="full_beard")
    growth = beard_growth(subject)
    return growth, np.exp(-growth[..., None] * np.float32(_UNDERCOAT) * np.float32(BEARD_SHADOW))


def _laid(image: np.ndarray, fit: Fit, light: PhotoLight, added: np.ndarray, through: np.ndarray) -> Layer | None:
    """Textures (see ``texture_space``) laid on the face: linear RGB that is added, and the share that is left."""
    box = photo_box(fit.pixels, _MARGIN * fit.scale, image.shape[:2])
    if box is None:
        return None
    left, top, width, height = box
    side = max(width, height)
    view = fit.view(left, top, side, max(8, int(np.ceil(np.clip(fit.scale, *_SCALE) * side / fit.scale))))
    mesh = pack([face_surface(fit)], Pose(), dataclasses.replace(view, supersampling=1))
    buffers = rasterise(mesh, view.size)
    shown = (buffers.triangle >= 0)[..., None]
    weights = np.where(shown, buffers.weights, 0)
    first, second, third = np.moveaxis(mesh.points[:, UV:TANGENT][mesh.triangles[buffers.triangle]], 2, 0)
    place = weights[..., :1] * first + weights[..., 1:] * second + (1 - weights.sum(axis=-1, keepdims=True)) * third
    layers = [
        resized(np.where(shown, cv2.remap(texture, place, None, cv2.INTER_LINEAR), nothing), side)[:height, :width]
        for texture, nothing in ((np.ascontiguousarray(added, np.float32), 0), (np.ascontiguousarray(through), 1))
    ]
    shade = _shading(image[top : top + height, left : left + width], fit, light)
    return Layer(left, top, layers[0] * (light.gain * shade)[..., None], layers[1])


def _shading(part: np.ndarray, fit: Fit, light: PhotoLight) -> np.ndarray:
    """Light on the face as a share of its mean, from the photo itself, float32 (H, W)."""
    level = max(float(np.float32(light.skin) @ LUMINANCE), 1e-4)
    shade = to_linear(part) @ (LUMINANCE / np.float32(level))
    shade = np.clip(shade, *_SHADING_RANGE)
    return cv2.GaussianBlur(shade, (0, 0), max(0.5, _SHADING_BLUR * fit.scale))
