"""Masks over mouth and nose: surgical, of cloth, and the N95 cup.

A mask is cloth stretched over the lower face, see ``stretched``.
"""

import numpy as np

from fer_tf.synthesis.render.disguise.shapes import curve, dye, lathed, printed, sheet, tube
from fer_tf.synthesis.render.disguise.stretched import COLUMNS, ROWS, Form, stretched_form
from fer_tf.synthesis.render.head.skull import scalp_points
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

# Landmarks from the image's left to right along the upper border.
_TOP = (123, 50, 101, 100, 217, 197, 437, 329, 330, 280, 352)
_TOP_N95 = (147, 50, 142, 195, 371, 280, 376)
_LEFT_SIDE, _RIGHT_SIDE = 234, 454
_JAW_CORNERS = (132, 361)
_SURGICAL = ((150, 192, 214), (122, 178, 210), (150, 205, 190), (228, 232, 234), (196, 214, 226), (40, 42, 46))
_FABRIC = (
    *((28, 28, 32), (36, 48, 84), (150, 40, 50), (225, 220, 210), (60, 90, 70), (190, 120, 130)),
    *((110, 120, 130), (200, 170, 90), (70, 110, 150), (120, 80, 120)),
)
_WHITE = ((232, 232, 226), (224, 226, 222), (240, 238, 232))
_ELASTIC = (225, 225, 220)
_STRAP_COLOURS = ((226, 190, 60), (225, 225, 220), (200, 196, 120))


def surgical_mask_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A pleated mask with loops round the ears.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of the colour and of how it sits.

    Returns:
        Surfaces named "surgical_mask".
    """
    name = "surgical_mask"
    form = stretched_form(landmarks, _TOP, slack=rng.uniform(0.0, 0.02))
    # Three pleats: each lies over the one below.
    phase = (form.down - 0.24) / 0.19
    inside = np.clip(phase * 6, 0, 1) * np.clip((3 - phase) * 6, 0, 1)
    step = phase % 1
    pleat = inside * (1 - step) * (0.4 + 0.6 * (1 - form.across**2))
    points = form.points + (0.022 * pleat)[..., None] * form.outwards
    colour = dye(rng, _SURGICAL) * np.ones_like(points)
    crease = inside * np.exp(-(((step - 0.96) / 0.1) ** 2)) * np.ones_like(form.across)
    colour *= (1 - 0.3 * crease)[..., None]
    hem = np.abs(form.down - 0.5) > 0.455
    colour *= np.where(hem | (np.abs(form.across) > 0.94), 0.9, 1.0)[..., None]
    return (sheet(points, name, colour), *_ear_loops(landmarks, points, name, dye(rng, (_ELASTIC,)), 0.008))


def cloth_mask_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A sewn mask of plain or printed cloth, flat or with a seam down the middle.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of cut and colours.

    Returns:
        Surfaces named "cloth_mask".
    """
    name = "cloth_mask"
    form = stretched_form(landmarks, _TOP, slack=rng.uniform(0.0, 0.03))
    points = form.points
    colour = printed(rng, points, _FABRIC, plain=0.45)
    if rng.random() < 0.5:
        seam = np.exp(-((form.across / 0.03) ** 2)) * np.ones_like(form.down)
        ridge = np.exp(-np.abs(form.across) / 0.16) * np.sin(np.pi * np.clip(form.down, 0, 1))
        points = points + (0.03 * ridge)[..., None] * form.outwards
        colour = colour * (1 - 0.3 * seam)[..., None]
    border = (np.abs(form.down - 0.5) > 0.46) | (np.abs(form.across) > 0.95)
    colour = np.where(border[..., None], dye(rng, _FABRIC) if rng.random() < 0.25 else 0.8 * colour, colour)
    loops = dye(rng, (_ELASTIC, (30, 30, 32)))
    return (sheet(points, name, colour), *_ear_loops(landmarks, points, name, loops, 0.011))


def n95_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A stiff white cup or a folded mask with two straps round the head, sometimes with a valve.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of kind and colours.

    Returns:
        Surfaces named "n95".
    """
    name = "n95"
    form = stretched_form(landmarks, _TOP_N95, slack=0.0)
    dome = np.clip(1 - form.across**2, 0, 1) ** 0.6 * np.clip(np.sin(np.pi * form.down), 0, 1) ** 0.6
    white = dye(rng, _WHITE)
    folded = rng.random() < 0.4
    bulge = (0.07 if folded else 0.1) * dome
    line = np.zeros_like(dome)
    if folded:  # two folds across, as of a box that was flat in its pack
        for place in (0.3, 0.74):
            fold = np.exp(-np.abs(form.down - place - 0.04 * form.across**2) / 0.05)
            bulge = bulge + 0.022 * fold * (1 - form.across**2)
            line = np.maximum(line, np.exp(-(((form.down - place - 0.04 * form.across**2) / 0.02) ** 2)))
    else:  # the pressed rim of the cup
        rim = np.maximum(np.abs(form.across), np.abs(2 * form.down - 1))
        bulge = bulge * np.clip((1 - rim) / 0.12, 0, 1) ** 0.5
        line = np.exp(-(((rim - 0.88) / 0.03) ** 2))
    points = form.points + bulge[..., None] * form.outwards
    surfaces = [sheet(points, name, white * (1 - 0.22 * line)[..., None])]
    if rng.random() < 0.45:
        surfaces.append(_valve(form, points, rng))
    clip = points[2, 14:31] + 0.006 * form.outwards[2, 14:31]
    surfaces.append(tube(clip, name, to_linear((150, 152, 156)), Material.METAL, 0.022, 0.004, (0, 0, 1)))
    elastic = dye(rng, _STRAP_COLOURS)
    for row, upper in ((9, True), (24, False)):
        ends = points[row, [1, -2]] + 0.004 * form.outwards[row, [1, -2]]
        surfaces.append(head_strap(landmarks, ends, upper, name, elastic))
    return tuple(surfaces)


def _ear_loops(
    landmarks: np.ndarray, points: np.ndarray, name: str, colour: np.ndarray, thickness: float
) -> tuple[Surface, ...]:
    """Two elastic loops from the mask's corners round the ears."""
    loops = []
    for column, side in ((0, _LEFT_SIDE), (-1, _RIGHT_SIDE)):
        before = landmarks[side]
        out = np.sign(before[0])
        above = before + np.float32([0.05 * out, -0.27, -0.16])
        behind = before + np.float32([0.03 * out, 0.0, -0.34])
        below = before + np.float32([0.03 * out, 0.3, -0.16])
        upper, lower = points[3, column], points[-6, column]
        clear = np.float32([0.035 * out, 0, 0.0])
        path = [upper, (upper + above) / 2 + clear, above, behind, below, (lower + below) / 2 + clear, lower]
        loops.append(tube(curve(path, 30), name, colour, Material.CLOTH, thickness, thickness, (0.97, 0.1, 0.2)))
    return tuple(loops)


def head_strap(landmarks: np.ndarray, ends: np.ndarray, upper: bool, name: str, colour: np.ndarray) -> Surface:
    """An elastic band from one side of a mask round the back of the head to the other.

    Args:
        landmarks: float (468, 3) in E.
        ends: float (2, 3), where it is fastened on the image's left and right.
        upper: over the ears; else under them.
        name: of the surface.
        colour: linear RGB.

    Returns:
        The surface.
    """
    azimuth = np.linspace(-100, -260, 15)
    behind = np.abs(np.cos(np.radians(azimuth)))
    if upper:  # over the ears, then up
        middle = scalp_points(landmarks, azimuth, 6 + 30 * behind, 0.06)
        before = landmarks[[_LEFT_SIDE, _RIGHT_SIDE]] + np.float32([[-0.05, -0.2, 0], [0.05, -0.2, 0]])
    else:  # under the ears, round the nape
        middle = scalp_points(landmarks, azimuth, -38.0, 0.12)
        before = landmarks[list(_JAW_CORNERS)] + np.float32([[-0.03, 0, -0.06], [0.03, 0, -0.06]])
    path = curve(np.concatenate([ends[:1], before[:1], middle, before[1:], ends[1:]]), 60)
    return tube(path, name, colour, Material.CLOTH, 0.006, 0.026, (0, 1, 0.1))


def _valve(form: Form, points: np.ndarray, rng: np.random.Generator) -> Surface:
    """The round exhalation valve on the mask's front."""
    row, column = ROWS // 2 + 2, COLUMNS // 2
    middle, axis = points[row, column], form.outwards[row, column]
    size = rng.uniform(0.13, 0.17)
    radius = size * np.array([0.001, 0.35, 0.7, 0.74, 0.92, 1.0, 1.0])
    height = np.array([0.055, 0.057, 0.055, 0.045, 0.045, 0.035, -0.05])
    ring = lathed(middle, axis, radius, height)
    return sheet(ring, "n95", dye(rng, ((226, 228, 228), (90, 96, 104), (214, 220, 226))), Material.PLASTIC)
