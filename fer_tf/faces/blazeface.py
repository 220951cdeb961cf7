"""Finding faces with BlazeFace, as mediapipe does it.

Bazarevsky et al. 2019 (arXiv 1907.05047); networks, anchors and thresholds of mediapipe 0.10.21.
"""

import dataclasses
import functools
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.face import BLAZEFACE_KEYPOINTS, Face
from fer_tf.faces.square import Square, check_pictures
from fer_tf.faces.tflite import BundledNetwork, Network, sigmoid

# Boxes that share more of their union than this show one face.
_SAME_FACE = 0.3
# Of the picture's longer side: a face so high leaves little room for others.
_FILLS = 0.5
# A border around tight crops, as a part of their longer side: 12 pixels of FER-2013's 48. Found
# and meshed of 1,000 of its training images (seed 0): without a border 0.920, 1/6 0.969,
# 1/4 0.976, 1/2 0.968; with the picture's edge or its mirror image instead of black 0.942 and 0.958.
CROP_BORDER = 0.25


@dataclasses.dataclass(frozen=True)
class _Kind:
    """One of the networks.

    Attributes:
        file: name of the file in ``pretrained/mediapipe``.
        side: pixels of its input.
        grids: (cells in a row, anchors in a cell) of each grid of anchors.
    """

    file: str
    side: int
    grids: tuple[tuple[int, int], ...]


KINDS = {
    "short_range": _Kind("face_detection_short_range.tflite", 128, ((16, 2), (8, 6))),
    "full_range": _Kind("face_detection_full_range_sparse.tflite", 192, ((48, 1),)),
}


def find_faces(
    images: Sequence[np.ndarray], *, kind: str = "short_range", border: float = 0.0, min_score: float = 0.5
) -> list[list[Face]]:
    """Finds the faces in each image.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        kind: "short_range", for faces of at least a tenth of the picture's longer side, or
            "full_range", for smaller ones too, three times slower.
        border: black border that is imagined around each image, as a part of its longer side;
            ``CROP_BORDER`` for pictures that a face fills.
        min_score: faces that the network is less sure of are left out, 0..1.

    Returns:
        for each image its faces with ``BLAZEFACE_KEYPOINTS``, the surest first; an empty list where
        there is none. The box reaches from the middle of the forehead to the chin.

    Raises:
        InputError: an image is not RGB uint8, or an option is impossible.
    """
    if kind not in KINDS:
        raise InputError(f"find_faces got kind {kind!r}: expected one of {', '.join(KINDS)}")
    if border < 0 or not 0 < min_score < 1:
        raise InputError(f"find_faces got border {border} and min_score {min_score}: expected >= 0 and between 0 and 1")
    check_pictures(images, "find_faces")
    work = functools.partial(_find, kind=kind, border=border, min_score=min_score)
    return _network(kind).map(work, images)


def find_in_both_ranges(images: Sequence[np.ndarray], *, min_score: float = 0.5) -> list[list[Face]]:
    """Finds near faces, far ones that are none of these, and where there is neither, one that the picture cuts.

    Behind a face that fills the picture nobody is looked for: the far range takes three times as long as the near.

    Args:
        images: as for ``find_faces``.
        min_score: as for ``find_faces``.

    Returns:
        for each image its faces, those of the short range first.

    Raises:
        InputError: as ``find_faces``.
    """
    found = find_faces(images, min_score=min_score)
    open_ = [number for number, image in enumerate(images) if not any(_fills(face, image) for face in found[number])]
    far = find_faces([images[number] for number in open_], kind="full_range", min_score=min_score)
    for number, faces in zip(open_, join_ranges([found[number] for number in open_], far), strict=True):
        found[number] = faces
    empty = [number for number, faces in enumerate(found) if not faces]
    cut = find_faces([images[number] for number in empty], border=CROP_BORDER, min_score=min_score)
    for number, faces in zip(empty, cut, strict=True):
        found[number] = faces
    return found


def _fills(face: Face, image: np.ndarray) -> bool:
    return max(face.box[2:]) > _FILLS * max(image.shape[:2])


def join_ranges(near: Sequence[list[Face]], far: Sequence[list[Face]]) -> list[list[Face]]:
    """Faces of the short range, then those of the full range that are none of these.

    On 70 rendered scenes with 131 people, some of them half outside, the short range finds 98 faces, both find
    110 (MTCNN 118). Their scores do not compare.

    Args:
        near: faces of each image, of the short range.
        far: of the full range.
    """
    return [
        one + [face for face in other if not any(_same(face, known) for known in one)]
        for one, other in zip(near, far, strict=True)
    ]


def _same(one: Face, other: Face) -> bool:
    """Whether the middle of one box lies in the other."""
    left, top, width, height = other.box
    x, y = one.box[0] + one.box[2] / 2, one.box[1] + one.box[3] / 2
    return left <= x <= left + width and top <= y <= top + height


@functools.cache
def _network(kind: str) -> BundledNetwork:
    return BundledNetwork(KINDS[kind].file)


def _find(network: Network, image: np.ndarray, kind: str, border: float, min_score: float) -> list[Face]:
    height, width = image.shape[:2]
    square = Square((width / 2, height / 2), max(height, width) * (1 + 2 * border))
    pixels = square.cut(image, KINDS[kind].side, cv2.BORDER_CONSTANT)
    numbers, logits = network(np.multiply(pixels, 1 / 127.5, dtype=np.float32) - 1)
    scores = sigmoid(logits[:, 0])
    sure = np.flatnonzero(scores >= min_score)
    points = _decode(numbers[sure], anchors(kind)[sure], KINDS[kind].side)
    kept = (points[:, 1] >= points[:, 0]).all(axis=1)
    merged, scores = _merge(points[kept], scores[sure][kept])
    return [_face(square.to_picture(one), score) for one, score in zip(merged, scores, strict=True)]


@functools.cache
def anchors(kind: str = "short_range") -> np.ndarray:
    """Centres of the cells that the network's answers are relative to.

    Args:
        kind: as for ``find_faces``.

    Returns:
        float64 (answers, 2): x and y, 0..1, row by row, grid by grid, repeated for each anchor of a cell.
    """
    parts = []
    for cells, repeats in KINDS[kind].grids:
        middles = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
        parts.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(parts)


def _decode(numbers: np.ndarray, centres: np.ndarray, side: int) -> np.ndarray:
    """Some of the network's answers (answers, 16) as (answers, 8, 2): left top, right bottom, six keypoints, 0..1.

    An answer holds centre, size and keypoints in pixels of the input, all but the size from its anchor.
    """
    pairs = numbers.astype(np.float64).reshape(-1, 8, 2) / side
    half = pairs[:, 1:2] / 2
    pairs += centres[:, None]
    return np.concatenate([pairs[:, :1] - half, pairs[:, :1] + half, pairs[:, 2:]], axis=1)


def _merge(points: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One answer for each face: the mean of all that overlap its surest, weighted by score.

    mediapipe's non_max_suppression_calculator.cc, WEIGHTED.
    """
    order = np.argsort(-scores, kind="stable")
    points, scores = points[order], scores[order]
    merged, best = [], []
    while len(scores):
        same = _overlaps(points) > _SAME_FACE
        same[0] = True  # also when its box is empty
        merged.append(np.average(points[same], axis=0, weights=scores[same]))
        best.append(scores[0])
        points, scores = points[~same], scores[~same]
    return np.array(merged).reshape(-1, 8, 2), np.array(best)


def _overlaps(points: np.ndarray) -> np.ndarray:
    """(faces,): intersection over union of each box with the first."""
    lefts, rights = points[:, 0], points[:, 1]
    shared = np.maximum(np.minimum(rights, rights[0]) - np.maximum(lefts, lefts[0]), 0).prod(axis=1)
    areas = (rights - lefts).prod(axis=1)
    union = areas + areas[0] - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union > 0)


def _face(points: np.ndarray, score: float) -> Face:
    (left, top), (right, bottom) = points[:2].tolist()
    keypoints = dict(zip(BLAZEFACE_KEYPOINTS, map(tuple, points[2:].tolist()), strict=True))
    return Face(box=(left, top, right - left, bottom - top), score=float(score), keypoints=keypoints)
