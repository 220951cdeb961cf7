"""The whole chain: draw the parameters from a seed, apply them to a batch."""

from typing import NamedTuple

import tensorflow as tf

from fer_tf.data.augment import colour, cutout, draws, filters, geometry, histogram
from fer_tf.data.augment.options import OPERATIONS, AugmentOptions
from fer_tf.data.images import resize
from fer_tf.errors import InputError


class Parameters(NamedTuple):
    """What was drawn for each image of a batch; each field as its module's ``sample`` says."""

    geometry: geometry.Geometry
    colour: colour.ColourStrengths
    blur_sigma: tf.Tensor
    sharpness: tf.Tensor
    autocontrast: tf.Tensor
    equalise: tf.Tensor
    boxes: tf.Tensor


def augment(images: tf.Tensor, seed: tf.Tensor, options: AugmentOptions, size: int) -> tf.Tensor:
    """Augments a batch and resizes it.

    The result is the same eagerly, in ``tf.data.Dataset.map`` and in a ``tf.function`` on
    an accelerator, but for rounding by one level. An operation of probability 0 costs
    nothing.

    Example:
        >>> images = tf.zeros((4, 48, 48, 3), tf.uint8)
        >>> augment(images, tf.constant([1, 2]), AugmentOptions.paper_a(), 96).shape
        TensorShape([4, 96, 96, 3])

    Args:
        images: uint8 or float (B, H, W, 3), RGB 0..255, at the source's resolution; H and
            W must be known, B need not be.
        seed: int32 (2,); the same seed draws the same.
        options: probabilities and strengths.
        size: side of the result, pixels.

    Returns:
        float32 (B, size, size, 3), RGB 0..255; whole levels if anything can be drawn.

    Raises:
        InputError: images of another form.
    """
    images = checked(images)
    if not options.uses(*OPERATIONS):
        return resize(images, size)
    return apply(images, sample(seed, tf.shape(images)[0], options), options, size)


def checked(images: tf.Tensor) -> tf.Tensor:
    """The images as a tensor; raises InputError unless (B, H, W, 3) with H and W known."""
    images = tf.convert_to_tensor(images)
    shape = images.shape
    if shape.rank != 4 or shape[3] != 3 or None in shape[1:3]:
        raise InputError(
            f"expected RGB images (batch, height, width, 3) of known height and width, got {shape}: "
            "batch them after decoding, and set their shape"
        )
    return images


def sample(seed: tf.Tensor, count: tf.Tensor | int, options: AugmentOptions) -> Parameters:
    """Draws the parameters of a batch.

    Args:
        seed: int32 (2,).
        count: images in the batch.
        options: probabilities and strengths.

    Returns:
        the drawn parameters, neutral for the images an operation is not drawn for.
    """
    numbers = draws.uniform(seed, count)
    return Parameters(
        geometry.sample(numbers, options),
        colour.sample(numbers, options),
        *filters.sample(numbers, options),
        *histogram.sample(numbers, options),
        cutout.sample(numbers, draws.boxes(seed, count, options.cutout_count), options),
    )


def apply(images: tf.Tensor, parameters: Parameters, options: AugmentOptions, size: int) -> tf.Tensor:
    """Applies drawn parameters; arguments and result as ``augment``.

    ``options`` says which operations are compiled in at all.
    """
    packed = _geometry(images, parameters, options, size)
    matrix = None
    if options.uses(*colour.OPERATIONS):
        matrix = colour.matrices(parameters.colour, colour.mean(packed))
    radius = filters.blur_radius(options.blur_sigma) if options.uses("blur") else 0
    margin = radius + (filters.SHARPNESS_MARGIN if options.uses("sharpness") else 0)
    columns = colour.transform(packed, matrix, margin)
    if options.uses("blur"):
        columns = filters.blur(columns, parameters.blur_sigma, radius)
    if options.uses("sharpness"):
        columns = filters.sharpen(columns, parameters.sharpness)
    levels = histogram.quantise(columns)
    tables = None
    if options.uses("autocontrast", "equalise"):
        tables = histogram.tables(histogram.count(levels), parameters.autocontrast, parameters.equalise)
    result = _finish(levels, tables, parameters.boxes if options.uses("cutout") else None, options.cutout_fill)
    return tf.ensure_shape(result, (images.shape[0], size, size, 3))


def _geometry(images: tf.Tensor, parameters: Parameters, options: AugmentOptions, size: int) -> tf.Tensor:
    """Packed columns, int64 (size, size, B)."""
    if options.uses("crop", "rotation"):
        return geometry.resample(geometry.shrink(images, size), geometry.affine(parameters.geometry), size)
    return geometry.pack(resize(images, size), parameters.geometry.mirror < 0)


@geometry.compiled
def _finish(levels: tf.Tensor, tables: tf.Tensor | None, boxes: tf.Tensor | None, fill: float) -> tf.Tensor:
    """Looks levels up in tables, brings the batch to the front, and covers the cutouts."""
    if tables is not None:
        levels = tf.gather(tf.reshape(tables, [-1]), histogram.flat_index(levels))
    images = tf.cast(tf.transpose(levels, (3, 0, 1, 2)), tf.float32)
    return images if boxes is None else cutout.cover(images, boxes, fill)
