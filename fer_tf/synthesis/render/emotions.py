"""Emotions as action units: EMFACS prototypes, their variants, and what real faces add to them.

Prototypes: Ekman, Friesen & Hager, "Facial Action Coding System: Investigator's Guide" (2002),
table of emotion predictions. A picture shows one variant with its own strength, leaves some
units out, adds others and is never quite symmetric, so that no table leads from units to label.
"""

import dataclasses

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, FACS_LEVELS
from fer_tf.synthesis.render.people import choose
from fer_tf.synthesis.render.settle import draw_asymmetry, settle
from fer_tf.synthesis.render.spec import PITCH_LIMIT, ROLL_LIMIT, YAW_LIMIT, Expression, Pose


def facs_letter(intensity: float) -> str:
    """FACS level of an intensity 0..1: "A".."E", or "" for 0.

    Raises:
        InputError: intensity outside 0..1.
    """
    if not 0.0 <= intensity <= 1.0:
        raise InputError(f"intensity {intensity}: expected 0..1")
    if intensity == 0.0:
        return ""
    return next(letter for letter, end in FACS_LEVELS.items() if intensity <= end)


def facs_intensity(letter: str) -> float:
    """Intensity 0..1 in the middle of a FACS level; "" is 0.

    Raises:
        InputError: not a level.
    """
    if letter == "":
        return 0.0
    if letter.upper() not in FACS_LEVELS:
        raise InputError(f"FACS level {letter!r}: expected one of {', '.join(FACS_LEVELS)}, or nothing for absent")
    ends = [0.0, *FACS_LEVELS.values()]
    number = list(FACS_LEVELS).index(letter.upper())
    return round((ends[number] + ends[number + 1]) / 2, 3)


@dataclasses.dataclass(frozen=True)
class Variant:
    """One way to show an emotion.

    Attributes:
        share: how often, among the variants of its emotion.
        units: action unit -> intensity of a full-blown display, about 0..1; beyond 1 it is at its maximum
            in a weaker display too. The first is never left out.
        optional: action unit -> (chance, intensity).
    """

    share: float
    units: dict[int, float]
    optional: dict[int, tuple[float, float]] = dataclasses.field(default_factory=dict)


VARIANTS: dict[str, tuple[Variant, ...]] = {
    "anger": (
        Variant(0.22, {4: 1.0, 7: 0.8, 5: 0.6, 23: 0.8}, {24: (0.4, 0.6), 17: (0.4, 0.4), 9: (0.2, 0.3)}),
        Variant(0.20, {4: 1.0, 24: 0.9, 7: 0.7, 5: 0.6}, {17: (0.5, 0.5), 10: (0.15, 0.3), 23: (0.3, 0.5)}),
        Variant(0.34, {4: 1.0, 5: 0.7, 7: 0.7, 10: 0.6, 25: 0.8, 26: 0.5}, {9: (0.4, 0.5), 16: (0.3, 0.4)}),
        Variant(0.18, {4: 1.0, 7: 0.8, 25: 0.8, 27: 0.55, 10: 0.5}, {9: (0.4, 0.5), 22: (0.2, 0.4), 5: (0.3, 0.5)}),
        Variant(0.06, {4: 1.0, 5: 0.7}, {7: (0.6, 0.6), 23: (0.4, 0.4), 17: (0.3, 0.4)}),
    ),
    "disgust": (
        Variant(
            0.68,
            {10: 1.1, 4: 0.85, 17: 0.95, 7: 1.1, 6: 1.0, 43: 0.65},
            {12: (0.35, 0.35), 9: (0.2, 0.4), 15: (0.08, 0.3)},
        ),
        Variant(0.14, {9: 1.0, 4: 0.75, 10: 1.05, 17: 0.9, 7: 1.1, 6: 1.0, 43: 0.7}, {12: (0.2, 0.25)}),
        Variant(0.08, {9: 0.8, 4: 0.75, 10: 1.05, 17: 0.9, 43: 0.9, 6: 1.0, 7: 0.7}, {12: (0.2, 0.25)}),
        Variant(0.06, {10: 1.1, 15: 0.3, 17: 0.9, 7: 1.0, 4: 0.85, 6: 0.9}, {9: (0.3, 0.4), 43: (0.7, 0.6)}),
        Variant(0.04, {9: 0.95, 16: 0.5, 25: 0.6, 10: 0.7, 7: 0.8}, {26: (0.3, 0.3), 6: (0.6, 0.6), 4: (0.4, 0.4)}),
    ),
    "fear": (
        Variant(0.40, {5: 0.95, 1: 1.0, 4: 0.65, 20: 0.8, 25: 0.75, 26: 0.4}, {2: (0.4, 0.35), 7: (0.1, 0.3)}),
        Variant(0.22, {1: 0.95, 4: 0.6, 5: 0.9, 20: 0.9, 25: 0.9, 26: 0.6}, {2: (0.3, 0.3), 16: (0.2, 0.3)}),
        Variant(0.16, {1: 1.0, 4: 0.65, 5: 0.95, 20: 0.75, 25: 0.65}, {2: (0.4, 0.35), 16: (0.15, 0.3)}),
        Variant(0.12, {1: 0.95, 5: 0.95, 4: 0.7}, {20: (0.6, 0.5), 25: (0.4, 0.3), 2: (0.3, 0.3), 24: (0.1, 0.3)}),
        Variant(0.10, {5: 1.0, 1: 0.9, 2: 0.4, 4: 0.6, 25: 0.7, 26: 0.45, 20: 0.7}),
    ),
    "happiness": (
        Variant(0.40, {12: 0.9, 6: 0.8, 25: 0.7}, {26: (0.2, 0.25), 7: (0.2, 0.3), 10: (0.1, 0.25)}),
        Variant(0.20, {12: 1.0, 6: 0.9, 25: 0.9, 26: 0.5}, {7: (0.3, 0.4), 43: (0.1, 0.6), 16: (0.15, 0.3)}),
        Variant(0.08, {12: 1.0, 6: 1.0, 25: 0.9, 27: 0.5}, {43: (0.2, 0.7), 1: (0.15, 0.3), 2: (0.15, 0.3)}),
        Variant(0.22, {12: 0.75}, {6: (0.6, 0.5), 14: (0.15, 0.3), 1: (0.1, 0.25), 2: (0.1, 0.25), 24: (0.06, 0.3)}),
        Variant(0.10, {12: 0.85, 25: 0.7}, {6: (0.3, 0.4), 5: (0.1, 0.3), 1: (0.15, 0.3), 2: (0.15, 0.3)}),
    ),
    "neutral": (Variant(1.0, {}),),
    "sadness": (
        Variant(0.28, {1: 0.95, 4: 0.65, 15: 0.85}, {17: (0.4, 0.5), 43: (0.6, 0.5), 7: (0.2, 0.3)}),
        Variant(0.26, {1: 0.85, 4: 0.7, 15: 0.65, 43: 0.5}, {17: (0.4, 0.5), 24: (0.15, 0.3), 7: (0.2, 0.3)}),
        Variant(0.20, {1: 0.85, 4: 0.7, 6: 0.6, 7: 0.5, 15: 0.55}, {20: (0.6, 0.4), 25: (0.3, 0.35), 11: (0.3, 0.4)}),
        Variant(0.14, {15: 0.9, 17: 0.7, 1: 0.85, 4: 0.6}, {43: (0.5, 0.45), 24: (0.15, 0.3)}),
        Variant(0.12, {1: 0.95, 4: 0.65, 11: 0.7}, {15: (0.6, 0.5), 25: (0.2, 0.3), 43: (0.5, 0.45)}),
    ),
    "surprise": (
        Variant(0.32, {1: 1.0, 2: 1.0, 5: 0.8, 25: 0.85, 26: 0.8}, {10: (0.1, 0.25), 22: (0.12, 0.3), 18: (0.1, 0.3)}),
        Variant(0.28, {2: 1.0, 1: 1.0, 5: 0.85, 25: 0.85, 27: 0.75}, {12: (0.1, 0.3), 16: (0.1, 0.3)}),
        Variant(0.24, {1: 1.0, 2: 0.95, 25: 0.75, 26: 0.7}, {5: (0.5, 0.5), 18: (0.15, 0.3), 12: (0.08, 0.25)}),
        Variant(0.08, {2: 1.0, 1: 1.0, 5: 0.85}, {25: (0.4, 0.3), 18: (0.15, 0.3)}),
        Variant(0.08, {26: 0.85, 25: 0.8, 5: 0.8}, {1: (0.6, 0.6), 2: (0.6, 0.6)}),
    ),
}

# Chance that a unit of the variant, other than its first, does not show.
OMISSION = 0.055
# Weak units that any face may add, and how many of them on average.
EXTRAS = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 18, 20, 23, 24, 28)
EXTRAS_MEAN = 0.45
# What a speaking mouth does for a moment, on top of the emotion.
TALKING = 0.06
_SPOKEN = ({25: 0.45, 26: 0.25}, {25: 0.4, 18: 0.4}, {25: 0.5, 16: 0.4}, {25: 0.35, 22: 0.4}, {24: 0.35})
BLINKING = 0.03

# Degrees: (middle, spread) of gaze (right, down) and of the head (yaw, pitch, roll); a chin that is up is positive.
_GAZE = {
    "anger": ((0, 4), (0, 4)),
    "disgust": ((0, 7), (3, 5)),
    "fear": ((0, 7), (-1, 4)),
    "happiness": ((0, 5), (0, 4)),
    "neutral": ((0, 5), (0, 4)),
    "sadness": ((0, 6), (8, 6)),
    "surprise": ((0, 5), (-1, 4)),
}
_HEAD = {
    "anger": ((0, 11), (1, 6), (0, 5)),
    "disgust": ((0, 9), (0, 5), (0, 6)),
    "fear": ((0, 13), (4, 6), (0, 6)),
    "happiness": ((0, 12), (5, 6), (0, 7)),
    "neutral": ((0, 12), (4, 5), (0, 4)),
    "sadness": ((0, 12), (-3, 6), (0, 7)),
    "surprise": ((0, 11), (6, 6), (0, 6)),
}


def draw_expression(rng: np.random.Generator, emotion: int, strength: float | None = None) -> Expression:
    """A face that shows an emotion.

    Args:
        rng: source of all chance.
        emotion: index in ``labels.EMOTIONS``.
        strength: factor on the variant's intensities, 0 (nothing to see) .. 1 (full-blown); None
            draws it, mostly 0.8..1.

    Returns:
        The expression; its gaze is what the eyes do beside looking at the camera.

    Raises:
        InputError: unknown emotion, or strength outside 0..1.
    """
    name = _emotion_name(emotion)
    if strength is None:
        strength = float(rng.uniform(0.8, 1.0) if rng.random() < 0.8 else rng.uniform(0.45, 0.8))
    if not 0.0 <= strength <= 1.0:
        raise InputError(f"strength {strength}: expected 0..1")
    units = _of_variant(rng, name, strength)
    _add(units, _extras(rng, 0.18 if name == "neutral" else 0.25))
    if rng.random() < TALKING:
        spoken = _SPOKEN[rng.integers(len(_SPOKEN))]
        _add(units, {unit: value * rng.uniform(0.4, 1.2) for unit, value in spoken.items()})
    if rng.random() < BLINKING:
        _add(units, {43: rng.uniform(0.5, 1.0)})
    units = settle(units)
    (right, right_spread), (down, down_spread) = _GAZE[name]
    gaze = (rng.normal(right, right_spread), rng.normal(down * strength, down_spread))
    return Expression(
        units=units,
        asymmetry=draw_asymmetry(rng, units),
        gaze=tuple(float(np.clip(angle, -30, 30)) for angle in gaze),
        emotion=emotion,
    )


def weaken(expression: Expression, factor: float) -> Expression:
    """The same expression with every unit at ``factor`` (0..1) of its intensity."""
    if not 0.0 <= factor <= 1.0:
        raise InputError(f"factor {factor}: expected 0..1")
    units = {unit: intensity * factor for unit, intensity in expression.units.items()}
    return dataclasses.replace(expression, units=units)


def draw_pose(
    rng: np.random.Generator,
    emotion: int,
    limits: tuple[float, float, float] = (YAW_LIMIT, PITCH_LIMIT, ROLL_LIMIT),
) -> Pose:
    """A turn of the head, as people hold it in that emotion.

    Args:
        rng: source of all chance.
        emotion: index in ``labels.EMOTIONS``.
        limits: largest (yaw, pitch, roll) in degrees to either side.

    Raises:
        InputError: unknown emotion, or limits beyond what can be drawn.
    """
    Pose(*limits)  # refuses by name what is beyond
    drawn = [rng.normal(middle, spread) for middle, spread in _HEAD[_emotion_name(emotion)]]
    return Pose(*(float(np.clip(angle, -abs(limit), abs(limit))) for angle, limit in zip(drawn, limits, strict=True)))


def _emotion_name(emotion: int) -> str:
    if emotion not in range(len(EMOTIONS)):
        raise InputError(f"emotion {emotion}: expected 0..{len(EMOTIONS) - 1} ({', '.join(EMOTIONS)})")
    return EMOTIONS[emotion]


def _of_variant(rng, name: str, strength: float) -> dict[int, float]:
    """Units of one variant of an emotion, each a little stronger or weaker than its fellows."""
    variants = VARIANTS[name]
    variant = variants[choose(rng, {number: variant.share for number, variant in enumerate(variants)})]
    drawn = {}
    for number, (unit, intensity) in enumerate(variant.units.items()):
        if number == 0 or rng.random() >= OMISSION:
            drawn[unit] = strength * intensity * rng.normal(1.0, 0.14)
    for unit, (chance, intensity) in variant.optional.items():
        if rng.random() < chance:
            drawn[unit] = strength * intensity * rng.uniform(0.5, 1.3)
    return drawn


def _extras(rng, most: float) -> dict[int, float]:
    count = min(int(rng.poisson(EXTRAS_MEAN)), len(EXTRAS))
    return {EXTRAS[number]: rng.uniform(0.03, most) for number in rng.permutation(len(EXTRAS))[:count]}


def _add(units: dict[int, float], more: dict[int, float]) -> None:
    for unit, intensity in more.items():
        units[unit] = max(units.get(unit, 0.0), intensity)
