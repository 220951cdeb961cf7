"""Scores of a classifier from its confusion matrix, in NumPy.

A score that the data leaves undefined (recall of a class that never occurs) is NaN and
is left out of means; it is never counted as zero. A class that occurs but is never
predicted has F1 = 0: that is a failure, not a lack of data.
"""

from collections.abc import Mapping, Sequence

import numpy as np


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts of each pair of classes.

    Args:
        truth: int (N,), 0..classes-1.
        predicted: int (N,), 0..classes-1.
        classes: number of classes.

    Returns:
        int64 (classes, classes), rows true, columns predicted.
    """
    index = np.asarray(truth, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(index, minlength=classes * classes).reshape(classes, classes)


def scores(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """All summary scores of one confusion matrix or of many at once.

    Args:
        confusion: (..., C, C) counts, rows true, columns predicted.

    Returns:
        ``accuracy`` (micro: correct / total), ``mean_class_accuracy`` (mean recall of the
        classes that occur), ``macro_f1`` and ``weighted_f1`` (by occurrences), each (...),
        fractions, NaN where undefined.
    """
    confusion = np.asarray(confusion, np.float64)
    correct = np.diagonal(confusion, axis1=-2, axis2=-1)
    occurring = confusion.sum(-1)
    total = occurring.sum(-1)
    f1 = class_f1(confusion)
    return {
        "accuracy": divide(correct.sum(-1), total),
        "mean_class_accuracy": mean_defined(class_recall(confusion)),
        "macro_f1": mean_defined(f1),
        "weighted_f1": divide(np.nansum(f1 * occurring, axis=-1), total),
    }


def flat_scores(confusion: np.ndarray, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """The scores of ``scores``, then ``recall/<label>``, ``precision/<label>`` and ``f1/<label>``.

    Args:
        confusion: (..., C, C) counts, rows true, columns predicted.
        labels: name of each class.

    Returns:
        name -> (...) fractions, NaN where undefined.
    """
    flat = scores(confusion)
    for name, function in (("recall", class_recall), ("precision", class_precision), ("f1", class_f1)):
        values = function(confusion)
        flat |= {f"{name}/{label}": values[..., number] for number, label in enumerate(labels)}
    return flat


def score_differences(
    one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray], names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Scores of one minus those of another; means over classes go over the classes that both have.

    Args:
        one: of ``flat_scores``.
        other: of others.
        names: those that are wanted, of ``scores``.
    """
    difference = {name: one[name] - other[name] for name in names}
    for mean, of_class in (("mean_class_accuracy", "recall/"), ("macro_f1", "f1/")):
        if mean in difference:
            labels = [name for name in one if name.startswith(of_class)]
            difference[mean] = mean_defined(np.stack([one[name] - other[name] for name in labels], axis=-1))
    return difference


def class_recall(confusion: np.ndarray) -> np.ndarray:
    """Recall of each class, (..., C); NaN for a class that never occurs."""
    confusion = np.asarray(confusion, np.float64)
    return divide(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-1))


def class_precision(confusion: np.ndarray) -> np.ndarray:
    """Precision of each class, (..., C); NaN for a class that is never predicted."""
    confusion = np.asarray(confusion, np.float64)
    return divide(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-2))


def class_f1(confusion: np.ndarray) -> np.ndarray:
    """F1 of each class, (..., C): 2 TP / (2 TP + FP + FN); NaN for a class that never occurs."""
    confusion = np.asarray(confusion, np.float64)
    correct = np.diagonal(confusion, axis1=-2, axis2=-1)
    occurring = confusion.sum(-1)
    f1 = divide(2 * correct, occurring + confusion.sum(-2))
    return np.where(occurring > 0, f1, np.nan)


def divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / np.asarray(denominator, np.float64), np.nan)


def mean_defined(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))
