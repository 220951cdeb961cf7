"""Augmentation of whole batches: paper A's ten operations, and brightness and contrast of paper C."""

from fer_tf.data.augment.keras_cv import augment_keras_cv
from fer_tf.data.augment.options import AugmentOptions
from fer_tf.data.augment.pipeline import augment

__all__ = ["AugmentOptions", "augment", "augment_keras_cv"]
