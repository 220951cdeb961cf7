"""Neck, shoulders and clothes."""

import numpy as np
import scipy.interpolate

from fer_tf.synthesis.render.head.topology import smoothstep
from fer_tf.synthesis.render.skin.tones import skin_colour
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles, to_linear

_COLUMNS = 56
# The body from inside the head down: height, half width, half depth, middle's z; E.
_BODY_ROWS = np.array(
    [
        *((0.55, 0.44, 0.42, -0.86), (0.85, 0.51, 0.47, -0.84), (1.05, 0.54, 0.49, -0.82), (1.25, 0.55, 0.50, -0.81)),
        *((1.42, 0.58, 0.51, -0.81), (1.56, 0.66, 0.52, -0.80), (1.68, 0.80, 0.54, -0.80), (1.80, 1.00, 0.57, -0.79)),
        *((1.95, 1.32, 0.63, -0.76), (2.12, 1.64, 0.70, -0.74), (2.30, 1.88, 0.76, -0.72), (2.55, 2.02, 0.84, -0.70)),
        *((2.95, 2.08, 0.92, -0.68), (3.60, 2.12, 1.00, -0.66), (4.60, 2.16, 1.06, -0.64)),
        *((6.00, 2.05, 1.08, -0.64), (9.50, 1.95, 1.08, -0.64)),
    ]
)
_SKIN_ROWS = np.concatenate([np.linspace(0.55, 2.3, 26), [2.45, 2.6]])
_CLOTHES_ROWS = np.concatenate([np.linspace(0.0, 0.75, 11), np.linspace(0.9, 3.0, 9), [3.8, 5.2, 7.4]])
# The neck's width counts down to where the shoulders begin.
_NECK_ENDS = (1.5, 2.1)
_NECK_STEP = 0.045
_MUSCLE, _MUSCLE_WIDTH, _APPLE, _APPLE_WIDTH, _APPLE_HEIGHT = 0.028, 0.17, 0.035, 0.16, 1.48
# Of each collar: height at the sides, how much lower it is in front, how wide that is (radians),
# and rolls of cloth round it as (radius, lift, out); E.
_COLLARS = {
    "crew": (1.56, 0.28, 1.5, ((0.022, 0.0, 0.0),)),
    "v_neck": (1.54, 0.70, 0.62, ((0.020, 0.0, 0.0),)),
    "shirt": (1.50, 0.46, 0.60, ((0.028, 0.06, 0.0), (0.035, -0.02, 0.05))),
    "hoodie": (1.54, 0.30, 1.4, ((0.085, 0.02, 0.05), (0.06, -0.10, 0.14))),
}
_CLOTHES_OFF, _CLOTHES_OFF_BELOW = 0.018, 0.12
_ROLL_SEGMENTS = 8


def body_surfaces(subject: Subject, neck_score: float) -> tuple[Surface, Surface]:
    """Neck and clothes.

    Args:
        subject: whose; gives skin, clothes and collar.
        neck_score: width of the neck, standard normal.

    Returns:
        The surfaces "neck" and "clothes".
    """
    width = 1 + _NECK_STEP * neck_score
    return _neck(subject, width), _clothes(subject, width)


def _angles() -> np.ndarray:
    """Round the body: 0 looks to the viewer, then to the image's right."""
    return np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)


def _around(height: np.ndarray, width: float, off: np.ndarray | float = 0.0) -> np.ndarray:
    """Points of the body, or over it.

    Args:
        height: float (R, A), E.
        width: factor on the neck's half width.
        off: distance from the skin, E.

    Returns:
        float64 (R, A, 3).
    """
    at = np.clip(height, _BODY_ROWS[0, 0], _BODY_ROWS[-1, 0])
    curve = scipy.interpolate.PchipInterpolator(_BODY_ROWS[:, 0], _BODY_ROWS[:, 1:])(at)
    half_width, half_depth, middle = np.moveaxis(curve, -1, 0)
    # Broad shoulders are squarer than a neck.
    power = 1 - 0.25 * smoothstep(0.8, 1.8, half_width)
    half_width = half_width * (1 + (width - 1) * (1 - smoothstep(*_NECK_ENDS, at)))
    sine, cosine = np.sin(_angles()), np.cos(_angles())
    x = np.sign(sine) * np.abs(sine) ** power * (half_width + off)
    z = middle + np.sign(cosine) * np.abs(cosine) ** power * (half_depth + off)
    return np.stack([x, np.broadcast_to(height, x.shape), z], -1)


def _neck(subject: Subject, width: float) -> Surface:
    """The neck with its muscles, from inside the head down to the chest."""
    angle = _angles()
    height = np.repeat(_SKIN_ROWS[:, None], _COLUMNS, 1)
    grid = _around(height, width)
    # Two muscles run from behind the ears to the notch between the collar bones.
    place = 1.5 + (0.12 - 1.5) * smoothstep(0.9, 1.95, height)
    from_front = np.abs(np.angle(np.exp(1j * angle)))
    bulge = _MUSCLE * np.exp(-(((from_front - place) / _MUSCLE_WIDTH) ** 2)) * smoothstep(1.0, 1.3, height)
    if subject.gender == 1:
        bulge += _APPLE * np.exp(-((from_front / _APPLE_WIDTH) ** 2) - ((height - _APPLE_HEIGHT) / 0.07) ** 2)
    bulge *= 1 - smoothstep(1.9, 2.2, height)
    grid[..., 0] += bulge * np.sin(angle)
    grid[..., 2] += bulge * np.cos(angle)
    vertices = grid.reshape(-1, 3).astype(np.float32)
    colour = np.broadcast_to(skin_colour(subject), vertices.shape).astype(np.float32)
    triangles = grid_triangles(len(_SKIN_ROWS), _COLUMNS, closed=True)
    return Surface(vertices, triangles, Material.SKIN, colour, "neck", on_head=False)


def _clothes(subject: Subject, width: float) -> Surface:
    """Shoulders and chest in cloth, with a collar of the subject's kind."""
    top, front_drop, front_width, rolls = _COLLARS[subject.collar]
    angle = _angles()
    from_front = np.abs(np.angle(np.exp(1j * angle)))
    drop = front_drop * np.maximum(0, 1 - from_front / front_width)
    below = _CLOTHES_ROWS[:, None]
    height = top + below + drop * (1 - smoothstep(0.0, 1.2, below))
    # The muscles and the collar bones lie under the cloth.
    off = _CLOTHES_OFF + _MUSCLE + _CLOTHES_OFF_BELOW * smoothstep(0.0, 1.5, below)
    grids = [_around(height, width, off)]
    shades = [np.ones(grids[0].shape[:2])]
    for radius, lift, out in rolls:
        grids.append(_roll(grids[0][0] - (0.0, lift, 0.0), angle, radius, out))
        shades.append(np.full(grids[-1].shape[:2], 0.93))
    starts = np.cumsum([0, *(grid[..., 0].size for grid in grids)])
    faces = [grid_triangles(*grid.shape[:2], closed=True) + s for grid, s in zip(grids, starts, strict=False)]
    vertices = np.concatenate([grid.reshape(-1, 3) for grid in grids])
    shade = np.concatenate([part.ravel() for part in shades])[:, None]
    # The seam of the weave's coordinates lies at the back.
    uv = np.column_stack([np.arctan2(vertices[:, 0], vertices[:, 2] + 0.8) * 1.2, vertices[:, 1]])
    return Surface(
        vertices.astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        Material.CLOTH,
        (to_linear(subject.clothes_colour) * shade).astype(np.float32),
        "clothes",
        uv=uv.astype(np.float32),
        two_sided=True,
        on_head=False,
    )


def _roll(edge: np.ndarray, angle: np.ndarray, radius: float, out: float) -> np.ndarray:
    """A tube along the collar's edge, float64 (segments, A, 3)."""
    outwards = np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], -1)
    turn = np.linspace(0, 2 * np.pi, _ROLL_SEGMENTS)[:, None, None]
    return edge + outwards * (out + radius * np.sin(turn)) - np.array([0.0, 1.6, 0.0]) * radius * np.cos(turn)
