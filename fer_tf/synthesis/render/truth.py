"""What is true of a drawn picture, pixel by pixel: masks of the face and of action units."""

import functools

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head.regions import SURFACE_UNITS, unit_regions
from fer_tf.synthesis.render.raster.compiled import exact
from fer_tf.synthesis.render.raster.render import Raster
from fer_tf.synthesis.render.skin.wrinkles import mark_regions

# Skin that a unit moves drags its surroundings and its shadow along: pixels of the texture.
_MARGIN = 9
_PRESENT = 0.5


def unit_masks(raster: Raster) -> np.ndarray:
    """Regions of all action units in a picture.

    Args:
        raster: with ``uv`` of the face and the surface seen at each pixel.

    Returns:
        uint8 (H, W, 3): bit k % 8 of channel k // 8 is number k of ``labels.ACTION_UNITS``.
    """
    return _units_seen(raster.surface_index, raster.uv, _units_of(raster.names), _packed_regions())


@functools.lru_cache(maxsize=64)
def _units_of(names: tuple[str, ...]) -> np.ndarray:
    """Packed units of surfaces by their names, uint8 (names, 3)."""
    return np.stack([_pack(np.isin(ACTION_UNITS, SURFACE_UNITS.get(name, ()))) for name in names])


@exact
def _units_seen(surface_index, uv, of_surface, texture):
    packed = np.zeros((*surface_index.shape, 3), np.uint8)
    for row in range(surface_index.shape[0]):
        for column in range(surface_index.shape[1]):
            surface = surface_index[row, column]
            if surface < 0:
                continue
            u, v = uv[row, column, 0], uv[row, column, 1]
            on_face = np.isfinite(u)
            i = min(max(int(np.rint(u)), 0), texture.shape[1] - 1) if on_face else 0
            j = min(max(int(np.rint(v)), 0), texture.shape[0] - 1) if on_face else 0
            for channel in range(3):
                own = texture[j, i, channel] if on_face else np.uint8(0)
                packed[row, column, channel] = of_surface[surface, channel] | own
    return packed


def unit_mask(packed: np.ndarray, unit: int) -> np.ndarray:
    """The region of one action unit out of packed masks.

    Args:
        packed: uint8 (H, W, 3) as ``unit_masks`` gives it and datasets store it.
        unit: FACS number.

    Returns:
        bool (H, W).

    Raises:
        InputError: a unit that is not among ``labels.ACTION_UNITS``.
    """
    if unit not in ACTION_UNITS:
        raise InputError(f"action unit {unit}: not known: known are {', '.join(map(str, ACTION_UNITS))}")
    number = ACTION_UNITS.index(unit)
    return (packed[..., number // 8] >> (number % 8) & 1).astype(bool)


def face_mask(raster: Raster) -> np.ndarray:
    """Bool (H, W): where the skin of the face is seen."""
    return raster.mask("face")


@functools.cache
def _packed_regions() -> np.ndarray:
    """uint8 (rows, columns, 3) of the skin's texture."""
    regions = np.maximum(unit_regions(), mark_regions()) >= _PRESENT
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _MARGIN + 1, 2 * _MARGIN + 1))
    wide = np.stack([cv2.dilate(region.astype(np.uint8), kernel) for region in regions])
    return _pack(np.moveaxis(wide, 0, -1).astype(bool))


def _pack(present: np.ndarray) -> np.ndarray:
    """Bool (..., 24) to uint8 (..., 3)."""
    return np.packbits(present, axis=-1, bitorder="little")
