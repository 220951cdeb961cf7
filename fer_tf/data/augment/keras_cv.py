"""The same chain through keras-cv's layers, a cross-check of ours (``--augment_backend=keras_cv``).

Both backends draw the same parameters from the same seed; only the operations differ.
keras-cv's own definitions remain where they differ from ours: it resamples twice (crop,
then rotation), clips after every operation, adds brightness where our jitter multiplies,
turns contrast about each channel's mean and hue and saturation in HSV, blurs against a
black border, and leaves the border out of sharpening.
"""

import functools
import warnings
from types import ModuleType

import tensorflow as tf

from fer_tf.data.augment import pipeline
from fer_tf.data.augment.colour import ColourStrengths
from fer_tf.data.augment.filters import blur_radius
from fer_tf.data.augment.geometry import Geometry
from fer_tf.data.augment.options import OPERATIONS, AugmentOptions
from fer_tf.data.images import resize
from fer_tf.errors import InputError

_RANGE = (0, 255)


def augment_keras_cv(images: tf.Tensor, seed: tf.Tensor, options: AugmentOptions, size: int) -> tf.Tensor:
    """Augments a batch with keras-cv and resizes it; arguments and result as ``augment``.

    Raises:
        InputError: keras-cv is not installed, or images of another form.
    """
    layers = load_keras_cv().layers
    images = pipeline.checked(images)
    if not options.uses(*OPERATIONS):
        return resize(images, size)
    parameters = pipeline.sample(seed, tf.shape(images)[0], options)
    images = _geometry(layers, tf.cast(images, tf.float32), parameters.geometry, options, size)
    images = _colour(layers, images, parameters.colour, options)
    if options.uses("blur"):
        images = _blur(layers, images, parameters.blur_sigma, 2 * blur_radius(options.blur_sigma) + 1)
    if options.uses("sharpness"):
        # There 0 changes nothing and 1 smooths.
        sharpness = layers.RandomSharpness(1.0, value_range=_RANGE, dtype="float32")
        images = sharpness.augment_images(images, _per_image(1.0 - parameters.sharpness))
    if options.uses("autocontrast"):
        stretched = layers.AutoContrast(_RANGE, dtype="float32").augment_images(images)
        images += _per_image(parameters.autocontrast) * (stretched - images)
    if options.uses("equalise"):
        equal = layers.Equalization(_RANGE, dtype="float32").augment_images(tf.round(images))
        images += _per_image(parameters.equalise) * (equal - images)
    if options.uses("cutout"):
        images = _cutout(layers, images, parameters.boxes, options.cutout_fill)
    return images


@functools.cache
def load_keras_cv() -> ModuleType:
    """keras_cv, imported on first use.

    Raises:
        InputError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages that keras-cv imports
            import keras_cv
    except ImportError as error:
        raise InputError(
            f"augment_backend=keras_cv needs the package keras-cv, which cannot be imported ({error}): "
            "pip install keras-cv==0.9.0, or use the backend of this package"
        ) from error
    return keras_cv


def _per_image(values: tf.Tensor) -> tf.Tensor:
    return values[:, None, None, None]


def _geometry(
    layers: ModuleType, images: tf.Tensor, geometry: Geometry, options: AugmentOptions, size: int
) -> tf.Tensor:
    if options.uses("crop"):
        crop = layers.RandomCropAndResize((size, size), (0.5, 1.0), (0.5, 2.0), dtype="float32")
        left, top = geometry.centre_x - geometry.width / 2, geometry.centre_y - geometry.height / 2
        corners = tf.stack([top, left, top + geometry.height, left + geometry.width], axis=1)
        signature = tf.TensorSpec((size, size, 3), tf.float32)
        # One image at a time, as the layer's own call does.
        images = tf.map_fn(
            lambda pair: crop.augment_image(pair[0], pair[1][None]), (images, corners), fn_output_signature=signature
        )
    else:
        images = resize(images, size)
    if options.uses("flip"):
        mirror = (1.0 - geometry.mirror[:, None]) / 2.0  # mirrored above a half
        flips = {"flip_horizontals": mirror, "flip_verticals": tf.zeros_like(mirror)}
        images = layers.RandomFlip("horizontal", dtype="float32").augment_images(images, flips)
    if options.uses("rotation"):
        rotation = layers.RandomRotation(0.5, fill_mode="nearest", dtype="float32")
        images = rotation.augment_images(images, {"angles": geometry.angle})
    return images


def _colour(layers: ModuleType, images: tf.Tensor, strengths: ColourStrengths, options: AugmentOptions) -> tf.Tensor:
    brightness = layers.RandomBrightness(1.0, value_range=_RANGE, dtype="float32")
    contrast = layers.RandomContrast(_RANGE, 1.0, dtype="float32")
    if options.uses("grayscale"):
        grey = layers.Grayscale(output_channels=3, dtype="float32").augment_images(images)
        images += _per_image(strengths.grayscale) * (grey - images)
    if options.uses("jitter"):
        images = brightness.augment_images(images, _per_image(255.0 * (strengths.jitter_brightness - 1.0)))
        images = contrast.augment_images(images, _per_image(strengths.jitter_contrast))
        factor = strengths.jitter_saturation
        saturation = layers.RandomSaturation(1.0, dtype="float32")
        images = saturation.augment_images(images, factor / (1.0 + factor))  # it maps x to x / (1 - x)
        hue = layers.RandomHue(1.0, value_range=_RANGE, dtype="float32")
        images = hue.augment_images(images, strengths.jitter_hue)
    if options.uses("brightness"):
        images = brightness.augment_images(images, _per_image(255.0 * strengths.brightness))
    if options.uses("contrast"):
        images = contrast.augment_images(images, _per_image(strengths.contrast))
    return images


def _blur(layers: ModuleType, images: tf.Tensor, sigma: tf.Tensor, taps: int) -> tf.Tensor:
    layer = layers.RandomGaussianBlur(taps, 1.0, dtype="float32")

    def blur_one(pair: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        kernel = layer.get_kernel(tf.maximum(pair[1], 0.01), taps)
        return layer.augment_image(pair[0], (tf.reshape(kernel, (-1, 1, 1, 1)), tf.reshape(kernel, (1, -1, 1, 1))))

    return tf.map_fn(blur_one, (images, sigma), fn_output_signature=tf.TensorSpec(images.shape[1:], tf.float32))


def _cutout(layers: ModuleType, images: tf.Tensor, boxes: tf.Tensor, fill: float) -> tf.Tensor:
    layer = layers.RandomCutout(1.0, 1.0, fill_value=fill, dtype="float32")
    pixels = tf.cast(tf.round(boxes * images.shape[1]), tf.int32)
    names = ("centers_x", "centers_y", "rectangles_width", "rectangles_height")
    for box in tf.unstack(pixels, axis=1):
        images = layer.augment_images(images, dict(zip(names, tf.unstack(box, axis=1), strict=True)))
    return images
