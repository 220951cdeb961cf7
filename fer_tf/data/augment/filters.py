"""Gaussian blur and sharpness as depthwise convolutions, one kernel per image."""

import math

import tensorflow as tf

from fer_tf.data.augment.draws import Draws, between, where_drawn
from fer_tf.data.augment.options import AugmentOptions

SHARPNESS_MARGIN = 1
SMALLEST_SIGMA = 0.1  # a Gaussian this narrow touches no neighbour


def sample(draws: Draws, options: AugmentOptions) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws the standard deviation of the blur (neutral 0) and the sharpness factor (neutral 1).

    Returns:
        two float32 (B,): pixels, and factor.
    """
    sigma = between(draws["blur_sigma"], SMALLEST_SIGMA, options.blur_sigma)
    strength = options.sharpness_strength
    factor = between(draws["sharpness_factor"], max(0.0, 1.0 - strength), 1.0 + strength)
    return (
        where_drawn(draws, "blur", options.blur_probability, sigma, 0.0),
        where_drawn(draws, "sharpness", options.sharpness_probability, factor, 1.0),
    )


def blur_radius(sigma: float) -> int:
    """Neighbours on each side that a Gaussian is cut off after, two standard deviations."""
    return math.ceil(2 * sigma)


def blur(columns: tf.Tensor, sigma: tf.Tensor, radius: int) -> tf.Tensor:
    """Blurs each image by its own Gaussian, rows and columns in turn.

    Args:
        columns: float32 (H + 2 radius, W + 2 radius, 3, B).
        sigma: float32 (B,), standard deviation in pixels; 0 changes nothing.
        radius: neighbours on each side, see ``blur_radius``.

    Returns:
        columns, float32 (H, W, 3, B).
    """
    distance = tf.range(-radius, radius + 1, dtype=tf.float32)[:, None]
    # 0.01 for 0: the neighbours' weights underflow to exactly 0.
    weights = tf.exp(-0.5 * tf.square(distance / tf.maximum(sigma, 0.01)))
    weights /= tf.reduce_sum(weights, axis=0)
    return _convolve(_convolve(columns, weights[:, None]), weights[None, :])


def sharpen(columns: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """Moves away from, or towards, a smoothed image, as Pillow's ``ImageEnhance.Sharpness``.

    Args:
        columns: float32 (H + 2, W + 2, 3, B).
        factor: float32 (B,): 0 smooths, 1 changes nothing, 2 sharpens.

    Returns:
        columns, float32 (H, W, 3, B), not clipped.
    """
    smooth = tf.reshape([1.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0], (3, 3, 1)) / 13.0
    same = tf.reshape([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], (3, 3, 1))
    return _convolve(columns, smooth + factor * (same - smooth))


def _convolve(columns: tf.Tensor, kernels: tf.Tensor) -> tf.Tensor:
    """Filters each image by its kernel, float32 (kh, kw, B), without margins."""
    shape = tf.shape(columns)
    flat = tf.reshape(columns, (1, shape[0], shape[1], 3 * shape[3]))
    flat = tf.nn.depthwise_conv2d(flat, tf.tile(kernels, (1, 1, 3))[..., None], (1, 1, 1, 1), "VALID")
    return tf.reshape(flat, (tf.shape(flat)[1], tf.shape(flat)[2], 3, shape[3]))
