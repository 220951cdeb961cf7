"""The mesh that every head shares: face, skull behind it, and how both are refined."""

import dataclasses
import functools
import itertools
import pathlib

import numpy as np
import scipy.optimize
import scipy.sparse

from fer_tf.synthesis.render.head import indices, skull
from fer_tf.synthesis.render.head.subdivision import border_loops, loop_step, orient

LANDMARKS = 468
_HERE = pathlib.Path(__file__).parent
# The skull's rings, as part of the way from the face's outline to the back of the head.
_RING_STEPS = (0.08, 0.2, 0.36, 0.54, 0.72, 0.88)
# Below the hat line the skull is flatter than above it, and its meridians bend to the sides.
_SKULL_BELOW, _FLATTEN_BELOW = 0.92, 0.62
_REST_GONE = 0.45
# What is below the ears folds under the jaw. For each ring: x kept, y added (times the height
# below the level of the hinge), z added.
_JAW_FOLD = (
    *((0.985, 0.022, -0.07), (0.93, 0.035, -0.19), (0.82, 0.0, -0.36)),
    *((0.66, -0.15, -0.56), (0.5, -0.35, -0.75), (0.35, -0.5, -0.95)),
)
_EYE_REGION = 0.24
_FOLD_LEVEL, _FOLD_BACK = 0.2, -1.2
_FOLD_FROM, _FOLD_FULL = 0.28, 0.72
# Towards the back the folded part joins the skull's base, hidden in the neck.
_FOLD_ENDS = (0.3, 0.9)
# How far each ring follows the outline when the face moves.
_RING_FOLLOWS = (0.95, 0.8, 0.55, 0.3, 0.12, 0.04)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 at ``low``, 1 at ``high``, smooth between; ``low`` may be the greater one."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


@functools.lru_cache(maxsize=1)
def neutral_face() -> np.ndarray:
    """The average face at rest, float64 (468, 3) in E, symmetric; not to be written to."""
    points = np.loadtxt(_HERE / "neutral_face.csv", delimiter=",", skiprows=1)
    points.setflags(write=False)
    return points


@functools.lru_cache(maxsize=1)
def mirror() -> np.ndarray:
    """Of each landmark the one on the other side of the face, int64 (468,)."""
    points = neutral_face()
    distance = np.linalg.norm(points[:, None] * (-1, 1, 1) - points[None], axis=-1)
    return scipy.optimize.linear_sum_assignment(distance**2)[1]


@functools.cache
def mirrored(vertices: tuple[int, ...]) -> list[int]:
    """The same row of vertices on the image's right side."""
    return mirror()[list(vertices)].tolist()


def extend(landmarks: np.ndarray) -> np.ndarray:
    """Add the skull to a face at rest.

    Args:
        landmarks: float (468, 3), E.

    Returns:
        float64 (468 + rings * 36 + 1, 3): the landmarks, the rings from the outline back, the pole.
    """
    outline = landmarks[list(indices.OVAL)]
    centre = skull.scalp_centre(landmarks)
    right, top, front, back = (
        skull.scalp_points(landmarks, *angles) - centre
        for angles in ((90.0, 0.0), (0.0, 90.0), (0.0, 0.0), (180.0, 0.0))
    )
    way = outline[:, :2] - centre[:2]
    way[:, 1] *= np.where(way[:, 1] > 0, _FLATTEN_BELOW, 1.0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    radius = 1 / np.hypot(way[:, 0] / right[0], way[:, 1] / np.where(way[:, 1] > 0, _SKULL_BELOW, -top[1]))

    def on_skull(angle: np.ndarray) -> np.ndarray:
        depth = np.where(angle > 0, front[2], -back[2]) * np.sin(angle)
        return np.column_stack([centre[:2] + way * (radius * np.cos(angle))[:, None], centre[2] + depth])

    start = np.arcsin(np.clip((outline[:, 2] - centre[2]) / front[2], -0.3, 1.0))
    # The outline lies near the ellipsoid, not on it; the rest fades on the first rings.
    rest = outline - on_skull(start)
    fold = smoothstep(_FOLD_FROM, _FOLD_FULL, outline[:, 1])[:, None]
    rings = [landmarks]
    for step, (keep, lower, deeper) in zip(_RING_STEPS, _JAW_FOLD, strict=True):
        round_skull = on_skull(start + (-np.pi / 2 - start) * step)
        round_skull += rest * (1 - smoothstep(0.0, _REST_GONE, step))
        jaw = outline * (keep, 1.0, 1.0) + (0.0, 0.0, deeper)
        jaw[:, 1] += lower * (outline[:, 1] - _FOLD_LEVEL)
        jaw[:, 2] = np.maximum(jaw[:, 2], _FOLD_BACK)
        folded = fold * (1 - smoothstep(*_FOLD_ENDS, step))
        rings.append(round_skull * (1 - folded) + jaw * folded)
    return np.concatenate([*rings, (centre + back)[None]])


@dataclasses.dataclass(frozen=True)
class Mesh:
    """What is the same for every head.

    Attributes:
        refine: sparse (F, C): fine vertices (before the rims) from coarse ones.
        triangles: int32 (M, 3) of the fine face, rims included, outwards.
        follow: float64 (rings * 36 + 1,), how far each skull vertex follows its outline vertex.
        eyes: the lid edges, fine vertices in order, of the left and the right eye.
        mouth: the inner line of the lips, fine vertices in order.
        eye_rims: numbers of the vertices that lead from the lid edges back to the eyeballs.
        eye_regions: fine vertices in front of each eyeball, which must stay off it.
        mouth_rims: of the rows that lead from the lips into the mouth.
        count: vertices of the fine face with its rims.
    """

    refine: scipy.sparse.csr_matrix
    triangles: np.ndarray
    follow: np.ndarray
    eyes: tuple[np.ndarray, np.ndarray]
    mouth: np.ndarray
    eye_rims: tuple[np.ndarray, np.ndarray]
    eye_regions: tuple[np.ndarray, np.ndarray]
    mouth_rims: tuple[np.ndarray, ...]
    count: int


@functools.lru_cache(maxsize=1)
def mesh() -> Mesh:
    """The common mesh, made once per process (some 0.2 s)."""
    coarse = coarse_triangles()
    count = coarse_count()
    first, triangles = loop_step(count, coarse, indices.SHARP)
    second, triangles = loop_step(first.shape[0], triangles, indices.SHARP)
    refine = (second @ first).tocsr()
    # Subdivision shrinks the features; aim beyond by as much as it takes away.
    keep = scipy.sparse.identity(count, format="csr")
    refine = (refine @ (2 * keep - refine[:count])).tocsr()
    loops = {frozenset(loop.tolist()) & set(indices.SHARP): loop for loop in border_loops(triangles)}
    left, right = loops[frozenset({33, 133})], loops[frozenset({263, 362})]
    mouth = loops[frozenset({78, 308})]
    number, rims = refine.shape[0], []
    parts = [triangles]
    for loop, previous in ((left, None), (right, None), (mouth, None), (mouth, 2)):
        inner = loop if previous is None else rims[previous]
        rim = np.arange(number, number + len(loop), dtype=np.int32)
        number += len(loop)
        rims.append(rim)
        a, b, c, d = inner, np.roll(inner, -1), rim, np.roll(rim, -1)
        parts += [np.stack([b, a, c], 1), np.stack([b, c, d], 1)]
    follow = np.append(np.repeat(_RING_FOLLOWS, len(indices.OVAL)), 0.0)
    return Mesh(
        refine,
        np.concatenate(parts).astype(np.int32),
        follow,
        (left, right),
        mouth,
        (rims[0], rims[1]),
        tuple(_around_eye(refine @ extend(neutral_face()), corners) for corners in ((33, 133), (263, 362))),
        (rims[2], rims[3]),
        number,
    )


def _around_eye(fine: np.ndarray, corners: tuple[int, int]) -> np.ndarray:
    """Fine vertices near the middle between an eye's corners."""
    middle = fine[list(corners), :2].mean(0)
    return np.flatnonzero((np.linalg.norm(fine[:, :2] - middle, axis=1) < _EYE_REGION) & (fine[:, 2] > -0.2))


@functools.lru_cache(maxsize=1)
def face_triangles() -> np.ndarray:
    """The triangles of the 468 landmarks, wound outwards, int32 (852, 3)."""
    triangles = _stored_triangles()
    a, b, c = (neutral_face()[triangles[:, corner]] for corner in range(3))
    outward = (np.cross(b - a, c - a) * ((a + b + c) / 3 - (0, 0.4, -0.6))).sum(1) > 0
    return np.where(outward[:, None], triangles, triangles[:, ::-1])


def _stored_triangles() -> np.ndarray:
    return np.loadtxt(_HERE / "face_triangles.csv", delimiter=",", skiprows=1, dtype=np.int32)


def coarse_count() -> int:
    """Vertices of face and skull as ``extend`` gives them."""
    return LANDMARKS + len(_RING_STEPS) * len(indices.OVAL) + 1


@functools.lru_cache(maxsize=1)
def coarse_triangles() -> np.ndarray:
    """Triangles of face and skull as ``extend`` gives them, outwards, int32 (M, 3); not to be written to."""
    face = _stored_triangles()
    side = len(indices.OVAL)
    rings = [np.array(indices.OVAL)]
    rings += [LANDMARKS + ring * side + np.arange(side) for ring in range(len(_RING_STEPS))]
    parts = [face]
    for near, far in itertools.pairwise(rings):
        a, b, c, d = near, np.roll(near, -1), far, np.roll(far, -1)
        parts += [np.stack([a, b, c], 1), np.stack([b, d, c], 1)]
    pole = np.full(side, LANDMARKS + len(_RING_STEPS) * side)
    parts.append(np.stack([rings[-1], np.roll(rings[-1], -1), pole], 1))
    triangles = np.concatenate(parts)
    corners = neutral_face()[face[0]]
    outward = np.cross(corners[1] - corners[0], corners[2] - corners[0])[2] > 0
    return orient(triangles, bool(outward))


def refine_face(coarse: np.ndarray) -> np.ndarray:
    """Fine vertices of face and skull from coarse ones; the rims lie on their borders.

    Args:
        coarse: float (C, 3) as ``extend`` gives it.

    Returns:
        float64 (count, 3).
    """
    common = mesh()
    fine = np.empty((common.count, 3))
    inner = common.refine.shape[0]
    fine[:inner] = common.refine @ coarse
    for border, rim in zip(
        (*common.eyes, common.mouth, common.mouth), (*common.eye_rims, *common.mouth_rims), strict=True
    ):
        fine[rim] = fine[border]
    return fine


def follow(coarse_rest: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Coarse vertices of a face that moves: the skull goes along near the outline.

    Args:
        coarse_rest: float (C, 3), ``extend`` of the face at rest.
        landmarks: float (468, 3), the face as it is now.

    Returns:
        float64 (C, 3).
    """
    moved = (landmarks - coarse_rest[:LANDMARKS])[list(indices.OVAL)]
    skull_part = coarse_rest[LANDMARKS:].copy()
    skull_part[:-1] += np.tile(moved, (len(_RING_FOLLOWS), 1)) * mesh().follow[:-1, None]
    return np.concatenate([landmarks, skull_part])
