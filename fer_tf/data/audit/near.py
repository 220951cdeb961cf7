"""Near duplicates: one picture re-encoded, resized, brightened or cut a little.

Perceptual hashes of a few bits take different faces for one: at 48 pixels all faces look alike. So candidates come from
the real-valued low frequencies of all pairs, exactly and in blocks, and each is laid over the other and compared pixel
by pixel, without the coarse light and shade that all faces share.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from scipy.fft import dctn

from fer_tf.data.audit.measure import SIDE

# Low frequencies of each picture: so many in each direction, without the mean.
_LOW = 8
LENGTH = _LOW * _LOW - 1
# Pictures whose low frequencies correlate less are not looked at closer. Copies that were cut by up to 4 % a side,
# brightened and re-encoded reach it in 98 % (FER-2013) and all (rendered faces at 160 pixels) of 400 and 240.
CANDIDATE = 0.88
_BLOCK = 2048
# Of one pair of blocks, the most alike: a film of a still face must not fill the memory.
MOST_CANDIDATES = 200_000
# Smoothing in pixels of what is compared: finer is noise and JPEG, coarser the shade that all faces share.
_FINE, _COARSE = 0.7, 4.0
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 25, 1e-4)
# What is hidden by the frame is not compared; a border of this width has no neighbours to be smoothed with.
_MARGIN = 2
_FLATTEST = 4.0  # standard deviation of a picture that shows anything

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def low_frequencies(thumbnails: np.ndarray) -> np.ndarray:
    """Unit vectors whose product is the correlation of two pictures' coarse content.

    Args:
        thumbnails: uint8 (N, SIDE, SIDE).

    Returns:
        float32 (N, LENGTH); zeros for a flat picture, which is like none.
    """
    low = dctn(thumbnails.astype(np.float32), axes=(1, 2), norm="ortho")[:, :_LOW, :_LOW].reshape(-1, LENGTH + 1)[:, 1:]
    norm = np.linalg.norm(low, axis=1, keepdims=True)
    return np.divide(low, norm, out=np.zeros_like(low), where=norm > _FLATTEST * SIDE)


def aligned_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two pictures' details when one is laid over the other, -1..1.

    Args:
        one: uint8 (SIDE, SIDE).
        other: the same; moved, scaled and sheared until it fits (Evangelidis and Psarakis 2008, ECC).
    """
    fixed, moving = (cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _FINE) for picture in (one, other))
    try:
        _, warp = cv2.findTransformECC(
            fixed, moving, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, _STEPS, None, 5
        )
    except cv2.error:  # it does not converge: they have nothing in common
        return -1.0
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(moving, warp, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones_like(moving), warp, (SIDE, SIDE), flags=flags) > 0.99
    inside[:_MARGIN] = inside[-_MARGIN:] = inside[:, :_MARGIN] = inside[:, -_MARGIN:] = False
    if inside.mean() < 0.5:
        return -1.0
    details = [(picture - cv2.GaussianBlur(picture, (0, 0), _COARSE))[inside] for picture in (fixed, moved)]
    norms = [float(np.std(detail)) for detail in details]
    return float(np.corrcoef(*details)[0, 1]) if min(norms) > 0 else -1.0


class Thumbnails:
    """Pictures and their low frequencies in two files, so that memory does not grow with their number."""

    def __init__(self, folder: Path):
        """Starts empty files in a folder that is there."""
        self._pictures, self._vectors = folder / "thumbnails.bin", folder / "frequencies.bin"
        self._pictures.write_bytes(b"")
        self._vectors.write_bytes(b"")
        self.count = 0

    def append(self, thumbnails: np.ndarray) -> None:
        """Adds uint8 (N, SIDE, SIDE)."""
        for path, values in ((self._pictures, thumbnails), (self._vectors, low_frequencies(thumbnails))):
            with path.open("ab") as file:
                file.write(np.ascontiguousarray(values))
        self.count += len(thumbnails)

    def vectors(self, start: int, stop: int) -> np.ndarray:
        """Low frequencies of some pictures, float32 (stop - start, LENGTH)."""
        size = 4 * LENGTH
        values = np.fromfile(self._vectors, np.float32, (stop - start) * LENGTH, offset=start * size)
        return values.reshape(-1, LENGTH)

    def pictures(self, numbers: np.ndarray) -> dict[int, np.ndarray]:
        """Some pictures by their number, uint8 (SIDE, SIDE) each."""
        found = {}
        with self._pictures.open("rb") as file:
            for number in np.unique(numbers).tolist():
                file.seek(number * SIDE * SIDE)
                found[number] = np.frombuffer(file.read(SIDE * SIDE), np.uint8).reshape(SIDE, SIDE)
        return found


def near_pairs(
    store: Thumbnails,
    similarity: float,
    wanted: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    block: int = _BLOCK,
) -> Iterator[Pairs]:
    """Pairs of near duplicates.

    Args:
        store: the pictures.
        similarity: least ``aligned_correlation``.
        wanted: from two arrays of numbers of pictures to bool, which pairs are of interest.
        block: how many pictures are compared with as many at once.

    Yields:
        for every two blocks int (K,) and int (K,), the smaller number first, and float (K,), the correlation.
    """
    starts = range(0, store.count, block)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for row in starts:
            left = store.vectors(row, min(row + block, store.count))
            for column in starts[row // block :]:
                right = store.vectors(column, min(column + block, store.count))
                first, second = _candidates(left, right, row, column, wanted)
                scores = _correlations(store, first, second, threads)
                near = scores >= similarity
                yield first[near], second[near], scores[near]


def _candidates(left: np.ndarray, right: np.ndarray, row: int, column: int, wanted) -> tuple[np.ndarray, np.ndarray]:
    alike = left @ right.T
    first, second = np.nonzero(alike >= CANDIDATE)
    values = alike[first, second]
    first, second = first + row, second + column
    kept = first < second
    kept[kept] = wanted(first[kept], second[kept])
    first, second, values = first[kept], second[kept], values[kept]
    if len(values) > MOST_CANDIDATES:
        chosen = np.argpartition(-values, MOST_CANDIDATES)[:MOST_CANDIDATES]
        first, second = first[chosen], second[chosen]
    return first, second


def _correlations(store: Thumbnails, first: np.ndarray, second: np.ndarray, threads) -> np.ndarray:
    pictures = store.pictures(np.concatenate([first, second]))

    def one(pair: tuple[int, int]) -> float:
        return aligned_correlation(pictures[pair[0]], pictures[pair[1]])

    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return np.fromiter(threads.map(one, pairs, chunksize=64), float, len(first))
