"""Making a Keras model fit for TensorFlow Lite: operations that LiteRT has, integers where they are safe."""

import re
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from export.graph import as_taken, probabilities, specs
from export.model_info import ModelInfo
from fer_tf.faces.tflite import open_interpreter
from fer_tf.models.safer.layers import Measurements, WherePresent

# What stays float32 in an int8 file. Measurements have NaN where there is no mesh, which no integer can say, and
# scales of their own that one scale of a tensor cannot hold; LayerNormalization divides by a spread that may round to
# 0, and WherePresent compares with 0: at both LiteRT's integer kernels end the process.
_FLOAT_LAYERS = (Measurements, WherePresent, keras.layers.LayerNormalization)


class MatrixResizing(keras.layers.Layer):
    """Antialiased resizing as two products with fixed matrices: LiteRT has no operation of that kind."""

    def __init__(self, height: int, width: int, **options):
        """Takes the sides of the result."""
        super().__init__(**options)
        self.height, self.width = height, width

    def call(self, images):
        """(B, H, W, C) -> (B, height, width, C)."""
        rows, columns = (
            keras.ops.convert_to_tensor(_resizing_matrix(before, after))
            for before, after in zip(images.shape[1:3], (self.height, self.width), strict=True)
        )
        wide = keras.ops.tensordot(images, columns, axes=[[2], [1]])  # (B, H, C, width)
        return keras.ops.transpose(keras.ops.tensordot(wide, rows, axes=[[1], [1]]), (0, 3, 2, 1))

    def compute_output_shape(self, input_shape):
        """With other sides."""
        return (input_shape[0], self.height, self.width, input_shape[-1])


def _resizing_matrix(before: int, after: int) -> np.ndarray:
    """What each of ``after`` pixels takes of ``before``, float32 (after, before)."""
    with tf.init_scope():
        one_each = np.eye(before, dtype=np.float32)[None, ..., None]
        return tf.image.resize(one_each, (after, before), method="bilinear", antialias=True).numpy()[0, ..., 0]


def without_resizing(model: keras.Model) -> keras.Model:
    """The model with ``MatrixResizing`` for every antialiased ``Resizing``; itself where it has none."""
    if not any(_is_antialiased(layer) for layer in model._flatten_layers()):
        return model

    def changed(layer: keras.Layer) -> keras.Layer:
        if _is_antialiased(layer):
            return MatrixResizing(layer.height, layer.width, name=layer.name)
        return type(layer).from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=changed, recursive=True)
    copy.set_weights(model.get_weights())
    return copy


def _is_antialiased(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Resizing) and layer.antialias


def behind_scaling(model: keras.Model) -> tuple[keras.Model, float, float] | None:
    """What follows a ``Rescaling`` of a model's one picture, where that layer alone looks at it.

    An int8 file does without the layer: its input's own scale and zero point say the same, so that the pixels lose
    nothing. With it pixels were multiplied and shifted on grids of their own, the product on 3/255 in place of 2/255:
    on 3,589 validation images of FER-2013 0.042 of the labels changed, without it 0.028.

    Args:
        model: picture (B, H, W, 3) -> logits (B, labels).

    Returns:
        the rest of the model, scale and offset; None where there is no such layer.
    """
    scalings = [layer for layer in model.layers if isinstance(layer, keras.layers.Rescaling)]
    first = next((layer for layer in scalings if layer.input is model.inputs[0]), None)
    numbers = first and isinstance(first.scale, float) and isinstance(first.offset, int | float)
    if not numbers or len(model.inputs) > 1:
        return None
    try:
        return keras.Model(first.output, model.output), first.scale, float(first.offset)
    except ValueError:  # another layer looks at the picture too
        return None


def float_layers(model: keras.Model) -> list[str]:
    """Names of the layers that stay float32 in an int8 file."""
    return [layer.name for layer in model._flatten_layers() if isinstance(layer, _FLOAT_LAYERS)]


def converter(model: keras.Model, info: ModelInfo) -> tf.lite.TFLiteConverter:
    """A converter of the model with its activation behind it.

    Args:
        model: named inputs -> logits (B, labels); see ``without_resizing``.
        info: of the model.
    """
    module = tf.Module()
    module.weights = [weight.value for weight in model.variables]

    def answer(**inputs):
        return {"probabilities": probabilities(model(as_taken(model, inputs), training=False), info.task)}

    module.answer = tf.function(answer)
    return tf.lite.TFLiteConverter.from_concrete_functions(
        [module.answer.get_concrete_function(**specs(model))], module
    )


def partly_int8(model: keras.Model, info: ModelInfo, representative: Callable) -> bytes:
    """Integers throughout, but for inputs, outputs and the layers of ``float_layers``.

    Args:
        model: see ``converter``.
        info: of the model.
        representative: see ``tf.lite.TFLiteConverter.representative_dataset``.

    Returns:
        contents of the ``.tflite`` file.
    """
    details = open_interpreter(converter(model, info).convert()).get_tensor_details()
    inside = re.compile(rf"/({'|'.join(map(re.escape, float_layers(model)))})(_\d+)?/")
    whole = converter(model, info)
    whole.optimizations = [tf.lite.Optimize.DEFAULT]
    whole.representative_dataset = representative
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=whole,
        debug_dataset=representative,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(
            denylisted_nodes=[detail["name"] for detail in details if inside.search(detail["name"])]
        ),
    )
    return debugger.get_nondebug_quantized_model()
