"""A float model computed as its int8 TFLite file computes it, with gradients.

Real numbers r stand on a grid of whole numbers q, r = S (q - Z), and come back as floats at once, so that the error
of the rounding is in the result and its gradient goes straight through (Jacob et al. 2018, arXiv 1712.05877, equations
1 and 12). Kernels have one scale for each output channel, S = max |w| / 127, and Z = 0; tensors between the layers
have one scale and one zero point, from the smallest and the largest value that was seen.
"""

import itertools
from collections.abc import Callable, Hashable

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from export.lite_graph import behind_scaling
from fer_tf.errors import InputError
from fer_tf.explain.lrp import graph as lrp
from fer_tf.explain.lrp.graph import Step, read_graph

_LOWEST, _HIGHEST = -128, 127
# Their result lies on their input's grid: TFLite gives both one scale.
_ON_THE_SAME_GRID = (lrp.MAXIMUM, "AveragePooling2D", *lrp.MOVING, *lrp.IDLE, "Cast")
_RECTIFIED, _RESCALING = "Rectified", "Rescaling"
_ON_A_NEW_GRID = (*lrp.MAPS, lrp.ADDITION, lrp.NORMALISATION, "GlobalAveragePooling2D", _RECTIFIED, _RESCALING)
# Several inputs or parts, for which TFLite's rules are others.
_UNKNOWN = ("Concatenate", "GetItem")
# Batches of pictures in which ranges are looked for.
_BATCH = 32


def fake_quantise(values: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """Puts a tensor on TFLite's grid of 256 levels.

    Args:
        values: float32, any shape.
        low: scalar, smallest value seen; above 0 it counts as 0, which must be on the grid.
        high: scalar, largest value seen; below 0 it counts as 0.

    Returns:
        same shape; the gradient is 1 inside the range and 0 where it is cut off.
    """
    low, high = tf.minimum(low, 0.0), tf.maximum(high, 0.0)
    scale = tf.maximum((high - low) / (_HIGHEST - _LOWEST), 1e-12)
    # Halves go away from zero in the converter and to even numbers in tf.round.
    zero = _LOWEST - low / scale
    zero = tf.sign(zero) * tf.floor(tf.abs(zero) + 0.5)
    inside = tf.clip_by_value(values, (_LOWEST - zero) * scale, (_HIGHEST - zero) * scale)
    return inside + tf.stop_gradient(tf.round(inside / scale) * scale - inside)


def fake_quantise_kernel(kernel: tf.Tensor, channel_axes: int = 1) -> tf.Tensor:
    """Puts a kernel on grids of -127..127, one for each output channel.

    Args:
        kernel: float32, output channels last.
        channel_axes: how many of the last axes count the output channels: 2 of a depthwise kernel (h, w, C, M).

    Returns:
        same shape; the gradient is 1 everywhere.
    """
    others = list(range(len(kernel.shape) - channel_axes))
    largest = tf.reduce_max(tf.abs(kernel), axis=others, keepdims=True)
    scale = tf.maximum(largest / _HIGHEST, 1e-12)
    return kernel + tf.stop_gradient(tf.round(kernel / scale) * scale - kernel)


def folded(step: Step) -> tuple[tf.Tensor, tf.Tensor]:
    """Kernel and bias of a linear map with the running averages of its batch normalisation in them.

    Scaling an output channel scales its grid too, so folding before or after the rounding is the same
    (Jacob et al. 2018, section 3.2, with one scale for each channel).

    Args:
        step: of kind ``lrp.graph.MAPS``.

    Returns:
        kernel in the layer's shape, bias (channels,).
    """
    layer, normalisation = step.layer, step.normalisation
    kernel = tf.convert_to_tensor(layer.kernel)
    channels = kernel.shape[-1] * (kernel.shape[-2] if step.kind == lrp.DEPTHWISE else 1)
    bias = tf.zeros(channels) if layer.bias is None else tf.convert_to_tensor(layer.bias)
    if normalisation is None:
        return kernel, bias
    factor = tf.math.rsqrt(tf.convert_to_tensor(normalisation.moving_variance) + normalisation.epsilon)
    if normalisation.gamma is not None:
        factor *= normalisation.gamma
    bias = (bias - normalisation.moving_mean) * factor
    if normalisation.beta is not None:
        bias += normalisation.beta
    return kernel * tf.reshape(factor, kernel.shape[-2:] if step.kind == lrp.DEPTHWISE else (channels,)), bias


def _product(step: Step) -> Hashable:
    """Key of what a Rescaling layer has multiplied and not yet shifted: TFLite does one after the other."""
    return (step.result, "product")


def _pixels(step: Step, scaled: tf.Tensor) -> tf.Tensor:
    """What the file's input tensor says of bytes, see ``lite_graph.behind_scaling``: S (q - Z) with the layer's S."""
    scale, offset = step.layer.scale, step.layer.offset
    zero = _LOWEST - offset / scale
    zero = float(np.sign(zero) * np.floor(abs(zero) + 0.5) - _LOWEST)
    return (tf.round((scaled - offset) / scale) - zero) * scale


def _linear(step: Step, kernel: tf.Tensor, bias: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    if step.kind == lrp.DENSE:
        return tf.matmul(values, kernel) + bias
    operation = ops.depthwise_conv if step.kind == lrp.DEPTHWISE else ops.conv
    layer = step.layer
    return operation(values, kernel, layer.strides, layer.padding, layer.data_format, layer.dilation_rate) + bias


class QuantisedTwin:
    """The int8 form of a model on the model's own variables: who trains the one has trained the other.

    Batch normalisation takes its running averages, as it is part of the convolutions in the file.

    Attributes:
        input: key of the images in ``steps``.
        output: key of the logits.
        variables: what can be trained: kernels, biases, gamma and beta, frozen or not.
        steps: the model's operations, see ``lrp.graph``.
        ranges: float32 (tensors, 2), smallest and largest value of every tensor on a grid of its own; kept as they are
            until the next ``calibrate``.
    """

    def __init__(self, model: keras.Model):
        """Follows the model's layers; models inside it too.

        Args:
            model: image (B, H, W, 3) -> logits (B, outputs).

        Raises:
            InputError: several inputs or outputs, no functional model, or a layer whose int8 form is not known here.
        """
        graph = read_graph(model)
        if len(graph.inputs) != 1:
            raise InputError(f"model {model.name} has {len(graph.inputs)} inputs: only models of one are fine-tuned")
        self.input, self.output, self.steps = graph.inputs[0], graph.output, graph.steps
        for step in self.steps:
            if step.kind in _UNKNOWN or step.kind not in _ON_THE_SAME_GRID + _ON_A_NEW_GRID:
                raise InputError(
                    f"layer {step.name} of {model.name} is a {step.kind}, whose int8 form fine-tuning does not know: "
                    "use --fine_tune_epochs=0"
                )
        self._scaling = self._first_scaling(model)
        self._rows = self._places()
        self.ranges = tf.Variable(np.zeros((1 + max(self._rows.values()), 2), np.float32), trainable=False)
        self.variables = self._trained()
        self._observe = tf.function(self._observed, reduce_retracing=True)
        self._reach = tf.function(self._reached, reduce_retracing=True)
        self.quantised = tf.function(self.__call__, reduce_retracing=True)

    def _first_scaling(self, model: keras.Model) -> Step | None:
        """The step that the file's input tensor does."""
        if behind_scaling(model) is None:
            return None
        return next(step for step in self.steps if step.kind == _RESCALING and step.sources == (self.input,))

    def _places(self) -> dict[Hashable, int]:
        """Row in ``ranges`` for each tensor that the file holds; not for those between a layer and its ReLU."""
        users = {}
        for step in self.steps:
            for source in step.sources:
                users.setdefault(source, []).append(step.kind)
        new, self._widened = itertools.count(), []
        rows = {} if self._scaling else {self.input: next(new)}
        for step in self.steps:
            if step.kind in _ON_THE_SAME_GRID:
                rows[step.result] = rows[step.sources[0]]
            elif users.get(step.result) != [_RECTIFIED]:
                rows[step.result] = next(new)
            if step.kind == _RESCALING and step is not self._scaling:
                rows[_product(step)] = next(new)
                self._widened.append((rows[_product(step)], rows[step.result]))
            elif step.kind == lrp.ADDITION and step.result in rows:
                alone = [source for source in step.sources if len(users[source]) == 1]
                self._widened += [(rows[source], rows[step.result]) for source in alone[:1]]
        return rows

    def _trained(self) -> list[keras.Variable]:
        found = {}
        for step in self.steps:
            for layer in (step.layer, step.normalisation):
                for name in ("kernel", "bias", "gamma", "beta"):
                    if step.kind in _ON_A_NEW_GRID and isinstance(value := getattr(layer, name, None), keras.Variable):
                        found[id(value)] = value
        return list(found.values())

    def _run(self, images: tf.Tensor, at: Callable, kernels: Callable) -> tf.Tensor:
        """Logits; ``at(tensor's key, values)`` has a look at, and may change, what the file holds."""
        images = tf.cast(images, tf.float32)
        values = {self.input: at(self.input, images) if self.input in self._rows else images}
        for step in self.steps:
            sources = [values[source] for source in step.sources]
            if step.kind in lrp.MAPS:
                kernel, bias = folded(step)
                result = _linear(step, kernels(kernel, 2 if step.kind == lrp.DEPTHWISE else 1), bias, *sources)
            elif step.kind == _RESCALING and step is not self._scaling:
                result = at(_product(step), sources[0] * step.layer.scale) + step.layer.offset
            elif step.kind == lrp.NORMALISATION:
                result = step.layer(*sources, training=False)
            else:
                result = step.function(sources)
            values[step.result] = at(step.result, result) if step.result in self._rows else result
        return values[self.output]

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        """Logits, float32 (B, outputs), of images (B, H, W, 3), 0..255, as the int8 file has them.

        Biases and sums are exact, where the file has 32 bits; ``quantised`` is the same, compiled.
        """

        def rounded(key, values):
            if self._scaling and key == self._scaling.result:
                return _pixels(self._scaling, values)
            low, high = tf.unstack(self.ranges[self._rows[key]])
            return fake_quantise(values, low, high)

        return self._run(images, rounded, fake_quantise_kernel)

    def _observed(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        seen = {}

        def look(key, values):
            seen.setdefault(self._rows[key], []).append(values)
            return values

        self._run(images, look, lambda kernel, _: kernel)
        lows = [tf.reduce_min([tf.reduce_min(v) for v in seen[row]]) for row in sorted(seen)]
        highs = [tf.reduce_max([tf.reduce_max(v) for v in seen[row]]) for row in sorted(seen)]
        return tf.stack([lows, highs], axis=1)

    def calibrate(self, images: np.ndarray) -> None:
        """Takes every tensor's range from the float model, as TFLite's calibrator does: the smallest and largest value.

        The calibrator adds in place, where nobody else needs a summand, and so sees that summand's buffer with the sum
        in it too: its range is that of both.

        Args:
            images: (N, H, W, 3), 0..255, N at least 1.
        """
        found = [self._observe(images[start : start + _BATCH]).numpy() for start in range(0, len(images), _BATCH)]
        ranges = np.stack([np.min(found, axis=0)[:, 0], np.max(found, axis=0)[:, 1]], axis=1)
        if self._scaling:
            scale, offset = self._scaling.layer.scale, self._scaling.layer.offset
            ranges[self._rows[self._scaling.result]] = offset, 255 * scale + offset
        for summand, total in self._widened:
            low, high = ranges[[summand, total]].T
            ranges[summand] = low.min(), high.max()
        self.ranges.assign(ranges)

    def _reached(self, images: tf.Tensor) -> list[tf.Tensor]:
        seen = {}

        def look(key, values):
            seen[key] = tf.reduce_max(tf.abs(values), axis=list(range(len(values.shape) - 1)))
            return values

        self._run(images, look, lambda kernel, _: kernel)
        return [seen[key] for key in self._rows]

    def channel_reaches(self, images: np.ndarray) -> dict[Hashable, np.ndarray]:
        """Largest absolute value of each channel in the float model.

        Args:
            images: (N, H, W, 3), 0..255, N at least 1.

        Returns:
            key of a tensor, as in ``steps`` -> float32 (channels,); none for those between a layer and its ReLU.
        """
        starts = range(0, len(images), _BATCH)
        found = [[reach.numpy() for reach in self._reach(images[start : start + _BATCH])] for start in starts]
        return {key: np.max(reach, axis=0) for key, reach in zip(self._rows, zip(*found, strict=True), strict=True)}
