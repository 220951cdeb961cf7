"""From a record's label and votes to the distribution that a model is trained on."""

import dataclasses

import numpy as np
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

LOSSES = ("cross_entropy", "class_weighted", "soft_labels")


@dataclasses.dataclass(frozen=True)
class TargetOptions:
    """What the loss compares a prediction with.

    Attributes:
        loss: ``cross_entropy`` on the label; ``class_weighted``, the same with rare
            classes counting more; ``soft_labels``, annotators' votes where there are any.
        label_smoothing: share of the target spread evenly over the classes, 0..1.
        class_weight_power: with ``class_weighted``: weight = (n / (7 n_class)) ** power,
            so 1 balances the classes fully and 0.5 half way.
        votes_weight: with ``soft_labels``: share of the votes against the label, 0..1.
    """

    loss: str = "cross_entropy"
    label_smoothing: float = 0.1
    class_weight_power: float = 1.0
    votes_weight: float = 1.0

    def __post_init__(self):
        if self.loss not in LOSSES:
            raise InputError(f"loss is {self.loss!r}: choose one of {', '.join(LOSSES)}")
        for name in ("label_smoothing", "class_weight_power", "votes_weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}: it must lie in 0..1")


def class_weights(counts: np.ndarray, power: float) -> np.ndarray:
    """Weight of each class; a class that never occurs gets 0.

    Args:
        counts: (7,) number of training examples of each class.
        power: 0 (all equal) to 1 (fully balanced).

    Returns:
        (7,) float32, scaled so that the mean weight over the examples is 1.
    """
    counts = np.asarray(counts, np.float64)
    present = counts > 0
    weights = np.zeros(len(counts))
    weights[present] = (counts.sum() / (present.sum() * counts[present])) ** power
    return (weights * counts.sum() / (weights * counts).sum()).astype(np.float32)


def soft_target(emotion: tf.Tensor, votes: tf.Tensor, options: TargetOptions) -> tf.Tensor:
    """Target distributions of a batch.

    Args:
        emotion: int32 (B,), 0..6.
        votes: float32 (B, 7), not negative, NaN where there are none; need not sum to 1.
        options: see ``TargetOptions``.

    Returns:
        float32 (B, 7), rows sum to 1.
    """
    target = tf.one_hot(emotion, len(EMOTIONS))
    if options.loss == "soft_labels":
        votes = tf.where(tf.math.is_nan(votes), 0.0, votes)
        total = tf.reduce_sum(votes, axis=-1, keepdims=True)
        share = tf.where(total > 0, options.votes_weight, 0.0)
        target = (1 - share) * target + share * tf.math.divide_no_nan(votes, total)
    return target * (1 - options.label_smoothing) + options.label_smoothing / len(EMOTIONS)


class EmotionTargets:
    """Targets of an emotion model, once its training labels are known.

    Attributes:
        fields: features of a record that the target is made from.
        class_counts: (7,) int64, examples of each emotion.
    """

    fields = ("emotion", "emotion_votes")

    def __init__(self, options: TargetOptions, facts: dict[str, np.ndarray], dataset: str):
        """Counts the labels.

        Args:
            options: see ``TargetOptions``.
            facts: columns of the training split, ``fields`` among them.
            dataset: its name, for the error.

        Raises:
            InputError: votes are asked for and no image has any.
        """
        self._options = options
        labelled = self.labelled(facts)
        self.class_counts = np.bincount(facts["emotion"][labelled], minlength=len(EMOTIONS))
        voted = np.nansum(facts["emotion_votes"][labelled], axis=1) > 0
        if options.loss == "soft_labels" and not voted.any():
            raise InputError(
                f"loss is soft_labels and no image of {dataset} has votes: "
                "build it with its file of votes, or choose another loss"
            )
        self._weights = (
            class_weights(self.class_counts, options.class_weight_power)
            if options.loss == "class_weighted"
            else np.ones(len(EMOTIONS), np.float32)
        )

    def labelled(self, record: dict):
        """Whether a record, or each row of columns, has an emotion."""
        return record["emotion"] >= 0

    def of_batch(self, emotion: tf.Tensor, votes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Targets float32 (B, 7) and weights float32 (B,) of a batch of ``fields``."""
        return soft_target(emotion, votes, self._options), tf.gather(self._weights, emotion)
