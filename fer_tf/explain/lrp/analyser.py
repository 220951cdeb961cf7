"""Layer-wise relevance propagation through a Keras model, compiled."""

import dataclasses
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.explain.logits import logit_model
from fer_tf.explain.lrp import graph
from fer_tf.explain.lrp.composites import Composite, check_covered, composite_named
from fer_tf.explain.lrp.maps import ConvolutionMap, DenseMap, DepthwiseMap, Use
from fer_tf.explain.targets import check_images, checked_targets

_MAPS = {graph.CONVOLUTION: ConvolutionMap, graph.DEPTHWISE: DepthwiseMap, graph.DENSE: DenseMap}
# Of the pictures that networks take, before their own scaling.
LEVELS = (0.0, 255.0)


class Lrp:
    """Explains the logits of a model.

    Relevance starts at the logit, whatever its sign: positive relevance speaks for the target, negative against it.

    The model's weights are read in each call, so that one analyser serves while they change; but those of a last layer
    with its softmax inside.

    Args:
        model: functional Keras model, images (B, H, W, C) to logits (B, targets). Of several inputs each gets its
            relevance. A softmax or sigmoid at the end is left out, with a warning.
        composite: a name in ``composites.COMPOSITES``, or one of your own.
        use_bias: False explains the network without the biases of layers with weights and of the batch normalisation
            folded into them, in which relevance is conserved.

    Raises:
        InputError: no functional model, an unknown composite, or a layer that the composite does not cover.
    """

    def __init__(
        self,
        model: keras.Model,
        composite: str | Composite = "epsilon_plus_flat",
        *,
        use_bias: bool = True,
    ):
        if isinstance(composite, str):
            composite = composite_named(composite)
        model = logit_model(model)
        self._graph = graph.read_graph(model)
        check_covered(composite, self._graph)
        self._composite, self._name = composite, model.name
        self._maps = {
            step.result: _MAPS[step.kind](step.layer, step.normalisation, use_bias)
            for step in self._graph.steps
            if step.kind in graph.MAPS
        }
        self._inputs = [(tensor.name, tensor.shape) for tensor in model.inputs]
        self.targets = model.output_shape[-1]
        tensors = [tf.TensorSpec(shape, tf.float32) for _, shape in self._inputs]
        signature = [tensors, tf.TensorSpec((None, None), tf.int32)]
        # Each gives what was compiled for the signature, at the first call. Called as they are they would count as one
        # function that is compiled again and again, which TensorFlow warns of, when there are several analysers.
        self._explain, self._explain_one, self._balance = (
            tf.function(function, input_signature=signature).get_concrete_function
            for function in (self._relevance, self._relevance_of_one, self._sums)
        )

    def __call__(self, images, targets: Sequence, *, batch_size: int = 16) -> np.ndarray | list[np.ndarray]:
        """Relevance of every pixel for some logits.

        Args:
            images: (B, H, W, C), as the model takes them; for a model with several inputs a list.
            targets: numbers of logits: (T,) the same for all images, or (B, T). They share the forward pass.
            batch_size: images computed at once.

        Returns:
            float32 (B, T, H, W, C), whose sum over an image is near its logit; for several inputs a list.

        Raises:
            InputError: images that the model does not take, or a logit that it does not have.
        """
        inputs, targets = self._checked(images, targets)
        explain = (self._explain_one if targets.shape[1] == 1 else self._explain)()
        parts = []
        for start in range(0, len(targets), batch_size):
            stop = start + batch_size
            some, of_some = [part[start:stop] for part in inputs], tf.constant(targets[start:stop], tf.int32)
            parts.append([part.numpy() for part in explain(some, of_some)])
        joined = [np.concatenate(relevance) for relevance in zip(*parts, strict=True)]
        return joined if len(joined) > 1 else joined[0]

    def logits(self, images) -> np.ndarray:
        """Logits (B, targets) as the analyser computes them, without biases if it leaves them out."""
        inputs, _ = self._checked(images, [0])
        return self._forward(inputs)[0].numpy()

    def conservation(self, images, targets: Sequence) -> dict[str, np.ndarray]:
        """How much relevance there is after each step, from the logit back to the picture.

        Args:
            images: see ``__call__``; all are computed at once.
            targets: see there, one for each image.

        Returns:
            name of the step -> float32 (B,), ``logit`` first: sum of all relevance that is under way once that step
            has passed its own on; on parallel branches that of all of them.
        """
        inputs, targets = self._checked(images, targets)
        if targets.shape[1] != 1:
            raise InputError(f"conservation follows one target an image, came {targets.shape[1]}")
        return {name: value.numpy() for name, value in self._balance()(inputs, tf.constant(targets, tf.int32)).items()}

    def _checked(self, images, targets) -> tuple[list[tf.Tensor], np.ndarray]:
        images = images if isinstance(images, list | tuple) else [images]
        if len(images) != len(self._inputs):
            names = ", ".join(name for name, _ in self._inputs)
            raise InputError(f"model {self._name} has the inputs {names}: {len(images)} came")
        for part, (name, shape) in zip(images, self._inputs, strict=True):
            check_images(part, shape, name)
        targets = checked_targets(targets, len(images[0]), self.targets)
        return [tf.cast(part, tf.float32) for part in images], targets

    def _relevance(self, inputs, targets):
        logits, back = self._forward(inputs)

        def of_target(target):
            return back(_start(logits, target))

        kinds = [tf.TensorSpec(None, tf.float32)] * len(inputs)
        found = tf.map_fn(of_target, tf.transpose(targets), fn_output_signature=kinds, parallel_iterations=1)
        found = [tf.ensure_shape(part, [None, *value.shape]) for part, value in zip(found, inputs, strict=True)]
        return [tf.transpose(part, [1, 0, *range(2, part.shape.rank)]) for part in found]

    def _relevance_of_one(self, inputs, targets):
        """Without a loop, in which nothing could be optimised across its border."""
        logits, back = self._forward(inputs)
        return [part[:, None] for part in back(_start(logits, targets[:, 0]))]

    def _sums(self, inputs, targets):
        logits, back = self._forward(inputs)
        start = _start(logits, targets[:, 0])
        sums = {"logit": tf.reduce_sum(start, axis=-1)}

        def watch(name: str, waiting: dict) -> None:
            sums[name] = tf.add_n([tf.reduce_sum(part, axis=range(1, part.shape.rank)) for part in waiting.values()])

        back(start, watch)
        return sums

    def _forward(self, inputs: list[tf.Tensor]) -> tuple[tf.Tensor, Callable]:
        """Logits, and the function that takes their relevance back to the inputs."""
        values = dict(zip(self._graph.inputs, inputs, strict=True))
        # What black and white pictures become on their way to the first layers with weights.
        limits = {
            key: [tf.fill((1, *value.shape[1:]), level) for level in LEVELS]
            for key, value in values.items()
            if value.shape.rank == 4  # of a picture; of other numbers no limits are known
        }
        backs = []
        for step in self._graph.steps:
            arrived = [values[source] for source in step.sources]
            if step.kind in graph.MAPS:
                values[step.result], back = self._through_map(step, arrived[0], limits.get(step.sources[0]))
            else:
                through = self._composite.other(step)
                values[step.result], back = through(arrived)
                if limits.keys() >= set(step.sources):
                    ends = [through([limits[source][end] for source in step.sources])[0] for end in (0, 1)]
                    limits[step.result] = [tf.minimum(*ends), tf.maximum(*ends)]
            backs.append((step, back))

        def redistribute(relevance: tf.Tensor, watch: Callable | None = None) -> list[tf.Tensor]:
            waiting = {self._graph.output: relevance}
            for step, back in reversed(backs):
                for source, part in zip(step.sources, back(waiting.pop(step.result)), strict=True):
                    waiting[source] = waiting[source] + part if source in waiting else part
                if watch:
                    watch(step.name, waiting)
            return [waiting[key] for key in self._graph.inputs]

        return values[self._graph.output], redistribute

    def _through_map(self, step: graph.Step, a: tf.Tensor, limits: list | None) -> tuple[tf.Tensor, Callable]:
        linear = self._maps[step.result]
        kernel, bias = linear.parameters()
        low, high = limits or (None, None)
        if limits is None and step.first:  # of an input that is no picture: the rule of its kind
            step = dataclasses.replace(step, first=False)
        signed_output = step.signed_output or self._composite.spreads
        use = Use(linear, a, kernel, bias, step.signed_input, signed_output, low, high)
        z = use.forward(a, kernel) + bias
        redistribute = self._composite.rule(step)(use, z)
        return z, lambda relevance: [redistribute(relevance)]


def _start(logits: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """The logits (B, targets) with all but one of each image, (B,), set to zero."""
    return logits * tf.one_hot(target, logits.shape[-1])
