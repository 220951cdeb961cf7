"""Look-ups in the skin's texture: colour, gloss, and the slope that bends the normal."""

import functools
from typing import NamedTuple

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.compiled import leaf
from fer_tf.synthesis.render.raster.materials import LOOK
from fer_tf.synthesis.render.skin.texture import Skin
from fer_tf.synthesis.render.skin.texture_space import SCALE

_ZERO, _ONE = np.float32(0), np.float32(1)
_SLOPE, _HALF = np.float32(SCALE), np.float32(0.5)
# How far the texture may be shrunk, the most first.
_SHRINKS = (4, 2, 1)
# Subjects are drawn one after the other, at one or two sizes.
_SKINS_KEPT = 8


class SkinMaps(NamedTuple):
    """Textures of one picture; all of one height and width, or 2 x 2 where there are none.

    Attributes:
        albedo: float32 (H, W, 3) linear RGB.
        gloss: float32 (H, W) 0..1.
        height: float32 (H, W) E, of the skin and the expression's marks.
        darkening: float32 (H, W), 0 where nothing is marked.
        scale: pixels of these maps in one of the skin's texture.
    """

    albedo: np.ndarray
    gloss: np.ndarray
    height: np.ndarray
    darkening: np.ndarray
    scale: float


def skin_maps(skin: Skin | None, marks: tuple[np.ndarray, np.ndarray] | None, pixels_per_unit: float) -> SkinMaps:
    """Joins what the skin is with what the expression does to it.

    Args:
        skin: None for plain skin; shrunk once and remembered for the last few.
        marks: (darkening, height) of the expression, or None.
        pixels_per_unit: of the picture in one E; where the texture is finer, it is averaged beforehand.

    Returns:
        The maps.

    Raises:
        InputError: maps of different shapes.
    """
    if skin is None:
        flat = np.zeros((2, 2), np.float32)
        return SkinMaps(np.ones((2, 2, 3), np.float32), flat + LOOK.plain_gloss, flat, flat, _ONE)
    shape = skin.albedo.shape[:2]
    named = [("gloss", skin.gloss), ("height", skin.height)]
    if marks is not None:
        named += zip(("darkening", "marks"), marks, strict=True)
    for name, values in named:
        if values.shape != shape:
            raise InputError(f"skin {name} {values.shape}: expected {shape} as the albedo")
    shrink = next(factor for factor in _SHRINKS if SCALE / factor >= pixels_per_unit or factor == 1)
    albedo, gloss, height = _shrunk_skin(skin, shrink)
    if marks is None:
        return SkinMaps(albedo, gloss, height, np.zeros_like(height), np.float32(1 / shrink))
    darkening, bumps = (_shrunk(values, shrink) for values in marks)
    return SkinMaps(albedo, gloss, height + bumps, darkening, np.float32(1 / shrink))


@functools.lru_cache(maxsize=_SKINS_KEPT)
def _shrunk_skin(skin: Skin, factor: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Albedo, gloss and height of a skin as means of squares of this side."""
    return _shrunk(skin.albedo, factor), _shrunk(skin.gloss, factor), _shrunk(skin.height, factor)


def _shrunk(values: np.ndarray, factor: int) -> np.ndarray:
    """A map whose pixels are the means of squares of this side."""
    values = np.ascontiguousarray(values, np.float32)
    height, width = values.shape[:2]
    if factor == 1:
        return values
    return cv2.resize(values, (width // factor, height // factor), interpolation=cv2.INTER_AREA)


@leaf
def look_up(albedo, gloss, height, darkening, scale, crease, u, v):
    """Bilinear samples at a texture position.

    Args:
        albedo: see ``SkinMaps``; so gloss, height, darkening.
        gloss: see albedo.
        height: see albedo.
        darkening: see albedo.
        scale: see albedo.
        crease: how red, green and blue fade with the darkening.
        u: pixels of the skin's texture to the right; 0 is the middle of the first.
        v: pixels down.

    Returns:
        red, green, blue with creases darkened; gloss; slopes of the height to the right and down.
    """
    rows, columns = gloss.shape
    u, v = (u + _HALF) * scale - _HALF, (v + _HALF) * scale - _HALF
    u = min(max(u, _ZERO), np.float32(columns - 1.001))
    v = min(max(v, _ZERO), np.float32(rows - 1.001))
    i, j = int(u), int(v)
    p, q = u - np.float32(i), v - np.float32(j)
    w00, w01, w10, w11 = (_ONE - p) * (_ONE - q), p * (_ONE - q), (_ONE - p) * q, p * q
    red = albedo[j, i, 0] * w00 + albedo[j, i + 1, 0] * w01 + albedo[j + 1, i, 0] * w10 + albedo[j + 1, i + 1, 0] * w11
    green = (
        albedo[j, i, 1] * w00 + albedo[j, i + 1, 1] * w01 + albedo[j + 1, i, 1] * w10 + albedo[j + 1, i + 1, 1] * w11
    )
    blue = albedo[j, i, 2] * w00 + albedo[j, i + 1, 2] * w01 + albedo[j + 1, i, 2] * w10 + albedo[j + 1, i + 1, 2] * w11
    shine = _mixed(gloss, j, i, w00, w01, w10, w11)
    dark = _mixed(darkening, j, i, w00, w01, w10, w11)
    if dark > np.float32(1e-3):
        red *= np.exp(-crease[0] * dark)
        green *= np.exp(-crease[1] * dark)
        blue *= np.exp(-crease[2] * dark)
    h00, h01, h10, h11 = height[j, i], height[j, i + 1], height[j + 1, i], height[j + 1, i + 1]
    slope_x = ((h01 - h00) * (_ONE - q) + (h11 - h10) * q) * (_SLOPE * scale)
    slope_y = ((h10 - h00) * (_ONE - p) + (h11 - h01) * p) * (_SLOPE * scale)
    return red, green, blue, shine, slope_x, slope_y


@leaf
def _mixed(plane, j, i, w00, w01, w10, w11):
    return plane[j, i] * w00 + plane[j, i + 1] * w01 + plane[j + 1, i] * w10 + plane[j + 1, i + 1] * w11


@leaf
def bend(nx, ny, nz, turns, surface, slope_x, slope_y):
    """The normal of a bumpy surface.

    Args:
        nx: smooth unit normal, world; so ny, nz.
        ny: see nx.
        nz: see nx.
        turns: float32 (S, 3, 3), rotation of each surface; the texture lies in its x and y.
        surface: which of them.
        slope_x: rise of the height along x; slope_y along y.
        slope_y: see slope_x.

    Returns:
        The three parts of the bent normal, not yet of length 1.
    """
    gx = turns[surface, 0, 0] * slope_x + turns[surface, 0, 1] * slope_y
    gy = turns[surface, 1, 0] * slope_x + turns[surface, 1, 1] * slope_y
    gz = turns[surface, 2, 0] * slope_x + turns[surface, 2, 1] * slope_y
    along = gx * nx + gy * ny + gz * nz
    return nx - gx + along * nx, ny - gy + along * ny, nz - gz + along * nz
