"""Ears with helix, antihelix, concha, tragus and lobe."""

import functools

import numpy as np

from fer_tf.synthesis.render.head.topology import smoothstep
from fer_tf.synthesis.render.skin.tones import skin_colour
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles

_COLUMNS = 36
# From the middle of the concha over the rim to the back: share of the outline, height over the
# ear's plane where there is a helix, and where there is none.
_PROFILE = (
    *((0.0, -0.045, -0.045), (0.18, -0.045, -0.042), (0.34, -0.03, -0.03), (0.44, 0.0, -0.015), (0.54, 0.028, 0.0)),
    *((0.64, 0.034, 0.008), (0.74, 0.014, 0.014), (0.82, 0.002, 0.016), (0.88, 0.012, 0.018), (0.93, 0.038, 0.018)),
    *((0.975, 0.05, 0.016), (1.0, 0.036, 0.008), (0.985, 0.012, -0.006), (0.9, -0.012, -0.02), (0.62, -0.07, -0.06)),
)
_HALF_HEIGHT, _HALF_WIDTH, _FLARE_DEGREES, _LEAN_DEGREES = 0.315, 0.18, 22.0, 10.0
# From the outline's point before the ear to the ear's middle.
_FROM_CHEEK = (0.035, -0.085, -0.20)
_FRONT = {-1: 234, 1: 454}
_SIZE_STEP = 0.07
_REDNESS = (1.05, 0.88, 0.86)


@functools.lru_cache(maxsize=1)
def _ear() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An ear on the image's right: vertices about its middle, triangles, shade (N,)."""
    angle = np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)  # 0 forwards, then up, back, down
    degrees = np.degrees(angle)
    helix = smoothstep(15, 55, degrees) * (1 - smoothstep(205, 262, degrees))
    lobe = np.exp(-(((degrees - 268) / 32) ** 2))
    forwards, up = np.cos(angle), np.sin(angle)
    width = _HALF_WIDTH * (1 + 0.22 * up + 0.10 * lobe) * np.where(forwards > 0, 0.82, 1.0)
    outline = np.stack([forwards * width + 0.03 * (up < 0) * -up, up * _HALF_HEIGHT], -1)
    rows, heights = [], []
    for share, with_helix, without in _PROFILE:
        concha_low = np.array([0.02, -0.05]) * (1 - share)
        rows.append(outline * share + concha_low)
        height = with_helix * helix + without * (1 - helix)
        # The tragus stands before the concha; the front of the ear sinks into the cheek.
        tragus = np.exp(-((((degrees + 180) % 360 - 180 + 12) / 20) ** 2)) * np.exp(-(((share - 0.55) / 0.18) ** 2))
        sink = np.maximum(forwards, 0) ** 2 * smoothstep(0.7, 1.0, np.array(share)) * (1 - 0.5 * helix)
        heights.append(height + 0.05 * tragus - 0.07 * sink)
    flat, height = np.stack(rows), np.stack(heights)
    vertices = np.stack([height, -flat[..., 1], flat[..., 0]], -1).reshape(-1, 3)
    shade = np.clip(0.72 + 5.0 * height.ravel(), 0.45, 1.0)
    shade[-2 * _COLUMNS :] = 0.9
    return vertices, grid_triangles(len(_PROFILE), _COLUMNS, closed=True), shade


def ears_surface(subject: Subject, rest: np.ndarray, size: float) -> Surface:
    """Both ears.

    Args:
        subject: whose; gives the colour.
        rest: float (468, 3), the face at rest.
        size: score, standard normal.

    Returns:
        The surface "ears".
    """
    vertices, triangles, shade = _ear()
    flare, lean = np.radians(_FLARE_DEGREES), np.radians(_LEAN_DEGREES)
    # The back edge stands off the head, the top leans back.
    turn = np.array([[np.cos(flare), 0, -np.sin(flare)], [0, 1, 0], [np.sin(flare), 0, np.cos(flare)]])
    tip = np.array([[1, 0, 0], [0, np.cos(lean), np.sin(lean)], [0, -np.sin(lean), np.cos(lean)]])
    ear = vertices @ (turn @ tip).T * (1 + _SIZE_STEP * size)
    parts, faces = [], []
    for number, side in enumerate((-1, 1)):
        parts.append((ear + _FROM_CHEEK) * (side, 1, 1) + rest[_FRONT[side]])
        # The mirror image turns the triangles over.
        faces.append((triangles if side < 0 else triangles[:, ::-1]) + number * len(ear))
    colour = np.tile(shade, 2)[:, None] * skin_colour(subject) * _REDNESS
    return Surface(
        np.concatenate(parts).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        Material.SKIN,
        colour.astype(np.float32),
        "ears",
    )
