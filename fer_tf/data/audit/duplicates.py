"""Pictures that are there twice, in one split or in several."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.near import near_pairs


@dataclasses.dataclass(frozen=True)
class Partners:
    """For each of N pictures the most alike other one of some kind.

    Attributes:
        other: int32 (N,), -1 where there is none.
        similarity: float32 (N,), correlation of the details; 1 of exact duplicates.
        pairs: number of pairs of that kind.
    """

    other: np.ndarray
    similarity: np.ndarray
    pairs: int

    @property
    def members(self) -> np.ndarray:
        """Numbers of the pictures that have one."""
        return np.flatnonzero(self.other >= 0)


@dataclasses.dataclass(frozen=True)
class Duplicates:
    """All of a dataset.

    Attributes:
        exact: within a split.
        exact_across: in another split.
        near: within a split, exact ones not counted.
        near_across: in another split, likewise.
        group: int32 (N,), equal for pictures that are duplicates of each other, directly or by way of others.
    """

    exact: Partners
    exact_across: Partners
    near: Partners
    near_across: Partners
    group: np.ndarray


def find_duplicates(collected: Collected, similarity: float) -> Duplicates:
    """Finds exact and near duplicates.

    Near duplicates within one sequence are frames of a film, and no finding: that the sequence is in two splits is
    one, of its own.

    Args:
        collected: the dataset.
        similarity: least correlation of near duplicates.
    """
    group = np.arange(len(collected), dtype=np.int32)
    exact = _exact(collected, group)
    sequences = _numbers_of(collected.texts["sequence_id"])

    def wanted(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        same_film = (sequences[first] == sequences[second]) & (sequences[first] >= 0)
        return (collected.digests[first] != collected.digests[second]) & ~same_film

    near = [_Best(len(collected)) for _ in range(2)]
    for first, second, scores in near_pairs(collected.thumbnails, similarity, wanted):
        across = collected.split[first] != collected.split[second]
        for best, chosen in zip(near, (~across, across), strict=True):
            best.add(first[chosen], second[chosen], scores[chosen])
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            _join(group, one, other)
    for number in range(len(group)):
        group[number] = _root(group, number)
    return Duplicates(*exact, *(best.partners() for best in near), group)


def _exact(collected: Collected, group: np.ndarray) -> tuple[Partners, Partners]:
    """Within and across splits; joins the groups."""
    partners = [_Best(len(collected)) for _ in range(2)]
    numbers = np.flatnonzero(collected.readable)
    order = numbers[np.argsort(collected.digests[numbers], kind="stable")]
    digests = collected.digests[order]
    starts = np.flatnonzero(np.r_[True, digests[1:] != digests[:-1]]) if len(order) else np.zeros(0, int)
    ends = np.r_[starts[1:], len(order)]
    for start, end in zip(starts[ends - starts > 1].tolist(), ends[ends - starts > 1].tolist(), strict=True):
        same = order[start:end]
        group[same] = same[0]
        splits = collected.split[same]
        counts = np.bincount(splits)
        total, within = end - start, int((counts * (counts - 1) // 2).sum())
        partners[0].pairs += within
        partners[1].pairs += total * (total - 1) // 2 - within
        for split in np.unique(splits):
            here, there = same[splits == split], same[splits != split]
            if len(here) > 1:
                partners[0].note(here, np.roll(here, 1))
            if len(there):
                partners[1].note(here, np.full(len(here), there[0]))
    return partners[0].partners(), partners[1].partners()


class _Best:
    """The most alike other picture of each."""

    def __init__(self, count: int):
        self._other = np.full(count, -1, np.int32)
        self._similarity = np.full(count, -np.inf, np.float32)
        self.pairs = 0

    def note(self, pictures: np.ndarray, others: np.ndarray) -> None:
        self._other[pictures], self._similarity[pictures] = others, 1.0

    def add(self, first: np.ndarray, second: np.ndarray, scores: np.ndarray) -> None:
        self.pairs += len(scores)
        for one, other, score in _both_ways(first, second, scores):
            if score > self._similarity[one]:
                self._other[one], self._similarity[one] = other, score

    def partners(self) -> Partners:
        return Partners(self._other, np.where(self._other >= 0, self._similarity, np.nan), self.pairs)


def _both_ways(first: np.ndarray, second: np.ndarray, scores: np.ndarray) -> Iterator[tuple[int, int, float]]:
    for one, other, score in zip(first.tolist(), second.tolist(), scores.tolist(), strict=True):
        yield one, other, score
        yield other, one, score


def _join(group: np.ndarray, one: int, other: int) -> None:
    low, high = sorted((_root(group, one), _root(group, other)))
    group[high] = low


def _root(group: np.ndarray, number: int) -> int:
    while group[number] != number:
        group[number] = group[group[number]]  # halves the way for the next
        number = int(group[number])
    return number


def _numbers_of(texts: np.ndarray) -> np.ndarray:
    """A number for each different text, int32 (N,), -1 for the empty one."""
    _, numbers = np.unique(texts, return_inverse=True)
    return np.where(texts == b"", -1, numbers).astype(np.int32)
