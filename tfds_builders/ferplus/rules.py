"""From the votes for a picture to its label, or to the reason why it has none."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fer_tf.labels import EMOTIONS, emotion_index
from tfds_builders.fer2013.votes import ANSWERS

# Paper C keeps what four of its eight annotators agree on, and calls it 80 %.
HALF, FOUR_FIFTHS = 0.5, 0.8

_WORDS = {"unknown": "that they do not know", "NF": "that it is no face"}
_FIRST_NO_EMOTION = ANSWERS.index("unknown")


class Label(NamedTuple):
    """A label: emotion -1 for contempt, FER+'s word, and float32 (7,) shares of the votes."""

    emotion: int
    word: str
    shares: np.ndarray


Rule = Callable[[np.ndarray], Label | str]


def majority(counts: np.ndarray) -> Label | str:
    """FER+'s own rule: without answers of a single annotator, more than half of what is left.

    Args:
        counts: int (10,), annotators who gave each of ``votes.ANSWERS``.

    Returns:
        The label, with the shares of all votes, or why there is none.
    """
    kept = _without_single(counts)
    if 2 * kept.max() <= kept.sum():
        return f"no majority: {_told(counts)}"
    return _label(counts, kept, counts / counts.sum())


def distribution(counts: np.ndarray) -> Label | str:
    """What most say, and how the votes are divided between the emotions, without answers of a single annotator.

    Args:
        counts: int (10,), annotators who gave each of ``votes.ANSWERS``.

    Returns:
        The label, with the shares of the emotions in what is left, or why there is none: no two annotators agree, or
        most say that there is no emotion. Of answers with equally many votes, the first in the order of ``ANSWERS``.
    """
    kept = _without_single(counts)
    if not kept.any():
        return f"no two annotators agree: {_told(counts)}"
    emotions = kept[:_FIRST_NO_EMOTION]
    return _label(counts, kept, emotions / max(emotions.sum(), 1))


def consensus(share: float) -> Rule:
    """Paper C's rule: at least a share of the annotators agree.

    Args:
        share: of all votes, 0.5..1.

    Returns:
        A rule as ``majority``; two answers of half of the votes each are no consensus.
    """

    def rule(counts: np.ndarray) -> Label | str:
        # The shares are fractions of ten: what binary fractions do to them is far smaller.
        if counts.max() < share * counts.sum() - 1e-6:
            return f"fewer than {share:.0%} agree: {_told(counts)}"
        if (counts == counts.max()).sum() > 1:
            return f"two answers have half of the votes: {_told(counts)}"
        return _label(counts, counts, counts / counts.sum())

    return rule


def _without_single(counts: np.ndarray) -> np.ndarray:
    return np.where(counts > 1, counts, 0)


def _label(counts: np.ndarray, kept: np.ndarray, shares: np.ndarray) -> Label | str:
    word = ANSWERS[int(kept.argmax())]
    if word in _WORDS:
        return f"{kept.max()} of {counts.sum()} annotators say {_WORDS[word]}"
    return Label(emotion_index(word), word, shares[: len(EMOTIONS)].astype(np.float32))


def _told(counts: np.ndarray) -> str:
    """Such as ``5 anger, 4 fear, 1 NF``."""
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{counts[index]} {ANSWERS[index]}" for index in order if counts[index])
