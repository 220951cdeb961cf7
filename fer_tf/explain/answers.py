"""What a model answered on the images of a dataset: the one form in which emotions and action units are explained."""

import dataclasses

import numpy as np

from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.predictions import Predictions
from fer_tf.explain.summary import outcome
from fer_tf.labels import EMOTIONS, unit_names

Pairs = dict[str, list[tuple[int, str]]]
"""image_id -> number of a label and outcome: what is explained of each image."""


@dataclasses.dataclass(frozen=True)
class Answers:
    """A model's answers.

    Attributes:
        labels: names of the logits.
        image_id: text (N,).
        subject_id: text (N,), ``""`` where unknown.
        outcomes: text (N, labels), see ``summary.outcome``.
        probabilities: float (N, labels).
        groups: column name -> text (N,).
    """

    labels: tuple[str, ...]
    image_id: np.ndarray
    subject_id: np.ndarray
    outcomes: np.ndarray
    probabilities: np.ndarray
    groups: dict[str, np.ndarray]


def unit_answers(predictions: ActionUnitPredictions, thresholds: np.ndarray | float = 0.5) -> Answers:
    """Of action units, each a yes or no.

    Args:
        predictions: of the images; of units without a label nothing is explained.
        thresholds: (U,) or one, probability from which on a unit counts as present.
    """
    words = outcome(predictions.truth == 1, predictions.probabilities >= thresholds)
    words[np.isnan(predictions.truth)] = ""
    return _answers(predictions, unit_names(predictions.units), words)


def emotion_answers(predictions: Predictions) -> Answers:
    """Of emotions: the one that was said, and the one that it was."""
    numbers = np.arange(len(EMOTIONS))
    true, said = (values[:, None] == numbers for values in (predictions.truth, predictions.predicted))
    return _answers(predictions, EMOTIONS, outcome(true, said))


def chosen_pairs(answers: Answers, most: int, *, seed: int = 0) -> Pairs:
    """What is explained: at random, up to ``most`` images of each outcome of each label.

    Args:
        answers: of the images.
        most: of true positives, of false positives and of what was missed; 0 takes all.
        seed: of the choice.
    """
    random, chosen = np.random.default_rng(seed), {}
    for label in range(len(answers.labels)):
        for word in sorted(set(answers.outcomes[:, label]) - {""}):
            rows = random.permutation(np.flatnonzero(answers.outcomes[:, label] == word))
            for row in np.sort(rows[: most or None]):
                chosen.setdefault(str(answers.image_id[row]), []).append((label, word))
    return chosen


def _answers(predictions, labels, outcomes: np.ndarray) -> Answers:
    return Answers(
        tuple(labels),
        predictions.image_id,
        predictions.subject_id,
        outcomes,
        predictions.probabilities,
        predictions.groups,
    )
