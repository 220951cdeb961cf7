"""The light that falls on a person in each place: where from, how strong, what colour."""

import dataclasses

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.spec import PLACES, Lamp, Light

Range = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class _Ambience:
    """Linear RGB colours (a strength of 1 is a bright room's key light) and ranges to draw from.

    Attributes:
        keys: hues of the key light, one of which is drawn; the strength scales it.
        strength: of the key light.
        height: elevation of the key light in degrees.
        side: its angle left or right of the viewer in degrees.
        fill: strength of a weak light from the other side, in the sky's hue.
        sky: what comes from above.
        ground: what comes from below.
        rims: hues of a light from behind, or none.
    """

    keys: tuple[tuple[float, float, float], ...]
    strength: Range
    height: Range
    side: Range
    fill: Range
    sky: tuple[float, float, float]
    ground: tuple[float, float, float]
    rims: tuple[tuple[float, float, float], ...] = ()


_LAMP, _DAY, _TUBE = (1.0, 0.84, 0.62), (0.98, 0.99, 1.0), (0.95, 1.0, 0.98)
_SUN, _LOW_SUN, _CLOUD = (1.0, 0.95, 0.85), (1.0, 0.78, 0.52), (0.94, 0.97, 1.0)
_NEON = ((1.0, 0.45, 0.2), (0.35, 0.4, 1.0), (0.9, 0.25, 0.7), (0.25, 0.85, 0.8))
_OPEN = {"height": (20, 62), "side": (15, 80)}
_ROOM = {"height": (15, 55), "side": (20, 85)}
_TUBES = {"height": (48, 78), "side": (0, 40)}

_AMBIENCES = {
    "bar": _Ambience(
        (_LAMP, (1.0, 0.7, 0.42)),
        (0.5, 0.8),
        (25, 65),
        (10, 75),
        (0.08, 0.2),
        (0.20, 0.15, 0.11),
        (0.13, 0.09, 0.06),
        _NEON,
    ),
    "bedroom": _Ambience(
        (_LAMP, _DAY), (0.6, 0.95), **_ROOM, fill=(0.1, 0.25), sky=(0.30, 0.28, 0.26), ground=(0.20, 0.17, 0.14)
    ),
    "classroom": _Ambience(
        (_TUBE, _DAY), (0.7, 0.95), (35, 70), (10, 60), (0.15, 0.3), (0.42, 0.42, 0.41), (0.24, 0.22, 0.19)
    ),
    "hospital_room": _Ambience(
        (_TUBE, _DAY), (0.65, 0.9), **_TUBES, fill=(0.18, 0.32), sky=(0.42, 0.45, 0.45), ground=(0.26, 0.28, 0.28)
    ),
    "kitchen": _Ambience(
        (_DAY, _LAMP), (0.7, 1.0), **_ROOM, fill=(0.12, 0.28), sky=(0.38, 0.37, 0.35), ground=(0.24, 0.21, 0.18)
    ),
    "living_room": _Ambience(
        (_LAMP, _DAY), (0.6, 0.95), **_ROOM, fill=(0.1, 0.25), sky=(0.30, 0.28, 0.25), ground=(0.19, 0.16, 0.13)
    ),
    "office": _Ambience(
        (_TUBE,), (0.6, 0.85), **_TUBES, fill=(0.18, 0.3), sky=(0.44, 0.46, 0.48), ground=(0.22, 0.23, 0.24)
    ),
    "supermarket": _Ambience(
        (_TUBE, _CLOUD), (0.7, 0.9), **_TUBES, fill=(0.2, 0.35), sky=(0.48, 0.49, 0.48), ground=(0.30, 0.30, 0.28)
    ),
    "beach": _Ambience(
        (_SUN, _SUN, _LOW_SUN), (1.0, 1.35), **_OPEN, fill=(0.1, 0.2), sky=(0.30, 0.36, 0.46), ground=(0.36, 0.31, 0.23)
    ),
    "forest_path": _Ambience(
        ((0.92, 1.0, 0.72), _CLOUD),
        (0.5, 0.85),
        (35, 75),
        (5, 70),
        (0.1, 0.2),
        (0.28, 0.34, 0.22),
        (0.13, 0.14, 0.08),
        (_SUN,),
    ),
    "mountain": _Ambience(
        (_SUN, _CLOUD), (0.85, 1.25), **_OPEN, fill=(0.08, 0.2), sky=(0.32, 0.38, 0.48), ground=(0.22, 0.22, 0.19)
    ),
    "park": _Ambience(
        (_SUN, _CLOUD, _LOW_SUN),
        (0.75, 1.1),
        **_OPEN,
        fill=(0.1, 0.22),
        sky=(0.34, 0.38, 0.40),
        ground=(0.17, 0.20, 0.11),
    ),
    "playground": _Ambience(
        (_SUN, _CLOUD), (0.8, 1.1), **_OPEN, fill=(0.1, 0.22), sky=(0.35, 0.38, 0.42), ground=(0.26, 0.21, 0.17)
    ),
    "street": _Ambience(
        (_CLOUD, _SUN, _LOW_SUN),
        (0.6, 1.05),
        (25, 70),
        (10, 75),
        (0.1, 0.22),
        (0.34, 0.36, 0.39),
        (0.18, 0.18, 0.18),
        (_LOW_SUN,),
    ),
    "plain": _Ambience(
        (_DAY, _LAMP, _TUBE), (0.7, 1.0), (5, 50), (10, 75), (0.12, 0.35), (0.34, 0.35, 0.36), (0.20, 0.19, 0.18)
    ),
    "studio": _Ambience(
        (_DAY,), (0.8, 1.05), (15, 45), (25, 65), (0.15, 0.45), (0.26, 0.26, 0.27), (0.18, 0.18, 0.18), (_DAY,)
    ),
}
_HUE_SPREAD = 0.05
_RIM_CHANCE = 0.5
_RIM_STRENGTH = (0.25, 0.6)


def place_light(place: str, rng: np.random.Generator) -> Light:
    """Draws a light that a place may have: two lamps, and in some places a third from behind.

    Args:
        place: one of ``spec.PLACES``, "plain" or "studio".
        rng: source of randomness.

    Returns:
        Light in linear RGB.

    Raises:
        InputError: the place is not known.
    """
    if place not in _AMBIENCES:
        raise InputError(f"place {place!r}: known are plain, studio, {', '.join(PLACES)}")
    ambience = _AMBIENCES[place]
    turn = 1.0 if rng.random() < 0.5 else -1.0
    side = rng.uniform(*ambience.side)
    hue = ambience.keys[int(rng.integers(len(ambience.keys)))]
    lamps = [
        Lamp(_towards(turn * side, rng.uniform(*ambience.height)), _dyed(rng, hue, rng.uniform(*ambience.strength)))
    ]
    sky_hue = np.array(ambience.sky) / max(ambience.sky)
    fill = _dyed(rng, sky_hue, rng.uniform(*ambience.fill))
    lamps.append(Lamp(_towards(-turn * rng.uniform(25, 80), rng.uniform(-5, 30)), fill))
    if ambience.rims and rng.random() < _RIM_CHANCE:
        rim = ambience.rims[int(rng.integers(len(ambience.rims)))]
        away = -turn * rng.uniform(115, 155)
        lamps.append(Lamp(_towards(away, rng.uniform(10, 40)), _dyed(rng, rim, rng.uniform(*_RIM_STRENGTH))))
    level = rng.uniform(0.85, 1.15)
    return Light(tuple(lamps), _dyed(rng, ambience.sky, level), _dyed(rng, ambience.ground, level))


def _towards(side: float, height: float) -> tuple[float, float, float]:
    """Unit vector to a light ``side`` degrees right of the viewer and ``height`` degrees up; y is down."""
    turn, rise = np.deg2rad(side), np.deg2rad(height)
    return float(np.sin(turn) * np.cos(rise)), float(-np.sin(rise)), float(np.cos(turn) * np.cos(rise))


def _dyed(rng: np.random.Generator, hue: tuple | np.ndarray, strength: float) -> tuple[float, float, float]:
    """A colour of some strength, its hue changed slightly."""
    red, green, blue = (np.array(hue) * strength * rng.uniform(1 - _HUE_SPREAD, 1 + _HUE_SPREAD, 3)).tolist()
    return red, green, blue
