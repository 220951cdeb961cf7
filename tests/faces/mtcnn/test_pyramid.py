import numpy as np
import pytest
import tensorflow as tf
from mtcnn.utils.images import build_scale_pyramid, extract_patches, normalize_images, scale_images

from fer_tf.faces.mtcnn import pyramid


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(2).integers(0, 256, (83, 131, 3), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(24, 24), (30, 500), (350, 350), (800, 533), (2000, 1999)])
def test_scales_are_the_packages(height, width):
    expected = build_scale_pyramid(width, height, 20, 0.709)
    np.testing.assert_array_equal(pyramid.scales(height, width), expected)
    assert int(min(height, width) * expected[-1]) >= 12


@pytest.mark.parametrize("shape", [(1, 1), (23, 900), (0, 5)])
def test_small_images_have_no_level(shape):
    assert pyramid.scales(*shape).shape == (0,)


def test_levels_of_much_smaller_faces_are_left_out():
    scales = pyramid.scales(400, 400, min_size=48)
    np.testing.assert_array_equal(scales, pyramid.scales(400, 400)[1:])  # of faces of 20 pixels
    assert 12 / scales[0] == pytest.approx(20 / 0.709)
    assert len(pyramid.scales(400, 400, min_size=1e6)) == 0


@pytest.mark.parametrize("scale", [0.6, 0.4254, 0.21, 0.15])
def test_resize_is_the_packages(image, scale):
    expected = scale_images(normalize_images(image)[None], scale)[0].numpy()
    np.testing.assert_allclose(pyramid.resize(image, scale).transpose(1, 2, 0), expected, atol=1e-6)


@pytest.mark.parametrize("size", [24, 48])
def test_crop_is_the_packages(image, size):
    # Inside, fractions of pixels, over each edge, wholly outside, larger than the picture, of no size.
    boxes = [(10, 20, 34, 44), (3.3, 4.7, 50.1, 61.9), (-9, -5, 30, 34), (100, 60, 150, 110)]
    boxes = np.array([*boxes, (300, 300, 340, 340), (-40, -40, 200, 200), (5, 5, 5, 5)], float)
    rows = np.column_stack([np.zeros(len(boxes)), boxes])
    expected = extract_patches(tf.constant(normalize_images(image)[None]), rows, (size, size)).numpy()
    found = pyramid.crop(image, boxes, size).transpose(1, 2, 3, 0)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert not found[4].any()
    assert pyramid.crop(image, np.empty((0, 5)), size).shape == (3, 0, size, size)
