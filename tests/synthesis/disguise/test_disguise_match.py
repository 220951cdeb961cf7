"""Blur and noise that were put into a picture are found in it."""

import cv2
import numpy as np
import pytest

from fer_tf.synthesis.disguise.layer import Layer
from fer_tf.synthesis.disguise.match import blur_of, faded, grain, noise_of, saturation_of, softened


def checks(blur: float, noise: float = 0.0) -> np.ndarray:
    rows, columns = np.mgrid[:96, :96] // 24
    sharp = np.float32(60 + 120 * ((rows + columns) % 2))
    picture = cv2.GaussianBlur(sharp, (0, 0), blur) if blur else sharp
    return picture + noise * np.random.default_rng(0).standard_normal(picture.shape, np.float32)


@pytest.mark.parametrize("blur", [1.0, 2.0, 3.0])
def test_blur_is_found(blur):
    assert blur_of(checks(blur)) == pytest.approx(blur, rel=0.25)


def test_sharp_and_flat_pictures_have_none():
    assert blur_of(checks(0.0)) < 0.5
    assert blur_of(np.full((30, 30), 90, np.float32)) == 0


@pytest.mark.parametrize("noise", [2.0, 6.0])
def test_noise_is_found(noise):
    assert noise_of(checks(2.0, noise)) == pytest.approx(noise, rel=0.3)
    assert noise_of(checks(2.0)) < 0.5


def test_grain_has_the_noise_of_large_faces_and_none_of_small_ones():
    rng = np.random.default_rng(0)
    assert grain(5.0, 200.0, (60, 60), rng).std() == pytest.approx(5.0, rel=0.1)
    assert not grain(5.0, 25.0, (60, 60), rng).any()


def test_layer_is_softened_as_the_photo_and_keeps_its_weight():
    through = np.ones((40, 40, 3), np.float32)
    through[15:25, 15:25] = 0
    layer = Layer(3, 4, 0.5 * (1 - through), through)
    assert softened(layer, 0.4, 60.0) is layer
    soft = softened(layer, 2.0, 60.0)
    assert (soft.left, soft.top) == (3, 4)
    assert (1 - soft.through).sum() == pytest.approx((1 - through).sum(), rel=1e-3)
    assert 0.1 < soft.through[20, 14, 0] < 0.9


def test_grey_photos_take_the_colour_away():
    assert saturation_of((0.3, 0.3, 0.3)) == 0
    assert saturation_of((0.5, 0.35, 0.25)) == 1
    colour = np.random.default_rng(0).random((4, 4, 3)).astype(np.float32)
    grey = faded(Layer(0, 0, colour, colour), 0.0)
    assert (grey.colour == grey.colour[..., :1]).all()
    assert (grey.through == grey.through[..., :1]).all()
