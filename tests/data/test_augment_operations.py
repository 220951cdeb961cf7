"""Each operation against Pillow, SciPy or plain NumPy."""

import math

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps
from scipy import ndimage

from fer_tf.data.augment import colour, cutout, filters, geometry, histogram

SIZE, COUNT = 24, 3


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """uint8 (3, 24, 24, 3): smooth, coloured, and different in range."""
    noise = np.random.default_rng(0).normal(size=(COUNT, SIZE, SIZE, 3))
    smooth = ndimage.gaussian_filter(noise, (0, 2, 2, 0))
    spread = np.reshape([250, 350, 450], (COUNT, 1, 1, 1))
    return np.clip(128 + spread * smooth, 0, 255).astype(np.uint8)


def to_columns(images: np.ndarray) -> tf.Tensor:
    return tf.constant(np.transpose(images, (1, 2, 3, 0)).astype(np.float32))


def to_images(columns: tf.Tensor) -> np.ndarray:
    return np.transpose(columns.numpy(), (3, 0, 1, 2))


def make_geometry(**fields: list[float]) -> geometry.Geometry:
    neutral = {"centre_x": 0.5, "centre_y": 0.5, "width": 1.0, "height": 1.0, "mirror": 1.0, "angle": 0.0}
    return geometry.Geometry(**{name: tf.constant(fields.get(name, [neutral[name]] * COUNT)) for name in neutral})


def resampled(images: np.ndarray, size: int, **fields: list[float]) -> np.ndarray:
    packed = geometry.resample(tf.constant(images), geometry.affine(make_geometry(**fields)), size)
    return to_images(geometry.unpack(packed))


def slow_resample(image: np.ndarray, size: int, crop: tuple, mirror: float, angle: float) -> np.ndarray:
    """Pixel by pixel: turn back, mirror back, look up in the crop."""
    centre_x, centre_y, width, height = crop
    places = np.zeros((2, size, size))
    for row in range(size):
        for column in range(size):
            x, y = (column + 0.5) / size - 0.5, (row + 0.5) / size - 0.5
            x, y = x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
            places[:, row, column] = centre_y + height * y, centre_x + width * mirror * x
    places = places * np.reshape(image.shape[:2], (2, 1, 1)) - 0.5
    channels = [ndimage.map_coordinates(image[..., c].astype(float), places, order=1, mode="nearest") for c in range(3)]
    return np.stack(channels, -1)


def test_neutral_resampling_changes_nothing(images):
    assert np.array_equal(resampled(images, SIZE), images)


def test_mirror_is_exact(images):
    mirrored = resampled(images, SIZE, mirror=[-1.0, 1.0, -1.0])
    assert np.array_equal(mirrored[0], images[0, :, ::-1])
    assert np.array_equal(mirrored[1], images[1])


def test_rotation_by_a_quarter_is_counter_clockwise(images):
    turned = resampled(images, SIZE, angle=[math.pi / 2] * COUNT)
    # Places that fall on a pixel may miss it by one rounding of float32, thus a neighbour's 1/64.
    assert np.abs(turned - np.rot90(images, axes=(1, 2))).max() < 1


@pytest.mark.parametrize("size", [16, 40])
def test_crop_mirror_and_rotation_together(images, size):
    crops = [(0.5, 0.5, 0.8, 0.7), (0.4, 0.6, 0.6, 0.8), (0.55, 0.45, 0.9, 0.9)]
    mirrors, angles = [1.0, -1.0, -1.0], [0.2, -0.26, 0.1]
    names = ("centre_x", "centre_y", "width", "height")
    fields = dict(zip(names, map(list, zip(*crops, strict=True)), strict=True))
    wide = np.concatenate([images, images[:, ::-1]], axis=2)  # the source need not be square
    result = resampled(wide, size, **fields, mirror=mirrors, angle=angles)
    for i in range(COUNT):
        expected = slow_resample(wide[i], size, crops[i], mirrors[i], angles[i])
        assert np.abs(result[i] - expected).max() < 2  # weights of 1/64
        assert np.abs(result[i] - expected).mean() < 0.3


def test_shrinking_averages_whole_blocks(images):
    halved = geometry.shrink(tf.constant(images), SIZE // 2).numpy()
    assert np.allclose(halved, images.reshape(COUNT, 12, 2, 12, 2, 3).mean((2, 4)))
    assert geometry.shrink(tf.constant(images), 13).shape == images.shape


def test_packing_keeps_fractions_and_mirrors(images):
    halves = images * np.float32(0.5)
    packed = geometry.pack(tf.constant(halves), tf.constant([False, True, False]))
    unpacked = to_images(geometry.unpack(packed))
    assert np.array_equal(unpacked[0], halves[0])
    assert np.array_equal(unpacked[1], halves[1, :, ::-1])


def strengths(**fields: float) -> colour.ColourStrengths:
    neutral = dict.fromkeys(("jitter_brightness", "jitter_contrast", "jitter_saturation", "contrast"), 1.0)
    names = colour.ColourStrengths._fields
    return colour.ColourStrengths(*(tf.fill([COUNT], fields.get(name, neutral.get(name, 0.0))) for name in names))


def coloured(images: np.ndarray, **fields: float) -> np.ndarray:
    packed = geometry.pack(tf.constant(images, tf.float32), tf.fill([COUNT], False))
    mean = colour.mean(packed)
    assert np.allclose(mean, images.mean((1, 2)).T, atol=1e-2)
    return to_images(colour.transform(packed, colour.matrices(strengths(**fields), mean), 0))


def luminance(images: np.ndarray) -> np.ndarray:
    return (images.astype(float) @ np.array([0.299, 0.587, 0.114]))[..., None]


def test_grayscale_is_pillows(images):
    expected = np.stack([Image.fromarray(image).convert("L") for image in images])[..., None]
    assert np.abs(coloured(images, grayscale=1.0) - expected).max() <= 0.51
    assert np.allclose(coloured(images, grayscale=0.5), (images + luminance(images)) / 2, atol=0.01)


def test_jitter_brightness_multiplies(images):
    assert np.allclose(coloured(images, jitter_brightness=1.3), images * 1.3, atol=0.01)


def test_jitter_contrast_is_pillows(images):
    # Pillow cuts off outside 0..255 and rounds the mean to a whole level.
    expected = np.stack([ImageEnhance.Contrast(Image.fromarray(image)).enhance(0.6) for image in images])
    assert np.abs(coloured(images, jitter_contrast=0.6) - expected).max() <= 1.3


def test_jitter_saturation_is_pillows(images):
    expected = np.stack([ImageEnhance.Color(Image.fromarray(image)).enhance(0.4) for image in images])
    assert np.abs(coloured(images, jitter_saturation=0.4) - expected).max() <= 1.3


def test_hue_turns_the_colour_plane_and_keeps_luminance(images):
    turned = coloured(images, jitter_hue=0.5)
    # Half a turn mirrors every colour at its grey.
    assert np.allclose(turned, 2 * luminance(images) - images, atol=0.02)
    third = coloured(images, jitter_hue=0.1)
    assert np.allclose(luminance(third), luminance(images), atol=0.02)
    red = np.zeros((COUNT, 4, 4, 3), np.uint8) + np.uint8([200, 50, 50])
    toward = coloured(red, jitter_hue=0.1)[0, 0, 0]
    back = coloured(red, jitter_hue=-0.1)[0, 0, 0]
    assert (toward[1] < toward[2]) != (back[1] < back[2])


def test_brightness_adds_and_contrast_is_tensorflows(images):
    assert np.allclose(coloured(images, brightness=0.1), images + 25.5, atol=0.01)
    expected = tf.image.adjust_contrast(images.astype(np.float32), 1.4)
    assert np.allclose(coloured(images, contrast=1.4), expected, atol=0.02)


def test_colour_chain_equals_its_operations_in_turn(images):
    drawn = {
        **{"grayscale": 0.3, "jitter_brightness": 1.2, "jitter_contrast": 0.7, "jitter_saturation": 1.3},
        **{"jitter_hue": 0.05, "brightness": -0.1, "contrast": 1.2},
    }
    step = images.astype(float)
    step += 0.3 * (luminance(step) - step)
    step *= 1.2
    pivot = luminance(step).mean((1, 2), keepdims=True)
    step = pivot + 0.7 * (step - pivot)
    step = luminance(step) + 1.3 * (step - luminance(step))
    yiq = np.array([[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])
    angle = 2 * math.pi * 0.05
    rotation = [[1, 0, 0], [0, math.cos(angle), -math.sin(angle)], [0, math.sin(angle), math.cos(angle)]]
    step = step @ (np.linalg.inv(yiq) @ rotation @ yiq).T
    step -= 25.5
    pivot = step.mean((1, 2), keepdims=True)
    step = pivot + 1.2 * (step - pivot)
    assert np.allclose(coloured(images, **drawn), step, atol=0.05)


def test_margin_repeats_the_edge(images):
    packed = geometry.pack(tf.constant(images, tf.float32), tf.fill([COUNT], False))
    padded = to_images(colour.transform(packed, None, 3))
    assert np.array_equal(padded, np.pad(images, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="edge"))


def test_blur_is_scipys_gaussian(images):
    sigmas, radius = [0.0, 0.7, 1.5], 3
    padded = np.pad(images, ((0, 0), (radius, radius), (radius, radius), (0, 0)), mode="edge")
    result = to_images(filters.blur(to_columns(padded), tf.constant(sigmas), radius))
    assert np.array_equal(result[0], images[0])
    for i in (1, 2):
        expected = ndimage.gaussian_filter(
            images[i].astype(float), (sigmas[i], sigmas[i], 0), radius=(radius, radius, 0), mode="nearest"
        )
        assert np.allclose(result[i], expected, atol=0.01)


def test_sharpness_is_pillows_inside_the_border(images):
    factors = [0.0, 1.0, 1.8]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    result = to_images(filters.sharpen(to_columns(padded), tf.constant(factors)))
    assert np.allclose(result[1], images[1], atol=1e-4)
    for i, factor in enumerate(factors):
        expected = np.asarray(ImageEnhance.Sharpness(Image.fromarray(images[i])).enhance(factor), float)
        inside = np.abs(np.clip(result[i], 0, 255) - expected)[1:-1, 1:-1]
        assert inside.max() <= 1.5  # Pillow rounds the smoothed image first


def looked_up(images: np.ndarray, autocontrast: float, equalise: float) -> np.ndarray:
    levels = histogram.quantise(to_columns(images))
    counts = histogram.count(levels)
    for channel in range(3):
        for image in range(COUNT):
            expected = np.bincount(images[image, ..., channel].ravel(), minlength=256)
            assert np.array_equal(counts[channel, image], expected)
    tables = histogram.tables(counts, tf.fill([COUNT], float(autocontrast)), tf.fill([COUNT], float(equalise)))
    return to_images(tf.gather(tf.reshape(tables, [-1]), histogram.flat_index(levels)))


def pillow(images: np.ndarray, *operations) -> np.ndarray:
    results = []
    for image in map(Image.fromarray, images):
        for operation in operations:
            image = operation(image)
        results.append(np.asarray(image))
    return np.stack(results)


def extremes() -> np.ndarray:
    """One level, two levels, and one pixel of another level: the cases without a full histogram."""
    flat = np.full((SIZE, SIZE, 3), 77, np.uint8)
    two = np.where(np.arange(SIZE)[:, None, None] % 2, np.uint8([10, 20, 30]), np.uint8([200, 21, 255]))
    one = flat.copy()
    one[3, 4] = 90
    return np.stack([flat, np.broadcast_to(two, flat.shape), one])


@pytest.mark.parametrize("special", [False, True])
def test_autocontrast_and_equalise_are_pillows(images, special):
    images = extremes() if special else images // 2 + 30
    # Pillow's float arithmetic may cut a level one lower.
    assert np.abs(looked_up(images, 1, 0).astype(int) - pillow(images, ImageOps.autocontrast)).max() <= 1
    assert np.array_equal(looked_up(images, 0, 1), pillow(images, ImageOps.equalize))
    both = pillow(images, ImageOps.autocontrast, ImageOps.equalize)
    assert np.array_equal(looked_up(images, 1, 1), both)
    assert np.array_equal(looked_up(images, 0, 0), images)


def test_half_of_autocontrast_goes_half_of_the_way(images):
    images = images // 2 + 30
    half = (images + pillow(images, ImageOps.autocontrast).astype(float)) / 2
    assert np.abs(looked_up(images, 0.5, 0) - half).max() <= 1


def test_quantise_rounds_and_cuts():
    columns = tf.reshape([-3.0, 0.4, 0.5, 254.6, 255.4, 300.0], (1, 2, 3, 1))
    assert histogram.quantise(columns).numpy().ravel().tolist() == [0, 0, 1, 255, 255, 255]


def test_cutout_covers_its_rectangles(images):
    boxes = np.zeros((COUNT, 8, 4), np.float32)
    boxes[0, 0] = (0.5, 0.25, 0.5, 0.25)  # centre x, centre y, width, height
    boxes[0, 7] = (0.0, 1.0, 0.5, 0.5)
    boxes[1] = np.random.default_rng(1).uniform(0, 0.4, (8, 4))
    result = cutout.cover(tf.constant(images, tf.float32), tf.constant(boxes), 99.0).numpy()
    first = images[0].copy()
    first[3:9, 6:18] = 99
    first[18:24, 0:6] = 99
    assert np.array_equal(result[0], first)
    places = (np.arange(SIZE) + 0.5) / SIZE
    covered = np.zeros((SIZE, SIZE), bool)
    for x, y, width, height in boxes[1]:
        covered |= (np.abs(places - y) < height / 2)[:, None] & (np.abs(places - x) < width / 2)[None]
    assert covered.any()
    assert np.array_equal(result[1], np.where(covered[..., None], 99, images[1]))
    assert np.array_equal(result[2], images[2])
