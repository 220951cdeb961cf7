"""Our operations and keras-cv's from the same draws."""

import dataclasses
import sys

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions, augment, augment_keras_cv
from fer_tf.data.augment.keras_cv import load_keras_cv
from fer_tf.data.augment.options import PROBABILITIES
from fer_tf.errors import InputError

SIZE = 32
SEED = tf.constant([5, 6], tf.int32)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    try:
        load_keras_cv()
    except InputError as error:
        pytest.skip(str(error))
    coarse = np.random.default_rng(2).integers(60, 190, (6, 8, 8, 3), dtype=np.uint8)
    return tf.cast(tf.image.resize(coarse, (SIZE, SIZE)), tf.uint8).numpy()


def both(images: np.ndarray, operation: str) -> tuple[np.ndarray, np.ndarray]:
    options = dataclasses.replace(AugmentOptions.none(), **{f"{operation}_probability": 0.7})
    ours = augment(images, SEED, options, SIZE).numpy()
    theirs = augment_keras_cv(images, SEED, options, SIZE).numpy()
    assert not np.allclose(ours, images)
    return ours, theirs


# Largest and mean difference in levels; ours is rounded to whole levels.
@pytest.mark.parametrize(
    ("operation", "largest", "mean"),
    [
        ("flip", 0, 0),
        ("rotation", 4, 0.5),
        ("grayscale", 0.6, 0.3),
        ("brightness", 0.6, 0.3),
        ("contrast", 0.6, 0.3),
        ("autocontrast", 1.1, 0.5),
        ("equalise", 5, 2),  # keras-cv leaves out the rarest level where Pillow leaves out the highest
        ("crop", 40, 6),  # keras-cv aligns corners: half a pixel off at the border
    ],
)
def test_operation_agrees(images, operation, largest, mean):
    ours, theirs = both(images, operation)
    assert np.abs(ours - theirs).max() <= largest
    assert np.abs(ours - theirs).mean() <= mean


@pytest.mark.parametrize(("operation", "border"), [("blur", 3), ("sharpness", 1)])
def test_filter_agrees_inside_the_border(images, operation, border):
    ours, theirs = both(images, operation)
    inside = np.abs(ours - theirs)[:, border:-border, border:-border]
    assert inside.max() <= 0.6


def test_cutout_covers_nearly_the_same(images):
    ours, theirs = both(images, "cutout")
    assert np.mean((ours != images) != (theirs != images)) < 0.06  # it rounds to pixels elsewhere


def test_jitter_has_the_same_spread(images):
    """Its definitions differ (see the module), so only the size of the change is compared."""
    ours, theirs = both(np.concatenate([images] * 8), "jitter")
    plain = np.concatenate([images] * 8)
    changes = [np.abs(result - plain).mean() for result in (ours, theirs)]
    assert 0.4 < changes[0] / changes[1] < 2.5


def test_whole_chain_in_tf_data(images):
    options = dataclasses.replace(AugmentOptions(), **dict.fromkeys(PROBABILITIES, 1.0))
    dataset = tf.data.Dataset.from_tensors(images).map(lambda batch: augment_keras_cv(batch, SEED, options, 24))
    result = next(iter(dataset)).numpy()
    assert result.shape == (6, 24, 24, 3)
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 255


def test_nothing_drawn_only_resizes(images):
    assert np.array_equal(augment_keras_cv(images, SEED, AugmentOptions.none(), SIZE), images)


def test_missing_keras_cv_says_what_to_do(monkeypatch):
    load_keras_cv.cache_clear()
    monkeypatch.setitem(sys.modules, "keras_cv", None)
    with pytest.raises(InputError, match=r"needs the package keras-cv.*pip install keras-cv==0\.9\.0"):
        augment_keras_cv(np.zeros((1, 8, 8, 3), np.uint8), SEED, AugmentOptions(), 8)
    load_keras_cv.cache_clear()
