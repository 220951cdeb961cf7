"""The fringe of lashes along the upper lids."""

import functools

import numpy as np

from fer_tf.synthesis.render.head.eyes import Socket
from fer_tf.synthesis.render.head.topology import mesh, smoothstep
from fer_tf.synthesis.render.spec import Subject
from fer_tf.synthesis.render.surface import Material, Surface, to_linear

_COLOUR = (24.0, 18.0, 16.0)
_OLD_GREY = 0.35
# Length by gender (index in labels.GENDERS) and half width at the root, E.
_LENGTHS, _HALF_WIDTH = (0.042, 0.030), 0.0035
# A lash leaves the lid forwards and a little down, then bends up; its parts' directions.
_ROOT_UP, _TIP_UP, _FAN = -0.25, 0.75, 0.9
_NAMES = ((33, 133, 159), (263, 362, 386))


@functools.lru_cache(maxsize=1)
def _edges() -> tuple[np.ndarray, np.ndarray]:
    """Refined vertices of the upper lids' edges from the outer to the inner corner, without the corners."""
    edges = []
    for border, (outer, inner, upper) in zip(mesh().eyes, _NAMES, strict=True):
        loop = np.roll(border, -int(np.flatnonzero(border == outer)[0]))
        end = int(np.flatnonzero(loop == inner)[0])
        forth, back = loop[1:end], loop[:end:-1]
        edges.append(forth if upper in forth else back)
    return edges[0], edges[1]


def lash_surface(subject: Subject, fine: np.ndarray, places: tuple[Socket, Socket]) -> Surface:
    """Lashes of both eyes, each two quads that narrow to a point.

    Args:
        subject: whose.
        fine: float (F, 3), the fine face.
        places: the eyeballs.

    Returns:
        The surface "lashes", of HAIR.
    """
    length = _LENGTHS[subject.gender]
    parts = []
    for edge, place in zip(_edges(), places, strict=True):
        root = fine[edge]
        share = np.linspace(0, 1, len(edge))[:, None]
        # Longest over the outer part, none at the inner corner.
        long = length * (smoothstep(0.0, 0.12, share) * (1 - 0.75 * smoothstep(0.45, 1.0, share)))
        out = root - place.centre
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        fan = np.column_stack([_FAN * out[:, 0], np.zeros(len(out)), np.abs(out[:, 2])])
        along = np.gradient(root, axis=0)
        along *= _HALF_WIDTH / np.linalg.norm(along, axis=1, keepdims=True)
        middle = root + 0.5 * long * (fan - (0.0, _ROOT_UP, 0.0))
        tip = middle + 0.5 * long * (0.6 * fan - (0.0, _TIP_UP, 0.0))
        parts.append(np.stack([root - along, root + along, middle - 0.6 * along, middle + 0.6 * along, tip], 1))
    lash = np.concatenate(parts)
    vertices = lash.reshape(-1, 3).astype(np.float32)
    tangent = np.repeat(lash[:, 4] - (lash[:, 0] + lash[:, 1]) / 2, 5, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    colour = np.array(_COLOUR) + _OLD_GREY * max(0.0, subject.age - 60)
    return Surface(
        vertices,
        _triangles(len(lash)),
        Material.HAIR,
        np.broadcast_to(to_linear(colour), vertices.shape).astype(np.float32),
        "lashes",
        uv=np.tile(np.float32([(0.1, 0), (0.9, 0), (0.2, 0.4), (0.8, 0.4), (0.5, 0.6)]), (len(lash), 1)),
        tangent=tangent.astype(np.float32),
        two_sided=True,
    )


@functools.lru_cache(maxsize=4)
def _triangles(count: int) -> np.ndarray:
    one = np.array([(0, 1, 2), (1, 3, 2), (2, 3, 4)], np.int32)
    return (one[None] + 5 * np.arange(count, dtype=np.int32)[:, None, None]).reshape(-1, 3)
