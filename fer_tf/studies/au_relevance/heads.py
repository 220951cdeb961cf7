"""Heads on frozen convolutions, put back on their network so that they can be explained."""

from collections.abc import Sequence

import keras
import numpy as np

from fer_tf.models.heads import connected_head
from fer_tf.training.features import split_model
from fer_tf.training.head import HeadOptions

# What the grid of ``au_bias`` trains: convolutions frozen, as in paper B, and nothing pooled.
MODEL = "mobilenet_au"


def network_with_head(backbone: keras.Model, options: HeadOptions, head: Sequence[np.ndarray]) -> keras.Model:
    """The network whose features a head was trained on, with that head.

    Args:
        backbone: of ``au_bias.pool.backbone``; its layers are shared, not copied.
        options: that the head was trained with.
        head: of ``training.head.fit_head``.

    Returns:
        images to logits.
    """
    inner, _ = split_model(backbone)
    outputs = len(head[-1])
    logits = connected_head(inner.output, outputs=outputs, width=options.head_width, dropout=options.dropout)
    model = keras.Model(inner.input, logits, name=f"{backbone.name}_with_head")
    for name, kernel, bias in zip(("fc1", "fc2", "logits"), head[::2], head[1::2], strict=True):
        model.get_layer(name).set_weights([kernel, bias])
    return model
