"""The models by name. Adding one: a module with a build function, and a line here."""

import inspect

import keras

from fer_tf.errors import InputError
from fer_tf.models.mobilenet import mobilenet_v2
from fer_tf.models.small_cnn import small_cnn

MODELS = {
    "mobilenet_v2": mobilenet_v2,
    "small_cnn": small_cnn,
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
    known = options_of(name)
    for option in options:
        if option not in known:
            raise InputError(f"{name} has no option {option!r}: it takes {', '.join(known)}")
    return MODELS[name](**options)


def options_of(name: str) -> list[str]:
    """Names of the options that a model takes.

    Raises:
        InputError: unknown model.
    """
    if name not in MODELS:
        raise InputError(f"model {name!r} is unknown: choose one of {', '.join(sorted(MODELS))}")
    return list(inspect.signature(MODELS[name]).parameters)
