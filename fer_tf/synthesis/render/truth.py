"""What is true of a drawn picture, pixel by pixel: masks of the face and of action units."""

import functools

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head.regions import SURFACE_UNITS, unit_regions
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
    packed = np.zeros((*raster.surface_index.shape, 3), np.uint8)
    on_face = np.isfinite(raster.uv[..., 0])
    texture = _packed_regions()
    columns, rows = (np.rint(raster.uv[on_face][:, axis]).astype(int) for axis in (0, 1))
    rows, columns = np.clip(rows, 0, texture.shape[0] - 1), np.clip(columns, 0, texture.shape[1] - 1)
    packed[on_face] = texture[rows, columns]
    # One row for each surface; the last, which -1 takes, is the background's.
    of_surface = np.zeros((len(raster.names) + 1, 3), np.uint8)
    for index, name in enumerate(raster.names):
        of_surface[index] = _pack(np.isin(ACTION_UNITS, SURFACE_UNITS.get(name, ())))
    packed |= of_surface[raster.surface_index]
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
