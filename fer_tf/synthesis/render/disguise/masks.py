"""Masks over mouth and nose: surgical, of cloth, and the N95 cup.

A mask is cloth stretched over the lower face: the hull of the landmarks under it, seen from
a point inside the mouth, pressed towards the skin along its border. It is made of the
landmarks of the moment, so that it moves with the jaw.
"""

import dataclasses

import cv2
import numpy as np

from fer_tf.synthesis.render.disguise.shapes import curve, dye, printed, sheet, tube
from fer_tf.synthesis.render.head.skull import scalp_points
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

_ROWS, _COLUMNS = 37, 45
# Landmarks from the image's left to right: along the upper border, and along the jaw.
_TOP = (123, 50, 101, 100, 217, 197, 437, 329, 330, 280, 352)
_TOP_N95 = (147, 50, 142, 195, 371, 280, 376)
_JAW = (215, 136, 150, 149, 176, 152, 400, 378, 379, 365, 435)
_UNDER_JAW = (136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365)
_INSIDE = (13, 14)  # the lips: the hull is seen from behind them
_DEPTH_OF_CENTRE = 0.55
_CLEARANCE = 0.026  # E between a covered landmark and the cloth
_EDGE_CLEARANCE = 0.016
_NARROW = 90.0  # a landmark counts within some 8 degrees, seen from the inside
_BESIDE = np.float32(np.cos(np.radians(6.0)))  # and lies right behind a point of the cloth within this
_SMOOTHING = 0.8  # coarse grid steps over which the hull's edges are rounded
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


@dataclasses.dataclass(frozen=True)
class _Form:
    """The bare form of a mask.

    Attributes:
        points: float32 (rows, columns, 3) in E, from the upper border to the one under the chin.
        outwards: float32 (rows, columns, 3), unit vectors away from the inside.
        across: float32 (1, columns), -1 at the image's left border, 1 at the right.
        down: float32 (rows, 1), 0 at the upper border, 1 at the lower.
    """

    points: np.ndarray
    outwards: np.ndarray
    across: np.ndarray
    down: np.ndarray


def surgical_mask_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """A pleated mask with loops round the ears.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of the colour and of how it sits.

    Returns:
        Surfaces named "surgical_mask".
    """
    name = "surgical_mask"
    form = _form(landmarks, _TOP, slack=rng.uniform(0.0, 0.02))
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
    form = _form(landmarks, _TOP, slack=rng.uniform(0.0, 0.03))
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
    form = _form(landmarks, _TOP_N95, slack=0.0)
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
        surfaces.append(_head_strap(landmarks, ends, upper, name, elastic))
    return tuple(surfaces)


def _form(landmarks: np.ndarray, top: tuple[int, ...], slack: float) -> _Form:
    """The cloth over the lower face.

    Args:
        landmarks: float (468, 3) in E.
        top: landmarks along the upper border.
        slack: E by which the cloth hangs away from the skin's hull.

    Returns:
        The form.
    """
    landmarks = np.asarray(landmarks, np.float32)
    centre = landmarks[list(_INSIDE)].mean(0) - np.float32([0, 0, _DEPTH_OF_CENTRE])
    behind = landmarks[list(_UNDER_JAW)] + np.float32([0, 0.02, -0.16])
    upper, jaw = curve(landmarks[list(top)], _COLUMNS), curve(landmarks[list(_JAW)], _COLUMNS)
    across = np.linspace(-1, 1, _COLUMNS, dtype=np.float32)[None]
    down = np.linspace(0, 1, _ROWS, dtype=np.float32)[:, None]
    # The lower border runs under the jaw in the middle and on it at the sides.
    lower = jaw + np.float32([0, 0.02, -0.1]) * (1 - across[0, :, None] ** 2)
    way = upper + (lower - upper) * down[..., None] - centre
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    skin = np.concatenate([landmarks[_covered(landmarks, upper)], behind]) - centre
    coarse = _stretched(way[::2, ::2], skin, across[:, ::2], down[::2], slack)
    return _Form(centre + way * _refined(coarse)[..., None], way, across, down)


def _stretched(way: np.ndarray, skin: np.ndarray, across: np.ndarray, down: np.ndarray, slack: float) -> np.ndarray:
    """How far from the inside the cloth lies.

    Args:
        way: float32 (rows, columns, 3), unit vectors from the inside.
        skin: float32 (N, 3), covered landmarks seen from the inside, E.
        across, down, slack: see ``_Form`` and ``_form``.

    Returns:
        float32 (rows, columns), E.
    """
    skin_length = np.linalg.norm(skin, axis=1)
    facing = way.reshape(-1, 3) @ (skin / skin_length[:, None]).T
    nearness = np.exp(_NARROW * (facing - 1))
    near = ((nearness @ skin_length) / nearness.sum(axis=1)).reshape(way.shape[:2])
    hull = cv2.GaussianBlur(_hull(way, skin), (0, 0), _SMOOTHING)
    hug = np.clip(np.maximum(np.abs(across) - 0.62, np.abs(2 * down - 1) - 0.62) / 0.38, 0, 1) ** 2
    gap = np.maximum(hull + _CLEARANCE + slack - near, _CLEARANCE)
    length = near + gap * (1 - hug) + _EDGE_CLEARANCE * hug
    return length + _lacking(length, skin_length, facing, nearness)


def _refined(coarse: np.ndarray) -> np.ndarray:
    """Values at every grid step from those at every second one, by cubic interpolation."""
    for _ in range(2):  # down, then across
        padded = np.concatenate([2 * coarse[:1] - coarse[1:2], coarse, 2 * coarse[-1:] - coarse[-2:-1]])
        fine = np.empty((2 * len(coarse) - 1, coarse.shape[1]), np.float32)
        fine[::2] = coarse
        fine[1::2] = (9 * (padded[1:-2] + padded[2:-1]) - padded[:-3] - padded[3:]) / 16
        coarse = fine.T
    return coarse


def _covered(landmarks: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Which landmarks lie below the upper border, bool (468,)."""
    order = np.argsort(upper[:, 0])
    return landmarks[:, 1] > np.interp(landmarks[:, 0], upper[order, 0], upper[order, 1]) - 0.1


def _hull(way: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How far the convex hull of points reaches from the origin along each way, float32 of way's shape less one.

    The hull is what the planes square to the ways, each pushed out to its furthest point, leave.
    """
    planes = way.reshape(-1, 3)
    reach = (planes @ points.T).max(axis=1)
    facing = way.reshape(-1, 3) @ (planes / reach[:, None]).T
    return (1 / facing.max(axis=1)).reshape(way.shape[:2])


def _lacking(length: np.ndarray, skin_length: np.ndarray, facing: np.ndarray, nearness: np.ndarray) -> np.ndarray:
    """By how much the cloth must rise so that no landmark comes closer than the clearance.

    Args:
        length: float (rows, columns), the cloth's distance from the inside.
        skin_length: float (N,), the landmarks' distance.
        facing: float (rows * columns, N), cosines between the cloth's ways and the landmarks'.
        nearness: float (rows * columns, N), 1 where they agree, falling smoothly to 0.

    Returns:
        float32 (rows, columns), smooth, 0 or more.
    """
    beside = facing > np.minimum(_BESIDE, facing.max(axis=0) - 1e-6)
    lowest = np.where(beside, length.reshape(-1, 1), np.inf).min(axis=0)
    deficit = np.maximum(skin_length + _EDGE_CLEARANCE - lowest, 0)
    return (1.15 * (nearness * deficit).max(axis=1)).reshape(length.shape).astype(np.float32)


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


def _head_strap(landmarks: np.ndarray, ends: np.ndarray, upper: bool, name: str, colour: np.ndarray) -> Surface:
    """An elastic band from one side of the mask round the back of the head to the other."""
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


def _valve(form: _Form, points: np.ndarray, rng: np.random.Generator) -> Surface:
    """The round exhalation valve on the mask's front."""
    row, column = _ROWS // 2 + 2, _COLUMNS // 2
    middle, axis = points[row, column], form.outwards[row, column]
    right = np.cross(np.float32([0, 1, 0]), axis)
    right /= np.linalg.norm(right)
    down = np.cross(axis, right)
    turn = np.radians(np.linspace(-180, 180, 33))[None, :, None]
    size = rng.uniform(0.13, 0.17)
    radius = size * np.array([0.001, 0.35, 0.7, 0.74, 0.92, 1.0, 1.0])[:, None, None]
    height = np.array([0.055, 0.057, 0.055, 0.045, 0.045, 0.035, -0.05])[:, None, None]
    ring = middle + radius * (np.sin(turn) * right + np.cos(turn) * down) + height * axis
    return sheet(ring, "n95", dye(rng, ((226, 228, 228), (90, 96, 104), (214, 220, 226))), Material.PLASTIC)
