"""Ribbons from centre lines: the geometry and the colour of locks of hair."""

import dataclasses

import numpy as np

from fer_tf.synthesis.render.hair.growth import unit
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

# Width of one strand, E; the shading varies from strand to strand of a lock.
STRAND = 0.011
# Width of a lock from root to tip, as share of its own.
_PROFILE = ((0.0, 0.55), (0.25, 1.0), (0.7, 0.9), (1.0, 0.22))
# Brightness from root to tip.
_SHADE = ((0.0, 0.62), (0.2, 0.92), (0.7, 1.0), (1.0, 1.12))
# How far the colour of the root reaches, E.
_ROOT_REACH = 0.16
_TO_VIEWER, _ROLL = np.array([0.0, 0.0, 0.6], np.float32), 0.25
_LIGHTNESS_SPREAD, _WARMTH_SPREAD = 0.15, 0.04
# Greying: nothing before the first age, the largest share of locks at the second.
_GREY_AGES, _GREY_SHARE = (36.0, 75.0), 0.45
_GREY = to_linear((176.0, 174.0, 170.0))


@dataclasses.dataclass(frozen=True)
class Locks:
    """A bunch of locks.

    Attributes:
        points: float32 (N, K, 3) centre lines, E.
        facing: float32 (N, K, 3) unit normals, what each lock turns its broad side to.
        width: float32 (N,) E.
        colour: float32 (N, 3) linear RGB.
        root_colour: float32 (N, 3) linear RGB where the lock leaves the skin; None: no other.
    """

    points: np.ndarray
    facing: np.ndarray
    width: np.ndarray
    colour: np.ndarray
    root_colour: np.ndarray | None = None


def lock_colours(base: tuple, age: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Colours of locks: natural spread about one colour, and grey among them with age.

    Args:
        base: sRGB 0..255 of the hair.
        age: years.
        count: how many.
        rng: draws the spread.

    Returns:
        float32 (count, 3) linear RGB.
    """
    colour = to_linear(base) * (1 + _LIGHTNESS_SPREAD * rng.normal(size=(count, 1)).clip(-2, 2))
    colour = colour * (1 + _WARMTH_SPREAD * rng.normal(size=(count, 1)) * np.array([1.0, 0.0, -1.0]))
    share = _GREY_SHARE * np.clip((age - _GREY_AGES[0]) / (_GREY_AGES[1] - _GREY_AGES[0]), 0, 1)
    grey = (rng.random((count, 1)) < share) * rng.uniform(0.01, 0.08, (count, 1))
    return np.clip(colour * (1 - grey) + _GREY * grey, 0.002, 1).astype(np.float32)


def faded(colour: np.ndarray, skin: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Colours of hair so thin that the skin shows through.

    Args:
        colour: float (N, 3) linear RGB of the hair.
        skin: float (3,) linear RGB.
        share: float (N,) of the skin, 0..1.

    Returns:
        float32 (N, 3).
    """
    return (colour * (1 - share[:, None]) + skin * share[:, None]).astype(np.float32)


def ribbon_surface(locks: Locks, name: str, rng: np.random.Generator, shade: tuple = _SHADE) -> Surface:
    """One surface of flat tapered ribbons.

    Args:
        locks: what is to be drawn.
        name: of the surface.
        rng: numbers the strands, so that no two locks show the same pattern.
        shade: (share of the length, brightness) pairs.

    Returns:
        HAIR surface of N * K * 2 vertices and N * (K - 1) * 2 triangles, two-sided.
    """
    count, pieces = locks.points.shape[:2]
    share = np.linspace(0, 1, pieces)
    along = unit(np.gradient(locks.points, axis=1))
    # Locks turn a little to the viewer, else those at the head's outline would be seen edge on.
    facing = unit(locks.facing + _TO_VIEWER + _ROLL * rng.normal(size=(count, 1, 3)))
    across = unit(np.cross(along, facing))
    profile = np.interp(share, *zip(*_PROFILE, strict=True))
    reach = across * (locks.width[:, None] * profile / 2)[..., None]
    vertices = np.stack([locks.points - reach, locks.points + reach], axis=2)
    colour = _colour_along(locks) * np.interp(share, *zip(*shade, strict=True))[:, None]
    start = rng.integers(0, 4096, count)
    u = start[:, None] + np.stack([np.zeros(count), locks.width / STRAND], 1)
    uv = np.stack(np.broadcast_arrays(u[:, None], share[:, None]), axis=-1)
    return Surface(
        vertices=_flat(vertices),
        triangles=_ribbon_triangles(count, pieces),
        material=Material.HAIR,
        colour=_flat(np.broadcast_to(np.clip(colour, 0, 1)[:, :, None], vertices.shape)),
        name=name,
        uv=np.ascontiguousarray(uv.reshape(-1, 2), np.float32),
        tangent=_flat(np.broadcast_to(along[:, :, None], vertices.shape)),
        two_sided=True,
    )


def _colour_along(locks: Locks) -> np.ndarray:
    """Colour of each point of each lock, float (N, K, 3)."""
    if locks.root_colour is None:
        return np.repeat(locks.colour[:, None], locks.points.shape[1], axis=1)
    steps = np.linalg.norm(np.diff(locks.points, axis=1), axis=2).cumsum(1)
    root = np.clip(1 - np.pad(steps, ((0, 0), (1, 0))) / _ROOT_REACH, 0, 1)[..., None]
    return locks.colour[:, None] * (1 - root) + locks.root_colour[:, None] * root


def joined(surfaces: list[Surface], name: str) -> Surface:
    """Several HAIR surfaces as one."""
    starts = np.cumsum([0] + [len(surface.vertices) for surface in surfaces[:-1]])
    triangles = [surface.triangles + start for surface, start in zip(surfaces, starts, strict=True)]
    stack = {field: np.concatenate([getattr(s, field) for s in surfaces]) for field in ("vertices", "colour", "uv")}
    return Surface(
        **stack,
        triangles=np.concatenate(triangles).astype(np.int32),
        tangent=np.concatenate([surface.tangent for surface in surfaces]),
        material=Material.HAIR,
        name=name,
        two_sided=True,
    )


def _ribbon_triangles(count: int, pieces: int) -> np.ndarray:
    """Triangles of ribbons of pieces x 2 vertices, int32 (M, 3), facing along the locks' normals."""
    first = (np.arange(count)[:, None] * pieces + np.arange(pieces - 1)).ravel() * 2
    a, b, c, d = first, first + 1, first + 2, first + 3
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]).astype(np.int32)


def _flat(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.reshape(-1, 3), np.float32)
