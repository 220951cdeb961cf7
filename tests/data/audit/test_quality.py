import cv2
import numpy as np
import pytest

from fer_tf.data.audit.quality import blur_effect, exposure, face_region, has_colour
from tests.data.audit.made import pictures


@pytest.fixture(scope="module")
def detailed() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (96, 96), np.uint8)


def test_blur_grows_with_smoothing_and_not_with_contrast(detailed):
    effects = [blur_effect(cv2.GaussianBlur(detailed.astype(np.float32), (0, 0), sigma)) for sigma in (0.5, 1, 2, 4)]
    assert effects == sorted(effects)
    assert effects[0] < 0.3 < 0.6 < effects[-1]
    assert blur_effect(detailed // 4) == pytest.approx(blur_effect(detailed), abs=0.03)


def test_large_faces_are_judged_at_the_size_of_small_ones(detailed):
    # Blurred by two pixels of 384, which is half a pixel of 96.
    large = cv2.GaussianBlur(cv2.resize(detailed, (384, 384), interpolation=cv2.INTER_NEAREST), (0, 0), 2)
    assert blur_effect(large) < 0.4
    assert blur_effect(large[:96, :96]) > blur_effect(large)


def test_a_flat_picture_is_neither_sharp_nor_blurred():
    assert np.isnan(blur_effect(np.full((20, 20), 9, np.uint8)))


def test_exposure_reads_the_lightest_pixels_and_the_face():
    grey = np.full((100, 100), 20, np.uint8)
    grey[:5] = 250
    assert exposure(grey, grey[50:]) == (250, 20)
    assert exposure(grey[5:], grey[:5]) == (20, 250)


@pytest.mark.parametrize(
    ("box", "shape"),
    [(None, (24, 30)), ((-10, -10, 20, 20), (10, 10)), ((45, 35, 20, 20), (5, 5)), ((90, 90, 5, 5), (1, 1))],
)
def test_the_face_region_stays_in_the_picture(box, shape):
    assert face_region(np.zeros((40, 50)), box).shape == shape


def test_colour_survives_jpeg_and_grey_too():
    grey = np.repeat(pictures(1)[0][..., None], 3, axis=2)
    tinted = grey.copy()
    tinted[..., 0] = tinted[..., 0] // 2
    for image, expected in ((grey, False), (tinted, True)):
        _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])
        assert has_colour(cv2.imdecode(content, cv2.IMREAD_COLOR)) is expected
