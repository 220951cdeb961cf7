"""SAFER's connected layers trained alone on features that were computed once, for experiments that train many."""

import dataclasses
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from fer_tf.errors import InputError
from fer_tf.evaluation.scores import confusion_matrix, flat_scores
from fer_tf.labels import EMOTIONS
from fer_tf.models.safer.model import fused_logits
from fer_tf.training.features import FeatureBatches
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer

Layout = Mapping[str, tuple[int, int]]


@dataclasses.dataclass(frozen=True)
class FusionOptions:
    """The connected layers and how they are trained, by AdamW with a cosine schedule.

    Attributes:
        stream_width: units of each stream's own layer; 0 joins features as they are, as the paper does.
        stream_dropout: chance of each stream to be left out of a training image.
        head_width: share of 4096 units in each of the two connected layers.
        dropout: of these.
        epochs: passes over the images.
        batch_size: images in a batch.
        learning_rate: highest rate.
        weight_decay: decoupled.
    """

    stream_width: int = 64
    stream_dropout: float = 0.1
    head_width: float = 0.03125
    dropout: float = 0.5
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.05


def part_of(layout: Layout, names: Sequence[str]) -> tuple[Layout, np.ndarray]:
    """The layout of some parts alone, and their columns in the whole.

    Args:
        layout: name -> (first column, end).
        names: parts to keep, in order.

    Raises:
        InputError: a part that is not there.
    """
    if missing := [name for name in names if name not in layout]:
        raise InputError(f"features have no part {missing[0]!r}: they hold {', '.join(layout)}")
    columns = [np.arange(*layout[name]) for name in names]
    ends = np.cumsum([len(part) for part in columns]).tolist()
    return dict(zip(names, zip([0, *ends[:-1]], ends, strict=True), strict=True)), np.concatenate(columns)


def fit_fusion(
    features: np.ndarray,
    emotions: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray],
    layout: Layout,
    *,
    options: FusionOptions | None = None,
    seed: int = 0,
) -> keras.Model:
    """Trains the layers that follow the features; the best epoch on validation images is kept.

    Args:
        features: (N, F) of the training images, in memory.
        emotions: int (N,), index in ``EMOTIONS``.
        validation: features and emotions of other people's images, which choose the epoch by mean class accuracy.
        layout: of the features.
        options: see ``FusionOptions``.
        seed: of initial weights, dropout and order.

    Returns:
        features (B, F) -> logits (B, 7).

    Raises:
        InputError: fewer images than a batch, or no validation images.
    """
    options = options or FusionOptions()
    if len(features) < options.batch_size:
        raise InputError(f"{len(features)} images are fewer than batch_size={options.batch_size}: choose a smaller one")
    if not len(validation[1]):
        raise InputError("no validation image has a label: choose another validation split")
    keras.utils.set_random_seed(seed + 1)
    inputs = keras.Input((features.shape[1],))
    head = {"stream_width": options.stream_width, "stream_dropout": options.stream_dropout}
    head |= {"head_width": options.head_width, "dropout": options.dropout, "seed": seed}
    model = keras.Model(inputs, fused_logits(inputs, layout, **head), name="fusion")
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[emotions]
    batches = FeatureBatches(features, np.arange(len(features)), options.batch_size, targets, seed)
    recipe = OptimizerOptions(learning_rate=options.learning_rate, weight_decay=options.weight_decay, ema_momentum=0.0)
    optimizer = make_optimizer(recipe, len(batches), options.epochs)
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    best = _Best(*validation)
    model.fit(batches, epochs=options.epochs, verbose=0, shuffle=False, callbacks=[best])
    model.set_weights(best.weights)
    return model


class _Best(keras.callbacks.Callback):
    """Remembers the weights of the epoch with the highest mean class accuracy."""

    def __init__(self, features: np.ndarray, emotions: np.ndarray):
        super().__init__()
        self._features, self._emotions = np.asarray(features, np.float32), emotions
        self._best, self.weights = -1.0, []

    def on_epoch_end(self, epoch, logs=None):
        said = self.model.predict(self._features, batch_size=4096, verbose=0).argmax(axis=1)
        scores = flat_scores(confusion_matrix(self._emotions, said, len(EMOTIONS)), EMOTIONS)
        if scores["mean_class_accuracy"] > self._best:
            self._best, self.weights = float(scores["mean_class_accuracy"]), self.model.get_weights()
