import numpy as np
import pytest

from fer_tf.faces.fill import FILLS

RNG = np.random.default_rng(0)


def hole_of(height, width):
    hole = np.zeros((height, width), bool)
    hole[height // 4 : height, width // 3 : 2 * width // 3] = True
    return hole


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
@pytest.mark.parametrize("shape", [(40, 60), (301, 97), (2, 2), (1, 9), (8, 1600)])
def test_nothing_of_the_hole_shows(fill, shape):
    image, hole = RNG.integers(0, 256, (*shape, 3), dtype=np.uint8), hole_of(*shape)
    other = np.where(hole[..., None], RNG.integers(0, 256, (*shape, 3), dtype=np.uint8), image)
    filled = fill(image, hole)
    assert filled.shape == image.shape
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(fill(other, hole), filled)


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_one_colour_stays_one_colour(fill):
    image = np.tile(np.uint8([200, 100, 30]), (50, 70, 1))
    hole = hole_of(50, 70)
    image[hole] = 255
    np.testing.assert_allclose(fill(image, hole), np.tile(np.float32([200, 100, 30]), (50, 70, 1)), atol=0.51)


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_where_nothing_remains_the_picture_gives_its_mean(fill):
    image = RNG.integers(0, 256, (12, 9, 3), dtype=np.uint8)
    filled = fill(image, np.ones((12, 9), bool))
    np.testing.assert_allclose(filled, np.broadcast_to(image.mean((0, 1)), image.shape), rtol=1e-5)


def test_mean_is_of_the_pixels_outside():
    image = RNG.integers(0, 256, (30, 30, 3), dtype=np.uint8)
    hole = hole_of(30, 30)
    np.testing.assert_allclose(FILLS["mean"](image, hole)[20, 15], image[~hole].mean(0), rtol=1e-5)


@pytest.mark.parametrize("name", ["blur", "inpaint"])
def test_colours_come_from_the_near_side(name):
    # Dark on the left, bright on the right, a hole over the middle.
    image = np.zeros((96, 96, 3), np.uint8)
    image[:, 48:] = 220
    hole = np.zeros((96, 96), bool)
    hole[20:80, 16:80] = True
    filled = FILLS[name](image, hole)[..., 0]
    assert filled[25:75, 18].mean() < 40
    assert filled[25:75, 77].mean() > 180
    assert 70 < filled[25:75, 16:80].mean() < 150


def test_blur_is_smooth_and_leaves_the_rest_alone():
    # From left to right ever brighter: the hole's middle goes on with it, without steps.
    image = np.tile(np.linspace(20, 230, 128).round().astype(np.uint8)[None, :, None], (128, 1, 3))
    hole = np.zeros((128, 128), bool)
    hole[32:96, 32:96] = True
    filled = FILLS["blur"](image, hole)
    np.testing.assert_array_equal(filled[~hole], image[~hole])
    np.testing.assert_allclose(filled[64, 32:96, 0], image[64, 32:96, 0], atol=30)
    assert np.abs(np.diff(filled[..., 0], axis=1)).max() < 12


def test_inpainted_holes_have_the_pictures_grain():
    noisy = (128 + 8 * RNG.standard_normal((120, 120, 1))).clip(0, 255).astype(np.uint8).repeat(3, 2)
    hole = np.zeros((120, 120), bool)
    hole[30:90, 30:90] = True
    inside = FILLS["inpaint"](noisy, hole)[40:80, 40:80, 0]
    assert 5 < np.diff(inside, axis=1).std() / np.sqrt(2) < 12
