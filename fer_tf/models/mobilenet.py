"""MobileNetV2: with the head of "Training Against Disguises" (paper A), or with one for action units."""

import re

import keras

from fer_tf.errors import InputError
from fer_tf.models.heads import pooled_head
from fer_tf.models.weights import is_whole_model, load_weights, pretrained

LAST_BLOCK = 16


def mobilenet_v2(
    *,
    image_size: int = 224,
    weights: str = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.0,
    frozen_blocks: int = 0,
    batch_norm_momentum: float = 0.99,
    seed: int = 0,
) -> keras.Model:
    """Builds the emotion model: MobileNetV2 without its top, pooling, dense 100, dense 7.

    Args:
        image_size: side of the input in pixels, at least 32.
        weights: ``"imagenet"`` (downloads), ``"none"``, or the path of a backbone's
            ``.weights.h5`` or of a whole ``.keras`` model of ours.
        alpha: width multiplier of the backbone.
        dropout: of the head.
        frozen_blocks: how many of the inverted residual blocks stay as they are,
            counted from the input with the stem; 0 trains everything, as the paper
            does. Their batch normalisation then uses the pretrained averages.
        batch_norm_momentum: of the running averages. Keras builds MobileNetV2 with
            0.999, which lags thousands of steps behind a fine-tuned network and makes
            its validation scores far too low.
        seed: of the head's initial weights.

    Returns:
        model ``mobilenet_v2``: image (B, size, size, 3) RGB 0..255, uint8 or float
        -> logits (B, 7).

    Raises:
        InputError: a number out of range, or weights that do not fit.
    """
    backbone = mobilenet_backbone(image_size, weights, alpha, frozen_blocks, batch_norm_momentum)
    logits = pooled_head(backbone.output, dropout=dropout, seed=seed)
    model = keras.Model(backbone.input, logits, name="mobilenet_v2")
    if is_whole_model(weights):
        load_weights(model, weights)
    return model


def mobilenet_backbone(
    image_size: int, weights: str, alpha: float, frozen_blocks: int, batch_norm_momentum: float, margins: str = ""
) -> keras.Model:
    """MobileNetV2 without its top, scaling included; the arguments are those of ``mobilenet_v2`` and ``mobilenet_au``.

    Weights of a whole model are not loaded: it has a head as well.

    Returns:
        image (B, size, size, 3) RGB 0..255 -> feature map (B, height / 32, width / 32, channels) of what is
        inside the margins.

    Raises:
        InputError: a number out of range, or weights that do not fit.
    """
    if image_size < 32:
        raise InputError(f"image_size is {image_size}: MobileNetV2 needs at least 32")
    if not 0 <= frozen_blocks <= LAST_BLOCK + 1:
        raise InputError(f"frozen_blocks is {frozen_blocks}: MobileNetV2 has {LAST_BLOCK + 1} blocks, choose 0..17")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")(inputs)
    if margins:
        scaled = keras.layers.Cropping2D(margin_pixels(margins, image_size), name="inside")(scaled)
    options = {"input_tensor": scaled, "include_top": False, "alpha": alpha}
    backbone = pretrained(keras.applications.MobileNetV2, weights, **options)
    _reset_batch_norm(backbone, batch_norm_momentum)
    _freeze(backbone, frozen_blocks)
    # Keras builds it on a list of inputs, and then warns of every single tensor that comes.
    return keras.Model(inputs, backbone.output, name=backbone.name)


def margin_pixels(margins: str, image_size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Pixels (above, below), (left, right) of ``"above,below,left,right"``, shares of the picture's side.

    Raises:
        InputError: not four numbers, or so large that less than 32 pixels are left.
    """
    try:
        above, below, left, right = (round(float(share) * image_size) for share in margins.split(","))
    except (ValueError, OverflowError) as error:
        raise InputError(f"margins are {margins!r}: expected above,below,left,right such as 0.2,0,0.15,0.15") from error
    if min(above, below, left, right) < 0 or image_size - max(above + below, left + right) < 32:
        raise InputError(
            f"margins are {margins!r}: of {image_size} pixels at least 32 must be left, and none be negative"
        )
    return (above, below), (left, right)


def _reset_batch_norm(backbone: keras.Model, momentum: float) -> None:
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum


def _freeze(backbone: keras.Model, blocks: int) -> None:
    """Marks the stem and the first ``blocks`` blocks as not trainable."""
    for layer in backbone.layers:
        if _block_number(layer.name) < blocks:
            layer.trainable = False


def _block_number(layer_name: str) -> int:
    """0 for stem and first block, n for block n, beyond the last for what follows."""
    if match := re.match(r"block_(\d+)_", layer_name):
        return int(match.group(1))
    first = ("Conv1", "bn_Conv1", "expanded_conv", "image", "scale", "inside")
    return 0 if layer_name.startswith(first) else LAST_BLOCK + 1
