"""The whole chain: seeds, devices, probabilities, and the effect of every option."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions, augment
from fer_tf.data.augment.options import OPERATIONS, PROBABILITIES
from fer_tf.data.augment.pipeline import sample
from fer_tf.data.images import resize
from fer_tf.errors import InputError

SOURCE, SIZE, COUNT = 20, 24, 16
SEED = tf.constant([3, 14], tf.int32)
STRENGTHS = [option for option in dataclasses.fields(AugmentOptions) if option.name not in PROBABILITIES]


def only(operation: str, probability: float = 1.0, **strengths: float) -> AugmentOptions:
    return dataclasses.replace(AugmentOptions.none(), **{f"{operation}_probability": probability}, **strengths)


ALL = dataclasses.replace(AugmentOptions(), **{**dict.fromkeys(PROBABILITIES, 1.0), "flip_probability": 0.5})


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    coarse = np.random.default_rng(2).integers(20, 200, (COUNT, 5, 5, 3), dtype=np.uint8)
    return tf.cast(tf.image.resize(coarse, (SOURCE, SOURCE)), tf.uint8).numpy()


@pytest.fixture(scope="module")
def augmented(images) -> np.ndarray:
    return augment(images, SEED, ALL, SIZE).numpy()


def test_shape_type_and_range(augmented):
    assert augmented.shape == (COUNT, SIZE, SIZE, 3)
    assert augmented.dtype == np.float32
    assert augmented.min() >= 0
    assert augmented.max() <= 255
    assert np.array_equal(augmented, np.round(augmented))


def test_the_seed_alone_decides(images, augmented):
    assert np.array_equal(augment(images, SEED, ALL, SIZE), augmented)
    for other in ([3, 15], [4, 14]):
        differs = np.abs(augment(images, tf.constant(other), ALL, SIZE) - augmented).mean((1, 2, 3))
        assert (differs > 1).all()


def test_the_images_of_a_batch_get_different_parameters(images):
    same = np.repeat(images[:1], COUNT, axis=0)
    result = augment(same, SEED, ALL, SIZE).numpy()
    assert len(np.unique(result.reshape(COUNT, -1), axis=0)) == COUNT


def test_an_image_does_not_depend_on_the_batch_behind_it(images, augmented):
    assert np.array_equal(augment(images[:5], SEED, ALL, SIZE), augmented[:5])


def test_float_images_give_the_same(images, augmented):
    assert np.array_equal(augment(images.astype(np.float32), SEED, ALL, SIZE), augmented)


def test_same_in_tf_data_and_in_a_function(images, augmented):
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(COUNT)  # a batch of unknown length
    dataset = dataset.map(lambda batch: augment(batch, SEED, ALL, SIZE))
    assert dataset.element_spec.shape.as_list() == [None, SIZE, SIZE, 3]
    assert np.array_equal(next(iter(dataset)), augmented)
    traced = tf.function(lambda batch, seed: augment(batch, seed, ALL, SIZE))
    assert np.array_equal(traced(images, SEED), augmented)


@pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="needs an accelerator")
def test_same_on_the_accelerator(images):
    with tf.device("CPU"):
        host = augment(images, SEED, ALL, SIZE).numpy()
    with tf.device("GPU"):
        device = augment(images, SEED, ALL, SIZE).numpy()
    # Another order of summation may move a pixel by a level, and equalisation spreads that.
    assert np.abs(host - device).mean() < 0.5


def test_probability_zero_only_resizes(images):
    assert np.array_equal(augment(images, SEED, AugmentOptions.none(), SIZE), resize(images, SIZE))
    assert np.array_equal(augment(images, SEED, AugmentOptions.none(), SOURCE), images)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_the_drawn_images_change(images, operation):
    # Strong enough to move a whole level in every drawn image.
    options = only(operation, 0.5, contrast_strength=0.9, sharpness_strength=5.0, blur_sigma=8.0)
    result = augment(images, SEED, options, SOURCE).numpy()
    numbers = sample(SEED, COUNT, only(operation, 0.5))
    changed = np.abs(result - images).reshape(COUNT, -1).max(1) > 0
    assert 0 < changed.sum() < COUNT
    assert np.array_equal(changed, changed_by(operation, numbers))


def changed_by(operation: str, numbers) -> np.ndarray:
    """Which images have a strength that is not neutral."""
    neutral = {
        "crop": (numbers.geometry.width * numbers.geometry.height, 1),
        "flip": (numbers.geometry.mirror, 1),
        "rotation": (numbers.geometry.angle, 0),
        "grayscale": (numbers.colour.grayscale, 0),
        "jitter": (numbers.colour.jitter_brightness, 1),
        "brightness": (numbers.colour.brightness, 0),
        "contrast": (numbers.colour.contrast, 1),
        "blur": (numbers.blur_sigma, 0),
        "sharpness": (numbers.sharpness, 1),
        "autocontrast": (numbers.autocontrast, 0),
        "equalise": (numbers.equalise, 0),
        "cutout": (numbers.boxes[:, 0, 2], 0),
    }
    strength, rest = neutral[operation]
    return strength.numpy() != rest


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("probability", [0.0, 0.2, 0.7, 1.0])
def test_frequencies_follow_the_probability(operation, probability):
    count = 4000
    share = changed_by(operation, sample(SEED, count, only(operation, probability))).mean()
    assert abs(share - probability) <= 4 * np.sqrt(probability * (1 - probability) / count)


def test_operations_are_drawn_independently():
    options = dataclasses.replace(AugmentOptions(), **dict.fromkeys(PROBABILITIES, 0.5))
    numbers = sample(SEED, 4000, options)
    drawn = np.stack([changed_by(operation, numbers) for operation in OPERATIONS])
    correlation = np.corrcoef(drawn) - np.eye(len(OPERATIONS))
    assert np.abs(correlation).max() < 0.08


def test_switching_one_operation_off_leaves_the_others_as_they_were():
    with_all, without = sample(SEED, 8, ALL), sample(SEED, 8, dataclasses.replace(ALL, crop_probability=0.0))
    assert np.array_equal(with_all.geometry.angle, without.geometry.angle)
    assert np.array_equal(with_all.boxes, without.boxes)


@pytest.mark.parametrize("option", STRENGTHS, ids=lambda option: option.name)
def test_every_strength_has_its_effect(images, option):
    low, high = (dataclasses.replace(ALL, **{option.name: option.metadata[end]}) for end in ("low", "high"))
    if option.name == "cutout_fill":
        options = only("cutout", cutout_fill=255.0), only("cutout", cutout_fill=0.0)
        white, black = (augment(images, SEED, chosen, SOURCE).numpy() for chosen in options)
        covered = white != black
        assert 0 < covered.mean() < 0.5
        assert (white[covered] == 255).all()
        assert (black[covered] == 0).all()
        return
    pairs = zip(tf.nest.flatten(sample(SEED, 64, low)), tf.nest.flatten(sample(SEED, 64, high)), strict=True)
    changed = [a.shape != b.shape or not np.array_equal(a, b) for a, b in pairs]
    assert any(changed)
    assert not all(changed)


def test_strengths_stay_in_their_ranges():
    numbers = sample(SEED, 4000, ALL)
    shape = numbers.geometry
    assert (shape.width * shape.height >= 0.6 * 0.999).numpy().mean() > 0.9  # less only where a side is cut at 1
    assert tf.reduce_max(shape.width).numpy() <= 1
    for centre, side in ((shape.centre_x, shape.width), (shape.centre_y, shape.height)):
        assert tf.reduce_min(centre - side / 2).numpy() >= -1e-6
        assert tf.reduce_max(centre + side / 2).numpy() <= 1 + 1e-6
    degrees = np.degrees(shape.angle)
    assert -15 <= degrees.min() < -14.8
    assert 14.8 < degrees.max() <= 15
    assert 0.75 <= numbers.colour.jitter_brightness.numpy().min() < 0.76
    assert 1.49 < numbers.blur_sigma.numpy().max() <= 1.5
    assert numbers.boxes.numpy()[..., 2:].min() >= 0.06
    assert numbers.boxes.numpy()[..., 2:].max() <= 0.12


def test_enlarging_and_shrinking_keep_the_picture(images):
    options = only("crop", crop_minimum_area=1.0, crop_maximum_aspect=1.0)  # the whole picture, resampled
    for size in (48, 10):
        assert np.abs(augment(images, SEED, options, size) - resize(images, size)).mean() < 3


@pytest.mark.parametrize("shape", [(8, 8, 3), (2, 8, 8, 1)])
def test_images_of_another_form_are_refused(shape):
    with pytest.raises(InputError, match=r"expected RGB images \(batch, height, width, 3\).*got \("):
        augment(tf.zeros(shape), SEED, ALL, SIZE)
