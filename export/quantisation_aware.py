"""Fine-tuning for models that lose too much as int8 files.

The weights are trained while every kernel and tensor is rounded as the int8 file rounds it (Jacob et al. 2018, arXiv
1712.05877, section 3). What they learn is what the float model answers, not the labels: the file shall be the model
that was audited, made small, and not another one.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from export.equalisation import equalise
from export.fake_quantisation import QuantisedTwin
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, EMOTION_TASK

# Share of the images on which the epochs are compared.
_HELD_OUT = 0.2
# As many as the export's own calibration looks at.
_CALIBRATION = 500
# Of the weights before the first epoch.
_STATES = {-1: "as given", 0: "equalised"}


def fine_tune(
    model: keras.Model,
    images: np.ndarray,
    epochs: int,
    *,
    task: str = EMOTION_TASK,
    learning_rate: float = 1e-5,
    batch_size: int = 32,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> keras.Model:
    """A copy of a model whose int8 file answers more nearly what the model answers.

    First channels are equalised, then all weights are trained with the cross-entropy to the model's own probabilities
    as the loss, by Adam at a constant rate. Ranges are taken anew before each epoch and stay as they are within it. A
    fifth of the images is held out, and what has the smallest loss there is kept: the weights as given, as equalised,
    or after one of the epochs.

    Args:
        model: image (B, size, size, 3) -> logits (B, outputs); stays as it is.
        images: uint8 or float (N, size, size, 3), 0..255: training images, N at least 5; no labels are needed.
        epochs: how often each image is shown, at least 1.
        task: ``labels.EMOTION_TASK``, probabilities by softmax, or ``ACTION_UNIT_TASK``, by sigmoid.
        learning_rate: of Adam.
        batch_size: images in a step.
        seed: of the order and of what is held out.
        say: gets a line with the held-out loss of each state of the weights.

    Returns:
        functional model of the same layers and names, for ``export_tflite(..., "int8", ...)``.

    Raises:
        InputError: a layer whose int8 form is not known, too few images, images of another size, or no epoch.
    """
    _check(model, images, epochs)
    tuned = keras.models.clone_model(model)
    tuned.set_weights(model.get_weights())
    twin = QuantisedTwin(tuned)
    random = np.random.default_rng(seed)
    order = random.permutation(len(images))
    held_out, shown = np.split(order, [max(1, round(_HELD_OUT * len(images)))])
    logits = np.concatenate([model.predict_on_batch(batch) for batch in _batches(images, batch_size)])
    loss, targets = _loss(task, logits)
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(twin.variables)
    step = _step(twin, loss, optimizer)
    calibration = images[shown[:_CALIBRATION]]
    best, kept = np.inf, None
    for epoch in range(-1, epochs + 1):
        if epoch == 0:
            equalise(twin, calibration)
        for batch in _batches(random.permutation(shown), batch_size) if epoch > 0 else ():
            step(images[batch], targets[batch])
        twin.calibrate(calibration)
        value = _mean_loss(twin, loss, images[held_out], targets[held_out], batch_size)
        say(f"{_STATES.get(epoch, f'epoch {epoch}')}: held-out loss {value:.4f}")
        if value < best:
            best, kept = value, tuned.get_weights()
    tuned.set_weights(kept)
    return tuned


def _check(model: keras.Model, images: np.ndarray, epochs: int) -> None:
    if epochs < 1:
        raise InputError(f"fine-tuning got {epochs} epochs: it needs at least 1")
    if len(images) < 5 or images.shape[1:] != tuple(model.input_shape[1:]):
        raise InputError(
            f"fine-tuning got images of shape {images.shape}: expected at least 5 of {tuple(model.input_shape[1:])}"
        )


def _batches(values: np.ndarray, size: int) -> list[np.ndarray]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _loss(task: str, logits: np.ndarray):
    """Loss of (targets, logits) and the float model's probabilities as its targets."""
    if task == ACTION_UNIT_TASK:
        return keras.losses.BinaryCrossentropy(from_logits=True), keras.ops.sigmoid(logits).numpy()
    return keras.losses.CategoricalCrossentropy(from_logits=True), keras.ops.softmax(logits).numpy()


def _step(twin: QuantisedTwin, loss: keras.losses.Loss, optimizer: keras.optimizers.Optimizer):
    @tf.function(reduce_retracing=True)
    def step(images, targets):
        values = [variable.value for variable in twin.variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            # Those of frozen layers too: they are rounded as well.
            tape.watch(values)
            value = loss(targets, twin(images))
        optimizer.apply(tape.gradient(value, values), twin.variables)

    return step


def _mean_loss(twin: QuantisedTwin, loss, images: np.ndarray, targets: np.ndarray, batch_size: int) -> float:
    logits = np.concatenate([twin.quantised(batch).numpy() for batch in _batches(images, batch_size)])
    return float(loss(targets, logits))
