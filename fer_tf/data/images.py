"""Decoding and resizing of images: the one way that training, scoring and export share."""

import tensorflow as tf


def resize(images: tf.Tensor, size: int) -> tf.Tensor:
    """Resizes to a square, bilinear, antialiased when shrinking.

    Args:
        images: uint8 or float (H, W, 3) or (B, H, W, 3), RGB 0..255.
        size: side of the result in pixels.

    Returns:
        float32 (size, size, 3) or (B, size, size, 3), 0..255.
    """
    images = tf.cast(images, tf.float32)
    if tuple(images.shape[-3:-1]) == (size, size):
        return images
    return tf.image.resize(images, (size, size), method="bilinear", antialias=True)


def resize_uint8(image: tf.Tensor, size: int) -> tf.Tensor:
    """The same as ``resize``, rounded back to uint8 to be stored."""
    return tf.cast(tf.clip_by_value(tf.round(resize(image, size)), 0, 255), tf.uint8)
