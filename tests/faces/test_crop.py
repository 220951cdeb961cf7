import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.images import resize as tensorflow_resize
from fer_tf.errors import InputError
from fer_tf.faces.crop import crop_face, resize


@pytest.fixture
def image():
    ramp = np.linspace(0, 200, 60 * 80 * 3).reshape(60, 80, 3)
    noise = np.random.default_rng(0).integers(0, 50, ramp.shape)
    return (ramp + noise).astype(np.uint8)


def test_whole_pixels_are_cut_out_unchanged(image):
    crop = crop_face(image, (10, 20, 24, 24), 24, margin=0)
    np.testing.assert_array_equal(crop, image[20:44, 10:34])


def test_resize_agrees_with_the_resize_of_training():
    smooth = np.add.outer(np.arange(64), 2 * np.arange(64))[..., None].repeat(3, 2).astype(np.uint8)
    crop = crop_face(smooth, (8, 8, 48, 48), 20, margin=0)
    expected = tf.image.resize(smooth[8:56, 8:56], (20, 20), antialias=True).numpy()
    # Our crop looks a pixel beyond the box, so its border may differ a little.
    np.testing.assert_allclose(crop[2:-2, 2:-2], expected[2:-2, 2:-2], atol=1)


def test_outside_the_picture_the_edge_is_repeated(image):
    crop = crop_face(image, (-5, 50, 20, 20), 20, margin=0)
    padded = np.pad(image, ((0, 20), (5, 0), (0, 0)), mode="edge")
    np.testing.assert_array_equal(crop, padded[50:70, 0:20])


def test_a_box_wholly_outside_still_gives_a_crop(image):
    crop = crop_face(image, (200, 200, 10, 10), 8, margin=0)
    assert (crop == image[-1, -1]).all()


@pytest.mark.parametrize(("margin", "side"), [(0, 30), (0.5, 60), (-0.1, 24)])
def test_margin_is_a_share_of_the_longer_side(margin, side):
    image = np.zeros((100, 100, 3), np.uint8)
    image[50 - side // 2 : 50 + side // 2, 50 - side // 2 : 50 + side // 2] = 255
    crop = crop_face(image, (40, 35, 20, 30), side, margin=margin)
    assert crop.min() == 255
    wider = crop_face(image, (40, 35, 20, 30), side, margin=margin + 2 / 30)
    assert wider[0].max() < 255


def test_parts_of_a_pixel_count():
    image = np.zeros((20, 20, 3), np.uint8)
    image[:, 10:] = 200
    crop = crop_face(image, (5.5, 5, 10, 10), 10, margin=0)
    assert crop[5, 4, 0] == 100
    assert crop[5, 3, 0] == 0


def test_keypoints_level_the_eyes():
    image = np.zeros((100, 100, 3), np.uint8)
    image[38:43, 28:33] = 255
    image[58:63, 68:73] = 255
    crop = crop_face(
        image, (10, 10, 80, 80), 80, margin=0, keypoints={"left_eye": (30.5, 40.5), "right_eye": (70.5, 60.5)}
    )[..., 0].astype(float)
    rows = np.arange(80)
    left, right = crop[:, :40], crop[:, 40:]
    heights = [(half.sum(1) * rows).sum() / half.sum() for half in (left, right)]
    assert abs(heights[0] - heights[1]) < 0.5
    flat = crop_face(image, (10, 10, 80, 80), 80, margin=0)[..., 0].astype(float)
    assert flat[:, :40].sum(1).argmax() < flat[:, 40:].sum(1).argmax() - 15


@pytest.mark.parametrize(
    ("box", "size", "margin"), [((0, 0, 0, 5), 8, 0), ((0, 0, 5, 5), 0, 0), ((0, 0, 5, 5), 8, -0.5)]
)
def test_empty_squares_are_refused(image, box, size, margin):
    with pytest.raises(InputError, match="all sides must be positive"):
        crop_face(image, box, size, margin=margin)


@pytest.mark.parametrize(("before", "after"), [(48, 96), (96, 48), (224, 96), (50, 33), (37, 37)])
def test_resize_is_that_of_training_without_tensorflow(before, after):
    images = np.random.default_rng(0).integers(0, 256, (2, before, before + 3, 3)).astype(np.uint8)
    expected = tensorflow_resize(images, after).numpy()
    np.testing.assert_allclose(resize(images, after), expected, atol=2e-3)
    np.testing.assert_allclose(resize(images[0], after), expected[0], atol=2e-3)
