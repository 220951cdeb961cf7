"""What a report says, as plain values that JSON holds."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from fer_tf.errors import InputError
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.bootstrap import RESAMPLES
from fer_tf.evaluation.calibration import reliability
from fer_tf.evaluation.groups import group_scores, unit_group_scores
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.report.sentences import summary
from fer_tf.evaluation.roc import auc, roc_points
from fer_tf.evaluation.scores import confusion_matrix
from fer_tf.labels import EMOTIONS, TONE_BANDS, unit_names

# Of probabilities that were written with six digits.
_SUM_TOLERANCE = 0.01


def emotion_report(
    predictions: Predictions, about: Mapping[str, Any], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Any]:
    """A report on a model of emotions.

    Args:
        predictions: of one model on one split.
        about: ``title`` and what is known of the model and the data, name -> text.
        resamples: draws of people.
        seed: of the draws.

    Returns:
        ``about``, ``task``, ``n``, ``subjects``, ``summary`` (sentences), ``scores`` and ``groups`` (rows of
        ``evaluation.groups.group_scores``), ``confusion``, ``calibration`` and ``roc``.

    Raises:
        InputError: there are no predictions, an image is there twice, or probabilities are none.
    """
    check(predictions)
    if np.abs(predictions.probabilities.sum(axis=1) - 1).max() > _SUM_TOLERANCE:
        row = int(np.abs(predictions.probabilities.sum(axis=1) - 1).argmax())
        raise InputError(
            f"the probabilities of {predictions.image_id[row]} sum to {predictions.probabilities[row].sum():.3f}: "
            "expected 1, give softmax outputs, not logits or scores"
        )
    predictions = dataclasses.replace(predictions, groups=with_tone_bands(predictions.groups))
    table = group_scores(predictions, pairs=True, auc=True, resamples=resamples, seed=seed)
    correct = predictions.predicted == predictions.truth
    counts = confusion_matrix(predictions.truth, predictions.predicted, len(EMOTIONS))
    return _report(predictions, about, table, "emotion", "mean_class_accuracy") | {
        "confusion": {"labels": list(EMOTIONS), "counts": counts.tolist()},
        "calibration": {"points": reliability(predictions.probabilities.max(axis=1), correct)},
        "roc": {
            emotion: _roc(predictions.truth == number, predictions.probabilities[:, number])
            for number, emotion in enumerate(EMOTIONS)
        },
    }


def action_unit_report(
    predictions: ActionUnitPredictions,
    thresholds: np.ndarray,
    about: Mapping[str, Any],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """The same on a model of action units; in place of the confusion matrix the scores of each unit.

    Args:
        predictions: of one model on one split.
        thresholds: (U,), present from this probability on.
        about: see ``emotion_report``.
        resamples: draws of people.
        seed: of the draws.
    """
    check(predictions)
    predictions = dataclasses.replace(predictions, groups=with_tone_bands(predictions.groups))
    table = unit_group_scores(predictions, thresholds, pairs=True, resamples=resamples, seed=seed)
    roc = {}
    for number, name in enumerate(unit_names(predictions.units)):
        known = ~np.isnan(predictions.truth[:, number])
        roc[name] = _roc(predictions.truth[known, number] == 1, predictions.probabilities[known, number])
    return _report(predictions, about, table, "action_units", "macro_f1") | {"roc": roc}


def with_tone_bands(groups: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Groups with ``tone_band``, light and dark, beside ``skin_tone``, whose ten steps often have few people each."""
    tones = groups.get("skin_tone")
    if tones is None or not (tones != "").any():
        return dict(groups)
    bands = {str(tone): band for band, own in TONE_BANDS.items() for tone in own}
    return {**groups, "tone_band": np.array([bands.get(tone, "") for tone in tones])}


def check(predictions: Predictions | ActionUnitPredictions) -> None:
    """Raises InputError for no predictions, an image that is there twice, or values that are no probabilities."""
    if not len(predictions.image_id):
        raise InputError("the predictions are empty: expected a row for each image")
    names, counts = np.unique(predictions.image_id, return_counts=True)
    if counts.max() > 1:
        raise InputError(
            f"image_id {names[counts.argmax()]} is there {counts.max()} times: expected every image once; give the "
            "predictions of one model"
        )
    values = predictions.probabilities
    wrong = np.argwhere(~(np.isfinite(values) & (values >= 0) & (values <= 1 + _SUM_TOLERANCE)))
    if len(wrong):
        row, column = wrong[0]
        raise InputError(f"a probability of {predictions.image_id[row]} is {values[row, column]:g}: expected 0..1")


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: what is NaN is None."""
    return [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def plain(value: Any) -> Any:
    """A value that JSON can hold; NaN, which it cannot, is None."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _report(predictions, about: Mapping[str, Any], table: pd.DataFrame, task: str, main: str) -> dict[str, Any]:
    rows = rows_of(table)
    return {
        "about": {key: plain(value) for key, value in about.items()},
        "task": task,
        "main_metric": main,
        "n": len(predictions.image_id),
        "subjects": len(set(predictions.subject_id) - {""}),
        "unknown_groups": [name for name, words in predictions.groups.items() if not (words != "").any()],
        "summary": summary(rows, main, len(predictions.image_id)),
        "scores": [row for row in rows if row["column"] == "all"],
        "groups": [row for row in rows if row["column"] != "all"],
    }


def _roc(truth: np.ndarray, probability: np.ndarray) -> dict[str, Any]:
    return {
        "auc": plain(auc(truth, probability)),
        "n": len(truth),
        "positive": int(truth.sum()),
        "points": [[round(float(x), 4), round(float(y), 4)] for x, y in roc_points(truth, probability)],
    }
