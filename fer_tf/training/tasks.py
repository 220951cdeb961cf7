"""What differs between training emotions and training action units: loss, metric, validation."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

import keras
import numpy as np

from fer_tf.data.action_units import ActionUnitTargets, presence, unit_columns
from fer_tf.data.targets import EmotionTargets
from fer_tf.evaluation import action_units
from fer_tf.evaluation.plots import confusion_png, unit_scores_png
from fer_tf.evaluation.predictions import group_words
from fer_tf.evaluation.scores import confusion_matrix, scores
from fer_tf.labels import ACTION_UNIT_TASK, ACTION_UNITS, EMOTION_TASK, EMOTIONS, GROUPS, unit_names
from fer_tf.training.losses import MaskedAccuracy, MaskedBinaryCrossentropy

# A curve of fewer images jumps about.
_FEWEST = 30
_GROUP_SCORE = "mean_class_accuracy"
_THRESHOLD = 0.5


class Judge(Protocol):
    """Scores the validation images of an epoch."""

    def __call__(self, logits: np.ndarray) -> dict[str, float]:
        """Scores of (N, outputs) logits by name, ``loss`` first."""
        ...

    def picture(self, title: str) -> bytes:
        """PNG of the scores of the last call."""
        ...

    def by_group(self) -> dict[str, float]:
        """Main score of the last call for each group of enough images: ``gender/female`` and so on."""
        ...


@dataclasses.dataclass(frozen=True)
class Task:
    """How one kind of model is trained.

    Attributes:
        monitors: validation scores that may decide, the default first; higher is better.
        loss: of logits.
        metric: of the training batches, named ``accuracy``.
        judge: makes the judge from the columns of the validation images.
        picture: what the judge's picture is called.
        units: action units of the outputs; None: the outputs are the emotions.
        facts: for ``run.json``.
    """

    monitors: tuple[str, ...]
    loss: keras.losses.Loss
    metric: keras.metrics.Metric
    judge: Callable[[dict[str, np.ndarray]], Judge]
    picture: str
    units: tuple[int, ...] | None
    facts: dict[str, object]


EMOTION_MONITORS = ("val_accuracy", "val_mean_class_accuracy", "val_macro_f1")
ACTION_UNIT_MONITORS = ("val_macro_f1", "val_weighted_f1", "val_macro_auc")
MONITORS = tuple(dict.fromkeys(EMOTION_MONITORS + ACTION_UNIT_MONITORS))


def task_for(targets: EmotionTargets | ActionUnitTargets) -> Task:
    """The task that some training labels pose."""
    if isinstance(targets, EmotionTargets):
        return Task(
            EMOTION_MONITORS,
            keras.losses.CategoricalCrossentropy(from_logits=True),
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            EmotionJudge,
            "confusion",
            None,
            {"task": EMOTION_TASK, "labels": EMOTIONS},
        )
    occurrences = {
        name: {"present": int(present), "annotated": int(present + absent)}
        for name, present, absent in zip(unit_names(ACTION_UNITS), targets.present, targets.absent, strict=True)
    }
    return Task(
        ACTION_UNIT_MONITORS,
        MaskedBinaryCrossentropy(targets.positive_weights),
        MaskedAccuracy(),
        lambda columns: ActionUnitJudge(columns, targets.units),
        "action_units",
        targets.units,
        {"task": ACTION_UNIT_TASK, "labels": unit_names(targets.units), "occurrences": occurrences},
    )


class EmotionJudge:
    """Plain cross-entropy and the scores of ``evaluation.scores``."""

    def __init__(self, columns: dict[str, np.ndarray]):
        """Takes the columns of the validation images."""
        self._truth, self._groups = columns["emotion"], _groups(columns)
        self._predicted = np.zeros_like(self._truth)
        self._confusion = np.zeros((len(EMOTIONS),) * 2, np.int64)

    def __call__(self, logits: np.ndarray) -> dict[str, float]:
        """See ``Judge``."""
        self._predicted = logits.argmax(axis=1)
        self._confusion = confusion_matrix(self._truth, self._predicted, logits.shape[1])
        values = {name: float(value) for name, value in scores(self._confusion).items()}
        return {"loss": _cross_entropy(logits, self._truth)} | values

    def by_group(self) -> dict[str, float]:
        """Mean class accuracy, see ``Judge``."""
        classes = len(EMOTIONS)
        return {
            name: float(scores(confusion_matrix(self._truth[member], self._predicted[member], classes))[_GROUP_SCORE])
            for name, member in self._groups.items()
        }

    def picture(self, title: str) -> bytes:
        """The confusion matrix."""
        return confusion_png(self._confusion, title)


class ActionUnitJudge:
    """Unweighted masked cross-entropy and the scores of ``evaluation.action_units`` at 0.5."""

    def __init__(self, columns: dict[str, np.ndarray], units: Sequence[int]):
        """Takes the columns of the validation images and the units of the outputs."""
        self._truth, self._units = presence(columns["action_units"][:, unit_columns(units)]), units
        self._values, self._groups = {}, _groups(columns)
        self._predicted = np.zeros_like(self._truth, bool)

    def __call__(self, logits: np.ndarray) -> dict[str, float]:
        """See ``Judge``."""
        probabilities = action_units.probabilities(logits)
        self._predicted = probabilities >= _THRESHOLD
        self._values = action_units.scores(self._truth, probabilities, _THRESHOLD)
        known = ~np.isnan(self._truth)
        losses = np.logaddexp(0, np.where(self._truth == 1, -logits, logits).astype(np.float64))
        loss = float(losses[known].mean()) if known.any() else float("nan")
        return {"loss": loss} | {name: float(self._values[name]) for name in action_units.SUMMARY}

    def by_group(self) -> dict[str, float]:
        """Macro F1, see ``Judge``."""
        found = {}
        for name, member in self._groups.items():
            counted = action_units.counts(self._truth[member], self._predicted[member])
            found[name] = float(action_units.f1_scores(counted)["macro_f1"])
        return found

    def picture(self, title: str) -> bytes:
        """F1 of each unit."""
        return unit_scores_png(self._units, self._values, title=title)


def _groups(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Members of each group that is known of and has images enough, bool (N,)."""
    found = {}
    for column, words in group_words({name: columns[name] for name in GROUPS}).items():
        for group in sorted(set(words) - {""}):
            if (words == group).sum() >= _FEWEST:
                found[f"{column}/{group}"] = words == group
    return found


def _cross_entropy(logits: np.ndarray, truth: np.ndarray) -> float:
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-log_probability[np.arange(len(truth)), truth].mean())
