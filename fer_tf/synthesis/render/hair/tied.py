"""Hair drawn back to a knot: the tight scalp locks, the tail, the bun."""

import numpy as np

from fer_tf.synthesis.render.hair.comb import KNOT
from fer_tf.synthesis.render.hair.growth import DOWN, HeadSpace, gather, unit
from fer_tf.synthesis.render.hair.locks import Locks, faded, lock_colours
from fer_tf.synthesis.render.hair.styles import Style
from fer_tf.synthesis.render.skin.tones import skin_colour
from fer_tf.synthesis.render.spec import Subject

_TAIL_LOCKS, _TAIL_SEGMENTS, _TAIL_LENGTH, _TAIL_RADIUS = 130, 10, 1.7, 0.16
_BUN_LOCKS, _BUN_SEGMENTS, _BUN_RADIUS = 170, 8, 0.3
# A bun sits this far up the back of the head, so that its top shows from the front.
_BUN_DIRECTION = unit(np.array([0.0, -0.83, -0.56]))


def knot_of(extra: str) -> np.ndarray:
    """Unit vector to where the hair is gathered, float (3,)."""
    return _BUN_DIRECTION if extra == "bun" else KNOT


def pulled_back(
    style: Style,
    space: HeadSpace,
    subject: Subject,
    direction: np.ndarray,
    inside: np.ndarray,
    rng: np.random.Generator,
) -> Locks:
    """Locks that run over the head, close to it, from their roots to the knot."""
    count = len(direction)
    share = np.linspace(0, 1, style.segments + 1)[None, :, None]
    end = unit(knot_of(style.extra) + 0.07 * rng.normal(size=(count, 3)))
    way = unit(direction[:, None] * (1 - share) + end[:, None] * share)
    lift = 0.004 + rng.uniform(*style.layer, (count, 1)) * np.minimum(1, 3 * share[..., 0])
    points = space.on_scalp(way, lift)
    colour = lock_colours(subject.hair_colour, subject.age, count, rng) * rng.uniform(0.75, 1.05, (count, 1))
    root = faded(colour, skin_colour(subject), 0.45 * np.clip(1 - inside / 5, 0, 1))
    width = style.width * rng.uniform(0.5, 1.1, count) * np.clip(0.4 + inside / 8, 0.4, 1)
    return Locks(points, space.outwards(points), width, colour, root)


def tail_or_bun(extra: str, space: HeadSpace, subject: Subject, rng: np.random.Generator) -> Locks:
    """The tail that hangs from the knot ("tail") or the hair wound round it ("bun")."""
    knot = space.on_scalp(knot_of(extra).astype(np.float32), 0.03)
    return _tail(knot, subject, rng) if extra == "tail" else _bun(knot, subject, rng)


def _tail(knot: np.ndarray, subject: Subject, rng: np.random.Generator) -> Locks:
    share = np.linspace(0, 1, _TAIL_SEGMENTS + 1)
    # An arc: back from the knot, then down; it swings to one side so that it shows beside the neck.
    swing = rng.choice([-1.0, 1.0]) * rng.uniform(0.15, 0.5)
    length = _TAIL_LENGTH * rng.uniform(0.6, 1.1)
    middle = np.stack(
        [swing * share**1.5, length * (share**1.4) - 0.08 * np.sin(np.pi * share), -0.3 * np.sin(1.7 * share)], 1
    )
    angle, reach = rng.uniform(0, 2 * np.pi, _TAIL_LOCKS), np.sqrt(rng.uniform(0.1, 1, _TAIL_LOCKS))
    round_about = np.stack([np.cos(angle), np.zeros(_TAIL_LOCKS), np.sin(angle)], 1) * reach[:, None]
    thickness = _TAIL_RADIUS * np.interp(share, (0, 0.25, 0.7, 1), (0.35, 1, 0.9, 0.3))
    points = knot + middle + round_about[:, None] * thickness[:, None]
    stop = rng.uniform(0.75, 1.0, (_TAIL_LOCKS, 1))
    points = knot + (points - knot) * (1 - (1 - stop) * share)[..., None]
    points = gather(points, unit(round_about), rng.permutation(_TAIL_LOCKS)[:20], 0.3)
    facing = np.broadcast_to(unit(round_about)[:, None], points.shape)
    colour = lock_colours(subject.hair_colour, subject.age, _TAIL_LOCKS, rng)
    return Locks(points.astype(np.float32), facing, rng.uniform(0.04, 0.07, _TAIL_LOCKS), colour)


def _bun(knot: np.ndarray, subject: Subject, rng: np.random.Generator) -> Locks:
    axis = unit(_BUN_DIRECTION + 0.2 * rng.normal(size=3))
    centre = knot + axis * 0.55 * _BUN_RADIUS
    first = unit(np.cross(axis, DOWN + 0.1))
    second = np.cross(axis, first)
    # Winding locks: each runs part of a circle round the axis at its own latitude.
    latitude = np.arcsin(rng.uniform(-0.75, 1, _BUN_LOCKS))[:, None]
    turn = rng.uniform(0, 2 * np.pi, (_BUN_LOCKS, 1)) + np.linspace(0, 1.9, _BUN_SEGMENTS + 1)
    latitude = latitude + 0.25 * np.sin(turn + rng.uniform(0, 6, (_BUN_LOCKS, 1)))
    level = np.cos(latitude)[..., None]
    normal = first * np.cos(turn)[..., None] * level + second * np.sin(turn)[..., None] * level
    normal = normal + axis * np.sin(latitude)[..., None]
    radius = _BUN_RADIUS * rng.uniform(0.86, 1.04, (_BUN_LOCKS, 1, 1))
    points = centre + normal * radius * (1 - 0.15 * np.abs(np.sin(latitude)))[..., None]
    colour = lock_colours(subject.hair_colour, subject.age, _BUN_LOCKS, rng)
    colour = colour * (0.6 + 2.6 * (radius[:, 0] / _BUN_RADIUS - 0.86))
    return Locks(points.astype(np.float32), unit(normal), rng.uniform(0.05, 0.09, _BUN_LOCKS), colour)
