"""What comes before the first layer with weights: scaling, flips, cropped margins; and what a model sees for that."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.explain.lrp import graph
from fer_tf.explain.lrp.composites import COMPOSITES


def input_steps(network: graph.Graph) -> tuple[graph.Step, ...]:
    """Steps from the picture to the first layer with weights.

    Raises:
        InputError: they do not stand in one row, or one of them is not known.
    """
    before, tensor = [], network.inputs[0]
    for step in network.steps:
        if step.kind in graph.MAPS:
            break
        if step.sources != (tensor,) or COMPOSITES["epsilon"].other(step) is None:
            raise InputError(
                f"layer {step.name!r} ({step.kind}), before the first layer with weights: expected scaling, cropping, "
                "flipping or padding of one picture"
            )
        before.append(step)
        tensor = step.result
    return tuple(before)


def through(steps: Sequence[graph.Step], value: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """What steps in one row make of a picture (B, H, W, C), and the function that takes relevance the same way back."""
    backs = []
    for step in steps:
        value, back = COMPOSITES["epsilon"].other(step)([value])
        backs.append(back)

    def redistribute(relevance: tf.Tensor) -> tf.Tensor:
        for back in reversed(backs):
            (relevance,) = back(relevance)
        return relevance

    return value, redistribute


def field_of_view(model: keras.Model) -> np.ndarray:
    """Pixels that reach the first layer with weights: all, but where the model cuts margins off.

    Args:
        model: functional, one picture (B, H, W, C) to logits.

    Returns:
        bool (H, W).

    Raises:
        InputError: see ``input_steps``.
    """
    steps = input_steps(graph.read_graph(model))
    value, back = through(steps, tf.zeros((1, *model.input_shape[1:])))
    return back(tf.ones_like(value)).numpy()[0].any(axis=-1)
