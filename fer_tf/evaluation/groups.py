"""Scores of each group, with its size and interval."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from fer_tf.evaluation import action_units
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.bootstrap import score_intervals, unit_intervals
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import confusion_matrix, scores
from fer_tf.labels import EMOTIONS, unit_names

METRICS = ("accuracy", "mean_class_accuracy", "macro_f1", "weighted_f1")
UNIT_METRICS = ("macro_f1", "weighted_f1")


def group_table(predictions: Predictions, *, seed: int = 0) -> pd.DataFrame:
    """One row for all images, then one for each value of each group column that is known.

    Args:
        predictions: of one model on one split.
        seed: of the bootstrap.

    Returns:
        columns ``column``, ``group``, ``n``, ``subjects`` and, for each of ``METRICS``, the
        score with ``_low`` and ``_high`` of its 95 % interval; NaN where undefined.
    """
    return _table(predictions, lambda member: _scores(predictions, member, seed))


def unit_group_table(predictions: ActionUnitPredictions, thresholds: np.ndarray, *, seed: int = 0) -> pd.DataFrame:
    """The same of action units.

    Args:
        predictions: of one model on one split.
        thresholds: (U,), present from this probability on.
        seed: of the bootstrap.

    Returns:
        columns ``column``, ``group``, ``n``, ``subjects``; ``units``, how many occur in the group,
        over which its means go; and each of ``UNIT_METRICS`` and ``f1/AU12`` and so on with ``_low``
        and ``_high``; NaN where undefined.
    """
    return _table(predictions, lambda member: _unit_scores(predictions, thresholds, member, seed))


def _table(predictions: Predictions | ActionUnitPredictions, score: Callable[[np.ndarray], dict]) -> pd.DataFrame:
    everyone = np.ones(len(predictions.image_id), bool)
    members = [("all", "all", everyone)]
    for column, values in predictions.groups.items():
        for group in sorted(set(values) - {""}, key=lambda word: (len(word), word)):
            members.append((column, group, values == group))
    rows = []
    for column, group, member in members:
        people = len(set(predictions.subject_id[member]) - {""})
        rows.append({"column": column, "group": group, "n": int(member.sum()), "subjects": people} | score(member))
    return pd.DataFrame(rows)


def _scores(predictions: Predictions, member: np.ndarray, seed: int) -> dict[str, float]:
    truth, predicted = predictions.truth[member], predictions.predicted[member]
    values = scores(confusion_matrix(truth, predicted, len(EMOTIONS)))
    intervals = score_intervals(truth, predicted, predictions.subject_id[member], EMOTIONS, seed=seed)
    return _with_intervals(values, intervals, METRICS)


def _unit_scores(predictions: ActionUnitPredictions, thresholds: np.ndarray, member: np.ndarray, seed: int) -> dict:
    truth, probability = predictions.truth[member], predictions.probabilities[member]
    values = action_units.flat_scores(
        action_units.f1_scores(action_units.counts(truth, probability >= thresholds)), predictions.units
    )
    people = predictions.subject_id[member]
    intervals = unit_intervals(truth, probability, thresholds, people, predictions.units, full=False, seed=seed)
    names = [*UNIT_METRICS, *(f"f1/{name}" for name in unit_names(predictions.units))]
    return {"units": int((truth == 1).any(axis=0).sum())} | _with_intervals(values, intervals, names)


def _with_intervals(values: dict, intervals: dict, names: Sequence[str]) -> dict[str, float]:
    row = {}
    for name in names:
        low, high = intervals[name]
        row |= {name: float(values[name]), f"{name}_low": low, f"{name}_high": high}
    return row
