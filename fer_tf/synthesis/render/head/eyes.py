"""Eyeballs with iris, pupil and cornea, and the lashes at the lids."""

import dataclasses
import functools

import numpy as np

from fer_tf.synthesis.render.skin.tones import depth_of_tone
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles, to_linear

RADIUS = 0.18
IRIS_RADIUS = 0.065
_PUPIL_SHARE = 0.36  # of the iris' radius
_CORNEA = 0.010  # how far the cornea stands out at its top
LID_THICKNESS = 0.010
# The iris stands a little below the middle of the opening, so that the upper lid covers its top.
_IRIS_BELOW_MIDDLE = 0.004
_SEGMENTS = 36
# Rings of the eyeball as distance from the pupil in units of the iris' radius; then degrees of the white.
_IRIS_RINGS = (0.0, 0.2, 0.32, 0.36, 0.40, 0.5, 0.62, 0.74, 0.84, 0.92, 0.97, 1.01, 1.06, 1.14)
_WHITE_DEGREES = (28.0, 34.0, 42.0, 52.0, 64.0, 78.0, 95.0)
_WHITE, _PINK = (204.0, 194.0, 187.0), (186.0, 130.0, 120.0)
# Part of the light on the white that skin around it throws back: dark skin throws back little.
_FROM_SKIN = 0.45
_PUPIL, _LIMBUS = (8.0, 7.0, 8.0), (38.0, 32.0, 32.0)
_LIMBUS_FROM, _FIBRES, _FIBRE_CONTRAST = 0.86, 41, 0.22


@dataclasses.dataclass(frozen=True)
class Socket:
    """Where an eyeball sits.

    Attributes:
        centre: float64 (3,), E.
        side: -1 the image's left, 1 the right.
    """

    centre: np.ndarray
    side: int


def sockets(rest: np.ndarray) -> tuple[Socket, Socket]:
    """Places of the left and the right eyeball behind the lids of a face at rest.

    Args:
        rest: float (468, 3), E.
    """
    found = []
    for side, (outer, inner, upper, lower) in ((-1, (33, 133, 159, 145)), (1, (263, 362, 386, 374))):
        middle = (rest[upper] + rest[lower]) / 2
        x = (rest[outer, 0] + rest[inner, 0]) / 2
        found.append(Socket(np.array([x, middle[1] + _IRIS_BELOW_MIDDLE, middle[2] - LID_THICKNESS - RADIUS]), side))
    return found[0], found[1]


@functools.lru_cache(maxsize=1)
def _ball() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eyeball looking at the viewer: vertices (N, 3), triangles, distance from the pupil in iris radii (N,)."""
    share = np.concatenate([_IRIS_RINGS, np.sin(np.radians(_WHITE_DEGREES)) * RADIUS / IRIS_RADIUS])
    polar = np.concatenate([np.arcsin(np.array(_IRIS_RINGS) * IRIS_RADIUS / RADIUS), np.radians(_WHITE_DEGREES)])
    around = np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False)
    bulge = RADIUS + _CORNEA * np.clip(1 - (share / 1.14) ** 2, 0, 1)
    bulge[len(_IRIS_RINGS) :] = RADIUS
    polar, around_grid = np.meshgrid(polar, around, indexing="ij")
    vertices = bulge[:, None, None] * np.stack(
        [np.sin(polar) * np.cos(around_grid), np.sin(polar) * np.sin(around_grid), np.cos(polar)], -1
    )
    triangles = grid_triangles(len(bulge), _SEGMENTS, closed=True)[:, ::-1]
    share[len(_IRIS_RINGS) :] = 2.0
    return vertices.reshape(-1, 3), np.ascontiguousarray(triangles), np.repeat(share, _SEGMENTS)


@functools.lru_cache(maxsize=64)
def _colours(iris: tuple[float, float, float], seed: int) -> np.ndarray:
    """Linear colours (N, 3) of an eyeball's vertices, the pink of the corners left out."""
    _, _, share = _ball()
    generator = np.random.default_rng([seed, 0xE1])
    around = np.tile(np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False), len(share) // _SEGMENTS)
    fibres = np.interp(
        around * _FIBRES / (2 * np.pi), np.arange(_FIBRES + 1), generator.normal(0, _FIBRE_CONTRAST, _FIBRES + 1)
    )
    # The iris is lighter half-way out, and dark at its border.
    base = to_linear(iris) * (0.85 + 0.9 * np.exp(-(((share - 0.6) / 0.2) ** 2)))[:, None]
    base = base * np.exp(fibres)[:, None]
    border = np.clip((share - _LIMBUS_FROM) / (0.97 - _LIMBUS_FROM), 0, 1)[:, None]
    colour = base * (1 - 0.8 * border) + 0.8 * border * to_linear(_LIMBUS)
    colour = np.where((share < _PUPIL_SHARE + 0.01)[:, None], to_linear(_PUPIL), colour)
    white = np.clip((share - 0.98) / (1.1 - 0.98), 0, 1)[:, None]
    return (colour * (1 - white) + to_linear(_WHITE) * white).astype(np.float32)


def eye_surfaces(subject: Subject, places: tuple[Socket, Socket], gaze: tuple[float, float]) -> tuple[Surface, Surface]:
    """Both eyeballs.

    Args:
        subject: whose; gives the colour of the iris.
        places: from ``sockets``.
        gaze: (right, down) in degrees.

    Returns:
        The surfaces "eye_left" and "eye_right".
    """
    vertices, triangles, _ = _ball()
    colour = _colours(tuple(subject.iris_colour), subject.seed)
    lit = 1 - _FROM_SKIN * depth_of_tone(subject.skin_tone)
    turned = vertices @ _gaze_rotation(gaze).T
    surfaces = []
    for place, name in zip(places, ("eye_left", "eye_right"), strict=True):
        # Vessels redden the white towards both corners.
        pink = np.clip((np.abs(turned[:, :1]) / RADIUS - 0.62) / 0.3, 0, 1) * 0.7
        tinted = np.where(colour.min(1, keepdims=True) > 0.3, colour * (1 - pink) + to_linear(_PINK) * pink, colour)
        surfaces.append(
            Surface((turned + place.centre).astype(np.float32), triangles, Material.EYE, np.float32(lit * tinted), name)
        )
    return surfaces[0], surfaces[1]


def _gaze_rotation(gaze: tuple[float, float]) -> np.ndarray:
    """Rotation (3, 3) that turns the look from the viewer by degrees to the right and down."""
    right, down = np.radians(gaze)
    turn = np.array([[np.cos(right), 0, np.sin(right)], [0, 1, 0], [-np.sin(right), 0, np.cos(right)]])
    tip = np.array([[1, 0, 0], [0, np.cos(down), np.sin(down)], [0, -np.sin(down), np.cos(down)]])
    return turn @ tip
