"""Marks that action units leave on the skin: lines, folds, dimples, bunched flesh.

A mark is a fine dark line and a broad soft groove about it (the fine one alone vanishes in a
small picture), drawn once; a frame only adds maps, weighted by intensity, side and age.
"""

import dataclasses
import functools

import numpy as np

from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.skin import texture_space as space
from fer_tf.synthesis.render.skin.brushes import blob, clouds, mirrored, ridge
from fer_tf.synthesis.render.skin.mark_table import BULGES, CREASES, PITTED, Bulge, Crease
from fer_tf.synthesis.render.spec import Expression, Subject

DARKEST = 1.9  # beyond which folds on folds do not darken
_FINE, _BROAD = 0.009, 0.030  # E, standard deviations of a line and its groove
_FINE_SHADE, _BROAD_SHADE = 0.80, 0.50
_FINE_DEPTH, _BROAD_DEPTH = 0.0035, 0.0100  # E
_FAINTEST = 0.012  # of a map's unit; below, a mark ends
# People differ: each belongs to one of a few families of slightly different lines.
_FAMILIES = 3
_JITTER = 0.007  # E
_SIDE_BLEND = 0.06  # E about the middle line over which a unit's sides fade into one another
# Youth hides lines: the factor at 20 years or less and what is added until 80.
_YOUNG, _OLD = 0.75, 0.55
# Lines that stay in an old face at rest, as intensities of the units that dug them.
_RESTING = {1: 0.40, 2: 0.34, 4: 0.20, 6: 0.60, 9: 0.12, 12: 0.55, 15: 0.48, 20: 0.35, 23: 0.45}
_RESTING_FROM, _RESTING_UNTIL = 28.0, 75.0  # years


@dataclasses.dataclass(frozen=True)
class _Mark:
    """A unit's maps on one side, cut to the box where they are not zero."""

    place: tuple[slice, slice]
    darkening: np.ndarray
    height: np.ndarray


def age_factor(age: float) -> float:
    """How strongly lines show at an age in years: 0.75 when young, up to 1.30."""
    return _YOUNG + _OLD * float(np.clip((age - 20) / 60, 0, 1))


def _crease_maps(crease: Crease, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    points = np.float32(crease.points) + rng.normal(0, _JITTER, (len(crease.points), 2)).astype(np.float32)
    depth = crease.depth * rng.uniform(0.85, 1.15)
    fine = ridge(points, _FINE * crease.width, crease.ends)
    broad = ridge(points, _BROAD * crease.width, crease.ends)
    darkening = depth * (_FINE_SHADE * fine + _BROAD_SHADE * broad)
    return darkening, -depth * (_FINE_DEPTH * fine + _BROAD_DEPTH * broad)


def _bulge_height(bulge: Bulge) -> np.ndarray:
    return np.float32(bulge.height) * blob(bulge.centre, bulge.sigma, bulge.angle)


def _left_maps(unit: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Darkening and height of a unit as its left side alone would draw them."""
    darkening, height = np.zeros(space.SHAPE, np.float32), np.zeros(space.SHAPE, np.float32)
    for crease in CREASES.get(unit, ()):
        shade, depth = _crease_maps(crease, rng)
        darkening = np.maximum(darkening, shade)
        height = np.minimum(height, depth)
    for bulge in BULGES.get(unit, ()):
        height = height + _bulge_height(bulge)
    if unit in PITTED:
        pitted = PITTED[unit]
        pits = np.maximum(0, clouds(rng, pitted.cell)) * blob(pitted.centre, pitted.sigma)
        darkening = darkening + pitted.shade * pits
        height = height - pitted.depth * pits
    return darkening, height


@functools.cache
def _marks(family: int) -> dict[int, tuple[_Mark, _Mark]]:
    """Left and right maps of each unit that leaves marks."""
    x, _ = space.grids()
    left_share = np.clip(0.5 - x / (2 * _SIDE_BLEND), 0, 1)
    marks = {}
    for unit in ACTION_UNITS:
        rng = np.random.default_rng((family, unit))
        darkening, height = _left_maps(unit, rng)
        present = (darkening > _FAINTEST) | (np.abs(height) > _FAINTEST * _BROAD_DEPTH)
        # Centred marks cross the middle line; each side has its share of them.
        present &= left_share > 0
        if present.any():
            share = left_share * present
            darkening, height = darkening * share, height * share
            marks[unit] = (_cut(darkening, height), _cut(mirrored(darkening), mirrored(height)))
    return marks


def _cut(darkening: np.ndarray, height: np.ndarray) -> _Mark:
    rows, columns = np.nonzero((darkening != 0) | (height != 0))
    place = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    return _Mark(place, darkening[place].copy(), height[place].copy())


def _add_marks(weights: dict[int, tuple[float, float]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the marks of units, weighted (left, right)."""
    darkening, height = np.zeros(space.SHAPE, np.float32), np.zeros(space.SHAPE, np.float32)
    for unit, sides in _marks(seed % _FAMILIES).items():
        for weight, mark in zip(weights.get(unit, (0.0, 0.0)), sides, strict=False):
            if weight > 0:
                darkening[mark.place] += np.float32(weight) * mark.darkening
                height[mark.place] += np.float32(weight) * mark.height
    return np.minimum(darkening, DARKEST, out=darkening), height


def expression_marks(subject: Subject, expression: Expression) -> tuple[np.ndarray, np.ndarray]:
    """What an expression does to the skin beyond moving it.

    Args:
        subject: its age deepens the marks; its seed chooses among families of lines.
        expression: intensities by unit and side.

    Returns:
        darkening float32 (HEIGHT, WIDTH) 0..1.9, to be used as albedo * exp(-0.62 * darkening);
        height float32 (HEIGHT, WIDTH) in E, negative in a fold, positive on bunched flesh.
    """
    factor = age_factor(subject.age)
    weights = {unit: tuple(factor * side for side in expression.sided(unit)) for unit in expression.units}
    return _add_marks(weights, subject.seed)


def resting_marks(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    """Lines of a face at rest that grow with age, as ``expression_marks`` returns them.

    Args:
        subject: its age decides; a few years of seeming age are drawn from its seed.
    """
    years = subject.age + np.random.default_rng((subject.seed, 12)).normal(0, 4)
    share = float(np.clip((years - _RESTING_FROM) / (_RESTING_UNTIL - _RESTING_FROM), 0, 1.2))
    return _add_marks({unit: (share * most, share * most) for unit, most in _RESTING.items()}, subject.seed)


@functools.cache
def mark_regions() -> np.ndarray:
    """Where each action unit can leave marks.

    Returns:
        float32 (24, HEIGHT, WIDTH), 0 or 1, read-only, in the order of ``labels.ACTION_UNITS``;
        all 0 for units that only move the face (5, 25, 26).
    """
    regions = np.zeros((len(ACTION_UNITS), *space.SHAPE), np.float32)
    for family in range(_FAMILIES):
        for unit, sides in _marks(family).items():
            for mark in sides:
                region = regions[ACTION_UNITS.index(unit)][mark.place]
                region[(mark.darkening != 0) | (mark.height != 0)] = 1
    regions.flags.writeable = False
    return regions
