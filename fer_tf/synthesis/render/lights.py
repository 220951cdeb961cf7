"""Draws the light on a person: room, studio, window, ceiling, sun, dusk, light from behind."""

from collections.abc import Callable

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.people import choose
from fer_tf.synthesis.render.spec import Lamp, Light

Colour = tuple[float, float, float]

# Linear RGB of lights of equal strength (mean 1), by kind.
WARM_BULB: Colour = (1.28, 0.98, 0.74)
NEUTRAL: Colour = (1.02, 1.0, 0.98)
DAYLIGHT: Colour = (0.93, 1.0, 1.07)
LOW_SUN: Colour = (1.24, 1.0, 0.76)
BLUE_SKY: Colour = (0.82, 1.0, 1.18)


def draw_light(rng: np.random.Generator, setup: str | None = None) -> Light:
    """Light of a photograph of a person.

    Args:
        rng: source of all chance.
        setup: one of ``SETUPS``, or None for any by the weights there.

    Returns:
        The light; its key lamp comes first.

    Raises:
        InputError: an unknown setup.
    """
    if setup is None:
        setup = choose(rng, {name: weight for name, (weight, _) in SETUPS.items()})
    if setup not in SETUPS:
        raise InputError(f"light {setup!r}: known are {', '.join(SETUPS)}")
    return SETUPS[setup][1](rng)


def _direction(side: float, height: float) -> tuple[float, float, float]:
    """Towards a lamp: degrees to the image's right (0 is behind the camera, 180 behind the head), degrees up."""
    side, height = np.radians(side), np.radians(height)
    return (
        float(np.sin(side) * np.cos(height)),
        float(-np.sin(height)),
        float(np.cos(side) * np.cos(height)),
    )


def _lamp(colour: Colour, strength: float, side: float, height: float) -> Lamp:
    return Lamp(_direction(side, height), _times(colour, strength))


def _times(colour: Colour, strength: float) -> Colour:
    return tuple(float(strength * channel) for channel in colour)


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    return tuple(float(a + share * (b - a)) for a, b in zip(first, second, strict=True))


def _sign(rng) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _room(rng) -> Light:
    """A lamp or a bright wall to one side, soft light from everywhere else."""
    side, tint = _sign(rng), _mix(WARM_BULB, DAYLIGHT, rng.uniform())
    key, around = rng.uniform(0.7, 1.0), rng.uniform(0.28, 0.42)
    return Light(
        (
            _lamp(tint, key, side * rng.uniform(15, 55), rng.uniform(20, 50)),
            _lamp(NEUTRAL, rng.uniform(0.15, 0.3), -side * rng.uniform(30, 70), rng.uniform(0, 25)),
        ),
        sky=_times(_mix(tint, NEUTRAL, 0.5), around),
        ground=_times(_mix(tint, WARM_BULB, 0.3), around * rng.uniform(0.45, 0.65)),
    )


def _studio(rng) -> Light:
    """Key, fill and hair light, all neutral, as on portraits and passport pictures."""
    side, ratio = _sign(rng), rng.uniform(0.25, 0.85)
    key, around = rng.uniform(0.85, 1.05), rng.uniform(0.22, 0.36)
    return Light(
        (
            _lamp(NEUTRAL, key, side * rng.uniform(20, 45), rng.uniform(20, 40)),
            _lamp(NEUTRAL, key * ratio * 0.6, -side * rng.uniform(25, 50), rng.uniform(5, 25)),
            _lamp(NEUTRAL, rng.uniform(0.2, 0.7), -side * rng.uniform(130, 160), rng.uniform(30, 50)),
        ),
        sky=_times(NEUTRAL, around),
        ground=_times(NEUTRAL, around * rng.uniform(0.5, 0.8)),
    )


def _window(rng) -> Light:
    """Daylight from one side; the other cheek is darker and warmer."""
    side, around = _sign(rng), rng.uniform(0.22, 0.36)
    return Light(
        (
            _lamp(DAYLIGHT, rng.uniform(0.9, 1.2), side * rng.uniform(60, 95), rng.uniform(5, 35)),
            _lamp(WARM_BULB, rng.uniform(0.08, 0.25), -side * rng.uniform(30, 70), rng.uniform(10, 40)),
        ),
        sky=_times(DAYLIGHT, around),
        ground=_times(NEUTRAL, around * rng.uniform(0.5, 0.75)),
    )


def _overhead(rng) -> Light:
    """Lamps of an office or a supermarket: shadows under brows, nose and chin."""
    tint = _mix(NEUTRAL, (0.96, 1.04, 0.96), rng.uniform())
    return Light(
        (
            _lamp(tint, rng.uniform(0.8, 1.0), rng.uniform(-40, 40), rng.uniform(55, 72)),
            _lamp(tint, rng.uniform(0.2, 0.4), rng.uniform(-60, 60), rng.uniform(20, 45)),
        ),
        sky=_times(tint, rng.uniform(0.3, 0.45)),
        ground=_times(tint, rng.uniform(0.16, 0.26)),
    )


def _sun(rng) -> Light:
    """Sun and sky; the lower the sun, the warmer and the flatter."""
    height = rng.uniform(15, 60)
    sun = _mix(LOW_SUN, NEUTRAL, (height - 15) / 45)
    return Light(
        (_lamp(sun, rng.uniform(1.15, 1.5), rng.uniform(-100, 100), height),),
        sky=_times(BLUE_SKY, rng.uniform(0.38, 0.6)),
        ground=_times(_mix(sun, NEUTRAL, 0.3), rng.uniform(0.18, 0.38)),
    )


def _dim(rng) -> Light:
    """An evening room, a bar, a screen's glow: little light, coloured."""
    side, tint = _sign(rng), WARM_BULB if rng.random() < 0.7 else BLUE_SKY
    around = rng.uniform(0.1, 0.2)
    return Light(
        (
            _lamp(tint, rng.uniform(0.4, 0.65), side * rng.uniform(0, 75), rng.uniform(-10, 45)),
            _lamp(_mix(tint, BLUE_SKY, 0.6), rng.uniform(0.04, 0.2), -side * rng.uniform(60, 140), rng.uniform(0, 40)),
        ),
        sky=_times(_mix(tint, NEUTRAL, 0.5), around),
        ground=_times(tint, around * 0.6),
    )


def _rim(rng) -> Light:
    """The strong light stands behind the head; the face lives on what comes back from the room."""
    side = _sign(rng)
    return Light(
        (
            _lamp(_mix(LOW_SUN, NEUTRAL, rng.uniform()), rng.uniform(1.0, 1.5), side * rng.uniform(115, 155), 35.0),
            _lamp(NEUTRAL, rng.uniform(0.3, 0.5), -side * rng.uniform(10, 50), rng.uniform(10, 35)),
        ),
        sky=_times(BLUE_SKY, rng.uniform(0.3, 0.42)),
        ground=_times(NEUTRAL, rng.uniform(0.2, 0.3)),
    )


# Name -> how often, and who draws it.
SETUPS: dict[str, tuple[float, Callable[[np.random.Generator], Light]]] = {
    "room": (0.28, _room),
    "studio": (0.16, _studio),
    "window": (0.16, _window),
    "overhead": (0.12, _overhead),
    "sun": (0.14, _sun),
    "dim": (0.07, _dim),
    "rim": (0.07, _rim),
}
