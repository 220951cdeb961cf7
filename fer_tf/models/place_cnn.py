"""A small network for places, for machines without the weights of Places365."""

import keras

from fer_tf.errors import InputError
from fer_tf.models.heads import FEATURES
from fer_tf.models.small_cnn import WIDTHS, small_convolutions
from fer_tf.models.weights import load_weights


def place_cnn(
    *, classes: int, image_size: int = 96, weights: str = "none", dropout: float = 0.3, seed: int = 0
) -> keras.Model:
    """Builds the convolutions of ``small_cnn`` with one dense layer above all of their last map.

    The map is not averaged: as with AlexNet's, where something is in the picture stays in the features.

    Args:
        classes: number of places.
        image_size: side of the input in pixels, at least 16.
        weights: ``"none"`` or the path of a ``.keras`` file of this network.
        dropout: of the features in training.
        seed: of the initial weights and the dropout.

    Returns:
        model ``place_cnn``: image (B, size, size, 3) RGB 0..255, uint8 or float -> logits (B, classes);
        layer ``features`` is float (B, (size // 16)^2 * 96).

    Raises:
        InputError: an option out of range, or weights that do not fit.
    """
    if image_size < 2 ** len(WIDTHS):
        raise InputError(f"image_size is {image_size}: place_cnn needs at least {2 ** len(WIDTHS)}")
    if classes < 2:
        raise InputError(f"classes is {classes}: place_cnn needs at least two places to tell apart")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    features = keras.layers.Flatten(name=FEATURES)(small_convolutions(inputs, seed=seed))
    x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(features)
    start = keras.initializers.GlorotUniform(100 * seed)
    # float32 whatever the precision of the rest: half floats overflow in the loss.
    logits = keras.layers.Dense(classes, kernel_initializer=start, dtype="float32", name="logits")(x)
    model = keras.Model(inputs, logits, name="place_cnn")
    if weights != "none":
        load_weights(model, weights)
    return model
