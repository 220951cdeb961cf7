"""Augmentation inside the training step, on the accelerator."""

from collections.abc import Callable

import keras

from fer_tf.errors import InputError


class DeviceAugmented(keras.Model):
    """A model that augments its batch before each training step, where it trains.

    It shares layers and weights with the model it is made from; that one is saved and
    scored, so what is kept holds no augmentation.
    """

    def __init__(self, model: keras.Model, operation: Callable):
        """Wraps ``model``.

        Args:
            model: functional model to train.
            operation: (images as stored, int32 (2,) seed) -> augmented images.

        Raises:
            InputError: Keras runs on another backend than TensorFlow.
        """
        if keras.backend.backend() != "tensorflow":
            raise InputError(
                f"augment_on=device needs Keras on TensorFlow, not {keras.backend.backend()}: use augment_on=host"
            )
        super().__init__(name=model.name)
        self._inner = model
        self._operation = operation
        self.built = True

    def call(self, inputs, training=None):
        """Logits of the wrapped model."""
        return self._inner(inputs, training=training)

    def train_step(self, data):
        """Augments, then trains as usual."""
        (images, seeds), targets, weights = data
        return super().train_step((self._operation(images, seeds[0]), targets, weights))
