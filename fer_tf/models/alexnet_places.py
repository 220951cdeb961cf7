"""AlexNet for Places365, as PyTorch publishes it: the place stream of SAFER (paper C)."""

import keras

from fer_tf.errors import InputError
from fer_tf.models.heads import FEATURES, connected_head
from fer_tf.models.photo_input import resized, standardised
from fer_tf.models.torch_weights import load_torch
from fer_tf.models.weights import load_weights

SIZE, PLACES = 224, 365
# Less than this, made larger, shows no place.
_SMALLEST = 32
# Filters, kernel, stride and padding of each convolution, its name in torch, and whether pooling follows.
_CONVOLUTIONS = (
    (64, 11, 4, 2, "features.0", True),
    (192, 5, 1, 2, "features.3", True),
    (384, 3, 1, 1, "features.6", False),
    (256, 3, 1, 1, "features.8", False),
    (256, 3, 1, 1, "features.10", True),
)
_HEAD = {"fc1": "classifier.1", "fc2": "classifier.4", "logits": "classifier.6"}
_LAST_MAP = (256, 6, 6)


def alexnet_places(
    *, image_size: int = SIZE, weights: str = "none", top: bool = True, dropout: float = 0.5, seed: int = 0
) -> keras.Model:
    """Builds the AlexNet of ``alexnet_places365.pth.tar`` (Zhou et al. 2018).

    It is not the one of Krizhevsky et al. 2012, which Caffe's file of the same name holds: no groups,
    64, 192, 384, 256 and 256 filters, no normalisation of responses (Krizhevsky 2014).

    Args:
        image_size: side of the input in pixels, at least 32. Others than 224 are resized inside. The
            published test looks at the middle 224 of 256 pixels; this one sees the whole picture.
        weights: ``"none"``, the path of ``alexnet_places365.pth.tar``, which is read without torch and
            without executing anything of it, or a ``.weights.h5`` or ``.keras`` file of this network.
        top: True for the places' logits; False for what lies below.
        dropout: of fc1 and fc2 in training.
        seed: of the initial weights.

    Returns:
        model ``alexnet_places``: image (B, size, size, 3) RGB 0..255, uint8 or float -> logits (B, 365),
        or the output of layer ``features``, float (B, 9216): the last pooling's 6x6x256.

    Raises:
        InputError: an option out of range, or weights that do not fit.
    """
    if image_size < _SMALLEST:
        raise InputError(f"image_size is {image_size}: alexnet_places needs at least {_SMALLEST}")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    x = standardised(resized(inputs, SIZE))
    for number, convolution in enumerate(_CONVOLUTIONS, 1):
        x = _convolution(x, number, *convolution, seed=100 * seed + number)
    x = keras.layers.Flatten(name=FEATURES)(x)
    if top:
        x = connected_head(x, outputs=PLACES, dropout=dropout, seed=seed)
    model = keras.Model(inputs, x, name="alexnet_places")
    if weights.endswith((".h5", ".keras")):
        load_weights(model, weights)
    elif weights != "none":
        names = {f"conv{number}": convolution[4] for number, convolution in enumerate(_CONVOLUTIONS, 1)}
        flattened, without = ({"fc1": _LAST_MAP}, ()) if top else ({}, ("classifier.",))
        load_torch(model, weights, names | (_HEAD if top else {}), flattened=flattened, without=without)
    return model


def _convolution(x, number, filters, kernel, stride, padding, _, pooled, *, seed):
    # Keras's "same" pads one side only where the stride does not divide the length; torch pads both.
    x = keras.layers.ZeroPadding2D(padding, name=f"pad{number}")(x)
    start = keras.initializers.HeNormal(seed)
    x = keras.layers.Conv2D(
        filters, kernel, strides=stride, activation="relu", kernel_initializer=start, name=f"conv{number}"
    )(x)
    return keras.layers.MaxPooling2D(3, strides=2, name=f"pool{number}")(x) if pooled else x
