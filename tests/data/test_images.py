import numpy as np
from PIL import Image

from fer_tf.data.images import resize, resize_uint8


def test_a_fitting_image_is_only_cast():
    image = np.random.default_rng(0).integers(0, 256, (2, 20, 20, 3), np.uint8)
    result = resize(image, 20).numpy()
    assert result.dtype == np.float32
    assert (result == image).all()


def test_shrinking_is_antialiased_as_pillow_does_it():
    image = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    pillow = np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.BILINEAR), np.float32)
    assert np.abs(resize(image, 32).numpy() - pillow).max() < 1.5


def test_uint8_is_rounded_and_in_range():
    result = resize_uint8(np.full((10, 14, 3), 255, np.uint8), 7).numpy()
    assert result.dtype == np.uint8
    assert (result == 255).all()
