"""Where in the skin's texture each action unit shows, for the truth masks."""

import functools

import cv2
import numpy as np

from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head import lids, lips, topology
from fer_tf.synthesis.render.head.eyes import sockets
from fer_tf.synthesis.render.head.muscles import pulled
from fer_tf.synthesis.render.head.shape import close_lips
from fer_tf.synthesis.render.skin import texture_space

# A vertex belongs to a unit's region if it moves by this much, E, and this share of the most; the
# margin around it, texture pixels.
_MOVES, _SHARE, _MARGIN = 0.0012, 0.03, 8
_LID_UNITS = (5, 6, 7, 9, 12, 43)
_MOUTH_UNITS = (9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28)
_JAW_UNITS = (17, 26, 27)
# Which units change what is seen of each other surface: lids bare the eyeball, lips the teeth, the jaw
# hides the neck and shades it.
SURFACE_UNITS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("eye_left", "eye_right", "lashes"), _LID_UNITS),
    **dict.fromkeys(("mouth", "teeth", "tongue"), _MOUTH_UNITS),
    "neck": _JAW_UNITS,
}


def _closed_face() -> np.ndarray:
    """The average face with its lips closed, float64 (468, 3), E."""
    points = np.array(topology.neutral_face())
    close_lips(points)
    return points


@functools.lru_cache(maxsize=1)
def displacements() -> np.ndarray:
    """How each action unit at its maximum moves the average face, float64 (24, 468, 3), E."""
    rest = _closed_face()
    places = sockets(rest)
    moves = []
    for unit in ACTION_UNITS:
        active = {unit: np.ones(2)}
        points = rest + pulled(active)
        lids.move_lids(points, rest, places, active, 0.0)
        lips.move_lips(points, rest, active)
        moves.append(points - rest)
    return np.stack(moves)


@functools.lru_cache(maxsize=1)
def unit_regions() -> np.ndarray:
    """The skin that each action unit moves, with a margin, in texture space.

    Returns:
        float32 (24, 560, 400), 0 or 1, in the order of ``labels.ACTION_UNITS``; not to be written to.
    """
    common = topology.mesh()
    coarse = topology.extend(_closed_face())
    rest = topology.refine_face(coarse)
    triangles = common.triangles
    # The rims and the skull's back share texture with the face's front: their place says nothing.
    triangles = triangles[rest[triangles, 2].min(1) > -0.8]
    pixels = np.round(texture_space.to_texture(rest)).astype(np.int32)
    regions = np.zeros((len(ACTION_UNITS), *texture_space.SHAPE), np.float32)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _MARGIN + 1, 2 * _MARGIN + 1))
    for region, move in zip(regions, displacements(), strict=True):
        moved = topology.refine_face(topology.follow(coarse, coarse[: topology.LANDMARKS] + move))
        way = np.linalg.norm(moved - rest, axis=1)
        moves = way > np.maximum(_MOVES, _SHARE * way.max())
        mask = np.zeros(texture_space.SHAPE, np.uint8)
        for triangle in pixels[triangles[moves[triangles].any(1)]]:
            cv2.fillConvexPoly(mask, triangle, 1)
        region[:] = cv2.dilate(mask, kernel)
    regions.setflags(write=False)
    return regions
