"""The place stream's network from whatever file there is: Places365's AlexNet, or a small one of ours."""

import json
from pathlib import Path

import keras

from fer_tf.errors import InputError
from fer_tf.models.alexnet_places import SIZE, alexnet_places
from fer_tf.models.heads import FEATURES
from fer_tf.models.photo_input import resized
from fer_tf.models.places import category_names
from fer_tf.models.weights import load_model

# What a run calls the small network that it trained for itself.
PLACE_NETWORK = "place.keras"
_WHERE = "http://places2.csail.mit.edu/models_places365/alexnet_places365.pth.tar"


def place_network(weights: str, *, image_size: int = SIZE, top: bool = False) -> keras.Model:
    """A frozen network for places.

    Args:
        weights: path of ``alexnet_places365.pth.tar``, or of a ``.keras`` file that
            ``training.places.train_place_network`` or one of our place models wrote.
        image_size: side of the pictures that it will get, whatever the network's own is.
        top: True for the places' logits, see ``place_categories``.

    Returns:
        image (B, size, size, 3) RGB 0..255, uint8 or float -> layer ``features``, float (B, F): 9216 of
        AlexNet, 3456 of ``place_cnn`` for 96 pixels; or logits (B, places). Nothing in it is trainable.

    Raises:
        InputError: no weights, or a file that is none of these.
    """
    _check_file(weights)
    if weights.endswith(".keras"):
        model = _of_ours(load_model(weights), weights, image_size, top)
    else:
        model = alexnet_places(weights=weights, image_size=image_size, top=top)
    model.trainable = False
    return model


def place_categories(weights: str) -> tuple[str, ...]:
    """Names of the places in the order of the network's logits.

    Args:
        weights: as ``place_network`` takes them.

    Raises:
        InputError: no such file, or one of ours without the list of names beside it.
    """
    _check_file(weights)
    if not weights.endswith(".keras"):
        return category_names()
    path = names_file(weights)
    if not path.is_file():
        raise InputError(f"place names {path} do not exist: keep that file beside {weights}, or train it again")
    try:
        names = json.loads(path.read_text())["categories"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"place names {path} are damaged: expected JSON with categories, train {weights} again"
        ) from error
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"place names {path} are damaged: expected a list of names, train {weights} again")
    return tuple(names)


def names_file(weights: str | Path) -> Path:
    """The JSON beside a ``.keras`` file, with ``categories`` and how they were learned."""
    return Path(weights).with_suffix(".json")


def _check_file(weights: str) -> None:
    if weights in ("none", "imagenet", ""):
        raise InputError(
            f"place weights are {weights!r}: give the path of alexnet_places365.pth.tar ({_WHERE}), "
            "or train a small network with training.places"
        )
    if not Path(weights).is_file():
        raise InputError(
            f"place weights {weights} do not exist: download them from {_WHERE}, "
            "or use place_weights=none, for which a small network is trained"
        )


def _of_ours(model: keras.Model, weights: str, image_size: int, top: bool) -> keras.Model:
    sizes = model.input_shape[1:] if isinstance(model.input_shape, tuple) else ()
    has_features = FEATURES in [layer.name for layer in model.layers]
    if len(sizes) != 3 or sizes[0] != sizes[1] or sizes[2] != 3 or not has_features:
        raise InputError(
            f"place weights {weights} hold {model.name}, which is no place network: give a file of training.places"
        )
    if top and model.output_shape[-1] != len(place_categories(weights)):
        raise InputError(
            f"place names {names_file(weights)} are {len(place_categories(weights))}, and {weights} has "
            f"{model.output_shape[-1]} places: they belong to different networks"
        )
    output = model.output if top else model.get_layer(FEATURES).output
    inner = keras.Model(model.input, output, name=model.name)
    if sizes[0] == image_size:
        return inner
    inputs = keras.Input((image_size, image_size, 3), name="image")
    outputs = inner(resized(inputs, sizes[0]))
    # Named again, so that the layer of features is found in the new model too.
    outputs = keras.layers.Identity(name="logits" if top else FEATURES)(outputs)
    return keras.Model(inputs, outputs, name=model.name)
