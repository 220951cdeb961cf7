"""Classification heads: from a backbone's feature map to logits."""

import keras

from fer_tf.labels import EMOTIONS


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
