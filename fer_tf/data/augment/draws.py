"""Stateless random numbers, one named column for each use.

The numbers of an image depend on the seed and on its place in the batch alone: not on
the batch's size, nor on which operations are switched on, nor on the device (Philox is
asked for by name, because XLA would choose another generator).
"""

import tensorflow as tf

from fer_tf.data.augment.options import OPERATIONS

_STRENGTHS = (
    *("crop_area", "crop_aspect", "crop_x", "crop_y", "rotation_angle"),
    *("jitter_brightness", "jitter_contrast", "jitter_saturation", "jitter_hue"),
    *("brightness_shift", "contrast_factor", "blur_sigma", "sharpness_factor"),
)
# New columns go to the end, or every seed gives other images.
COLUMNS = (*OPERATIONS, *_STRENGTHS)

Draws = dict[str, tf.Tensor]


def uniform(seed: tf.Tensor, count: tf.Tensor | int) -> Draws:
    """Draws one number in [0, 1) for each image and column.

    Args:
        seed: int32 (2,).
        count: images in the batch.

    Returns:
        column name → float32 (count,). The column of an operation's own name decides
        whether it is drawn, the others how strongly.
    """
    numbers = tf.random.stateless_uniform((count, len(COLUMNS)), seed, alg="philox")
    return dict(zip(COLUMNS, tf.unstack(numbers, axis=1), strict=True))


def boxes(seed: tf.Tensor, count: tf.Tensor | int, per_image: int) -> tf.Tensor:
    """Draws the numbers of the cutouts, independent of those of ``uniform``.

    Args:
        seed: int32 (2,).
        count: images in the batch.
        per_image: cutouts of each image.

    Returns:
        float32 (count, per_image, 4) in [0, 1).
    """
    return tf.random.stateless_uniform((count, per_image, 4), tf.random.fold_in(seed, 1, alg="philox"), alg="philox")


def between(fraction: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """Maps [0, 1) to [low, high)."""
    return low + (high - low) * fraction


def where_drawn(
    draws: Draws, operation: str, probability: float, value: tf.Tensor | float, neutral: float
) -> tf.Tensor:
    """Strength of an operation for each image.

    Args:
        draws: from ``uniform``.
        operation: name of the operation.
        probability: of being drawn, 0..1.
        value: strength where it is drawn, scalar or float32 (B,).
        neutral: strength that changes nothing, for the other images.

    Returns:
        float32 (B,).
    """
    return tf.where(draws[operation] < probability, value, neutral)
