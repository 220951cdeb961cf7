"""The models by name. Adding one: a module with a build function, and a line here."""

import inspect

import keras

from fer_tf.errors import InputError
from fer_tf.models.mobilenet import mobilenet_v2

MODELS = {
    "mobilenet_v2": mobilenet_v2,
}


def build(name: str, **options) -> keras.Model:
    """Builds a model by name.

    Args:
        name: a key of ``MODELS``.
        **options: arguments of its build function.

    Returns:
        functional Keras model, RGB images 0..255 to logits.

    Raises:
        InputError: unknown model or option.
    """
    if name not in MODELS:
        raise InputError(f"model {name!r} is unknown: choose one of {', '.join(sorted(MODELS))}")
    known = inspect.signature(MODELS[name]).parameters
    for option in options:
        if option not in known:
            raise InputError(f"{name} has no option {option!r}: it takes {', '.join(known)}")
    return MODELS[name](**options)
