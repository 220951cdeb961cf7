"""Heads: from a backbone's feature map to logits."""

import keras

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

# The layer whose output is all that a connected head sees, and what may be kept of an image.
FEATURES = "features"
POOLINGS = ("none", "average")
TRAINABLE = ("head", "all")
# fc1 and fc2 of VGG16.
CONNECTED_WIDTH = 4096


def pooled_head(
    features: keras.KerasTensor, *, classes: int = len(EMOTIONS), width: int = 100, dropout: float = 0.0, seed: int = 0
) -> keras.KerasTensor:
    """Global average pooling, one ReLU layer, logits: the head of paper A.

    "Training Against Disguises" pools the 1280 maps of MobileNetV2 to their means and
    adds a dense layer of 100 and one of 7: 1280*100 + 100 + 100*7 + 7 = 128,807 parameters.

    Args:
        features: (B, H, W, C) feature map.
        classes: number of logits.
        width: units of the hidden layer.
        dropout: share of the hidden units left out in training (the paper says nothing: 0).
        seed: of the initial weights and the dropout.

    Returns:
        (B, classes) float32 logits; the softmax is left to loss and export, because
        relevance starts at the logit.
    """
    x = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    x = keras.layers.Dense(
        width,
        activation="relu",
        kernel_initializer=keras.initializers.GlorotUniform(seed),
        name="hidden",
    )(x)
    if dropout:
        x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(x)
    # float32 whatever the precision of the rest: half floats overflow in the loss.
    return keras.layers.Dense(
        classes,
        kernel_initializer=keras.initializers.GlorotUniform(seed + 1),
        dtype="float32",
        name="logits",
    )(x)


def flat_features(features: keras.KerasTensor, pooling: str) -> keras.KerasTensor:
    """What a connected head sees of a feature map.

    Args:
        features: (B, H, W, C).
        pooling: ``none`` keeps everything, (B, H W C), as VGG16 does; ``average`` the means, (B, C).

    Raises:
        InputError: unknown pooling.
    """
    if pooling not in POOLINGS:
        raise InputError(f"pooling is {pooling!r}: choose one of {', '.join(POOLINGS)}")
    layer = keras.layers.Flatten if pooling == "none" else keras.layers.GlobalAveragePooling2D
    return layer(name=FEATURES)(features)


def freeze_below_head(backbone: keras.Model, trainable: str) -> None:
    """With ``trainable="head"`` nothing of the backbone is trained, its batch normalisation included.

    Raises:
        InputError: neither ``head`` nor ``all``.
    """
    if trainable not in TRAINABLE:
        raise InputError(f"trainable is {trainable!r}: choose one of {', '.join(TRAINABLE)}")
    if trainable == "head":
        backbone.trainable = False


def connected_head(
    features: keras.KerasTensor, *, outputs: int, width: float = 1.0, dropout: float = 0.5, seed: int = 0
) -> keras.KerasTensor:
    """Two ReLU layers with dropout, then logits: VGG16's fully connected part (Simonyan and Zisserman 2015).

    Args:
        features: (B, F).
        outputs: number of logits, each a yes or no of its own.
        width: share of the 4096 units that each hidden layer has.
        dropout: share of the hidden units left out in training, after each layer.
        seed: of the initial weights and the dropout.

    Returns:
        (B, outputs) float32 logits.

    Raises:
        InputError: a width that leaves no unit, or no output.
    """
    units = round(CONNECTED_WIDTH * width)
    if units < 1 or outputs < 1:
        raise InputError(f"head_width is {width} and outputs {outputs}: a head needs at least one unit and one output")
    x = features
    for number in (1, 2):
        # He's start keeps the signal's size through ReLU layers of any width.
        start = keras.initializers.HeNormal(2 * seed + number)
        x = keras.layers.Dense(units, activation="relu", kernel_initializer=start, name=f"fc{number}")(x)
        if dropout:
            x = keras.layers.Dropout(dropout, seed=2 * seed + number, name=f"dropout{number}")(x)
    start = keras.initializers.GlorotUniform(2 * seed)
    # float32 whatever the precision of the rest: half floats overflow in the loss.
    return keras.layers.Dense(outputs, kernel_initializer=start, dtype="float32", name="logits")(x)
