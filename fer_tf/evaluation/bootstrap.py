"""Percentile bootstrap intervals, resampled by subject where subjects are known."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from fer_tf.evaluation import action_units
from fer_tf.evaluation.scores import divide, flat_scores, mean_defined

RESAMPLES = 2000
# Fewer subjects than this say nothing about others: resampling one gives an interval of width 0.
FEWEST = 10
_CHUNK = 200
_RANKS = 200


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
    draws = resampled(counts, lambda confusions: flat_scores(confusions, labels), resamples, seed)
    return {name: interval(values, len(counts), confidence) for name, values in draws.items()}


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
    # One seed draws the same subjects.
    first, second = (resampled(part, lambda drawn: flat_scores(drawn, labels), resamples, seed) for part in counts)
    return {name: interval(first[name] - second[name], len(counts[0]), confidence) for name in first}


def unit_intervals(
    truth: np.ndarray,
    probability: np.ndarray,
    thresholds: np.ndarray | float,
    subjects: np.ndarray,
    units: Sequence[int],
    *,
    full: bool = True,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Interval of each score of ``evaluation.action_units.flat_scores``, by the same draws of subjects.

    But of the calibration error: drawing some images twice can only make it look larger.
    Thresholds stay as they are. In the draws the AUC is that of ``_RANKS`` intervals of the
    probability with equally many images, which differs from the exact one by less than 0.01.

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing.
        probability: float (N, U), 0..1.
        thresholds: (U,) or one: present from this probability on.
        subjects: text (N,), ``""`` where unknown.
        units: FACS number of each column.
        full: also AUC and Brier score, which take longer.
        confidence: share of the resampled scores inside the interval.
        resamples: number of draws.
        seed: of the draws.

    Returns:
        score name -> (low, high), as in ``score_intervals``.
    """
    members, people = subject_numbers(subjects)
    decided = subject_sums(members, people, action_units.decisions(truth, probability >= thresholds))
    draws = resampled(decided, action_units.f1_scores, resamples, seed)
    if full:
        columns = zip(truth.T, probability.T, strict=True)
        of_unit = [_unit_draws(*column, members, people, resamples, seed) for column in columns]
        for name in ("auc", "brier"):
            draws[name] = np.stack([values[name] for values in of_unit], axis=-1)
            draws[f"macro_{name}"] = mean_defined(draws[name])
    flat = action_units.flat_scores(draws, units)
    return {name: interval(values, people, confidence) for name, values in flat.items()}


def _unit_draws(truth, probability, members, people, resamples, seed) -> dict[str, np.ndarray]:
    """AUC and Brier score of one unit in each draw."""
    known = ~np.isnan(truth)
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, _RANKS + 1)[1:-1]))
    rank = np.searchsorted(edges, probability, side="right")
    width = len(edges) + 1
    ranks = [_histogram(members, rank, width, people, known & (truth == value)) for value in (1, 0)]
    errors = subject_sums(members, people, action_units.calibration_sums(truth, probability)[:, :2])

    def score(drawn: np.ndarray) -> dict[str, np.ndarray]:
        present, absent, error = np.split(drawn, [width, 2 * width], axis=-1)
        return {"auc": action_units.histogram_auc(present, absent), "brier": divide(error[:, 0], error[:, 1])}

    return resampled(np.concatenate([*ranks, errors], axis=1), score, resamples, seed)


def _histogram(members, rank, width, people, counted) -> np.ndarray:
    flat = members[counted] * width + rank[counted]
    return np.bincount(flat, minlength=people * width).reshape(people, width).astype(np.float64)


def subject_numbers(subjects: np.ndarray) -> tuple[np.ndarray, int]:
    """Number 0.. of each picture's subject, int (N,), and how many there are; an unknown one is its own."""
    subjects = np.asarray(subjects).astype(str)
    unknown = subjects == ""
    unique, member = np.unique(subjects, return_inverse=True)
    member = np.where(unknown, len(unique) + np.cumsum(unknown), member)
    _, member = np.unique(member, return_inverse=True)
    return member, int(member.max()) + 1 if len(member) else 0


def subject_sums(members: np.ndarray, people: int, values: np.ndarray) -> np.ndarray:
    """Sum of the rows of each subject, float64 (people, ...).

    Args:
        members: int (N,), see ``subject_numbers``.
        people: number of subjects.
        values: (N, ...).
    """
    order = np.argsort(members, kind="stable")
    starts = np.searchsorted(members[order], np.arange(people))
    return np.add.reduceat(values[order].astype(np.float64), starts, axis=0)


def subject_confusions(truth: np.ndarray, predicted: np.ndarray, subjects: np.ndarray, classes: int) -> np.ndarray:
    """Confusion matrix of each subject, float64 (subjects, classes, classes)."""
    member, number = subject_numbers(subjects)
    flat = (member * classes + np.asarray(truth, np.int64)) * classes + np.asarray(predicted, np.int64)
    return np.bincount(flat, minlength=number * classes**2).reshape(number, classes, classes).astype(np.float64)


def resampled(
    sums: np.ndarray, score: Callable[[np.ndarray], dict[str, np.ndarray]], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, np.ndarray]:
    """Scores of as many subjects drawn with replacement, many times at once.

    Args:
        sums: float64 (subjects, ...), of which the scores of all are a function of the sum.
        score: (draws, ...) sums -> name -> (draws, ...) values.
        resamples: number of draws.
        seed: of the draws; with equally many subjects the same people are drawn.

    Returns:
        name -> (resamples, ...).
    """
    random = np.random.default_rng(seed)
    number, shape = len(sums), sums.shape[1:]
    if not number:
        return score(np.zeros((1, *shape)))
    parts = []
    for start in range(0, resamples, _CHUNK):
        weights = random.multinomial(number, np.full(number, 1 / number), min(_CHUNK, resamples - start))
        parts.append(score((weights.astype(np.float64) @ sums.reshape(number, -1)).reshape(-1, *shape)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def interval(values: np.ndarray, people: int, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of resampled values (resamples,); NaN with fewer than ``FEWEST`` people."""
    values = values[~np.isnan(values)]
    if people < FEWEST or len(values) < 20:
        return (float("nan"), float("nan"))
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return (float(low), float(high))


def confidence_for(people: int, confidence: float = 0.95) -> float:
    """The confidence at which a percentile interval of so few people is one of ``confidence`` (Hesterberg 2015)."""
    if people < 2:
        return confidence
    reach = stats.t.ppf((1 + confidence) / 2, people - 1) * np.sqrt(people / (people - 1))
    return float(2 * stats.norm.cdf(reach) - 1)
