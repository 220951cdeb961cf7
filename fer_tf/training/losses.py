"""Loss and training metric of action units, which leave missing labels out."""

import keras
import numpy as np
from keras import ops


def masked_binary_cross_entropy(targets, logits, present, positive_weights=1.0):
    """Binary cross-entropy of each label, exactly 0 where there is none.

    L = sum m BCE / max(1, sum m) is its sum over the batch divided by the number of labels, after
    Pahl, Rieger and Seuss 2020, who leave unlabelled units out (the formula is our choice).

    Args:
        targets: (..., units), 0..1; what stands where ``present`` is False, NaN too, changes
            neither value nor gradient.
        logits: (..., units).
        present: bool (..., units), whether there is a label.
        positive_weights: (units,), factor on the loss of what is present, by its share of the target.

    Returns:
        (..., units), same dtype as the logits.
    """
    # The garbage goes before anything is computed from it: 0 * NaN in a gradient is NaN.
    targets = ops.where(present, ops.cast(targets, logits.dtype), 0.0)
    positive = positive_weights * targets * ops.softplus(-logits)
    return ops.where(present, positive + (1.0 - targets) * ops.softplus(logits), 0.0)


class MaskedBinaryCrossentropy(keras.losses.Loss):
    """Mean binary cross-entropy over the labels of a batch; NaN targets are missing.

    Called by Keras with targets (B, units), 0..1 or NaN, and logits (B, units).
    """

    def __init__(self, positive_weights: np.ndarray | None = None, name: str = "masked_binary_crossentropy"):
        """Takes a factor for each unit, (units,), on the loss where it is present; None: all 1."""
        super().__init__(name=name)
        self._positive_weights = 1.0 if positive_weights is None else np.asarray(positive_weights, np.float32)

    def call(self, y_true, y_pred):
        """Loss of each example, scaled so that the mean over the batch is the mean over its labels."""
        present = ops.logical_not(ops.isnan(y_true))
        losses = masked_binary_cross_entropy(y_true, y_pred, present, self._positive_weights)
        labels = ops.sum(ops.cast(present, losses.dtype))
        images = ops.cast(ops.shape(losses)[0], losses.dtype)
        return ops.sum(losses, axis=-1) * images / ops.maximum(labels, 1.0)


class MaskedAccuracy(keras.metrics.Mean):
    """Share of the labels, present or absent, on whose side the logit is; NaN targets are left out."""

    def __init__(self, name: str = "accuracy"):
        """Starts at nothing seen."""
        super().__init__(name=name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch: targets (B, units), 0..1 or NaN, and logits (B, units)."""
        right = ops.cast(ops.equal(y_true > 0.5, y_pred > 0), "float32")
        super().update_state(right, ops.cast(ops.logical_not(ops.isnan(y_true)), "float32"))
