"""Sunglasses and clear glasses, fitted to the nose, the eyes and the ears."""

import dataclasses

import numpy as np

from fer_tf.synthesis.render.disguise.shapes import curve, dye, sheet, tube
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

_EYES = ((33, 133, 159, 145), (263, 362, 386, 374))  # corners and lids, image left first
_BRIDGE = (168, 6)  # the root of the nose
_SIDES = (234, 454)
_OUTLINE = 48  # corners of a lens
_TILT = 0.1  # the lower rim leans towards the cheeks: E of depth per E down
_WRAP = 0.28  # the front bends back at the sides: E of depth per E squared
_LASHES = 0.035  # E kept free between the skin and the glass
# Half width, half height, roundness (2 is an ellipse, more is squarer), how far the lower
# inner corner is cut away, lift of the outer corner.
_SHAPES = {
    "round": (0.215, 0.205, 2.0, 0.0, 0.0),
    "oval": (0.25, 0.17, 2.2, 0.05, 0.0),
    "square": (0.265, 0.19, 4.0, 0.1, 0.0),
    "wayfarer": (0.275, 0.205, 3.2, 0.2, 0.12),
    "aviator": (0.275, 0.235, 2.5, 0.32, -0.04),
    "cat_eye": (0.27, 0.18, 2.6, 0.15, 0.3),
}
_DARK_FRAMES = ((18, 18, 20), (60, 36, 22), (40, 24, 20), (26, 30, 44), (110, 70, 40), (120, 24, 30), (225, 222, 215))
_METALS = ((190, 160, 96), (170, 172, 176), (60, 60, 64), (176, 140, 120))
# Upper and lower colour of the glass, sRGB.
_TINTS = (
    *(((10, 10, 12), (14, 14, 16)), ((24, 16, 10), (58, 40, 26)), ((14, 20, 16), (34, 44, 36))),
    *(((12, 12, 14), (70, 66, 66)), ((60, 90, 130), (150, 130, 110)), ((120, 130, 140), (60, 62, 66))),
)


@dataclasses.dataclass(frozen=True)
class _Rim:
    """One lens: its middle, its outline and what lies outwards along x.

    Attributes:
        middle: float32 (3,), E.
        outline: float32 (_OUTLINE, 3), E, clockwise in the image from the top.
        side: -1 for the image's left eye, 1 for the right one.
    """

    middle: np.ndarray
    outline: np.ndarray
    side: int


def sunglasses_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """Dark, tinted or mirrored glasses.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of shape and colours.

    Returns:
        Surfaces named "sunglasses"; the LENS ones last.
    """
    shape = rng.choice(tuple(_SHAPES))
    upper, lower = to_linear(_TINTS[rng.integers(len(_TINTS))])
    return _glasses(
        landmarks,
        rng,
        name="sunglasses",
        rims=_rims(landmarks, shape, rng.uniform(1.02, 1.16)),
        metal=shape == "aviator" or rng.random() < 0.25,
        tint=(upper, lower),
        opacity=float(rng.uniform(0.86, 0.95)),
    )


def clear_glasses_surfaces(landmarks: np.ndarray, rng: np.random.Generator) -> tuple[Surface, ...]:
    """Reading glasses in a thin or a thick frame.

    Args:
        landmarks: float (468, 3), expression included, in E.
        rng: source of shape and colours.

    Returns:
        Surfaces named "clear_glasses"; the LENS ones last.
    """
    glass = to_linear((225, 235, 235))
    return _glasses(
        landmarks,
        rng,
        name="clear_glasses",
        rims=_rims(landmarks, rng.choice(tuple(_SHAPES)), rng.uniform(0.86, 1.02)),
        metal=rng.random() < 0.45,
        tint=(glass, glass),
        opacity=float(rng.uniform(0.04, 0.09)),
    )


def _rims(landmarks: np.ndarray, shape: str, scale: float) -> tuple[_Rim, _Rim]:
    """Outlines of both lenses, just clear of brows, lids, nose and cheeks."""
    half_width, half_height, power, cut, flare = _SHAPES[shape]
    turn = np.radians(np.arange(_OUTLINE) * 360 / _OUTLINE)
    flat = []
    for eye, side in zip(_EYES, (-1, 1), strict=True):
        x = scale * half_width * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / power)
        y = -scale * half_height * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / power)
        inner, lower = np.clip(-side * x / half_width, 0, 1), np.clip(y / half_height, 0, 1)
        x = x + side * cut * half_width * inner * lower
        y = y - flare * half_height * np.clip(side * x / half_width, 0, 1) ** 2 * np.clip(-y / half_height, 0, 1)
        middle = landmarks[list(eye)].mean(0)
        # The lens sits further to the nose than the eye is wide.
        flat.append((side, middle[0] + 0.015 * side + x, middle[1] + 0.035 + y))
    depth = _depth(landmarks, flat)
    rims = []
    for side, x, y in flat:
        outline = np.stack([x, y, depth - _TILT * y - _WRAP * x**2], axis=1).astype(np.float32)
        middle_x, middle_y = x.mean(), y.mean()
        z = depth - _TILT * middle_y - _WRAP * middle_x**2 + 0.015
        rims.append(_Rim(np.float32([middle_x, middle_y, z]), outline, side))
    return rims[0], rims[1]


def _depth(landmarks: np.ndarray, flat: list[tuple[int, np.ndarray, np.ndarray]]) -> float:
    """Depth (z) of the front at the origin, so that no landmark behind a lens pokes through it."""
    depth = landmarks[_BRIDGE[0], 2] - 0.02
    for _, x, y in flat:
        behind = (
            (landmarks[:, 0] > x.min() - 0.02)
            & (landmarks[:, 0] < x.max() + 0.02)
            & (landmarks[:, 1] > y.min() - 0.02)
            & (landmarks[:, 1] < y.max() + 0.02)
        )
        points = landmarks[behind]
        depth = max(depth, (points[:, 2] + _TILT * points[:, 1] + _WRAP * points[:, 0] ** 2).max() + _LASHES)
    return float(depth)


def _glasses(
    landmarks: np.ndarray,
    rng: np.random.Generator,
    name: str,
    rims: tuple[_Rim, _Rim],
    metal: bool,
    tint: tuple[np.ndarray, np.ndarray],
    opacity: float,
) -> tuple[Surface, ...]:
    """Frame, bridge, temples and both panes."""
    material = Material.METAL if metal else Material.PLASTIC
    colour = dye(rng, _METALS if metal else _DARK_FRAMES)
    width = rng.uniform(0.008, 0.012) if metal else rng.uniform(0.014, 0.034)
    frame = [_rim_bar(rim, name, colour, material, width) for rim in rims]
    left, right = rims
    high = -0.55 if metal else -0.35
    inner = [_inner_point(rim, high) for rim in (left, right)]
    over = (inner[0] + inner[1]) / 2
    nose = landmarks[list(_BRIDGE)]
    height = float(np.interp(over[1], nose[:, 1], nose[:, 2]))
    over = np.float32([over[0], over[1] - 0.02, max(over[2], height + 0.03)])
    bar = curve(np.stack([inner[0], over, inner[1]]), 12)
    frame.append(tube(bar, name, colour, material, max(width, 0.012), max(width, 0.012), (0, 0.2, 1)))
    for rim, side in zip(rims, _SIDES, strict=True):
        path = _temple(rim, landmarks[side])
        frame.append(tube(path, name, colour, material, 0.009, 0.011 if metal else 0.026, (0, 1, 0.3)))
    return (*frame, *(_pane(rim, name, tint, opacity) for rim in rims))


def _rim_bar(rim: _Rim, name: str, colour: np.ndarray, material: Material, width: float) -> Surface:
    """The bar round one lens: ``width`` in the plane of the lens, thicker in depth."""
    return tube(rim.outline, name, colour, material, half_width=width, half_height=0.018, up=(0, 0, 1), closed=True)


def _inner_point(rim: _Rim, high: float) -> np.ndarray:
    """The point of the rim next to the nose, at a height of -1 (top) .. 1 (bottom) of the lens."""
    y = rim.outline[:, 1] - rim.middle[1]
    wanted = np.abs(y / np.abs(y).max() - high) + 4.0 * (rim.side * (rim.outline[:, 0] - rim.middle[0]) > 0)
    return rim.outline[int(np.argmin(wanted))]


def _temple(rim: _Rim, side: np.ndarray) -> np.ndarray:
    """The arm from the rim's outer side over the ear, float32 (N, 3)."""
    out = rim.side
    y = rim.outline[:, 1] - rim.middle[1]
    wanted = np.abs(y / np.abs(y).max() + 0.45) + 4.0 * (out * (rim.outline[:, 0] - rim.middle[0]) < 0)
    hinge = rim.outline[int(np.argmin(wanted))]
    wide = max(abs(hinge[0]), abs(side[0]) + 0.045)
    corner = np.float32([out * (abs(hinge[0]) + 0.6 * (wide - abs(hinge[0]))), hinge[1], hinge[2] - 0.05])
    half = np.float32([out * wide, hinge[1] - 0.01, (hinge[2] + side[2]) / 2])
    ear = np.float32([out * (abs(side[0]) + 0.06), side[1] - 0.31, side[2] - 0.12])
    hook = np.float32([out * (abs(side[0]) + 0.04), side[1] - 0.05, side[2] - 0.3])
    return curve(np.stack([hinge, corner, half, ear, hook]), 24)


def _pane(rim: _Rim, name: str, tint: tuple[np.ndarray, np.ndarray], opacity: float) -> Surface:
    """The glass of one lens, slightly domed, shaded from its upper to its lower colour."""
    share = np.array([1.0, 0.66, 0.33, 0.0])[::-1, None, None]
    outline = np.concatenate([rim.outline, rim.outline[:1]])[::-1]
    points = rim.middle + (outline - rim.middle) * share
    points[..., 2] = outline[:, 2] * share[..., 0] + rim.middle[2] * (1 - share[..., 0])
    y = outline[:, 1]
    level = (points[..., 1] - y.min()) / (y.max() - y.min())
    colour = tint[0] + (tint[1] - tint[0]) * np.clip(level, 0, 1)[..., None]
    return sheet(points, name, colour, Material.LENS, opacity=opacity)
