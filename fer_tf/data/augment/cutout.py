"""Cutout: rectangles of one grey level over the image (DeVries and Taylor 2017, arXiv 1708.04552)."""

import tensorflow as tf

from fer_tf.data.augment.draws import Draws, between, where_drawn
from fer_tf.data.augment.options import AugmentOptions


def sample(draws: Draws, numbers: tf.Tensor, options: AugmentOptions) -> tf.Tensor:
    """Draws the rectangles: centre uniform in the image, sides uniform from half the largest.

    Args:
        draws: from ``draws.uniform``.
        numbers: float32 (B, cutouts, 4) from ``draws.boxes``.
        options: probability and size.

    Returns:
        float32 (B, cutouts, 4): centre x, centre y, width, height as parts of the side;
        width and height are 0 where cutout is not drawn.
    """
    largest = where_drawn(draws, "cutout", options.cutout_probability, options.cutout_size, 0.0)
    sides = between(numbers[..., 2:], 0.5, 1.0) * largest[:, None, None]
    return tf.concat([numbers[..., :2], sides], axis=-1)


def bits(boxes: tf.Tensor, size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Which rectangles each column and each row of pixels belongs to, one bit for each.

    A pixel is covered where its column and its row share a bit, so that the mask costs
    one operation per pixel, however many rectangles there are.

    Args:
        boxes: float32 (B, cutouts, 4) from ``sample``, at most 31 cutouts.
        size: side of the image, pixels.

    Returns:
        two int32 (B, size): of the columns (x), of the rows (y).
    """
    places = (tf.range(size, dtype=tf.float32) + 0.5) / size
    flags = tf.bitwise.left_shift(1, tf.range(tf.shape(boxes)[1]))[:, None]

    def along(axis: int) -> tf.Tensor:
        inside = tf.abs(places - boxes[:, :, axis, None]) < boxes[:, :, axis + 2, None] / 2
        return tf.reduce_sum(tf.where(inside, flags, 0), axis=1)

    return along(0), along(1)


def cover(images: tf.Tensor, boxes: tf.Tensor, fill: float) -> tf.Tensor:
    """Covers the rectangles.

    Args:
        images: float32 (B, size, size, 3), 0..255.
        boxes: float32 (B, cutouts, 4) from ``sample``.
        fill: level that covers, 0..255.

    Returns:
        float32 (B, size, size, 3).
    """
    columns, rows = bits(boxes, images.shape[1])
    covered = tf.bitwise.bitwise_and(columns[:, None, :], rows[:, :, None]) != 0
    return tf.where(covered[..., None], fill, images)
