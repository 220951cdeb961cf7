"""Camera: each fault does what it says, and nothing at its neutral value."""

import dataclasses

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.camera import RANGES, draw_camera, photograph
from fer_tf.synthesis.render.spec import Camera

CLEAN = Camera()


@pytest.fixture(scope="module")
def image():
    """Ramps with a bright square: edges, flat parts and colours."""
    rows, columns = np.mgrid[:96, :96]
    picture = np.stack([rows * 2, columns * 2, 200 - rows], axis=2).astype(np.uint8)
    picture[40:56, 40:56] = 230
    return picture


def shoot(image, seed=0, **faults):
    return photograph(image, Camera(**faults), np.random.default_rng(seed))


def sharpness(image):
    return np.abs(np.diff(image.astype(float), axis=0)).max(), np.abs(np.diff(image.astype(float), axis=1)).max()


def test_a_clean_camera_leaves_the_picture_and_the_generator_alone(image):
    rng = np.random.default_rng(0)
    assert (photograph(image, CLEAN, rng) == image).all()
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(
    "faults",
    [
        {"exposure": 0.5},
        {"defocus": 0.02},
        {"motion": 0.04, "motion_angle": 30},
        {"noise": 10},
        {"jpeg_quality": 20},
        {"resolution": 0.4},
        {"grayscale": True},
        {"white_balance": (1.2, 1.0, 0.8)},
    ],
    ids=lambda faults: next(iter(faults)),
)
def test_every_fault_shows_and_is_the_same_each_time(image, faults):
    result = shoot(image, **faults)
    assert result.shape == image.shape
    assert result.dtype == np.uint8
    assert np.abs(result.astype(int) - image).mean() > 0.3
    assert (result == shoot(image, **faults)).all()


def test_exposure_is_a_factor_on_linear_light():
    gray = np.full((8, 8, 3), 118, np.uint8)
    linear = ((118 / 255 + 0.055) / 1.055) ** 2.4
    expected = 255 * (1.055 * (linear / 2) ** (1 / 2.4) - 0.055)
    assert np.abs(shoot(gray, exposure=0.5) - expected).max() <= 0.5
    assert (shoot(gray, exposure=4.0) > 200).all()
    balanced = shoot(gray, white_balance=(1.5, 1.0, 0.5))[0, 0]
    assert balanced[0] > 118 == balanced[1] > balanced[2]


def test_blur_keeps_the_light_and_takes_the_edges(image):
    blurred = shoot(image, defocus=0.03)
    assert abs(blurred.mean() - image.mean()) < 1.0
    assert max(sharpness(blurred)) < 0.6 * max(sharpness(image))


def test_motion_smears_along_its_angle_only():
    spot = np.zeros((65, 65, 3), np.uint8)
    spot[32, 32] = 255
    reach = 65 * 0.06 / 2
    across = shoot(spot, motion=0.06, motion_angle=0)[..., 0] > 20
    assert np.ptp(np.nonzero(across)[1]) == pytest.approx(2 * reach, abs=1.1)
    assert np.ptp(np.nonzero(across)[0]) == 0
    assert ((shoot(spot, motion=0.06, motion_angle=90)[..., 0] > 20) == across.T).all()


def test_noise_has_its_deviation_at_mid_gray_and_less_in_the_dark():
    gray, dark = (np.full((96, 96, 3), value, np.uint8) for value in (128, 30))
    assert shoot(gray, noise=10).std() == pytest.approx(10, rel=0.05)
    assert shoot(gray, noise=10).mean() == pytest.approx(128, abs=0.3)
    assert shoot(dark, noise=5).std() < 4
    assert (shoot(gray, noise=10) != shoot(gray, seed=1, noise=10)).any()


def test_gray_has_no_colour(image):
    gray = shoot(image, grayscale=True)
    assert (gray == gray[..., :1]).all()


def test_jpeg_keeps_the_colours_in_their_place():
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(shoot(red, jpeg_quality=90).astype(int) - red).max() < 12


def test_severity_runs_from_clean_to_bad():
    def drawn(severity):
        return [draw_camera(np.random.default_rng(seed), severity) for seed in range(150)]

    neutral = dataclasses.replace(CLEAN, motion_angle=0.0)
    assert all(dataclasses.replace(camera, motion_angle=0.0) == neutral for camera in drawn(0.0))
    for camera in drawn(1.0):
        for name, (low, high) in RANGES.items():
            assert low <= getattr(camera, name) <= high, name
    for name, better in (("defocus", -1), ("noise", -1), ("jpeg_quality", 1), ("resolution", 1)):
        mean = {severity: np.mean([getattr(camera, name) for camera in drawn(severity)]) for severity in (0.2, 0.9)}
        assert better * mean[0.2] > better * mean[0.9], name
    assert 0 < np.mean([camera.grayscale for camera in drawn(1.0)]) < 0.4


@pytest.mark.parametrize("name", RANGES)
def test_values_out_of_range_are_refused_with_the_range(image, name):
    low, high = RANGES[name]
    for value in (low - 1, high + 1, float("nan")):
        with pytest.raises(InputError, match=rf"camera: {name} {value}: expected {low:g}\.\.{high:g}"):
            shoot(image, **{name: value})


def test_other_mistakes_are_refused(image):
    with pytest.raises(InputError, match=r"white_balance \(1, 9, 1\): expected three factors 0\.5\.\.2"):
        shoot(image, white_balance=(1, 9, 1))
    with pytest.raises(InputError, match=r"expected uint8 \(height, width, 3\), came float64 \(4, 4\)"):
        shoot(np.zeros((4, 4)))
    with pytest.raises(InputError, match=r"severity 2: expected 0 \(clean\) \.\. 1 \(bad\)"):
        draw_camera(np.random.default_rng(0), 2)
