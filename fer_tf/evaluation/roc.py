"""The ROC curve of one class or unit."""

import numpy as np

from fer_tf.evaluation.action_units import area_under_curve

# Points that are kept of a curve: what a picture of it shows.
_POINTS = 60


def auc(truth: np.ndarray, probability: np.ndarray) -> float:
    """Area under the curve; NaN where there are no positives or no negatives.

    Args:
        truth: bool (N,).
        probability: (N,), 0..1.
    """
    return area_under_curve(np.asarray(truth, float), probability)


def roc_points(truth: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """False positive rate and true positive rate, float (P, 2), from (0, 0) to (1, 1); empty where undefined.

    Args:
        truth: bool (N,).
        probability: (N,), 0..1.
    """
    truth = np.asarray(truth, bool)
    if not truth.any() or truth.all():
        return np.zeros((0, 2))
    order = np.argsort(-probability, kind="stable")
    # A point after each value, not within ties.
    last = np.append(np.diff(probability[order]) != 0, True)
    hits, alarms = np.cumsum(truth[order])[last], np.cumsum(~truth[order])[last]
    points = np.column_stack([alarms / (~truth).sum(), hits / truth.sum()])
    points = np.concatenate([np.zeros((1, 2)), points])
    kept = np.unique(np.linspace(0, len(points) - 1, _POINTS).round().astype(int))
    return points[kept]
