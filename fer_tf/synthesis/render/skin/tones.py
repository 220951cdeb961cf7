"""Skin colours of the Monk scale."""

import numpy as np

from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import to_linear

# The scale's swatches (f6ede4 f3e7db f7ead0 eadaba d7bd96 a07e56 825c43 604134 3a312a 292420)
# are cards to compare with, not skin: printed on a face the light ones look like plaster and
# the dark ones like slate. These keep their order and depth with the red and saturation of
# skin in even light. sRGB 0..255.
SKIN_TONES = (
    (238, 207, 191),
    (234, 199, 179),
    (230, 192, 166),
    (220, 179, 148),
    (203, 159, 123),
    (167, 121, 87),
    (135, 93, 68),
    (103, 69, 52),
    (79, 53, 41),
    (62, 42, 33),
)
_LUMINANCE = np.float32([0.2126, 0.7152, 0.0722])
# Between two people of one tone. Lightness stays within half of the smallest step of the scale.
_LIGHTNESS_LIMIT, _RED_DEVIATION, _YELLOW_DEVIATION = 0.03, 0.022, 0.045
_SEED_PART = 11  # keeps this part's chance apart from that of other parts of a subject


def skin_colour(subject: Subject) -> np.ndarray:
    """What plain skin of a person reflects.

    Args:
        subject: its skin_tone and seed decide.

    Returns:
        float32 (3,) linear RGB 0..1; its luminance falls strictly from tone 1 to tone 10.
    """
    rng = np.random.default_rng((subject.seed, _SEED_PART))
    lightness = rng.uniform(-_LIGHTNESS_LIMIT, _LIGHTNESS_LIMIT)
    red, yellow = np.clip(rng.standard_normal(2), -2, 2) * (_RED_DEVIATION, _YELLOW_DEVIATION)
    plain = to_linear(SKIN_TONES[subject.skin_tone - 1])
    tinted = plain * np.exp(np.float32([red, 0.0, -yellow]))
    tinted *= np.exp(lightness) * (plain @ _LUMINANCE) / (tinted @ _LUMINANCE)
    return np.clip(tinted, 0.0, 1.0).astype(np.float32)


def depth_of_tone(tone: int) -> float:
    """How dark a Monk tone is, 0 (tone 1) .. 1 (tone 10)."""
    return (tone - 1) / 9
