"""Random resized crop, mirror and rotation: one resampling from the source to the result.

Inside the pipeline a batch is held as *columns*, (height, width, 3, B) with the batch
last: the strengths of all images then lie along the fastest axis, so that every
operation works on whole vectors, and B x 3 is the channel axis of a depthwise
convolution.
"""

import math
from functools import partial
from typing import NamedTuple

import tensorflow as tf

from fer_tf.data.augment.draws import Draws, between, where_drawn
from fer_tf.data.augment.options import AugmentOptions

# XLA makes one loop out of what would be a dozen passes over the batch.
compiled = partial(tf.function, jit_compile=True, autograph=False)

# A pixel travels as one int64 with a lane of 21 bits for each channel, so that one
# multiplication weighs all three. 8 bits of value and twice 6 of weight fill 20.
LANE = 21
WEIGHT_BITS = 6
FRACTION = 2 * WEIGHT_BITS


class Geometry(NamedTuple):
    """What part of the source the result shows, and how; every field float32 (B,).

    The result shows the crop, mirrored, then rotated about its centre.
    """

    centre_x: tf.Tensor  # of the crop, part of the source's width, neutral 0.5
    centre_y: tf.Tensor  # of the crop, part of the source's height, neutral 0.5
    width: tf.Tensor  # of the crop, part of the source's width, neutral 1
    height: tf.Tensor  # of the crop, part of the source's height, neutral 1
    mirror: tf.Tensor  # -1 mirrors left to right, neutral 1
    angle: tf.Tensor  # counter-clockwise, radians, neutral 0


def sample(draws: Draws, options: AugmentOptions) -> Geometry:
    """Draws crop, mirror and rotation; neutral where an operation is not drawn.

    Crop: area uniform in [crop_minimum_area, 1], logarithm of width/height uniform in
    ± log(crop_maximum_aspect), place uniform (Szegedy et al. 2015, arXiv 1409.4842).

    Args:
        draws: from ``draws.uniform``.
        options: probabilities and strengths.
    """
    area = between(draws["crop_area"], options.crop_minimum_area, 1.0)
    log_aspect = math.log(options.crop_maximum_aspect)
    aspect = tf.exp(between(draws["crop_aspect"], -log_aspect, log_aspect))
    cropped = partial(where_drawn, draws, "crop", options.crop_probability)
    width = cropped(tf.minimum(tf.sqrt(area * aspect), 1.0), 1.0)
    height = cropped(tf.minimum(tf.sqrt(area / aspect), 1.0), 1.0)
    limit = math.radians(options.rotation_degrees)
    angle = between(draws["rotation_angle"], -limit, limit)
    return Geometry(
        centre_x=0.5 + (draws["crop_x"] - 0.5) * (1.0 - width),
        centre_y=0.5 + (draws["crop_y"] - 0.5) * (1.0 - height),
        width=width,
        height=height,
        mirror=where_drawn(draws, "flip", options.flip_probability, -1.0, 1.0),
        angle=where_drawn(draws, "rotation", options.rotation_probability, angle, 0.0),
    )


def affine(geometry: Geometry) -> tf.Tensor:
    """Map from a place in the result to the place in the source, both 0..1, y downwards.

    Returns:
        float32 (B, 6): a..f of source_x = a x + b y + c, source_y = d x + e y + f.
    """
    cosine, sine = tf.cos(geometry.angle), tf.sin(geometry.angle)
    across = geometry.mirror * geometry.width
    a, b = across * cosine, -across * sine
    d, e = geometry.height * sine, geometry.height * cosine
    return tf.stack([a, b, geometry.centre_x - (a + b) / 2, d, e, geometry.centre_y - (d + e) / 2], axis=1)


def shrink(images: tf.Tensor, size: int) -> tf.Tensor:
    """Averages whole blocks of pixels where the source is at least twice as large as the result.

    Bilinear sampling reads four pixels, so that a larger step would skip some (aliasing).
    """
    factors = [max(1, length // size) for length in images.shape[1:3]]
    if factors == [1, 1]:
        return images
    return tf.nn.avg_pool2d(tf.cast(images, tf.float32), factors, factors, "VALID")


@compiled
def resample(images: tf.Tensor, matrices: tf.Tensor, size: int) -> tf.Tensor:
    """Samples the source bilinearly at the places of ``affine``; edge pixels go on outside.

    Weights are rounded to 1/64, twice as fine as OpenCV's.

    Args:
        images: uint8 or float (B, H, W, 3), 0..255; float is rounded to whole levels.
        matrices: float32 (B, 6) from ``affine``.
        size: side of the result, pixels.

    Returns:
        packed columns, int64 (size, size, B), see ``unpack``.
    """
    count, height, width = (tf.shape(images)[axis] for axis in range(3))
    source = tf.reshape(_pack(images if images.dtype == tf.uint8 else tf.round(images)), [-1])
    places = (tf.range(size, dtype=tf.float32) + 0.5) / size
    x, y = places[None, :, None], places[:, None, None]
    a, b, c, d, e, f = (row[None, None, :] for row in tf.unstack(matrices, axis=1))
    left, right, weight_x = _neighbours(a * x + b * y + c, width)
    top, bottom, weight_y = _neighbours(d * x + e * y + f, height)
    first = tf.range(count) * height
    top, bottom = (first + top) * width, (first + bottom) * width
    one = tf.constant(1 << WEIGHT_BITS, tf.int64)
    above = tf.gather(source, top + left) * (one - weight_x) + tf.gather(source, top + right) * weight_x
    below = tf.gather(source, bottom + left) * (one - weight_x) + tf.gather(source, bottom + right) * weight_x
    return above * (one - weight_y) + below * weight_y


def _neighbours(place: tf.Tensor, length: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The two pixels around a place 0..1, int32, and the weight of the second, int64 0..64."""
    last = tf.cast(length - 1, tf.float32)
    pixel = tf.clip_by_value(place * tf.cast(length, tf.float32) - 0.5, 0.0, last)
    first = tf.floor(pixel)
    weight = tf.cast(tf.round((pixel - first) * (1 << WEIGHT_BITS)), tf.int64)
    first = tf.cast(first, tf.int32)
    return first, tf.minimum(first + 1, length - 1), weight


def _pack(values: tf.Tensor) -> tf.Tensor:
    red, green, blue = tf.unstack(tf.cast(values, tf.int64), axis=-1)
    return red + green * (1 << LANE) + blue * (1 << 2 * LANE)


@compiled
def pack(images: tf.Tensor, mirror: tf.Tensor) -> tf.Tensor:
    """Packs images that are resized already, mirrored where asked.

    Args:
        images: float32 (B, size, size, 3), 0..255.
        mirror: bool (B,).

    Returns:
        packed columns, int64 (size, size, B), see ``unpack``.
    """
    images = tf.where(mirror[:, None, None, None], tf.reverse(images, [2]), images)
    return tf.transpose(_pack(tf.round(images * (1 << FRACTION))), (1, 2, 0))


def unpack(packed: tf.Tensor) -> tf.Tensor:
    """Columns, float32 (H, W, 3, B) 0..255, of packed columns, int64 (H, W, B)."""
    lanes = (tf.bitwise.right_shift(packed, tf.constant(shift, tf.int64)) for shift in (0, LANE, 2 * LANE))
    mask = tf.constant((1 << LANE) - 1, tf.int64)
    channels = [tf.cast(tf.bitwise.bitwise_and(lane, mask), tf.float32) for lane in lanes]
    return tf.stack(channels, axis=2) / (1 << FRACTION)
