"""The models by name. Adding one: a module with a build function, and a line here."""

import inspect

import keras

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, EMOTION_TASK
from fer_tf.models.mobilenet import mobilenet_v2
from fer_tf.models.mobilenet_au import mobilenet_au
from fer_tf.models.safer.model import safer
from fer_tf.models.small_cnn import small_cnn
from fer_tf.models.vgg_au import vgg_au

MODELS = {
    "mobilenet_au": mobilenet_au,
    "mobilenet_v2": mobilenet_v2,
    "safer": safer,
    "small_cnn": small_cnn,
    "vgg_au": vgg_au,
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


def task_of(name: str) -> str:
    """What a model answers: ``labels.ACTION_UNIT_TASK`` where one can choose how many outputs it has.

    Raises:
        InputError: unknown model.
    """
    return ACTION_UNIT_TASK if "outputs" in options_of(name) else EMOTION_TASK
