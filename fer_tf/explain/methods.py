"""All methods by name."""

from collections.abc import Callable

import keras

from fer_tf.errors import InputError
from fer_tf.explain.gradients import GRADIENTS
from fer_tf.explain.innvestigate import METHODS, Innvestigate
from fer_tf.explain.logits import logit_model
from fer_tf.explain.lrp import COMPOSITES, Lrp
from fer_tf.explain.lrp.graph import read_graph

_PREFIX = "innvestigate_"
NAMES = (*COMPOSITES, *GRADIENTS, *(_PREFIX + name for name in METHODS))


def explainer(name: str, model: keras.Model) -> Callable:
    """A function of images (B, H, W, 3) and targets (T,) or (B, T) to relevance (B, T, H, W, C).

    Positive relevance speaks for the target, whatever the sign of its logit.

    Args:
        name: one of ``NAMES``; ``auto`` is the composite of our own that fits the model.
        model: images to logits; a softmax or sigmoid at its end is left out, with a warning.

    Raises:
        InputError: an unknown name, or a model that the method cannot do.
    """
    model = logit_model(model)
    if name == "auto":
        name = default_method(model)
    if name in COMPOSITES:
        return Lrp(model, name)
    if name in GRADIENTS:
        return GRADIENTS[name](model)
    if name in NAMES:
        return Innvestigate(model, name.removeprefix(_PREFIX))
    raise InputError(f"method {name!r} is unknown: choose one of auto, {', '.join(NAMES)}")


def default_method(model: keras.Model) -> str:
    """``epsilon_plus_flat`` where it covers all layers, else ``residual``."""
    steps = read_graph(model).steps
    return "epsilon_plus_flat" if all(map(COMPOSITES["epsilon_plus_flat"].covers, steps)) else "residual"
