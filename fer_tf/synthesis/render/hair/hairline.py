"""Where hair grows: roots on the scalp with a natural, irregular edge."""

import numpy as np

from fer_tf.synthesis.render.hair.growth import unit

# Elevation of the hairline (degrees) by the distance of the azimuth from the forehead's middle:
# forehead, temple, sideburn before the ear, above the ear, nape.
_AZIMUTH = (0, 18, 31, 43, 51, 58, 66, 77, 84, 104, 112, 126, 180)
_ELEVATION = (31, 33, 35, 29, 15, 2, -11, -15, 4, 4, -12, -28, -36)
# Degrees over which the hair thickens from the edge inwards.
_SOFT_EDGE = 9.0
_NOISE_DEGREES = 1.8
# Roots behind the ears are seldom seen: this share of them is enough.
_BACK_SHARE, _BACK_DEPTH = 0.55, -0.45
_GOLDEN = np.pi * (3 - np.sqrt(5))


def hairline(azimuth: np.ndarray, recede: float = 0.0) -> np.ndarray:
    """Elevation in degrees where the hair begins.

    Args:
        azimuth: degrees, any shape, -180..180.
        recede: degrees that it has gone back over forehead and temples.
    """
    side = np.abs(azimuth)
    front = np.clip((62 - side) / 20, 0, 1) * (0.6 + 0.4 * np.clip(side / 30, 0, 1))
    return np.interp(side, _AZIMUTH, _ELEVATION) + recede * front


def angles_of(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation in degrees of unit vectors (..., 3)."""
    azimuth = np.degrees(np.arctan2(direction[..., 0], direction[..., 2]))
    return azimuth, np.degrees(np.arcsin(np.clip(-direction[..., 1], -1, 1)))


def direction_of(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Unit vectors float (..., 3) from angles in degrees (arrays of one shape)."""
    azimuth, elevation = np.radians(azimuth), np.radians(elevation)
    level = np.cos(elevation)
    return np.stack([np.sin(azimuth) * level, -np.sin(elevation), np.cos(azimuth) * level], axis=-1)


class Unevenness:
    """Smooth random numbers on the sphere, mean 0 and deviation about 1: neighbours are alike."""

    def __init__(self, rng: np.random.Generator, frequency: float, waves: int = 5) -> None:
        self._ways = rng.normal(size=(3, waves)) * frequency
        self._phases = rng.uniform(0, 2 * np.pi, waves)
        self._scale = np.sqrt(2 / waves)

    def __call__(self, direction: np.ndarray) -> np.ndarray:
        """Values for unit vectors (..., 3)."""
        return np.sin(direction @ self._ways + self._phases).sum(-1) * self._scale


def roots(count: int, recede: float, top: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spread roots that thin out at the hairline.

    Args:
        count: how many a scalp with a full head of hair would have.
        recede: see ``hairline``.
        top: elevation in degrees above which nothing grows.
        rng: of the spread.

    Returns:
        unit vectors float (N, 3) and how far each root lies inside the hairline, degrees float (N,).
    """
    total = int(count * 1.9)
    number = np.arange(total) + 0.5
    down = 2 * number / total - 1
    turn = number * _GOLDEN
    level = np.sqrt(1 - down**2)
    sphere = np.stack([level * np.cos(turn), down, level * np.sin(turn)], axis=1)
    sphere = unit(sphere + rng.normal(size=sphere.shape) * 0.6 / np.sqrt(total))
    azimuth, elevation = angles_of(sphere)
    noise = _NOISE_DEGREES * (0.6 * Unevenness(rng, 9.0)(sphere) + 0.6 * rng.normal(size=total))
    inside = np.minimum(elevation - hairline(azimuth, recede), 1.5 * (top - elevation) + 200 * (top >= 90)) + noise
    chance = np.clip(inside / _SOFT_EDGE + 0.3, 0, 1)
    chance = chance * np.where(sphere[:, 2] < _BACK_DEPTH, _BACK_SHARE, 1.0)
    kept = (inside > -2) & (rng.random(total) < chance)
    return sphere[kept], inside[kept]


def edge_roots(count: int, recede: float, rng: np.random.Generator) -> np.ndarray:
    """Roots of baby hair strewn about the front hairline, unit vectors float (count, 3)."""
    azimuth = rng.uniform(-78, 78, count)
    elevation = hairline(azimuth, recede) + rng.normal(0.5, 2.2, count)
    return direction_of(azimuth, elevation)
