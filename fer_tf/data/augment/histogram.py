"""Auto-contrast and equalisation as one table of 256 levels per image and channel."""

import tensorflow as tf

from fer_tf.data.augment.draws import Draws, where_drawn
from fer_tf.data.augment.geometry import compiled
from fer_tf.data.augment.options import AugmentOptions

LEVELS = 256


def sample(draws: Draws, options: AugmentOptions) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws the strengths of auto-contrast and equalisation, two float32 (B,), neutral 0."""
    return (
        where_drawn(draws, "autocontrast", options.autocontrast_probability, options.autocontrast_strength, 0.0),
        where_drawn(draws, "equalise", options.equalise_probability, options.equalise_strength, 0.0),
    )


@compiled
def quantise(columns: tf.Tensor) -> tf.Tensor:
    """Rounds columns of any range to uint8 levels, half up."""
    return tf.cast(tf.clip_by_value(tf.floor(columns + 0.5), 0.0, 255.0), tf.uint8)


def count(levels: tf.Tensor) -> tf.Tensor:
    """Histogram of each image and channel.

    Args:
        levels: uint8 columns (H, W, 3, B).

    Returns:
        int32 (3, B, 256).
    """
    # Counted outside XLA, whose scatter is thirty times slower than this kernel.
    images = tf.shape(levels)[3]
    counts = tf.math.bincount(_places(levels), minlength=images * 3 * LEVELS, maxlength=images * 3 * LEVELS)
    return tf.reshape(counts, (3, images, LEVELS))


@compiled
def _places(levels: tf.Tensor) -> tf.Tensor:
    return tf.reshape(flat_index(levels), [-1])


def flat_index(levels: tf.Tensor) -> tf.Tensor:
    """Index of each pixel's level in flattened tables (3, B, 256), int32 (H, W, 3, B)."""
    images = tf.shape(levels)[3]
    return tf.cast(levels, tf.int32) + tf.reshape(tf.range(3 * images) * LEVELS, (3, images))


def tables(counts: tf.Tensor, autocontrast: tf.Tensor, equalise: tf.Tensor) -> tf.Tensor:
    """The level that takes the place of each level: auto-contrast first, then equalisation.

    Args:
        counts: int32 (3, B, 256), histograms.
        autocontrast: float32 (B,), share of the way to the full range, 0..1.
        equalise: float32 (B,), share of the way to the equalised image, 0..1.

    Returns:
        uint8 (3, B, 256).
    """
    levels = tf.range(LEVELS, dtype=tf.float32)
    stretched = _blend(levels, autocontrast_table(counts), autocontrast)
    index = tf.cast(stretched, tf.int32)
    rows = tf.reshape(tf.range(tf.size(counts) // LEVELS) * LEVELS, tf.concat([tf.shape(counts)[:-1], [1]], 0))
    moved = tf.math.unsorted_segment_sum(counts, index + rows, tf.size(counts))
    equal = _blend(levels, equalise_table(tf.reshape(moved, tf.shape(counts))), equalise)
    return tf.cast(tf.gather(equal, index, batch_dims=2), tf.uint8)


def _blend(levels: tf.Tensor, table: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    return tf.floor(levels + strength[:, None] * (table - levels) + 0.5)


def autocontrast_table(counts: tf.Tensor) -> tf.Tensor:
    """Stretches the lowest level to 0 and the highest to 255, as Pillow's ``ImageOps.autocontrast``.

    Args:
        counts: int32 (..., 256), histograms.

    Returns:
        float32 (..., 256), whole levels; a channel of one level stays as it is.
    """
    levels = tf.range(LEVELS, dtype=tf.float32)
    found = counts > 0
    low = tf.reduce_min(tf.where(found, levels, 255.0), axis=-1, keepdims=True)
    high = tf.reduce_max(tf.where(found, levels, 0.0), axis=-1, keepdims=True)
    # A little more than the quotient, so that 255 itself is not cut to 254.
    stretched = tf.floor((levels - low) * 255.0 / tf.maximum(high - low, 1.0) + 1e-3)
    return tf.where(high > low, tf.clip_by_value(stretched, 0.0, 255.0), levels)


def equalise_table(counts: tf.Tensor) -> tf.Tensor:
    """Spreads the levels evenly, as Pillow's ``ImageOps.equalize``.

    Args:
        counts: int32 (..., 256), histograms.

    Returns:
        float32 (..., 256), whole levels; a channel of one level stays as it is.
    """
    total = tf.reduce_sum(counts, axis=-1, keepdims=True)
    highest = tf.reduce_max(tf.where(counts > 0, tf.range(LEVELS), 0), axis=-1, keepdims=True)
    last = tf.reduce_sum(tf.where(tf.range(LEVELS) == highest, counts, 0), axis=-1, keepdims=True)
    step = (total - last) // (LEVELS - 1)
    below = tf.cumsum(counts, axis=-1, exclusive=True)
    spread = tf.minimum((below + step // 2) // tf.maximum(step, 1), LEVELS - 1)
    return tf.cast(tf.where(step > 0, spread, tf.range(LEVELS)), tf.float32)
