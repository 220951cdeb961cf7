"""Finding faces with MTCNN in images of any sizes."""

import functools
import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
from PIL import Image

from fer_tf.faces.face import MTCNN_KEYPOINTS, Face
from fer_tf.faces.mtcnn import networks, pyramid
from fer_tf.faces.mtcnn.boxes import by_score, calibrate, decode, place, square, suppress

# Thresholds of the package mtcnn 1.0.0: scores, and overlaps of which the less sure box goes.
_PNET_SCORE, _RNET_SCORE, _ONET_SCORE = 0.6, 0.7, 0.8
_LEVEL_OVERLAP, _OVERLAP = 0.5, 0.7
# O-Net, the last of the three networks, looks at 48x48 pixels. Shrinking a picture so
# far that the smallest wanted face still has 48 costs nothing in accuracy.
_ENOUGH_PIXELS = networks.ONET_SIZE
# Beyond this side the image pyramid takes seconds.
_LONGEST_SIDE = 2000
# Images and crops at a time: enough for all cores, little memory.
_GROUP, _CROPS = 16, 8
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find_faces(images: Sequence[np.ndarray], min_size: float = pyramid.SMALLEST_FACE) -> list[list[Face]]:
    """Finds the faces in each image, with thresholds of the package mtcnn 1.0.0 (0.6, 0.7, 0.8).

    Images longer than 2000 pixels are searched at that size, so that the smallest face to be
    found grows with them; boxes are always in pixels of the image given. What is found in an
    image does not depend on the others. All cores work, in threads.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        min_size: least height in pixels of a face that is wanted; a larger one is faster, for
            images are shrunk until it is 48. Smaller faces may be found all the same, but
            none below 20.

    Returns:
        for each image its faces, the surest first; an empty list where there is none.

    Raises:
        InputError: the package's weights are not there.
    """
    groups = (images[start : start + _GROUP] for start in range(0, len(images), _GROUP))
    return [faces for group in groups for faces in _find(group, min_size, _threads())]


@functools.cache
def _threads() -> Executor:
    """Kept: new threads for each call take memory that does not come back."""
    return ThreadPoolExecutor(_CORES)


def _find(images: Sequence[np.ndarray], min_size: float, threads: Executor) -> list[list[Face]]:
    scales = [min(1.0, _ENOUGH_PIXELS / max(min_size, 1), _LONGEST_SIDE / max(i.shape[:2])) for i in images]
    searched = list(threads.map(_shrink, images, scales))
    candidates = _propose(searched, [min_size * scale for scale in scales], threads)
    candidates = _refine(searched, candidates, threads)
    finished = _finish(searched, candidates, threads)
    return [
        _faces(rows, points, np.divide(small.shape[1::-1], image.shape[1::-1]))
        for image, small, (rows, points) in zip(images, searched, finished, strict=True)
    ]


def _shrink(image: np.ndarray, scale: float) -> np.ndarray:
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in image.shape[:2])
        image = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
    return np.require(image, requirements=("C", "W"))  # the one kind that the loops are compiled for


def _propose(images: Sequence[np.ndarray], min_sizes: Sequence[float], threads: Executor) -> list[np.ndarray]:
    """P-Net's candidates in each image."""
    scales = [pyramid.scales(*image.shape[:2], size) for image, size in zip(images, min_sizes, strict=True)]
    levels = [(image, scale) for image, several in zip(images, scales, strict=True) for scale in several]
    found = threads.map(_propose_on_level, levels)
    together = (np.concatenate([np.empty((0, 5)), *itertools.islice(found, len(several))]) for several in scales)
    return [square(_sorted_out(rows)) for rows in together]


def _propose_on_level(level: tuple[np.ndarray, float]) -> np.ndarray:
    image, scale = level
    rows = decode(*networks.pnet(pyramid.resize(image, scale)), scale, _PNET_SCORE)
    return rows[suppress(rows, _LEVEL_OVERLAP)]


def _refine(images: Sequence[np.ndarray], candidates: list[np.ndarray], threads: Executor) -> list[np.ndarray]:
    """What R-Net leaves of the candidates of each image."""
    answers = _ask(networks.rnet, networks.RNET_SIZE, images, candidates, threads)
    refined = []
    for rows, answer in zip(candidates, answers, strict=True):
        rows = calibrate(rows, answer[:, :4], answer[:, -1])
        refined.append(square(_sorted_out(rows[rows[:, 4] > _RNET_SCORE])))
    return refined


def _finish(
    images: Sequence[np.ndarray], candidates: list[np.ndarray], threads: Executor
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Boxes (n, 5) and keypoints (n, 5, 2) of the faces in each image, after O-Net."""
    answers = _ask(networks.onet, networks.ONET_SIZE, images, candidates, threads)
    finished = []
    for rows, answer in zip(candidates, answers, strict=True):
        points = place(answer[:, 4:14], rows)
        rows = calibrate(rows, answer[:, :4], answer[:, -1])
        # The surest first; equally sure ones from the top left.
        order = np.lexsort((rows[:, 0], rows[:, 1], -rows[:, 4]))
        order = order[rows[order, 4] > _ONET_SCORE]
        order = order[suppress(rows[order], _OVERLAP, of_smaller=True)]
        finished.append((rows[order], points[order]))
    return finished


def _sorted_out(rows: np.ndarray) -> np.ndarray:
    rows = by_score(rows)
    return rows[suppress(rows, _OVERLAP)]


def _ask(
    network: Callable[[np.ndarray], np.ndarray],
    size: int,
    images: Sequence[np.ndarray],
    candidates: list[np.ndarray],
    threads: Executor,
) -> list[np.ndarray]:
    """A network's answers for the candidates of each image."""
    pieces = [[rows[i : i + _CROPS] for i in range(0, max(len(rows), 1), _CROPS)] for rows in candidates]
    work = [(image, rows) for image, several in zip(images, pieces, strict=True) for rows in several]
    answers = threads.map(lambda piece: network(pyramid.crop(*piece, size)), work)
    return [np.concatenate([next(answers) for _ in several]) for several in pieces]


def _faces(rows: np.ndarray, points: np.ndarray, factors: np.ndarray) -> list[Face]:
    """Faces in pixels of the image that was given; what was searched is ``factors`` (x, y) its size."""
    left_top, right_bottom, points = rows[:, :2] / factors, rows[:, 2:4] / factors, points / factors
    corners = np.concatenate([left_top, right_bottom - left_top], axis=1)
    return [
        Face(tuple(box), score, dict(zip(MTCNN_KEYPOINTS, map(tuple, five), strict=True)))
        for box, score, five in zip(corners.tolist(), rows[:, 4].tolist(), points.tolist(), strict=True)
    ]
