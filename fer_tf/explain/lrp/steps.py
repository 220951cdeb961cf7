"""The steps of a network that are no linear maps of their own: activations, pooling, sums, and what moves values.

Each is a function of what comes in that returns what goes out, and a function that takes relevance the same way back.
"""

import dataclasses
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from fer_tf.explain.lrp.rules import stabilised

# From relevance of what goes out to relevance of each thing that came in.
Back = Callable[[tf.Tensor], list[tf.Tensor]]
_EPSILON = 1e-6


def passing(function: Callable) -> Callable[[Sequence[tf.Tensor]], tuple[tf.Tensor, Back]]:
    """Activations, dropout, scaling: each output has one input, which takes all its relevance."""
    return lambda inputs: (function(inputs), lambda relevance: [relevance])


def passing_normalisation(layer: keras.layers.Layer) -> Callable[[Sequence[tf.Tensor]], tuple[tf.Tensor, Back]]:
    """Batch normalisation that stands alone, with its running averages: passes, as a scaling does."""
    return lambda inputs: (layer(inputs[0], training=False), lambda relevance: [relevance])


def moving(function: Callable) -> Callable[[Sequence[tf.Tensor]], tuple[tf.Tensor, Back]]:
    """Flattening, cropping, padding, flipping, joining: relevance goes where the value came from."""

    def step(inputs: Sequence[tf.Tensor]) -> tuple[tf.Tensor, Back]:
        inputs = list(inputs)

        def back(relevance: tf.Tensor) -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                moved = function(inputs)
            return tape.gradient(moved, inputs, relevance, unconnected_gradients=tf.UnconnectedGradients.ZERO)

        return function(inputs), back

    return step


def averaging(layer: keras.layers.Layer) -> Callable[[Sequence[tf.Tensor]], tuple[tf.Tensor, Back]]:
    """Average pooling: R_j = a_j / sum_j a_j R_k over each window; also what a maximum can be taken for."""
    return lambda inputs: _shared_in_windows(layer, inputs[0])


def pooling_by_winner(layer: keras.layers.Layer) -> Callable[[Sequence[tf.Tensor]], tuple[tf.Tensor, Back]]:
    """Maximum pooling: the largest input of a window takes all; of several the first."""
    window, strides, padding = _window(layer)

    def step(inputs: Sequence[tf.Tensor]) -> tuple[tf.Tensor, Back]:
        (a,) = inputs
        largest = tf.nn.max_pool2d(a, window, strides, padding)
        options = {"ksize": window, "strides": strides, "padding": padding}
        return largest, lambda relevance: [
            tf.raw_ops.MaxPoolGrad(orig_input=a, orig_output=largest, grad=relevance, **options)
        ]

    return step


def pooling_by_average(layer: keras.layers.Layer) -> Callable[[Sequence[tf.Tensor]], tuple[tf.Tensor, Back]]:
    """Maximum pooling whose relevance is divided as if it were average pooling (Montavon et al. 2019, 10.3.1)."""
    window, strides, padding = _window(layer)
    average = keras.layers.AveragePooling2D(window[1:3], strides[1:3], padding.lower(), data_format="channels_last")

    def step(inputs: Sequence[tf.Tensor]) -> tuple[tf.Tensor, Back]:
        _, back = _shared_in_windows(average, inputs[0])
        return tf.nn.max_pool2d(inputs[0], window, strides, padding), back

    return step


@dataclasses.dataclass(frozen=True)
class SumBySign:
    """Addition: R_i = a_i / (sum_i a_i) R, stabilised: the epsilon rule with weights of one."""

    epsilon: float = _EPSILON

    def __call__(self, inputs: Sequence[tf.Tensor]) -> tuple[tf.Tensor, Back]:
        """See the module."""
        total = tf.add_n(inputs)
        divisor = stabilised(total, self.epsilon)
        return total, lambda relevance: [part * tf.math.divide_no_nan(relevance, divisor) for part in inputs]


@dataclasses.dataclass(frozen=True)
class SumBySize:
    """Addition: R_i = |a_i| / (sum_i |a_i|) R: bounded where branches cancel out.

    Otsuki et al. 2024, "Layer-Wise Relevance Propagation with Conservation Property for ResNet", eq. 7 (ratio-based).
    """

    def __call__(self, inputs: Sequence[tf.Tensor]) -> tuple[tf.Tensor, Back]:
        """See the module."""
        sizes = [tf.abs(part) for part in inputs]
        total = tf.add_n(sizes)
        # Where all are zero, nothing tells the branches apart: each gets the same.
        equal = 1 / len(inputs)
        shares = [tf.where(total > 0, tf.math.divide_no_nan(size, total), equal) for size in sizes]
        return tf.add_n(inputs), lambda relevance: [share * relevance for share in shares]


def _shared_in_windows(layer: keras.layers.Layer, a: tf.Tensor) -> tuple[tf.Tensor, Back]:
    mean = layer(a)
    divisor = stabilised(mean, _EPSILON)
    ones = tf.ones_like(a)  # the map is linear: its transpose is the same everywhere

    def back(relevance: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as inner:
            inner.watch(ones)
            out = layer(ones)
        return [a * inner.gradient(out, ones, tf.math.divide_no_nan(relevance, divisor))]

    return mean, back


def _window(layer: keras.layers.Layer) -> tuple[list[int], list[int], str]:
    return [1, *layer.pool_size, 1], [1, *layer.strides, 1], layer.padding.upper()
