"""Heads trained alone on cached features, for experiments that train many."""

import dataclasses

import keras
import numpy as np

from fer_tf.errors import InputError
from fer_tf.models.heads import connected_head
from fer_tf.training.features import FeatureBatches
from fer_tf.training.losses import MaskedBinaryCrossentropy
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer

# So many values are read at once: 4 GiB in half precision.
_IN_MEMORY = 2**31


@dataclasses.dataclass(frozen=True)
class HeadOptions:
    """A head and how it is trained, by AdamW with a cosine schedule.

    Attributes:
        head_width: share of 4096 units in each of its two layers.
        dropout: of these.
        epochs: passes over the images.
        batch_size: images in a batch.
        learning_rate: highest rate.
    """

    head_width: float = 0.0625
    dropout: float = 0.3
    epochs: int = 15
    batch_size: int = 256
    learning_rate: float = 1e-3


def fit_head(
    features: np.ndarray,
    targets: np.ndarray,
    *,
    rows: np.ndarray | None = None,
    positive_weights: np.ndarray | None = None,
    options: HeadOptions | None = None,
    seed: int = 0,
) -> list[np.ndarray]:
    """Trains a head alone, for experiments that train many.

    Args:
        features: (N, F), in memory or on disk.
        targets: float (N, outputs), 0..1, NaN for missing.
        rows: int (M,), the images to train on, such as those of one group; None takes all.
        positive_weights: (outputs,), see ``MaskedBinaryCrossentropy``.
        options: see ``HeadOptions``.
        seed: of initial weights, dropout and order.

    Returns:
        kernel and bias of fc1, fc2 and logits, for ``head_logits``.

    Raises:
        InputError: fewer images than a batch, or labels all NaN.
    """
    options = options or HeadOptions()
    rows = np.arange(len(features)) if rows is None else np.asarray(rows)
    if len(rows) < options.batch_size:
        raise InputError(f"{len(rows)} images are fewer than batch_size={options.batch_size}: choose a smaller one")
    if np.isnan(targets[rows]).all():
        raise InputError("no image has a label for any output: there is nothing to train on")
    inputs = keras.Input((features.shape[1],))
    logits = connected_head(
        inputs, outputs=targets.shape[1], width=options.head_width, dropout=options.dropout, seed=seed
    )
    head = keras.Model(inputs, logits, name="head")
    targets = targets[rows]
    if len(rows) * features.shape[1] <= _IN_MEMORY:
        # Rows of a file, drawn at random in every epoch, take longer than what is computed from them.
        features, rows = np.asarray(features[rows]), np.arange(len(rows))
    batches = FeatureBatches(features, rows, options.batch_size, targets, seed)
    recipe = OptimizerOptions(learning_rate=options.learning_rate, ema_momentum=0.0)
    optimizer = make_optimizer(recipe, len(batches), options.epochs)
    head.compile(optimizer, MaskedBinaryCrossentropy(positive_weights))
    head.fit(batches, epochs=options.epochs, verbose=0, shuffle=False)
    return head.get_weights()


def head_logits(weights: list[np.ndarray], features: np.ndarray, batch_size: int = 4096) -> np.ndarray:
    """Logits of a head, float32 (N, outputs), in NumPy.

    Args:
        weights: of ``fit_head``.
        features: (N, F).
        batch_size: rows that are in memory at once.
    """
    parts = []
    for start in range(0, len(features), batch_size):
        values = np.asarray(features[start : start + batch_size], np.float32)
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            values = np.maximum(values @ kernel + bias, 0)
        parts.append(values @ weights[-2] + weights[-1])
    return np.concatenate(parts)
