"""The light in a photo, read from the skin of a face in it."""

import dataclasses
import functools

import cv2
import numpy as np

from fer_tf.synthesis.disguise.fit import Fit
from fer_tf.synthesis.render.head import indices, topology
from fer_tf.synthesis.render.raster.packing import vertex_normals
from fer_tf.synthesis.render.raster.projection import PIVOT
from fer_tf.synthesis.render.spec import Lamp, Light
from fer_tf.synthesis.render.surface import to_linear

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
_NOSTRILS = (98, 97, 2, 326, 327, 94, 141, 370, 20, 250, 99, 328)
# Reflectance of skin (geometric mean over the Monk scale) and of the lightest things in a picture.
_SKIN, _WHITE = 0.30, 0.80
# Whether skin is dark or the light is dim cannot be told from the skin alone: so much is the skin believed.
_SKIN_TRUST = 0.6
_WHITE_SHARE = 95.0  # percentile
_AROUND = 2.2  # half side in E of the square in which white is looked for
_RIDGE = 0.03  # keeps the slope of the light small where few normals differ
_STEEPEST = 0.7
_LAMP_HEIGHT = -0.25  # where nothing is known, light comes from above: y for each z of the way to it
_LAMP_HEIGHTS = (-0.6, 0.2)  # a beard makes the chin dark, and the lamp seem high
_LAMP_SHARES = (0.45, 0.8)  # of the light that comes from one lamp: even light, light from one side
_MOST_CAST = 0.15  # how far red, green and blue of the light may differ from grey
_PALE, _PALE_SHARE = 0.45, 0.01  # light things with less chroma tell the light's colour, if there are so many


@dataclasses.dataclass(frozen=True)
class PhotoLight:
    """What lights a face.

    Attributes:
        light: lamp, sky and ground; a white surface that looks where the face looks gets about 1.
        gain: factor on it that gives the linear values of the photo.
        skin: mean linear RGB of the face's skin.
    """

    light: Light
    gain: float
    skin: tuple[float, float, float]


def read_light(image: np.ndarray, fit: Fit) -> PhotoLight | None:
    """Estimates the light: its direction from how the skin's luminance goes with its normals.

    Spherical harmonics up to order 1 by least squares (Ramamoorthi and Hanrahan 2001, "On the
    relationship between radiance and irradiance", show that order 2 holds 99 % of it; the
    normals of one face do not tell more than order 1).

    Args:
        image: uint8 (H, W, 3) sRGB.
        fit: the head.

    Returns:
        The light; None where too little of the face lies in the picture.
    """
    colours, normals = _skin_samples(image, fit)
    if len(colours) < 20:
        return None
    luminance = colours @ LUMINANCE
    skin = colours[np.argsort(luminance)[len(luminance) // 4 :]].mean(0)
    slope = _slope(luminance, normals)
    level = float(skin @ LUMINANCE)
    white, cast = _white_and_cast(image, fit)
    gain = (level / _SKIN) ** _SKIN_TRUST * (white / _WHITE) ** (1 - _SKIN_TRUST)
    sideways = float(np.hypot(slope[0], slope[1]))
    way = np.array([2 * slope[0], np.clip(2 * slope[1] + _LAMP_HEIGHT, *_LAMP_HEIGHTS), 1.0])
    way /= np.linalg.norm(way)
    share = float(np.interp(sideways, (0.05, 0.45), _LAMP_SHARES))
    lamp = Lamp(tuple(way.tolist()), tuple((cast * share / max(0.5, way[2])).tolist()))
    rest = cast * (1 - share)
    light = Light((lamp,), tuple((1.15 * rest).tolist()), tuple((0.85 * rest).tolist()))
    return PhotoLight(light, float(gain), tuple(skin.tolist()))


def _skin_samples(image: np.ndarray, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB and unit normals of landmarks on bare skin that the photo shows, both float32 (N, 3)."""
    world = (fit.landmarks - PIVOT) @ fit.turn.T
    normals = vertex_normals(world.astype(np.float32), topology.face_triangles())
    place = np.floor(fit.pixels).astype(int)
    height, width = image.shape[:2]
    inside = (place >= 0).all(1) & (place < (width, height)).all(1)
    chosen = np.flatnonzero(_bare() & inside & (normals[:, 2] > 0.25))
    if not len(chosen):
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.float32)
    columns, rows = place[chosen].T
    left, top = columns.min(), rows.min()
    part = image[top : rows.max() + 1, left : columns.max() + 1]
    reach = max(1, int(0.08 * fit.scale)) | 1
    part = cv2.blur(part, (reach, reach))
    return to_linear(part[rows - top, columns - left]), normals[chosen]


@functools.cache
def _bare() -> np.ndarray:
    """Landmarks without eyes, brows, lips and nostrils, bool (468,)."""
    left = (indices.OUTER_CORNER, indices.INNER_CORNER, *indices.UPPER_LID, *indices.LOWER_LID, *indices.UPPER_CREASE)
    left = (*left, *indices.LOWER_CREASE, *indices.CORNER_FOLDS, *BROWS)
    lips = {point for row in (*indices.UPPER_LIP_ROWS, *indices.LOWER_LIP_ROWS) for point in row}
    bare = np.ones(topology.LANDMARKS, bool)
    bare[[*left, *topology.mirrored(left), *lips, *_NOSTRILS]] = False
    return bare


def _slope(luminance: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """How the luminance rises along x, y and z of the normal, as part of its mean, float (3,)."""
    off = normals - normals.mean(0)
    share = luminance / max(float(np.median(luminance)), 1e-4) - 1
    weights = np.ones(len(share))
    for _ in range(3):  # beards, hair and highlights are not the light's doing
        pull = off.T * weights
        slope = np.linalg.solve(pull @ off / weights.sum() + _RIDGE * np.eye(3), pull @ share / weights.sum())
        miss = np.abs(share - off @ slope - np.average(share, weights=weights))
        weights = np.minimum(1.0, 1.2 * np.median(miss) / np.maximum(miss, 1e-6))
    return slope * min(1.0, _STEEPEST / max(float(np.linalg.norm(slope)), 1e-6))


def _white_and_cast(image: np.ndarray, fit: Fit) -> tuple[float, np.ndarray]:
    """Luminance of the lightest things round the face, and the light's colour by the pale ones: (3,), mean 1."""
    reach, (x, y) = _AROUND * fit.scale, fit.middle
    rows, columns = (slice(max(0, int(middle - reach)), max(1, int(middle + reach))) for middle in (y, x))
    part = image[rows, columns]
    step = max(1, min(part.shape[:2]) // 48)
    few = to_linear(part[::step, ::step].reshape(-1, 3))
    luminance = few @ LUMINANCE
    pale = (few.max(1) - few.min(1) < _PALE * few.max(1)) & (luminance >= np.percentile(luminance, 60))
    cast = np.ones(3)
    if pale.mean() >= _PALE_SHARE:
        mean = few[pale].mean(0)
        cast = np.clip(np.sqrt(mean / mean.mean()), 1 - _MOST_CAST, 1 + _MOST_CAST)
    return float(luminance[luminance >= np.percentile(luminance, _WHITE_SHARE)].mean()), cast
