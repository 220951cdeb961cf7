"""VGG16 with one logit for each action unit (paper B)."""

import keras

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS
from fer_tf.models.heads import connected_head, flat_features, freeze_below_head
from fer_tf.models.weights import is_whole_model, load_weights, pretrained

# ImageNet's mean of blue, green and red, which the Caffe weights were trained without.
_MEAN_BGR = (103.939, 116.779, 123.68)

# Convolutions in each block, and their filters (Simonyan and Zisserman 2015, configuration D).
_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


def vgg_au(
    *,
    outputs: int = len(ACTION_UNITS),
    image_size: int = 224,
    weights: str = "imagenet",
    alpha: float = 1.0,
    trainable: str = "head",
    pooling: str = "none",
    head_width: float = 1.0,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Builds the model of "Uncovering the Bias in Facial Expressions": VGG16, fc 4096, fc 4096, logits.

    The paper trains the connected layers only; the work that it cites for the rest (Pahl, Rieger
    and Seuss 2020) trains everything. Neither says how the layers start: here afresh, because
    ImageNet's fc1 fits 224 pixels alone.

    Args:
        outputs: number of action units.
        image_size: side of the input in pixels, at least 32.
        weights: ``"imagenet"`` (downloads), ``"none"``, or the path of VGG16's ``.weights.h5``
            without its top or of a whole ``.keras`` model of this kind.
        alpha: width multiplier of the convolutions; only 1 has ImageNet's weights.
        trainable: ``head``, as the paper does, or ``all``.
        pooling: ``none``, as VGG16 does, or ``average``, whose head has 49 times fewer inputs.
        head_width: share of the 4096 units in each connected layer.
        dropout: of the head, as in VGG16.
        seed: of the head's initial weights.

    Returns:
        model ``vgg_au``: image (B, size, size, 3) RGB 0..255, uint8 or float -> logits (B, outputs).

    Raises:
        InputError: an option out of range, or weights that do not fit.
    """
    if image_size < 32:
        raise InputError(f"image_size is {image_size}: VGG16 needs at least 32")
    if alpha <= 0 or (alpha != 1 and weights == "imagenet"):
        raise InputError(f"alpha is {alpha}: ImageNet's weights are of alpha=1, use weights=none for thinner ones")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    # Caffe's form: blue first, mean taken off, no scaling.
    swapped = keras.ops.flip(inputs, axis=-1)
    centred = keras.layers.Rescaling(1.0, offset=[-value for value in _MEAN_BGR], name="centre")(swapped)
    convolutions = _convolutions(inputs, centred, alpha, weights)
    freeze_below_head(convolutions, trainable)
    features = flat_features(convolutions.output, pooling)
    logits = connected_head(features, outputs=outputs, width=head_width, dropout=dropout, seed=seed)
    model = keras.Model(inputs, logits, name="vgg_au")
    if is_whole_model(weights):
        load_weights(model, weights)
    return model


def _convolutions(inputs: keras.KerasTensor, image: keras.KerasTensor, alpha: float, weights: str) -> keras.Model:
    if alpha == 1:
        return pretrained(keras.applications.VGG16, weights, input_tensor=image, include_top=False)
    x = image
    for block, (layers, filters) in enumerate(_BLOCKS, 1):
        for number in range(1, layers + 1):
            name, width = f"block{block}_conv{number}", max(1, round(alpha * filters))
            x = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(x)
        x = keras.layers.MaxPooling2D(name=f"block{block}_pool")(x)
    thin = keras.Model(inputs, x, name="vgg16")
    if weights.endswith(".h5"):
        load_weights(thin, weights)
    return thin
