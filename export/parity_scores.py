"""How far the probabilities of an export stray from those of its model, and what that does to the scores."""

from collections.abc import Sequence

import numpy as np

from fer_tf.evaluation import action_units
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import class_recall, confusion_matrix, scores
from fer_tf.labels import EMOTIONS, unit_names

AnyPredictions = Predictions | ActionUnitPredictions
# From this probability on a unit counts as present, as in evaluate.py.
THRESHOLD = 0.5
# What an export may not lose, overall and by group.
ACCURACY, MACRO_F1 = "accuracy", "macro_f1"


def score_of(predictions: AnyPredictions) -> str:
    """Name of the score that decides over an export: accuracy of emotions, macro F1 of action units."""
    return MACRO_F1 if isinstance(predictions, ActionUnitPredictions) else ACCURACY


def answers(predictions: AnyPredictions) -> np.ndarray:
    """What is said of each image, int (N, answers): one emotion, or yes or no of each unit."""
    if isinstance(predictions, ActionUnitPredictions):
        return (predictions.probabilities >= THRESHOLD).astype(int)
    return predictions.predicted[:, None]


def changes(original: AnyPredictions, export: AnyPredictions) -> dict:
    """Differences of two models on the same images.

    Args:
        original: of the model as trained.
        export: of the export, the same images in the same order.

    Returns:
        ``n`` images, ``max_probability_difference``, ``mean_probability_difference``, ``label_flips`` (most probable
        emotions, or decisions on units, that changed), ``label_flip_share`` of all such answers, ``score`` (the name of
        the one that decides), and two scores each with ``_original``, ``_export`` and ``_difference`` (export minus
        original): of emotions ``accuracy`` and ``mean_class_accuracy`` with ``class_accuracy_difference`` by emotion,
        of action units ``macro_f1`` and ``weighted_f1`` with ``f1_difference`` by unit. Fractions; NaN is undefined.
    """
    difference = np.abs(original.probabilities.astype(np.float64) - export.probabilities)
    flipped = answers(original) != answers(export)
    report = {
        "n": len(difference),
        "max_probability_difference": float(difference.max()),
        "mean_probability_difference": float(difference.mean()),
        "label_flips": int(flipped.sum()),
        "label_flip_share": float(flipped.mean()),
        "score": score_of(original),
    }
    of_units = isinstance(original, ActionUnitPredictions)
    return report | (_unit_scores if of_units else _emotion_scores)(original, export)


def _emotion_scores(original: Predictions, export: Predictions) -> dict:
    before, after = (confusion_matrix(found.truth, found.predicted, len(EMOTIONS)) for found in (original, export))
    report = _before_and_after(scores(before), scores(after), (ACCURACY, "mean_class_accuracy"))
    return report | {"class_accuracy_difference": _by_label(class_recall(before), class_recall(after), EMOTIONS)}


def _unit_scores(original: ActionUnitPredictions, export: ActionUnitPredictions) -> dict:
    before, after = (
        action_units.f1_scores(action_units.counts(found.truth, found.probabilities >= THRESHOLD))
        for found in (original, export)
    )
    report = _before_and_after(before, after, (MACRO_F1, "weighted_f1"))
    return report | {"f1_difference": _by_label(before["f1"], after["f1"], unit_names(original.units))}


def _before_and_after(before: dict, after: dict, names: Sequence[str]) -> dict:
    return {
        key: value
        for name in names
        for key, value in (
            (f"{name}_original", float(before[name])),
            (f"{name}_export", float(after[name])),
            (f"{name}_difference", float(after[name]) - float(before[name])),
        )
    }


def _by_label(before: np.ndarray, after: np.ndarray, labels: Sequence[str]) -> dict[str, float]:
    return dict(zip(labels, (after - before).tolist(), strict=True))
