"""The augmentation that a training asked for, as one function."""

from collections.abc import Callable

import tensorflow as tf

from fer_tf.data.augment import AugmentOptions, augment, augment_keras_cv
from fer_tf.errors import InputError

BACKENDS = {"tensorflow": augment, "keras_cv": augment_keras_cv}


def augmenter(
    options: AugmentOptions, size: int, backend: str = "tensorflow"
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Chooses the implementation.

    Args:
        options: probabilities and strengths.
        size: side of the result in pixels.
        backend: ``tensorflow`` (ours) or ``keras_cv``.

    Returns:
        function of (images uint8 or float (B, H, W, 3), seed int32 (2,)) that returns
        float32 (B, size, size, 3), 0..255.

    Raises:
        InputError: unknown backend.
    """
    if backend not in BACKENDS:
        raise InputError(f"augment_backend is {backend!r}: choose one of {', '.join(BACKENDS)}")
    operation = BACKENDS[backend]
    return lambda images, seed: operation(images, seed, options=options, size=size)
