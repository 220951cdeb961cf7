"""Layers of SAFER: what is missing, what is measured, and which part of the features is whose."""

import keras
import numpy as np

from fer_tf.errors import InputError

_PACKAGE = "fer_tf"
# Name of the layer that is told by ``adapt`` what is usual.
MEASUREMENTS_LAYER = "measurements"
# In standard deviations: a mesh that slipped must not decide alone.
_FARTHEST = 5.0


@keras.saving.register_keras_serializable(_PACKAGE)
class Measurements(keras.layers.Layer):
    """Standardises measurements by the training images' mean and spread.

    Where a row has a value that is not known (NaN, as without a face mesh) the whole row becomes zero, its mean, and
    the last output, 1 where all are known, becomes zero too: a face without a mesh is a case of its own and no guess.
    """

    def build(self, input_shape):
        """Mean and spread of each measurement; 0 and 1 until ``adapt``."""
        width = (input_shape[-1],)
        self.mean = self.add_weight(name="mean", shape=width, initializer="zeros", trainable=False)
        self.spread = self.add_weight(name="spread", shape=width, initializer="ones", trainable=False)

    def adapt(self, values: np.ndarray) -> None:
        """Takes mean and standard deviation of the rows without NaN.

        Args:
            values: float (N, width), of training images.

        Raises:
            InputError: fewer than two rows are known.
        """
        known = values[np.isfinite(values).all(axis=1)].astype(np.float64)
        if len(known) < 2:
            raise InputError(
                f"{len(known)} of {len(values)} training images have a face mesh: measurements need at least 2, "
                "choose face_features=deep"
            )
        spread = known.std(axis=0)
        self.mean.assign(known.mean(axis=0))
        # What is the same in all images, such as the distance of a point to itself, stays 0.
        self.spread.assign(np.where(spread > 1e-6, spread, 1.0))

    def call(self, values):
        """(B, width) -> (B, width + 1)."""
        known = keras.ops.all(keras.ops.isfinite(values), axis=-1, keepdims=True)
        standard = (keras.ops.where(known, values, self.mean) - self.mean) / self.spread
        return keras.ops.concatenate(
            [keras.ops.clip(standard, -_FARTHEST, _FARTHEST), keras.ops.cast(known, standard.dtype)], axis=-1
        )

    def compute_output_shape(self, input_shape):
        """One more than what comes in."""
        return (*input_shape[:-1], input_shape[-1] + 1)


@keras.saving.register_keras_serializable(_PACKAGE)
class WherePresent(keras.layers.Layer):
    """Features of a picture, zero where the picture is all black, which stands for none."""

    def call(self, inputs):
        """[features (B, F), picture (B, H, W, 3)] -> (B, F)."""
        features, picture = inputs
        there = keras.ops.max(picture, axis=(1, 2, 3))[:, None] > 0
        return features * keras.ops.cast(there, features.dtype)

    def compute_output_shape(self, input_shape):
        """That of the features."""
        return input_shape[0]


@keras.saving.register_keras_serializable(_PACKAGE)
class Concatenated(keras.layers.Layer):
    """Parts side by side, with their names.

    Attributes:
        layout: name -> (first column, end) in the result.
    """

    def __init__(self, parts: list, **options):
        """Takes ``[name, width]`` of each part, in order."""
        super().__init__(**options)
        self.parts = [(str(name), int(width)) for name, width in parts]
        ends = np.cumsum([width for _, width in self.parts]).tolist()
        starts = [0, *ends[:-1]]
        self.layout = {name: (start, end) for (name, _), start, end in zip(self.parts, starts, ends, strict=True)}

    def call(self, inputs):
        """Parts (B, width) each -> (B, sum of widths)."""
        return keras.ops.concatenate(inputs, axis=-1) if len(inputs) > 1 else inputs[0]

    def compute_output_shape(self, input_shape):
        """The sum of widths."""
        return (*input_shape[0][:-1], sum(width for _, width in self.parts))

    def get_config(self):
        """With the parts."""
        return super().get_config() | {"parts": [list(part) for part in self.parts]}


@keras.saving.register_keras_serializable(_PACKAGE)
class StreamDropout(keras.layers.Layer):
    """Leaves whole streams out in training, each image's with a chance of its own, so that none is relied upon alone.

    After ModDrop (Neverova et al. 2016), without scaling what is left: a stream that is missing later is zero, as here.
    """

    def __init__(self, rate: float, seed: int = 0, **options):
        """Takes the chance, 0..1, of each stream."""
        super().__init__(**options)
        self.rate, self.seed = rate, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, features, training=False):
        """(B, F) -> (B, F)."""
        if not training:
            return features
        kept = keras.random.uniform(keras.ops.shape(features[:, :1]), seed=self.generator) >= self.rate
        return features * keras.ops.cast(kept, features.dtype)

    def compute_output_shape(self, input_shape):
        """As it comes in."""
        return input_shape

    def get_config(self):
        """With rate and seed."""
        return super().get_config() | {"rate": self.rate, "seed": self.seed}
