"""What lies on the skin in spots: freckles, moles, the shadow and stubble of a beard."""

import cv2
import numpy as np

from fer_tf.synthesis.render.skin import features
from fer_tf.synthesis.render.skin.brushes import Grain, discs
from fer_tf.synthesis.render.skin.pigments import rows_of
from fer_tf.synthesis.render.skin.texture_space import LEFT, SCALE, SHAPE, TOP
from fer_tf.synthesis.render.spec import Subject

_FRECKLES = 700  # tried at freckles = 1; the map of zones keeps about half of them
_FRECKLE_RADIUS = (0.004, 0.011)  # E
_MOLE_RADIUS = (0.009, 0.019)
_MOLE_HEIGHT = 0.006  # E
_AGE_SPOTS_FROM = 45.0  # years
# How densely short hair stands on a face, by kind: moustache, goatee, cheeks and jaw.
_GROWTH = {
    "none": (0.0, 0.0, 0.0),
    "stubble": (0.75, 0.80, 0.70),
    "moustache": (1.0, 0.15, 0.10),
    "goatee": (0.85, 1.0, 0.12),
    "full_beard": (0.95, 1.0, 0.95),
}
# Of single hair ends, each about a texture pixel wide and two long.
_STUBBLE_GRAIN = Grain((0.3, 0.6), 1.0)
_SHAVEN = 0.14  # what is left to see on a shaven man


def _scattered(density: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Up to ``count`` random places (N, 2) in E, kept with the probability of the map there."""
    columns, rows = rng.uniform(0, SHAPE[1] - 1, count), rng.uniform(0, SHAPE[0] - 1, count)
    keep = rng.uniform(size=count) < density[rows.astype(int), columns.astype(int)]
    return np.stack([columns[keep] / SCALE - LEFT, rows[keep] / SCALE - TOP], 1)


def paint_freckles(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """Freckles and the spots of age, float32 (HEIGHT, WIDTH), 0..1 of extra pigment."""
    freckles = _scattered(features.zones()["freckles"], int(6 * _FRECKLES * subject.freckles), rng)
    spots = _scattered(
        features.face_area() * (1 - features.lips()["red"]), int(max(0.0, subject.age - _AGE_SPOTS_FROM)), rng
    )
    radii = np.r_[rng.uniform(*_FRECKLE_RADIUS, len(freckles)), rng.uniform(0.010, 0.024, len(spots))]
    shades = np.r_[rng.uniform(0.25, 0.9, len(freckles)), rng.uniform(0.15, 0.40, len(spots))]
    if not len(radii):
        return np.zeros(SHAPE, np.float32)
    return cv2.GaussianBlur(discs(np.concatenate([freckles, spots]), radii, shades), (0, 0), 0.9)


def paint_moles(subject: Subject, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Moles as pigment 0..1 and as height in E, both float32 (HEIGHT, WIDTH)."""
    allowed = features.face_area() * (1 - features.lips()["red"]) * (features.eyes()["opening"] < 0.01)
    places = _scattered(allowed, 12 * subject.moles, rng)[: subject.moles]
    moles = discs(places, rng.uniform(*_MOLE_RADIUS, len(places)), rng.uniform(0.5, 1.0, len(places)))
    moles = cv2.GaussianBlur(moles, (0, 0), 0.8)
    return moles, np.float32(_MOLE_HEIGHT) * moles


def beard_growth(subject: Subject) -> np.ndarray:
    """How densely a face's short hair stands, float32 (HEIGHT, WIDTH) 0..1."""
    zones = features.zones()
    moustache, goatee, beard = (np.float32(share) for share in _GROWTH[subject.facial_hair])
    growth = np.maximum(moustache * zones["moustache"], goatee * zones["goatee"])
    growth = np.maximum(growth, beard * zones["beard"])
    if subject.gender == 1 and subject.age > 18:
        growth = np.maximum(growth, np.float32(_SHAVEN) * zones["beard"])
    return growth


def paint_stubble(growth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hair ends over the skin, float32 (HEIGHT, WIDTH) 0..1.

    Args:
        growth: how densely they stand, 0..1.
        rng: of the single hairs, each about a texture pixel wide and two long.
    """
    grain = _STUBBLE_GRAIN.piece(rng)
    result = np.zeros(SHAPE, np.float32)
    place = rows_of(growth)
    if place.stop:
        growth = growth[place]
        ends = np.clip((grain[place] - 1.15 + 1.35 * growth) * 0.85, 0, 1) * np.minimum(1, 1.5 * growth)
        result[place] = cv2.GaussianBlur(ends, (0, 0), 0.7)
    return result
