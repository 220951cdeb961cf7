"""A small convolutional network that learns from random weights in a minute."""

import keras

from fer_tf.errors import InputError
from fer_tf.models.heads import pooled_head
from fer_tf.models.weights import load_weights

WIDTHS = (16, 32, 64, 96)


def small_cnn(
    *,
    image_size: int = 64,
    weights: str = "none",
    dropout: float = 0.0,
    batch_norm_momentum: float = 0.9,
    seed: int = 0,
) -> keras.Model:
    """Builds four 3x3 convolutions with max-pooling and the head of paper A.

    MobileNetV2 needs pretrained weights or many thousands of images; this one is for the
    demo, for trying a dataset, and for machines without the download.

    Args:
        image_size: side of the input in pixels, at least 16.
        weights: ``"none"`` or the path of a ``.keras`` file of this network.
        dropout: of the head.
        batch_norm_momentum: of the running averages.
        seed: of the head's initial weights.

    Returns:
        model ``small_cnn``: image (B, size, size, 3) RGB 0..255, uint8 or float
        -> logits (B, 7).

    Raises:
        InputError: too small an image, or weights that do not fit.
    """
    if image_size < 2 ** len(WIDTHS):
        raise InputError(f"image_size is {image_size}: small_cnn needs at least {2 ** len(WIDTHS)}")
    if weights == "imagenet":
        raise InputError("small_cnn has no ImageNet weights: use weights=none or the path of a .keras file")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    x = small_convolutions(inputs, batch_norm_momentum)
    model = keras.Model(inputs, pooled_head(x, dropout=dropout, seed=seed), name="small_cnn")
    if weights != "none":
        load_weights(model, weights)
    return model


def small_convolutions(
    image: keras.KerasTensor, batch_norm_momentum: float = 0.9, seed: int | None = None
) -> keras.KerasTensor:
    """Scaling and four 3x3 convolutions, each with max-pooling.

    Args:
        image: (B, H, W, 3) RGB 0..255.
        batch_norm_momentum: of the running averages.
        seed: of the initial weights; None takes them from Keras's own state.

    Returns:
        (B, H / 16, W / 16, 96).
    """
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")(image)
    for number, width in enumerate(WIDTHS, 1):
        start = keras.initializers.GlorotUniform(None if seed is None else 100 * seed + number)
        options = {"padding": "same", "use_bias": False, "kernel_initializer": start}
        x = keras.layers.Conv2D(width, 3, **options, name=f"conv{number}")(x)
        x = keras.layers.BatchNormalization(momentum=batch_norm_momentum, name=f"bn{number}")(x)
        x = keras.layers.ReLU(name=f"relu{number}")(x)
        x = keras.layers.MaxPooling2D(name=f"pool{number}")(x)
    return x
