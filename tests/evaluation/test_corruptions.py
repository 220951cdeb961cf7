"""Corruptions: stronger with severity, the same with one seed, nothing at severity 0."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.evaluation.corruptions import KINDS, SEVERITIES, corrupt


@pytest.fixture(scope="module")
def images():
    grid = np.add.outer(np.arange(64), np.arange(64))[..., None]
    waves = 128 + 90 * np.sin(grid * np.array([0.3, 0.5, 0.7]))
    return np.stack([waves, waves[::-1]]).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_each_severity_changes_more(kind, images):
    change = [
        np.abs(corrupt(images, kind, severity, seed=1).astype(float) - images).mean()
        for severity in range(SEVERITIES + 1)
    ]
    assert change[0] == 0
    # A shift of a periodic picture can come back near to itself.
    steps = np.diff(change) if kind != "shift" else np.array(change[1:])
    assert (steps > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_stay_pictures_and_seeds_rule(kind, images):
    once, again, other = (corrupt(images, kind, 3, seed=seed) for seed in (1, 1, 2))
    assert once.dtype == np.uint8
    assert once.shape == images.shape
    np.testing.assert_array_equal(once, again)
    random = kind in ("noise", "low_light", "shift")
    assert (once != other).any() == random


def test_a_shift_moves_and_low_light_darkens(images):
    assert corrupt(images, "low_light", 5).mean() < 0.1 * images.mean() + 5
    point = np.zeros((1, 64, 64, 3), np.uint8)
    point[0, 32, 32] = 255
    moved = corrupt(point, "shift", 5)[0, ..., 0].astype(float)
    middle = np.array(np.unravel_index(moved.argmax(), moved.shape))
    assert np.hypot(*(middle - 32)) == pytest.approx(0.13 * 64, abs=1)


def test_unknown_kinds_are_named(images):
    with pytest.raises(InputError, match=r"corruption fog 1: expected one of blur, noise, .* and 0\.\.5"):
        corrupt(images, "fog", 1)
    with pytest.raises(InputError, match=r"corruption blur 6"):
        corrupt(images, "blur", 6)
