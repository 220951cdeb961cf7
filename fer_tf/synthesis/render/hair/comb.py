"""Which way hair lies where it leaves the scalp."""

import numpy as np

from fer_tf.synthesis.render.hair.growth import unit
from fer_tf.synthesis.render.hair.styles import Style

# On the unit sphere: the whorl at the crown, the knot of tied hair.
WHORL = unit(np.array([0.12, -0.85, -0.5]))
KNOT = unit(np.array([0.0, -0.28, -0.96]))


def tangential(vectors: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """What remains of vectors (N, 3) along the sphere at unit vectors (N, 3), at length 1."""
    return unit(vectors - (vectors * direction).sum(-1, keepdims=True) * direction)


def combed(style: Style, direction: np.ndarray) -> np.ndarray:
    """Unit tangents float (N, 3) at the roots' unit vectors (N, 3), before any disorder."""
    front = np.clip((direction[:, 2] - 0.1) / 0.5, 0, 1)
    nothing = np.zeros(len(direction))
    if style.comb == "part":
        side = np.where(direction[:, 0] < style.part, -1.0, 1.0)
        wanted = np.stack([side, 0.9 - 0.6 * front, -0.2 - 0.45 * front], 1)
    elif style.comb == "sweep":
        way = -np.sign(style.part)
        side = np.where(direction[:, 0] * way < style.part * way, -way, way)
        wanted = np.stack([side * (1.1 - 0.3 * front), 0.7 - 0.5 * front, 0.05 - 0.1 * front], 1)
    elif style.comb == "back":
        wanted = np.stack([nothing, nothing + 0.35, nothing - 1.0], 1)
    elif style.comb == "tie":
        wanted = KNOT - direction
    else:
        wanted = direction - WHORL
    return tangential(wanted, direction)
