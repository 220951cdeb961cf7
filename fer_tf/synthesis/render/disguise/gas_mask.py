"""Gas masks of rubber: over the whole face with two round panes, or over mouth and nose with two filters."""

import dataclasses

import numpy as np

from fer_tf.synthesis.render.disguise.masks import head_strap
from fer_tf.synthesis.render.disguise.shapes import dye, lathed, sheet, tube
from fer_tf.synthesis.render.disguise.stretched import COLUMNS, ROWS, Form, stretched_form
from fer_tf.synthesis.render.head.topology import smoothstep
from fer_tf.synthesis.render.surface import Material, Surface

_NAME = "gas_mask"
_FULL = 0.7  # how often it covers the whole face
# Landmarks from the image's left to right along the upper border.
_TOP_FULL = (34, 71, 104, 151, 333, 301, 264)
_TOP_HALF = (147, 50, 142, 195, 371, 280, 376)
_INSIDE_FULL = (133, 362, 13, 14)
_EYES = ((33, 133, 159, 145), (263, 362, 386, 374))
_STRAPS = ((127, True), (132, False))  # a landmark at the height of the end; over the ears or under
_HOUSING = 1.55  # radii of a pane within which the rubber rises to its rim
_MOUTH, _CHEEKS = (0, 17), (205, 425)
_RUBBER = ((28, 28, 30), (40, 42, 40), (58, 62, 56), (70, 78, 84), (120, 122, 124))
_FILTERS = ((70, 78, 62), (44, 46, 50), (190, 190, 186), (196, 60, 130), (150, 120, 60))
_PANES = ((16, 18, 20), (40, 44, 40), (66, 60, 40), (30, 40, 56))
_METAL = ((150, 152, 156), (90, 92, 96), (60, 60, 62))
_PANE_RADIUS = (0.225, 0.265)  # E
# A canister from its outer end's middle to the inner end: radius and height as parts of its own.
_CANISTER = np.array([(0.0, 1.0), (0.55, 1.0), (0.6, 0.95), (0.95, 0.95), (1.0, 0.9), (1.0, 0.45), (0.93, 0.42)])
_CANISTER = np.concatenate([_CANISTER, [(1.0, 0.38), (1.0, 0.1), (0.5, 0.05), (0.5, -0.3)]])


def gas_mask_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A gas mask: over the whole face, or over mouth and nose.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of kind, size and colours.

    Returns:
        Surfaces named "gas_mask"; the LENS ones last.
    """
    full = rng.random() < _FULL
    form = stretched_form(landmarks, _TOP_FULL, 0.02, _INSIDE_FULL) if full else stretched_form(landmarks, _TOP_HALF, 0)
    points = form.points + _relief(form, full)[..., None] * form.outwards
    rubber = dye(rng, _RUBBER)
    rim = np.maximum(np.abs(form.across), np.abs(2 * form.down - 1))
    body = sheet(
        points, _NAME, rubber * (1 - 0.35 * np.exp(-(((rim - 0.88) / 0.02) ** 2)))[..., None], Material.PLASTIC
    )
    filters = _filters(landmarks, points, form, rng, on_sides=not full or rng.random() < 0.35)
    straps = [_strap(landmarks, points, form, beside, upper, 0.8 * rubber) for beside, upper in _STRAPS]
    if not full:
        return (body, *filters, *straps)
    radius = rng.uniform(*_PANE_RADIUS)
    pane, opacity, ring = dye(rng, _PANES), float(rng.uniform(0.3, 0.8)), dye(rng, _METAL)
    rims, panes, places = [], [], []
    for eye in _EYES:
        middle, axis = _nearest(points, form, landmarks[list(eye)].mean(0) + np.float32([0, 0.02, 0]))
        axis = axis * np.float32([0.7, 0.35, 1.0])  # the panes look ahead
        axis /= np.linalg.norm(axis)
        middle = middle + 0.03 * axis
        circle = lathed(middle, axis, np.array([radius]), np.zeros(1))[0]
        rims.append(tube(circle[:-1], _NAME, ring, Material.METAL, 0.045, 0.05, tuple(axis.tolist()), closed=True))
        dome = lathed(middle, axis, radius * np.array([0.001, 0.4, 0.75, 1.0]), np.array([0.02, 0.02, 0.014, 0.0]))
        panes.append(sheet(dome, _NAME, pane, Material.LENS, opacity=opacity))
        places.append((middle, axis, radius))
    return (_with_holes(body, places), *rims, *filters, *straps, *panes)


def _relief(form: Form, full: bool) -> np.ndarray:
    """E by which the rubber stands off the face's hull: a cup over the nose and a rolled rim."""
    mouth = 0.66 if full else 0.5
    cup = np.exp(-((form.across / 0.42) ** 2) - ((form.down - mouth) / (0.2 if full else 0.34)) ** 2)
    rim = np.maximum(np.abs(form.across), np.abs(2 * form.down - 1))
    return 0.02 + 0.1 * cup + 0.03 * np.exp(-(((rim - 0.94) / 0.05) ** 2)) - 0.03 * np.clip((rim - 0.96) / 0.04, 0, 1)


def _nearest(points: np.ndarray, form: Form, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The point of the rubber before a place on the face, and the way outwards there, float32 (3,) each."""
    away = np.linalg.norm((points - wanted)[..., :2], axis=-1) - 0.2 * points[..., 2]
    place = np.unravel_index(np.argmin(away), (ROWS, COLUMNS))
    return points[place], form.outwards[place]


def _filters(
    landmarks: np.ndarray, points: np.ndarray, form: Form, rng: np.random.Generator, on_sides: bool
) -> list[Surface]:
    """One canister before the mouth, or two on the cheeks and a valve between them."""
    colour = dye(rng, _FILTERS)
    mouth, axis = _nearest(points, form, landmarks[list(_MOUTH)].mean(0))
    if not on_sides:
        axis = axis + np.float32([0, 0.25, 0])
        return [_canister(mouth, axis, rng.uniform(0.2, 0.26), rng.uniform(0.22, 0.34), colour)]
    parts = [_canister(mouth, axis, 0.12, 0.08, dye(rng, _RUBBER))]
    size, depth = rng.uniform(0.22, 0.27), rng.uniform(0.1, 0.18)
    for cheek, side in zip(_CHEEKS, (-1, 1), strict=True):
        middle, out = _nearest(points, form, landmarks[cheek] + np.float32([0, 0.12, 0]))
        parts.append(_canister(middle + 0.04 * out, out + np.float32([0.4 * side, 0.1, 0.0]), size, depth, colour))
    return parts


def _strap(
    landmarks: np.ndarray, points: np.ndarray, form: Form, beside: int, upper: bool, colour: np.ndarray
) -> Surface:
    """An elastic band round the head, fastened at the height of a landmark."""
    row = int(np.argmin(np.abs(points[:, 1, 1] - landmarks[beside, 1])))
    ends = points[row, [1, -2]] + 0.004 * form.outwards[row, [1, -2]]
    return head_strap(landmarks, ends, upper, _NAME, colour)


def _canister(middle: np.ndarray, axis: np.ndarray, radius: float, length: float, colour: np.ndarray) -> Surface:
    axis = axis / np.linalg.norm(axis)
    ring = lathed(middle, axis, radius * np.maximum(_CANISTER[:, 0], 0.001), length * _CANISTER[:, 1])
    grooves = np.where(np.arange(len(_CANISTER)) % 2, 1.0, 0.8)[:, None, None]
    return sheet(ring, _NAME, colour * grooves * np.ones((1, ring.shape[1], 1)), Material.PLASTIC)


def _with_holes(body: Surface, places: list[tuple[np.ndarray, np.ndarray, float]]) -> Surface:
    """The rubber, drawn up to the rims of the panes and open behind them."""
    vertices, kept = body.vertices.copy(), np.ones(len(body.triangles), bool)
    for middle, axis, radius in places:
        along = (vertices - middle) @ axis
        away = np.linalg.norm(vertices - middle - along[:, None] * axis, axis=1) / radius
        vertices -= (along * smoothstep(_HOUSING, 1.1, away))[:, None] * axis
        kept &= away[body.triangles].mean(1) > 1
    return dataclasses.replace(body, vertices=vertices.astype(np.float32), triangles=body.triangles[kept])
