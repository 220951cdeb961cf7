"""Percentile bootstrap intervals, resampled by subject where subjects are known."""

from collections.abc import Sequence

import numpy as np

from fer_tf.evaluation.scores import flat_scores

RESAMPLES = 2000
# Fewer subjects than this say nothing about others: resampling one gives an interval of width 0.
FEWEST = 10
_CHUNK = 200


def score_intervals(
    truth: np.ndarray,
    predicted: np.ndarray,
    subjects: np.ndarray,
    labels: Sequence[str],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Interval of each score of ``evaluation.scores.flat_scores``.

    Pictures of one person are not independent, so whole subjects are drawn with
    replacement (Efron and Tibshirani 1993, chapter 8); a picture without a known
    subject is its own subject.

    Args:
        truth: int (N,).
        predicted: int (N,).
        subjects: text (N,), ``""`` where unknown.
        labels: name of each class.
        confidence: share of the resampled scores inside the interval.
        resamples: number of draws.
        seed: of the draws.

    Returns:
        score name -> (low, high), fractions; NaN with fewer than ``FEWEST`` subjects, or where
        too few draws define the score.
    """
    counts = subject_confusions(truth, predicted, subjects, len(labels))
    if len(counts) < FEWEST:
        return _undefined(labels)
    return _intervals(_resampled_scores(counts, labels, resamples, seed), confidence)


def drop_intervals(
    truth: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    subjects: np.ndarray,
    labels: Sequence[str],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Interval of how much each score drops from one prediction of the same pictures to another.

    Paired: each draw takes the same subjects for both, so that what makes a picture hard either way
    does not widen the interval.

    Args:
        truth: int (N,).
        before: int (N,), predicted.
        after: int (N,), predicted of the same pictures in other circumstances.
        subjects: text (N,), ``""`` where unknown.
        labels: name of each class.
        confidence: share of the resampled drops inside the interval.
        resamples: number of draws.
        seed: of the draws.

    Returns:
        score name -> (low, high) of score before - score after; NaN as in ``score_intervals``.
    """
    counts = [subject_confusions(truth, predicted, subjects, len(labels)) for predicted in (before, after)]
    if len(counts[0]) < FEWEST:
        return _undefined(labels)
    # One seed draws the same subjects.
    first, second = (_resampled_scores(part, labels, resamples, seed) for part in counts)
    return _intervals({name: first[name] - second[name] for name in first}, confidence)


def _undefined(labels: Sequence[str]) -> dict[str, tuple[float, float]]:
    return {name: (float("nan"), float("nan")) for name in flat_scores(np.zeros((len(labels),) * 2), labels)}


def _intervals(draws: dict[str, np.ndarray], confidence: float) -> dict[str, tuple[float, float]]:
    tail = 100 * (1 - confidence) / 2
    return {name: _percentiles(values, tail) for name, values in draws.items()}


def subject_confusions(truth: np.ndarray, predicted: np.ndarray, subjects: np.ndarray, classes: int) -> np.ndarray:
    """Confusion matrix of each subject, float64 (subjects, classes, classes)."""
    subjects = np.asarray(subjects).astype(str)
    unknown = subjects == ""
    unique, member = np.unique(subjects, return_inverse=True)
    member = np.where(unknown, len(unique) + np.cumsum(unknown), member)
    _, member = np.unique(member, return_inverse=True)
    number = member.max() + 1 if len(member) else 0
    flat = (member * classes + np.asarray(truth, np.int64)) * classes + np.asarray(predicted, np.int64)
    return np.bincount(flat, minlength=number * classes**2).reshape(number, classes, classes).astype(np.float64)


def _resampled_scores(counts: np.ndarray, labels: Sequence[str], resamples: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    number, classes = len(counts), counts.shape[-1]
    parts = []
    for start in range(0, resamples, _CHUNK):
        weights = random.multinomial(number, np.full(number, 1 / number), min(_CHUNK, resamples - start))
        confusion = (weights.astype(np.float64) @ counts.reshape(number, -1)).reshape(-1, classes, classes)
        parts.append(flat_scores(confusion, labels))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _percentiles(values: np.ndarray, tail: float) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if len(values) < 20:
        return (float("nan"), float("nan"))
    low, high = np.percentile(values, [tail, 100 - tail])
    return (float(low), float(high))
