"""MobileNetV2 with a head for action units: paper B's design on a backbone for small machines."""

import keras

from fer_tf.labels import ACTION_UNITS
from fer_tf.models.heads import connected_head, flat_features, freeze_below_head
from fer_tf.models.mobilenet import mobilenet_backbone
from fer_tf.models.weights import is_whole_model, load_weights


def mobilenet_au(
    *,
    outputs: int = len(ACTION_UNITS),
    image_size: int = 224,
    weights: str = "imagenet",
    alpha: float = 1.0,
    trainable: str = "head",
    frozen_blocks: int = 0,
    batch_norm_momentum: float = 0.99,
    margins: str = "",
    pooling: str = "average",
    head_width: float = 0.125,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Builds MobileNetV2 without its top, two connected layers, one logit an action unit.

    Args:
        outputs: number of action units.
        image_size: side of the input in pixels, at least 32.
        weights: ``"imagenet"`` (downloads), ``"none"``, or the path of a backbone's
            ``.weights.h5`` or of a whole ``.keras`` model of this kind.
        alpha: width multiplier of the backbone.
        trainable: ``head`` leaves the backbone as it is; ``all`` trains it too.
        frozen_blocks: with ``all``: residual blocks, from the input on, that are not trained.
        batch_norm_momentum: see ``mobilenet_v2``.
        margins: ``above,below,left,right``, shares of the picture's side that are not looked at, so that pixels
            go to the face where pictures show more; empty: all is looked at.
        pooling: ``average``, or ``none``, which keeps where things are and has 49 times the inputs
            at 224 pixels.
        head_width: share of 4096 units in each connected layer; 512 by default, as the backbone
            itself has fewer parameters than one layer of VGG16's head.
        dropout: of the head.
        seed: of the head's initial weights.

    Returns:
        model ``mobilenet_au``: image (B, size, size, 3) RGB 0..255, uint8 or float
        -> logits (B, outputs).

    Raises:
        InputError: an option out of range, or weights that do not fit.
    """
    backbone = mobilenet_backbone(image_size, weights, alpha, frozen_blocks, batch_norm_momentum, margins)
    freeze_below_head(backbone, trainable)
    features = flat_features(backbone.output, pooling)
    logits = connected_head(features, outputs=outputs, width=head_width, dropout=dropout, seed=seed)
    model = keras.Model(backbone.input, logits, name="mobilenet_au")
    if is_whole_model(weights):
        load_weights(model, weights)
    return model
