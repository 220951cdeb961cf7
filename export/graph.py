"""From named inputs to probabilities, the same for Keras, SavedModel and TFLite."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.models.inputs import input_names, takes_dictionary


def as_taken(model: keras.Model, inputs: Mapping):
    """Named inputs as the model was built to take them: one tensor, a list or a dictionary.

    Args:
        model: with inputs that are called as ``models.inputs.input_names`` says.
        inputs: name -> tensor or array, all that the model takes.
    """
    names = input_names(model)
    if takes_dictionary(model):
        return {name: inputs[name] for name in names}
    return inputs[names[0]] if len(names) == 1 else [inputs[name] for name in names]


def probabilities(logits, task: str):
    """Logits (B, outputs) to probabilities: sigmoid of action units, softmax of emotions."""
    return keras.ops.sigmoid(logits) if task == ACTION_UNIT_TASK else keras.ops.softmax(logits, axis=-1)


def specs(model: keras.Model) -> dict[str, tf.TensorSpec]:
    """Shape and type of each input by its name, float32, any batch."""
    return {
        name: tf.TensorSpec([None, *tensor.shape[1:]], tf.float32, name=name)
        for name, tensor in zip(input_names(model), model.inputs, strict=True)
    }
