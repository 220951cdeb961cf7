"""Networks in training that have outputs beyond the emotions, and the model of emotions that they share weights with.

Their targets are (B, 7 + D): the emotion's distribution, then the group, one-hot, or zeros where it is unknown. All
start from what the penultimate layer of a model says of an image, the input of its layer ``logits``.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from fer_tf.labels import EMOTIONS
from fer_tf.training.mitigation import losses
from fer_tf.training.mitigation.options import (
    ADVERSARIAL,
    CORAL,
    DISCRIMINATIVE,
    INDEPENDENT,
    OF_NETWORK,
    MitigationOptions,
)

ADVERSARY_WIDTH = 64


@dataclasses.dataclass(frozen=True)
class Mitigated:
    """What is trained, and what comes out of it.

    Attributes:
        trained: images to the outputs that the loss reads.
        predicting: images to logits (B, 7), with the same weights.
        loss: of targets and outputs, for each image.
        logits: outputs to logits (B, 7) as near to ``predicting`` as the outputs allow, for the training accuracy.
    """

    trained: keras.Model
    predicting: keras.Model
    loss: Callable
    logits: Callable


def mitigated(
    model: keras.Model, options: MitigationOptions, counts: np.ndarray, steps: int, *, seed: int = 0
) -> Mitigated | None:
    """The networks of a strategy, or None for one that leaves the network as it is.

    Args:
        model: images to logits (B, 7), with a layer ``logits``.
        options: see ``MitigationOptions``.
        counts: (D, 7), training images of each group and emotion.
        steps: of the whole training.
        seed: of the adversary's initial weights.
    """
    if options.mitigation not in OF_NETWORK:
        return None
    build = {
        ADVERSARIAL: _adversarial,
        CORAL: _coral,
        DISCRIMINATIVE: _discriminative,
        INDEPENDENT: _independent,
    }[options.mitigation]
    return build(model, options, np.asarray(counts), steps, seed)


class GradientReversal(keras.layers.Layer):
    """Passes its input on, and its gradient back with the sign turned (Ganin and Lempitsky 2015).

    "Unsupervised domain adaptation by backpropagation": the factor grows as 2 / (1 + exp(-10 p)) - 1, p the part of the
    training that is done, so that features are worth something before they are fought over.
    """

    def __init__(self, strength: float, steps: int, **options):
        """Takes the factor at the end and the steps of the training."""
        super().__init__(**options)
        self._strength, self._steps = strength, steps

    def build(self, input_shape):
        """Makes the counter of steps, which checkpoints keep."""
        # Not cast in half precision, in which counting stops at 256 or 2048.
        self.step = self.add_weight(
            shape=(), dtype="float32", initializer="zeros", trainable=False, autocast=False, name="step"
        )

    def call(self, inputs, training=False):
        """The inputs."""
        if training:
            self.step.assign_add(1.0)
        done = self.step / self._steps
        factor = ops.cast(self._strength * (2 / (1 + ops.exp(-10 * done)) - 1), inputs.dtype)
        return ops.stop_gradient((1 + factor) * inputs) - factor * inputs


def _features(model: keras.Model) -> keras.KerasTensor:
    return model.get_layer("logits").input


def _adversarial(model, options, counts, steps, seed) -> Mitigated:
    """An adversary reads the group off the features, and they learn to tell it nothing (Zhang et al. 2018).

    "Mitigating unwanted biases with adversarial learning", with the gradient reversal of Ganin and Lempitsky.
    """
    x = GradientReversal(options.mitigation_strength, steps, name="reversal")(_features(model))
    starts = [keras.initializers.GlorotUniform(2 * seed + number) for number in (11, 12)]
    x = keras.layers.Dense(ADVERSARY_WIDTH, activation="relu", kernel_initializer=starts[0], name="adversary")(x)
    guess = keras.layers.Dense(len(counts), kernel_initializer=starts[1], dtype="float32", name="group")(x)
    outputs = keras.layers.Concatenate(dtype="float32", name="emotion_and_group")([model.output, guess])
    return Mitigated(keras.Model(model.input, outputs, name=model.name), model, losses.adversarial, losses.first_logits)


def _coral(model, options, counts, steps, seed) -> Mitigated:
    """Features of all groups get the same covariance (Sun and Saenko 2016, "Deep CORAL", who align the logits)."""
    features = keras.layers.Flatten(dtype="float32", name="aligned")(_features(model))
    outputs = keras.layers.Concatenate(dtype="float32", name="emotion_and_features")([model.output, features])
    trained = keras.Model(model.input, outputs, name=model.name)
    return Mitigated(trained, model, losses.coral(options.mitigation_strength), losses.first_logits)


def _discriminative(model, options, counts, steps, seed) -> Mitigated:
    """One softmax over group and emotion; at the end the group is summed out with equal priors.

    Wang et al. 2020, "Towards fairness in visual recognition", section 4.3, with their correction of the training
    prior: p(emotion) is the sum over groups of p(group, emotion | image) / p(group, emotion).
    """
    heads = _heads(model, len(counts))
    # A pair that training lacks has next to no say: e^-20. More would leave int8 no steps for the others.
    log_prior = np.where(counts > 0, np.log(np.maximum(counts, 1) / counts.sum()), 20.0)
    even = keras.layers.Rescaling(1.0, offset=(-log_prior).reshape(-1).tolist(), name="even_prior")(heads)
    each = keras.layers.Reshape((len(counts), len(EMOTIONS)), name="by_group")(even)
    predicting = keras.Model(model.input, ops.logsumexp(each, axis=1), name=model.name)
    trained = keras.Model(model.input, heads, name=model.name)
    return Mitigated(trained, predicting, losses.discriminative, losses.summed_logits)


def _independent(model, options, counts, steps, seed) -> Mitigated:
    """A head for each group on shared features, averaged at the end (Wang et al. 2020, section 4.4)."""
    heads = _heads(model, len(counts))
    each = keras.layers.Reshape((len(counts), len(EMOTIONS)), name="by_group")(heads)
    predicting = keras.Model(
        model.input, keras.layers.GlobalAveragePooling1D(name="mean_of_groups")(each), name=model.name
    )
    trained = keras.Model(model.input, heads, name=model.name)
    return Mitigated(trained, predicting, losses.independent, losses.mean_logits)


def _heads(model: keras.Model, groups: int) -> keras.KerasTensor:
    """Logits (B, D 7) of a head for each group, all starting as the model's own."""
    layer = keras.layers.Dense(groups * len(EMOTIONS), dtype="float32", name="logits_by_group")
    outputs = layer(_features(model))
    layer.set_weights([np.tile(weights, groups) for weights in model.get_layer("logits").get_weights()])
    return outputs
