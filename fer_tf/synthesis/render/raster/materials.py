"""How each material takes light: the constants of the look, and small compiled helpers."""

from typing import NamedTuple

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.compiled import leaf
from fer_tf.synthesis.render.spec import Light
from fer_tf.synthesis.render.surface import Material

# Per material: how far light wraps round (red, green, blue); strength and sharpness of a broad and of a
# sharp highlight (sharpness k: cosine to the power 2^k); light mirrored from sky and ground.
_TABLE = {
    Material.SKIN: (0.32, 0.20, 0.16, 0.13, 3, 0.16, 5, 0.0),
    Material.EYE: (0.20, 0.16, 0.14, 0.03, 4, 1.40, 9, 0.03),
    Material.TEETH: (0.35, 0.32, 0.30, 0.06, 4, 0.22, 6, 0.02),
    Material.MOUTH: (0.30, 0.20, 0.18, 0.03, 3, 0.12, 6, 0.0),
    Material.HAIR: (0.0, 0.0, 0.0, 0.09, 4, 0.07, 6, 0.0),
    Material.CLOTH: (0.25, 0.25, 0.25, 0.02, 2, 0.0, 3, 0.0),
    Material.PLASTIC: (0.05, 0.05, 0.05, 0.06, 4, 0.45, 7, 0.04),
    Material.METAL: (0.05, 0.05, 0.05, 0.30, 4, 0.80, 6, 0.45),
    Material.LENS: (0.0, 0.0, 0.0, 0.012, 5, 2.20, 8, 0.03),
}
# The columns of the table, then 1 / (1 + wrap) of red, green and blue.
TABLE = np.array([(*row, *(1 / (1 + wrap) for wrap in row[:3])) for row in map(_TABLE.get, Material)], np.float32)
WRAP, BROAD, BROAD_SHARPNESS, SHARP, SHARP_SHARPNESS, MIRROR, WRAP_INVERSE = 0, 3, 4, 5, 6, 7, 8
_ZERO, _ONE, _HALF = np.float32(0), np.float32(1), np.float32(0.5)


class Look(NamedTuple):
    """The look's numbers, given to the compiled loops as values: a change of them compiles nothing anew.

    No arrays in here: a compiled loop counts references to those at every use.

    Attributes:
        shadow_bleed: how far red, green and blue reach into the soft edge of a cast shadow on skin.
        hollow_bleed: the same for hollows of the skin.
        crease: light is lost in creases of the skin as exp(-k * darkening).
        plain_gloss: gloss of skin without a texture (neck, ears).
        grazing: how much stronger a highlight is at grazing angles.
        eye_open: share of the light that lids and lashes let through to the eye, beside their drawn shape.
        eye_shadow_floor: part of the highlight that an eye keeps in the shadow of the brow.
        hair_noise: spread of lightness from strand to strand.
        hair_root_dark: darkness at the roots.
        hair_root_share: part of the length that counts as root.
        hair_tilt_sharp: tilt of the clear highlight along the strand.
        hair_tilt_broad: tilt of the tinted highlight.
        hair_round: part of the light that goes round the lock.
        hair_tint: strength of the tinted highlight beside the clear one.
        weave_pitch: radians per E of the threads of cloth.
        weave_depth: how much lighter and darker they are.
        fuzz: paleness of cloth at grazing angles.
        glass_grazing: how much more glass mirrors at grazing angles.
    """

    shadow_bleed: tuple[float, float, float]
    hollow_bleed: tuple[float, float, float]
    crease: tuple[float, float, float]
    plain_gloss: float
    grazing: float
    eye_open: float
    eye_shadow_floor: float
    hair_noise: float
    hair_root_dark: float
    hair_root_share: float
    hair_tilt_sharp: float
    hair_tilt_broad: float
    hair_round: float
    hair_tint: float
    weave_pitch: float
    weave_depth: float
    fuzz: float
    glass_grazing: float


LOOK = Look(
    # Light scattered in the skin: blood lets red reach further, and keeps creases redder than a shadow.
    shadow_bleed=(np.float32(0.45), np.float32(0.06), np.float32(0.0)),
    hollow_bleed=(np.float32(0.22), np.float32(0.05), np.float32(0.0)),
    crease=(np.float32(0.50), np.float32(0.66), np.float32(0.72)),
    plain_gloss=np.float32(0.35),
    grazing=np.float32(3.0),
    eye_open=np.float32(0.57),
    eye_shadow_floor=np.float32(0.4),
    hair_noise=np.float32(0.5),
    hair_root_dark=np.float32(0.35),
    hair_root_share=np.float32(0.2),
    hair_tilt_sharp=np.float32(-0.10),
    hair_tilt_broad=np.float32(0.12),
    hair_round=np.float32(0.35),
    hair_tint=np.float32(6.0),
    weave_pitch=np.float32(2 * np.pi * 16),
    weave_depth=np.float32(0.06),
    fuzz=np.float32(0.25),
    glass_grazing=np.float32(5.0),
)


MOST_LAMPS = 3


def pack_light(light: Light) -> np.ndarray:
    """The light as one array.

    Args:
        light: one to three lamps, sky and ground.

    Returns:
        float32 (lamps + 1, 6): unit direction and linear RGB of each lamp; the last row is the
        linear RGB of sky and ground.

    Raises:
        InputError: another number of lamps, or a direction of length 0.
    """
    if not 1 <= len(light.lamps) <= MOST_LAMPS:
        raise InputError(f"{len(light.lamps)} lamps: expected 1..{MOST_LAMPS}")
    direction = np.array([lamp.direction for lamp in light.lamps], np.float32)
    length = np.linalg.norm(direction, axis=1, keepdims=True)
    if not (length > 0).all():
        raise InputError("a lamp's direction is (0, 0, 0): expected a vector towards the light")
    colour = np.array([lamp.colour for lamp in light.lamps], np.float32)
    lamps = np.concatenate([direction / length, colour], axis=1)
    return np.concatenate([lamps, np.float32([[*light.sky, *light.ground]])])


@leaf
def unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    """A vector at length 1; (0, 0, 0) stays."""
    scale = _ONE / np.sqrt(max(np.float32(1e-12), x * x + y * y + z * z))
    return x * scale, y * scale, z * scale


@leaf
def squared(value: float, times: float) -> float:
    """The value, squared so many times: a highlight's fall-off without a power function."""
    for _ in range(int(times)):
        value *= value
    return value


@leaf
def around(lights: np.ndarray, ny: float, channel: int) -> float:
    """Ambient light on a surface whose normal has this y (down), of one colour channel."""
    up = _HALF - _HALF * ny
    last = lights.shape[0] - 1
    return lights[last, channel] * up + lights[last, 3 + channel] * (_ONE - up)
