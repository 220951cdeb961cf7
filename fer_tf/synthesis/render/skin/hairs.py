"""Short hairs painted on the skin: brows, lashes, stubble."""

import functools

import numpy as np

from fer_tf.synthesis.render.skin import features
from fer_tf.synthesis.render.skin.brushes import hairs, smooth_curve
from fer_tf.synthesis.render.spec import Subject

_BROW_HAIRS = 210  # of one brow of weight 1
_BROW_LENGTH = (0.070, 0.055)  # E, at the nose and at the temple
_BROW_WIDTH = 0.0085
# Women's brows are narrower and more even, men's lower and rougher.
_BROW_NARROWNESS, _BROW_DISORDER = (0.56, 0.76), (0.10, 0.20)
_LASHES = 46
_LASH_LENGTH = (0.048, 0.026)  # women, men


def _along(curve: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Points (N, 2) at shares 0..1 of a curve's length."""
    steps = np.r_[0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T))]
    return np.stack([np.interp(share * steps[-1], steps, curve[:, axis]) for axis in (0, 1)], 1)


@functools.cache
def _brow_curves() -> tuple[np.ndarray, np.ndarray]:
    """The left brow's middle line and half its thickness along it; see ``features.brow_band``."""
    line, half = features.brow_band()
    return smooth_curve(line), smooth_curve(half)


@functools.cache
def _lash_line() -> np.ndarray:
    """The edge of the left upper lid."""
    return smooth_curve(features.points_of(features.UPPER_LID[:-1]))


def paint_brows(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """How far brow hair covers the skin, float32 (HEIGHT, WIDTH) 0..1.

    Args:
        subject: brow_weight, gender and age decide.
        rng: of the single hairs; the two brows differ.
    """
    line, half = _brow_curves()
    narrowness, disorder = _BROW_NARROWNESS[subject.gender], _BROW_DISORDER[subject.gender]
    sides = []
    for mirror in (False, True):
        count = int(_BROW_HAIRS * np.clip(subject.brow_weight, 0.6, 1.4))
        share = np.clip(rng.beta(1.2, 1.25, count) * 0.97 + rng.normal(0, 0.02, count), 0, 1)
        level = np.clip(rng.normal(0, 0.55, count), -1.15, 1.15)
        # The brow is thinner towards its tail.
        thickness = narrowness * (0.55 + 0.45 * subject.brow_weight) * np.interp(share, [0, 0.35, 1], [0.62, 1.0, 0.42])
        middle, offset = _along(line, share), _along(half, share)
        roots = middle + offset * (level * thickness)[:, None]
        tangent = _along(line, np.clip(share + 0.08, 0, 1)) - _along(line, np.clip(share - 0.08, 0, 1))
        tangent /= np.hypot(*tangent.T)[:, None]
        # Hairs at the nose stand up, later ones lie along the brow, upper ones lean down to it.
        rise = np.interp(share, [0, 0.18, 0.5, 1], [1.9, 0.9, 0.28, 0.05]) + 0.35 * level
        way = tangent + np.stack([np.zeros(count), -rise], 1)
        way += rng.normal(0, disorder, (count, 2))
        way /= np.hypot(*way.T)[:, None]
        length = np.interp(share, [0, 1], _BROW_LENGTH) * rng.uniform(0.7, 1.15, count) * (0.7 + 0.3 * thickness)
        tips = roots + way * length[:, None]
        shades = rng.uniform(0.60, 1.0, count) * np.interp(share, [0, 0.12, 0.85, 1], [0.40, 1, 1, 0.7])
        bends = rng.normal(0.10, 0.06, count)
        widths = _BROW_WIDTH * rng.uniform(0.7, 1.2, count)
        if mirror:
            roots, tips, bends = features.mirror_points(roots), features.mirror_points(tips), -bends
        sides.append((roots, tips, bends, widths, shades))
    return hairs(*(np.concatenate(both) for both in zip(*sides, strict=True)))


def paint_lashes(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """How far single lashes cover the lids, float32 (HEIGHT, WIDTH) 0..1.

    Args:
        subject: gender decides on their length.
        rng: of the single lashes.
    """
    edge = _lash_line()
    length = _LASH_LENGTH[subject.gender]
    sides = []
    for mirror in (False, True):
        share = np.linspace(0.02, 0.9, _LASHES) + rng.normal(0, 0.008, _LASHES)
        roots = _along(edge, np.clip(share, 0, 1))
        # They fan out: at the outer corner to the temple, at the inner one upwards.
        way = np.stack([np.interp(share, [0, 0.5, 1], [-1.0, -0.25, 0.25]), np.interp(share, [0, 1], [-0.75, -1.0])], 1)
        way = way / np.hypot(*way.T)[:, None] + rng.normal(0, 0.12, (_LASHES, 2))
        sizes = length * np.interp(share, [0, 0.25, 1], [1.0, 1.0, 0.45]) * rng.uniform(0.75, 1.1, _LASHES)
        tips = roots + way * sizes[:, None]
        bends = np.full(_LASHES, 0.12)
        if mirror:
            roots, tips, bends = features.mirror_points(roots), features.mirror_points(tips), -bends
        widths, shades = np.full(_LASHES, 0.007), rng.uniform(0.30, 0.55, _LASHES)
        sides.append((roots, tips, bends, widths, shades))
    return hairs(*(np.concatenate(both) for both in zip(*sides, strict=True)))
