"""What iNNvestigate can explain: networks whose layers stand in one row, described as plain data."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.explain.lrp import graph
from fer_tf.explain.view import input_steps, through

_LAYERS = {
    graph.CONVOLUTION: ("filters", "kernel_size", "strides", "padding", "use_bias"),
    graph.DENSE: ("units", "use_bias"),
    graph.MAXIMUM: ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "GlobalAveragePooling2D": (),
    "Flatten": (),
}


@dataclasses.dataclass(frozen=True)
class Chain:
    """A network in one row.

    Attributes:
        before: steps from the picture to the first layer with weights: scaling, flipping, cropping.
        layers: the rest, each with ``kind`` and the arguments of that Keras layer.
        with_weights: the layers that have weights, in order.
        shape: of what comes into the first of ``layers``.
        targets: number of logits.
    """

    before: tuple[graph.Step, ...]
    layers: tuple[dict, ...]
    with_weights: tuple[keras.layers.Layer, ...]
    shape: tuple[int, ...]
    targets: int

    def weights(self) -> list[np.ndarray]:
        """Kernels and biases as they are now."""
        return [np.asarray(weight, np.float32) for layer in self.with_weights for weight in layer.get_weights()]

    def prepared(self, images: np.ndarray) -> np.ndarray:
        """What comes into the first layer."""
        return through(self.before, tf.cast(images, tf.float32))[0].numpy()

    def back(self, images: np.ndarray, relevance: np.ndarray) -> np.ndarray:
        """Relevance of what comes into the first layer, as relevance of the pictures."""
        _, back = through(self.before, tf.cast(images, tf.float32))
        return back(tf.convert_to_tensor(relevance)).numpy()


def read_chain(model: keras.Model) -> Chain:
    """Describes a model.

    Raises:
        InputError: a layer that iNNvestigate cannot do, or layers that do not stand in one row.
    """
    network = graph.read_graph(model)
    before = input_steps(network)
    steps = [step for step in network.steps[len(before) :] if step.kind not in graph.IDLE]
    layers, with_weights = [], []
    for step in steps:
        if step.kind == "Rectified" and layers and "activation" not in layers[-1] and not _is_relu6(step):
            layers[-1]["activation"] = "relu"
            continue
        if len(step.sources) != 1 or step.kind not in _LAYERS or step.normalisation is not None:
            raise InputError(
                f"layer {step.name!r} ({step.kind}): iNNvestigate does not do it in current TensorFlow; "
                "take one of our own methods"
            )
        layers.append({"kind": step.kind} | {name: getattr(step.layer, name) for name in _LAYERS[step.kind]})
        if step.kind in graph.MAPS:
            with_weights.append(step.layer)
    if not with_weights:
        raise InputError(f"model {model.name} has no layer with weights: nothing to explain")
    shape = tuple(with_weights[0].input.shape[1:])
    return Chain(before, tuple(layers), tuple(with_weights), shape, model.output_shape[-1])


def _is_relu6(step: graph.Step) -> bool:
    named = type(step.layer).__name__ == "Relu6" or step.layer is keras.activations.relu6
    return named or getattr(step.layer, "max_value", None) is not None
