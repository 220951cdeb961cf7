"""Moustache, goatee and beards of short locks that grow from the face and move with it.

They are grown once, on the face at rest; an expression only carries every lock along with its root.
"""

import dataclasses
import functools
from typing import Protocol

import numpy as np

from fer_tf.synthesis.render.hair.growth import DOWN, unit
from fer_tf.synthesis.render.hair.locks import Locks, lock_colours, ribbon_surface
from fer_tf.synthesis.render.head import topology
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Surface

_STREAM = 7122  # keeps these random numbers apart from those of other parts with the same seed
_SEGMENTS, _POOL = 4, 14000
# Upper end of a beard on the cheek: distance from the middle, and height there, both E.
_CHEEK_LINE = (0.26, 0.38, 0.49, 0.59, 0.66, 0.74), (0.765, 0.63, 0.535, 0.43, 0.24, -0.05)
# Kept free: the lips, as an ellipse (centre's y, half width, half height).
_LIPS = 0.680, 0.290, 0.136
# Of each kind: locks, longest lock on lip, cheek and chin, E.
_KINDS = {
    "moustache": (170, 0.12, 0.0, 0.0),
    "goatee": (330, 0.11, 0.0, 0.2),
    "full_beard": (950, 0.11, 0.1, 0.22),
}
_WIDTH, _LONG_WIDTH = 0.02, 0.034
_SHADE = ((0.0, 0.7), (0.4, 0.95), (1.0, 1.1))
# How far from its zone's edge (E) a lock reaches its full length.
_SOFT_EDGE = np.array([0.025, 0.07, 0.07])[:, None]  # lip, cheek, chin
_DARKER = 0.8  # a beard, than the hair of the head
# Subjects are drawn one after the other; a few are kept for sheets that mix them.
_BEARDS_KEPT = 8


class HasLandmarks(Protocol):
    """The part of ``head.build.Head`` that facial hair needs."""

    landmarks: np.ndarray
    neutral: np.ndarray


@dataclasses.dataclass(frozen=True)
class _Beard:
    """A beard on a face at rest.

    Attributes:
        surface: its locks one after the other, all of as many vertices.
        corners: int (N, 3), landmarks round the root of each lock.
        weights: float32 (N, 3) of these landmarks.
    """

    surface: Surface
    corners: np.ndarray
    weights: np.ndarray

    def on(self, head: HasLandmarks) -> Surface:
        """The beard on a head with an expression."""
        moved = np.asarray(head.landmarks - head.neutral, np.float32)
        shift = np.einsum("nk,nkd->nd", self.weights, moved[self.corners])
        vertices = self.surface.vertices.reshape(len(shift), -1, 3) + shift[:, None]
        return dataclasses.replace(self.surface, vertices=vertices.reshape(-1, 3))


def facial_hair_surfaces(subject: Subject, head: HasLandmarks) -> tuple[Surface, ...]:
    """A subject's moustache, goatee or full beard.

    Args:
        subject: kind, colour, age and seed count.
        head: its ``landmarks`` with the expression and ``neutral`` without, float (468, 3) E.

    Returns:
        One surface named "facial_hair"; none for "none" and "stubble", which the skin shows.
    """
    if subject.facial_hair not in _KINDS:
        return ()
    return (_own_beard(subject, np.asarray(head.neutral, np.float32).tobytes()).on(head),)


def full_beard_surfaces(
    subject: Subject, head: HasLandmarks, length: float = 0.6, fineness: int = 1
) -> tuple[Surface, ...]:
    """A big beard that hides jaw, chin and moustache zone but not the lips.

    Args:
        subject: colour, age and seed count, not its own facial hair.
        head: its ``landmarks`` with the expression and ``neutral`` without, float (468, 3) E.
        length: of the longest locks, at the chin, E, 0.1..1.5.
        fineness: so many times more and narrower locks, for large pictures.

    Returns:
        One surface named "beard".
    """
    lengths = (0.10, 0.12 + 0.35 * length, length)
    count, width = 1500 * fineness, _LONG_WIDTH / fineness
    return (_grown(subject, head.neutral, "full_beard", count, lengths, width, "beard").on(head),)


@functools.lru_cache(maxsize=_BEARDS_KEPT)
def _own_beard(subject: Subject, neutral: bytes) -> _Beard:
    """A subject's facial hair on its face at rest, the bytes of float32 (468, 3)."""
    landmarks = np.frombuffer(neutral, np.float32).reshape(-1, 3)
    count, *lengths = _KINDS[subject.facial_hair]
    return _grown(subject, landmarks, subject.facial_hair, count, tuple(lengths), _WIDTH, "facial_hair")


@functools.lru_cache(maxsize=1)
def _pool() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evenly strewn places on the lower face: vertices int (N, 3), weights (N, 3), neutral points (N, 3)."""
    triangles = topology.face_triangles()
    face = topology.neutral_face()
    corners = face[triangles]
    low = corners[..., 1].max(1) > -0.1
    triangles, corners = triangles[low], corners[low]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    rng = np.random.default_rng(_STREAM)
    chosen = rng.choice(len(triangles), _POOL, p=area / area.sum())
    first, second = np.sqrt(rng.random(_POOL)), rng.random(_POOL)
    weights = np.stack([1 - first, first * (1 - second), first * second], axis=1)
    return triangles[chosen], weights, np.einsum("nk,nkd->nd", weights, corners[chosen])


def _zones(kind: str, place: np.ndarray) -> np.ndarray:
    """How far inside the lip's, cheek's and chin's zone neutral points (N, 3) lie, E, float (3, N)."""
    side, y = np.abs(place[:, 0]), place[:, 1]
    middle, wide, high = _LIPS
    off_lips = (np.hypot(side / wide, (y - middle) / high) - 1) * high
    lip = np.minimum.reduce([y - (0.478 + 0.3 * side), 0.36 - side, 0.715 - y, off_lips + 0.02])
    droop = np.minimum.reduce([0.055 - np.abs(side - 0.325), y - 0.645, 1.03 - y])
    patch = np.minimum(0.06 - side, y - 0.81)
    chin = np.maximum.reduce([np.minimum(0.3 - side, y - 0.86), patch, droop])
    cheek = y - np.interp(side, *_CHEEK_LINE)
    absent = np.full_like(side, -1.0)
    if kind == "moustache":
        return np.stack([lip, absent, absent])
    if kind == "goatee":
        return np.stack([lip, absent, np.minimum(chin, off_lips)])
    return np.stack([lip, np.minimum(cheek, off_lips), np.minimum(chin, off_lips)])


def _grown(
    subject: Subject,
    landmarks: np.ndarray,
    kind: str,
    count: int,
    lengths: tuple[float, float, float],
    width: float,
    name: str,
) -> _Beard:
    """The locks of one beard."""
    rng = np.random.default_rng([_STREAM, subject.seed])
    vertices, weights, place = _pool()
    inside = _zones(kind, place) / _SOFT_EDGE
    density = np.clip(inside.max(0) + 0.25, 0, 1)
    chosen = rng.choice(_POOL, min(count, int((density > 0).sum())), replace=False, p=density / density.sum())
    count = len(chosen)
    side, inside = place[chosen, 0], np.clip(inside[:, chosen] + 0.3, 0, 1)
    length = (inside * np.array(lengths)[:, None]).max(0)
    length = np.maximum(length, 0.025) * rng.uniform(0.6, 1.15, count)
    roots = np.einsum("nk,nkd->nd", weights[chosen], landmarks[vertices[chosen]])
    normal = np.einsum("nk,nkd->nd", weights[chosen], _normals(landmarks)[vertices[chosen]])
    is_lip = inside[0] > inside[1:].max(0)
    # The moustache is parted below the nose; the rest hangs down and a little to the middle.
    lateral = np.where(is_lip, np.sign(side) * (0.35 + 2.2 * np.abs(side)), -0.25 * side)
    forward = np.where(is_lip, 0.25, 0.45)
    way = DOWN + lateral[:, None] * np.array([1.0, 0.0, 0.0]) + forward[:, None] * normal
    way = unit(way + 0.22 * rng.normal(size=way.shape))
    points = _hanging(roots, way, normal, length)
    shade = _DARKER * rng.uniform(0.7, 1.1, (count, 1))
    colour = lock_colours(subject.hair_colour, subject.age, count, rng) * shade
    facing = np.broadcast_to(unit(normal + np.array([0, -0.3, 0.5]))[:, None], points.shape)
    locks = Locks(points.astype(np.float32), facing, width * rng.uniform(0.5, 1.2, count), colour.astype(np.float32))
    surface = ribbon_surface(locks, name, rng, _SHADE)
    return _Beard(surface, vertices[chosen], weights[chosen].astype(np.float32))


def _hanging(roots: np.ndarray, way: np.ndarray, normal: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Lines (N, _SEGMENTS + 1, 3) that leave the skin along ``way`` and bend down."""
    points = [roots - 0.004 * normal]
    for number in range(1, _SEGMENTS + 1):
        share = number / _SEGMENTS
        bent = unit(way * (1 - 0.5 * share) + DOWN * 0.5 * share)
        points.append(points[-1] + bent * (length / _SEGMENTS)[:, None])
    return np.stack(points, axis=1)


def _normals(landmarks: np.ndarray) -> np.ndarray:
    """Unit normals of the face at its landmarks, float (468, 3)."""
    triangles = topology.face_triangles()
    a, b, c = (landmarks[triangles[:, corner]] for corner in range(3))
    facets = np.cross(b - a, c - a)
    normals = np.zeros((len(landmarks), 3))
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], facets)
    return unit(normals)
