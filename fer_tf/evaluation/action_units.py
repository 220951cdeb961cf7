"""Scores of action units, in NumPy: each unit a yes or no of its own, missing labels left out.

A score that the labels leave undefined is NaN, and means go over the units that have it: a
unit that never occurs has no recall, F1 or AUC. A unit that occurs and is never predicted has
F1 = 0: that is a failure, not a lack of data.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit, ndtr

from fer_tf.evaluation.scores import divide, mean_defined
from fer_tf.labels import unit_names

UNIT_SCORES = ("precision", "recall", "f1", "auc", "ece", "brier")
SUMMARY = ("macro_f1", "weighted_f1", "macro_auc", "macro_precision", "macro_recall", "macro_ece", "macro_brier")
# Equal intervals of the predicted probability, for the calibration error.
CALIBRATION_BINS = 10
# Thresholds that are tried, as logits, and over how much of a logit an image turns from missed to found.
_CANDIDATES = np.arange(-8, 8.001, 0.05)
_SMOOTH = 0.3


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Sigmoid, float64, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * logits.astype(np.float64)))


def counts(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Right and wrong decisions on each unit.

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing.
        predicted: bool (N, U).

    Returns:
        int64 (U, 3): true positives, false positives, false negatives.
    """
    return decisions(truth, predicted).sum(axis=0, dtype=np.int64)


def decisions(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The same for each image, bool (N, U, 3); a missing label is none of the three."""
    predicted = np.asarray(predicted, bool)
    return np.stack([(truth == 1) & predicted, (truth == 0) & predicted, (truth == 1) & ~predicted], axis=-1)


def f1_scores(counted: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall and F1 of each unit and their means, of one set of counts or many.

    Args:
        counted: (..., U, 3) as ``counts`` gives them.

    Returns:
        ``precision``, ``recall``, ``f1`` = 2 TP / (2 TP + FP + FN), each (..., U), NaN where the unit
        never occurs, and the precision also where it is never predicted; ``macro_precision``, ``macro_recall``,
        ``macro_f1``, means over the units that have one, and ``weighted_f1``, weighted by
        occurrences, each (...).
    """
    hit, false, missed = np.moveaxis(np.asarray(counted, np.float64), -1, 0)
    occurring = hit + missed
    precision = np.where(occurring > 0, divide(hit, hit + false), np.nan)
    f1 = np.where(occurring > 0, divide(2 * hit, 2 * hit + false + missed), np.nan)
    unit = {"precision": precision, "recall": divide(hit, occurring), "f1": f1}
    means = {f"macro_{name}": mean_defined(values) for name, values in unit.items()}
    return unit | means | {"weighted_f1": divide(np.nansum(f1 * occurring, axis=-1), occurring.sum(-1))}


def f1_differences(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    """Macro and weighted F1 of some counts minus those of others, over units that occur in both.

    Args:
        first: (..., U, 3), as ``counts`` gives them.
        second: the same of the others.
    """
    scored = [f1_scores(part) for part in (first, second)]
    common = ~np.isnan(scored[0]["f1"]) & ~np.isnan(scored[1]["f1"])
    macro, weighted = [], []
    for part, values in zip((first, second), scored, strict=True):
        f1 = np.where(common, values["f1"], np.nan)
        occurring = np.where(common, part[..., 0] + part[..., 2], 0)
        macro.append(mean_defined(f1))
        weighted.append(divide(np.nansum(f1 * occurring, axis=-1), occurring.sum(-1)))
    return {"macro_f1": macro[0] - macro[1], "weighted_f1": weighted[0] - weighted[1]}


def area_under_curve(truth: np.ndarray, scores: np.ndarray) -> float:
    """ROC AUC of one unit: the chance that a present one scores above an absent one, ties half.

    Args:
        truth: float (N,), 1, 0 or NaN for missing.
        scores: float (N,), higher is surer.

    Returns:
        0..1; NaN where one of the two is missing.
    """
    known = ~np.isnan(truth)
    truth, scores = truth[known] == 1, scores[known]
    levels, level = np.unique(scores, return_inverse=True)
    present = np.bincount(level[truth], minlength=len(levels))
    absent = np.bincount(level[~truth], minlength=len(levels))
    return float(histogram_auc(present, absent))


def histogram_auc(present: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """ROC AUC from counts in each interval of the score, lowest first, (..., intervals) -> (...)."""
    below = np.cumsum(absent, axis=-1) - 0.5 * absent
    pairs = np.sum(present, axis=-1, dtype=np.float64) * np.sum(absent, axis=-1)
    return divide(np.sum(present * below, axis=-1, dtype=np.float64), pairs)


def calibration_sums(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """What the calibration scores of one unit are sums of, for each image.

    Args:
        truth: float (N,), 1, 0 or NaN for missing.
        probability: float (N,), 0..1.

    Returns:
        float64 (N, 2 + bins): the squared error, 1 for a label, and probability minus truth in the
        column of the interval that the probability lies in; zeros where the label is missing.
    """
    known = ~np.isnan(truth)
    error = np.where(known, probability - np.nan_to_num(truth), 0.0)
    place = np.minimum((probability * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    spread = np.zeros((len(truth), CALIBRATION_BINS))
    spread[np.arange(len(truth)), place] = error
    return np.concatenate([error[:, None] ** 2, known[:, None], spread], axis=1)


def calibration(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Expected calibration error (Naeini et al. 2015) and Brier score from summed ``calibration_sums``.

    Args:
        sums: (..., 2 + bins).

    Returns:
        ``ece``: mean distance of predicted share and true share over equal intervals of the
        probability, weighted by images; ``brier``: mean squared error; (...), NaN without labels.
    """
    return {
        "ece": divide(np.abs(sums[..., 2:]).sum(-1), sums[..., 1]),
        "brier": divide(sums[..., 0], sums[..., 1]),
    }


def scores(truth: np.ndarray, probability: np.ndarray, thresholds: np.ndarray | float = 0.5) -> dict[str, np.ndarray]:
    """Everything about one model's probabilities.

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing.
        probability: float (N, U), 0..1.
        thresholds: (U,) or one: present from this probability on.

    Returns:
        each of ``UNIT_SCORES`` (U,) and each of ``SUMMARY`` as a number.
    """
    values = f1_scores(counts(truth, probability >= thresholds))
    units = range(truth.shape[1])
    values["auc"] = np.array([area_under_curve(truth[:, unit], probability[:, unit]) for unit in units])
    sums = [calibration_sums(truth[:, unit], probability[:, unit]).sum(axis=0) for unit in units]
    values |= calibration(np.stack(sums))
    return values | {f"macro_{name}": mean_defined(values[name]) for name in ("auc", "ece", "brier")}


def flat_scores(values: dict[str, np.ndarray], units: Sequence[int]) -> dict[str, np.ndarray]:
    """``scores`` with ``f1/AU12`` and so on in place of arrays over units, summary first."""
    flat = {name: values[name] for name in SUMMARY if name in values}
    for score in UNIT_SCORES:
        if score in values:
            flat |= {f"{score}/{name}": values[score][..., i] for i, name in enumerate(unit_names(units))}
    return flat


def best_thresholds(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """For each unit the threshold with the highest smoothed F1, to be found on validation images only.

    The best threshold of a rare unit follows chance: a few images decide it. So an image does not count as found or
    not at once, but by a normal distribution of its logit around the threshold, ``_SMOOTH`` wide. Found on half of the
    validation people and scored on the other half, 24 times, that is worth 0.003 macro F1 (0.795 instead of 0.792;
    twice as wide 0.794, four times 0.775; the median of bootstrap samples 0.793; 0.5 for all 0.792).

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing.
        probability: float (N, U).

    Returns:
        float64 (U,), in steps of 0.05 of the logit; 0.5 where the unit does not occur.
    """
    return np.array([_best_threshold(*column) for column in zip(truth.T, probability.T, strict=True)])


def _best_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    known = ~np.isnan(truth)
    present = truth[known] == 1
    if not present.any():
        return 0.5
    beyond = (logit(np.clip(probability[known], 1e-6, 1 - 1e-6)) - _CANDIDATES[:, None]) / _SMOOTH
    found = ndtr(beyond)
    f1 = 2 * found[:, present].sum(axis=1) / (found.sum(axis=1) + present.sum())
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)  # of a plateau the middle
    return float(expit(_CANDIDATES[best[len(best) // 2]]))
