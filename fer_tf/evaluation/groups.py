"""Scores of each group, with its size and interval."""

import numpy as np
import pandas as pd

from fer_tf.evaluation.bootstrap import score_intervals
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import confusion_matrix, scores
from fer_tf.labels import EMOTIONS

METRICS = ("accuracy", "mean_class_accuracy", "macro_f1", "weighted_f1")


def group_table(predictions: Predictions, *, seed: int = 0) -> pd.DataFrame:
    """One row for all images, then one for each value of each group column that is known.

    Args:
        predictions: of one model on one split.
        seed: of the bootstrap.

    Returns:
        columns ``column``, ``group``, ``n``, ``subjects`` and, for each of ``METRICS``, the
        score with ``_low`` and ``_high`` of its 95 % interval; NaN where undefined.
    """
    everyone = np.ones(len(predictions.truth), bool)
    rows = [_row("all", "all", predictions, everyone, seed)]
    for column, values in predictions.groups.items():
        for group in sorted(set(values) - {""}, key=lambda word: (len(word), word)):
            rows.append(_row(column, group, predictions, values == group, seed))
    return pd.DataFrame(rows)


def _row(column: str, group: str, predictions: Predictions, member: np.ndarray, seed: int) -> dict:
    truth, predicted = predictions.truth[member], predictions.predicted[member]
    subjects = predictions.subject_id[member]
    row = {"column": column, "group": group, "n": int(member.sum()), "subjects": len(set(subjects) - {""})}
    values = scores(confusion_matrix(truth, predicted, len(EMOTIONS)))
    intervals = score_intervals(truth, predicted, subjects, EMOTIONS, seed=seed)
    for name in METRICS:
        low, high = intervals[name]
        row |= {name: float(values[name]), f"{name}_low": low, f"{name}_high": high}
    return row
