"""Grayscale, colour jitter, brightness and contrast, fused into one 3x4 matrix per image.

Every one of them is affine in RGB, and the mean that contrast turns about follows the
same map, so that the chain needs the image's mean once and a single pass over the
pixels. Nothing is clipped between two operations, only at the end of the pipeline.
Hue is turned in YIQ, where that is a rotation, not in HSV.
"""

import math
from functools import partial
from typing import NamedTuple

import tensorflow as tf

from fer_tf.data.augment.draws import Draws, between, where_drawn
from fer_tf.data.augment.geometry import compiled, unpack
from fer_tf.data.augment.options import AugmentOptions

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in Pillow
_IN_PHASE = (0.595716, -0.274453, -0.321263)
_QUADRATURE = (0.211456, -0.522591, 0.311135)
OPERATIONS = ("grayscale", "jitter", "brightness", "contrast")


class ColourStrengths(NamedTuple):
    """Strength of each colour operation, float32 (B,), in the order of application."""

    grayscale: tf.Tensor  # share of colour taken away, neutral 0
    jitter_brightness: tf.Tensor  # factor, neutral 1
    jitter_contrast: tf.Tensor  # factor about the mean luminance, neutral 1
    jitter_saturation: tf.Tensor  # factor, neutral 1
    jitter_hue: tf.Tensor  # part of the colour circle, neutral 0
    brightness: tf.Tensor  # part of 255 that is added, neutral 0
    contrast: tf.Tensor  # factor about each channel's mean, neutral 1


def sample(draws: Draws, options: AugmentOptions) -> ColourStrengths:
    """Draws the strengths of the colour operations; neutral where an operation is not drawn."""
    jittered = partial(where_drawn, draws, "jitter", options.jitter_probability)

    def factor(column: str, strength: float) -> tf.Tensor:
        return between(draws[column], 1.0 - strength, 1.0 + strength)

    hue = between(draws["jitter_hue"], -options.jitter_hue, options.jitter_hue)
    shift = between(draws["brightness_shift"], -options.brightness_strength, options.brightness_strength)
    contrast = factor("contrast_factor", options.contrast_strength)
    return ColourStrengths(
        where_drawn(draws, "grayscale", options.grayscale_probability, options.grayscale_strength, 0.0),
        jittered(factor("jitter_brightness", options.jitter_brightness), 1.0),
        jittered(factor("jitter_contrast", options.jitter_contrast), 1.0),
        jittered(factor("jitter_saturation", options.jitter_saturation), 1.0),
        jittered(hue, 0.0),
        where_drawn(draws, "brightness", options.brightness_probability, shift, 0.0),
        where_drawn(draws, "contrast", options.contrast_probability, contrast, 1.0),
    )


def matrices(strengths: ColourStrengths, mean: tf.Tensor) -> tf.Tensor:
    """Composes the operations.

    Args:
        strengths: of each image.
        mean: float32 (3, B), mean of each channel, 0..255.

    Returns:
        float32 (3, 4, B): row c holds the weights of R, G, B and the constant of channel c.
    """
    count = tf.shape(mean)[1]
    identity = tf.tile(tf.eye(3)[:, :, None], (1, 1, count))
    luma = tf.reshape(LUMA, (1, 3, 1))
    grey = tf.tile(luma, (3, 1, 1))

    def mix(share):  # towards luminance
        return identity + share * (grey - identity)

    linear = _product(_hue(strengths.jitter_hue), mix(1.0 - strengths.jitter_saturation))
    before = strengths.jitter_brightness * mix(strengths.grayscale)
    pivot = tf.reduce_sum(tf.reshape(LUMA, (3, 1)) * _times(before, mean), axis=0)
    factor = strengths.jitter_contrast
    # Saturation and hue keep a grey pivot as it is, so the constant passes through.
    linear = _product(linear, factor * before)
    constant = (1.0 - factor) * pivot + 255.0 * strengths.brightness
    mean = _times(linear, mean) + constant
    constant = strengths.contrast * constant + (1.0 - strengths.contrast) * mean
    return tf.concat([strengths.contrast * linear, constant[:, None, :]], axis=1)


def _product(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    return tf.einsum("ijb,jkb->ikb", left, right)


def _times(matrix: tf.Tensor, vector: tf.Tensor) -> tf.Tensor:
    return tf.einsum("ijb,jb->ib", matrix, vector)


def _hue(turns: tf.Tensor) -> tf.Tensor:
    """Rotation of the IQ plane by part of a circle, float32 (3, 3, B)."""
    to_yiq = tf.constant([LUMA, _IN_PHASE, _QUADRATURE])
    cosine, sine = tf.cos(2 * math.pi * turns), tf.sin(2 * math.pi * turns)
    one, zero = tf.ones_like(turns), tf.zeros_like(turns)
    rotation = tf.stack([tf.stack([one, zero, zero]), tf.stack([zero, cosine, -sine]), tf.stack([zero, sine, cosine])])
    return tf.einsum("ij,jkb,kl->ilb", tf.linalg.inv(to_yiq), rotation, to_yiq)


@compiled
def mean(packed: tf.Tensor) -> tf.Tensor:
    """Mean of each channel, float32 (3, B) 0..255, of packed columns int64 (H, W, B)."""
    # Row by row first: XLA makes a far better loop of it, and float32 loses less.
    return tf.reduce_mean(tf.reduce_mean(unpack(packed), axis=0), axis=0)


@compiled
def transform(packed: tf.Tensor, matrix: tf.Tensor | None, margin: int) -> tf.Tensor:
    """Applies the matrices, and repeats the edge as a margin for the filters that follow.

    Args:
        packed: packed columns, int64 (H, W, B).
        matrix: float32 (3, 4, B), or None to change no colour.
        margin: pixels added on each side.

    Returns:
        columns, float32 (H + 2 margin, W + 2 margin, 3, B), not clipped.
    """
    columns = unpack(packed)
    if matrix is not None:
        red, green, blue = (columns[:, :, channel] for channel in range(3))
        rows = [row[0] * red + row[1] * green + row[2] * blue + row[3] for row in tf.unstack(matrix)]
        columns = tf.stack(rows, axis=2)
    for axis in (0, 1) if margin else ():
        length = packed.shape[axis]
        columns = tf.gather(columns, tf.clip_by_value(tf.range(-margin, length + margin), 0, length - 1), axis=axis)
    return columns
