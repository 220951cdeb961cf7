"""The hair of a head: cover of the scalp, locks, fringe, baby hair, tail or bun."""

import functools
from typing import Protocol

import numpy as np

from fer_tf.synthesis.render.hair import tied
from fer_tf.synthesis.render.hair.comb import combed, tangential
from fer_tf.synthesis.render.hair.growth import Habit, HeadSpace, curl, cut_at, gather, grow, head_space, unit
from fer_tf.synthesis.render.hair.hairline import (
    Unevenness,
    angles_of,
    direction_of,
    edge_roots,
    hairline,
    roots,
)
from fer_tf.synthesis.render.hair.hats import under_hat
from fer_tf.synthesis.render.hair.locks import STRAND, Locks, faded, joined, lock_colours, ribbon_surface
from fer_tf.synthesis.render.hair.styles import STYLES, Style
from fer_tf.synthesis.render.skin.tones import skin_colour
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles, to_linear

_STREAM = 7121  # keeps these random numbers apart from those of other parts with the same seed
_COVER_ROWS, _COVER_COLUMNS, _COVER_LIFT = 9, 56, 0.012
_COVER_INSET = 2.0  # degrees inside the hairline
_BABY_HAIRS = 170
_EDGE_DEGREES = 6.5  # so far inside the hairline the hair is full
_EDGE_SKIN = 0.42  # share of the skin in the colour of the thin hair at the edge
_FRINGE_LOCKS, _FRINGE_LEVEL = 260, -0.28
_MALE_RECEDE = 2.0
# Subjects are drawn one after the other, with and without hats; a few are kept for sheets that mix them.
_HAIRS_KEPT = 16
# A bald head keeps a wreath from this age on.
_WREATH_AGE = 38.0


class HasLandmarks(Protocol):
    """The part of ``head.build.Head`` that hair needs."""

    neutral: np.ndarray


def hair_surfaces(subject: Subject, head: HasLandmarks, covered: float | None = None) -> tuple[Surface, ...]:
    """The hair on a subject's head: it lies on the skull, which no expression moves.

    It is grown once and remembered for the last few subjects.

    Args:
        subject: style, colour, age and seed count.
        head: its ``neutral`` landmarks, float (468, 3), E.
        covered: elevation in degrees above which a hat hides (and flattens) the hair, -90 all of it; None: no hat.

    Returns:
        No surface, or one named "hair".
    """
    return _grown(subject, np.asarray(head.neutral, np.float32).tobytes(), covered)


@functools.lru_cache(maxsize=_HAIRS_KEPT)
def _grown(subject: Subject, neutral: bytes, covered: float | None) -> tuple[Surface, ...]:
    """The hair on a head whose landmarks at rest are the bytes of float32 (468, 3)."""
    style = STYLES[subject.hair_style]
    shaven = subject.hair_style == "bald" and subject.age < _WREATH_AGE
    if shaven or (covered is not None and covered <= -90):
        return ()
    landmarks = np.frombuffer(neutral, np.float32).reshape(-1, 3)
    space, rng = head_space(landmarks), np.random.default_rng([_STREAM, subject.seed])
    recede = style.recede + _MALE_RECEDE * subject.gender + rng.uniform(-2.0, 2.0)
    bunches = [_scalp_locks(style, space, subject, recede, rng)]
    if style.top >= 90.0:
        bunches.append(_baby_hair(style, space, subject, recede, rng))
    if style.fringe != "none":
        bunches.append(_fringe(style, space, subject, recede, rng))
    if style.extra != "none":
        bunches.append(tied.tail_or_bun(style.extra, space, subject, rng))
    parts = [ribbon_surface(locks, "hair", rng) for locks in bunches]
    if style.top >= 90.0:
        parts.append(_cover(style, space, subject, recede, rng))
    hair = joined(parts, "hair")
    if covered is None:
        return (hair,)
    hidden = under_hat(hair, space, covered)
    return (hidden,) if len(hidden.triangles) else ()


def _scalp_locks(style: Style, space: HeadSpace, subject: Subject, recede: float, rng: np.random.Generator) -> Locks:
    """The locks that grow all over the scalp."""
    direction, inside = roots(style.count, recede, style.top, rng)
    if style.comb == "out":
        return _coils(style, space, subject, direction, inside, rng)
    if style.comb == "tie":
        return tied.pulled_back(style, space, subject, direction, inside, rng)
    count, (_, elevation) = len(direction), angles_of(direction)
    layer = rng.uniform(*style.layer, count) * np.clip(0.35 + inside / 18, 0, 1)
    comb = _disordered(style, direction, combed(style, direction), rng)
    length = _lengths(style, direction, elevation, inside, rng)
    habit = Habit(style.segments, style.gravity, style.settle, style.tube, fringe=style.fringe == "side")
    points = grow(space, space.on_scalp(direction, 0.004), comb, length, layer, habit)
    leaders = rng.permutation(count)[: max(1, count // 7)]
    # A fourth coordinate keeps locks on both sides of a parting apart.
    places = np.column_stack([direction, np.where(direction[:, 0] < style.part, -0.5, 0.5)])
    points = gather(points, places, leaders, style.clump)
    points = _curled(style, points, direction, rng)
    if style.level is not None:
        points = cut_at(points, style.level + rng.normal(0, 0.05, count))
    shade = 0.7 + 0.35 * (layer - style.layer[0]) / (style.layer[1] - style.layer[0])
    thin = np.clip(0.3 + inside / 10, 0.3, 1) * rng.uniform(0.6, 1.3, count)
    colour = lock_colours(subject.hair_colour, subject.age, count, rng) * shade[:, None]
    skin = skin_colour(subject)
    root = faded(colour, skin, np.maximum(style.scalp, _EDGE_SKIN * np.clip(1 - inside / _EDGE_DEGREES, 0, 1)))
    return Locks(points, space.outwards(points, style.tube), style.width * thin, colour, root)


def _lengths(
    style: Style, direction: np.ndarray, elevation: np.ndarray, inside: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Length of each lock, E float (N,): by place, shorter at the edge of short cuts."""
    top, sides, back = style.length
    upper = np.clip((elevation - 22) / 28, 0, 1)
    behind = np.clip(-direction[:, 2] / 0.6, 0, 1)
    length = top * upper + (sides * (1 - behind) + back * behind) * (1 - upper)
    edge = 1.0 if style.tube else np.clip(0.45 + inside / 16, 0, 1)
    uneven = 1 + 0.1 * Unevenness(rng, 4.0)(direction) + 0.12 * rng.normal(size=len(length))
    return np.maximum(length * edge * uneven.clip(0.5, 1.5), 0.012)


def _disordered(style: Style, direction: np.ndarray, comb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The combed directions, turned a little lock by lock and region by region, and raised."""
    across = np.cross(direction, comb)
    turn = style.disorder * (0.8 * Unevenness(rng, 3.0)(direction) + 0.7 * rng.normal(size=len(direction)))
    upper = np.clip((0.2 - direction[:, 1:2]) / 0.6, 0.25, 1)  # at sides and nape hair lies flat
    rise = style.rise * rng.uniform(0.5, 1.2, (len(direction), 1)) * upper
    return unit(comb + across * turn[:, None] + direction * rise).astype(np.float32)


def _curled(style: Style, points: np.ndarray, direction: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Waves or curls; neighbours swing together."""
    radius, turns, flat = style.curl
    if not radius:
        return points
    count = len(points)
    phase = 2.0 * Unevenness(rng, 3.5)(direction) + rng.uniform(-1, 1, count)
    return curl(points, radius * rng.uniform(0.6, 1.3, count), turns * rng.uniform(0.8, 1.2, count), phase, flat)


def _coils(
    style: Style,
    space: HeadSpace,
    subject: Subject,
    direction: np.ndarray,
    inside: np.ndarray,
    rng: np.random.Generator,
) -> Locks:
    """Small coils that fill the outer shell of an afro."""
    count = len(direction)
    puff = np.clip(0.25 + inside / 28, 0, 1) * (1 + 0.08 * Unevenness(rng, 4.0)(direction))
    low, high = style.layer
    depth = rng.random(count) ** 0.5
    lift = (low + (high - low) * depth) * puff
    start = space.on_scalp(direction, lift)
    way = unit(rng.normal(size=(count, 3)) + 0.7 * direction)
    share = np.linspace(-0.5, 0.5, style.segments + 1)[None, :, None]
    points = start[:, None] + way[:, None] * share * rng.uniform(0.06, 0.13, (count, 1, 1))
    points = _curled(style, points, direction, rng)
    colour = lock_colours(subject.hair_colour, subject.age, count, rng) * (0.55 + 0.5 * depth[:, None])
    return Locks(points, space.outwards(points), style.width * rng.uniform(0.6, 1.3, count), colour)


def _baby_hair(style: Style, space: HeadSpace, subject: Subject, recede: float, rng: np.random.Generator) -> Locks:
    """Single short hairs about the hairline, which break its edge."""
    direction = edge_roots(_BABY_HAIRS, recede, rng)
    comb = combed(style, direction)
    comb = unit(comb + 0.35 * rng.normal(size=comb.shape) + 0.15 * direction).astype(np.float32)
    longest = min(0.16, 0.05 + 0.6 * style.length[1])
    length, layer = rng.uniform(0.03, longest, _BABY_HAIRS), rng.uniform(0.008, 0.02, _BABY_HAIRS)
    points = grow(space, space.on_scalp(direction, 0.003), comb, length, layer, Habit(3, 0.15, 0.8))
    colour = lock_colours(subject.hair_colour, subject.age, _BABY_HAIRS, rng)
    colour = faded(colour, skin_colour(subject), np.full(_BABY_HAIRS, _EDGE_SKIN))
    return Locks(points, space.outwards(points), rng.uniform(0.008, 0.016, _BABY_HAIRS), colour)


def _fringe(style: Style, space: HeadSpace, subject: Subject, recede: float, rng: np.random.Generator) -> Locks:
    """Locks combed down over the forehead, straight or to one side."""
    azimuth = rng.uniform(-50, 50, _FRINGE_LOCKS)
    elevation = hairline(azimuth, recede) + rng.uniform(-1, 26, _FRINGE_LOCKS)
    direction = direction_of(azimuth, elevation)
    aside = 0.0 if style.fringe == "straight" else -np.sign(style.part) * 0.9
    wanted = np.stack([aside + 0.15 * azimuth / 50, np.ones(_FRINGE_LOCKS), np.full(_FRINGE_LOCKS, 0.5)], 1)
    comb = _disordered(style, direction, tangential(wanted, direction), rng)
    layer = rng.uniform(0.025, 0.075, _FRINGE_LOCKS)
    habit = Habit(7, 0.6, 0.6, fringe=True)
    points = grow(space, space.on_scalp(direction, 0.01), comb, np.full(_FRINGE_LOCKS, 1.15), layer, habit)
    drop = 0.0 if style.fringe == "straight" else 0.18
    level = _FRINGE_LEVEL - drop + 0.1 * (azimuth / 50) ** 2 + rng.normal(0, 0.035, _FRINGE_LOCKS)
    points = cut_at(gather(points, direction, rng.permutation(_FRINGE_LOCKS)[:28], 0.35), level)
    colour = lock_colours(subject.hair_colour, subject.age, _FRINGE_LOCKS, rng)
    return Locks(points, space.outwards(points), style.width * rng.uniform(0.5, 1.1, _FRINGE_LOCKS), colour)


def _cover(style: Style, space: HeadSpace, subject: Subject, recede: float, rng: np.random.Generator) -> Surface:
    """A skin of dark hair just above the scalp, so that none shows between the locks."""
    azimuth = np.linspace(-180, 180, _COVER_COLUMNS, endpoint=False)
    edge = hairline(azimuth, recede) + _COVER_INSET
    edge = edge + 2.0 * Unevenness(rng, 9.0)(direction_of(azimuth, edge))
    share = np.linspace(0, 1, _COVER_ROWS)[:, None] ** 1.3
    elevation = 89.5 + (edge - 89.5) * share
    direction = direction_of(np.broadcast_to(azimuth, elevation.shape), elevation)
    lift = np.full(elevation.shape, _COVER_LIFT)
    if style.comb == "out":
        lift = 0.85 * style.layer[1] * np.clip(1.02 - share, 0.0, 0.5) / 0.5
        lift = lift * (1 + 0.1 * Unevenness(rng, 8.0)(direction))
    vertices = space.on_scalp(direction, lift).reshape(-1, 3)
    flat = direction.reshape(-1, 3)
    hair = to_linear(subject.hair_colour) * style.cover * (1 + 0.08 * rng.normal(size=(len(flat), 1)))
    bare = np.maximum(style.scalp, _EDGE_SKIN * share**8)
    colour = faded(hair, skin_colour(subject), np.broadcast_to(bare, elevation.shape).ravel())
    u = np.broadcast_to(np.radians(azimuth) * 0.8 / STRAND, elevation.shape)
    v = np.broadcast_to(0.3 + 0.7 * share**12, elevation.shape)
    return Surface(
        vertices=vertices,
        triangles=grid_triangles(_COVER_ROWS, _COVER_COLUMNS, closed=True),
        material=Material.HAIR,
        colour=np.clip(colour, 0, 1),
        name="hair",
        uv=np.stack([u, v], -1).reshape(-1, 2).astype(np.float32),
        tangent=combed(style, flat).astype(np.float32),
        two_sided=True,
    )
