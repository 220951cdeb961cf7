import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces.square import Square, check_pictures


def wave(height, width):
    """A smooth picture, and its value at any (x, y)."""

    def value(x, y):
        return 127 + 60 * np.sin(x / 9) + 60 * np.cos(y / 7)

    y, x = np.mgrid[:height, :width] + 0.5
    return np.repeat(value(x, y).round().astype(np.uint8)[..., None], 3, axis=2), value


@pytest.mark.parametrize(
    "square",
    [
        Square((50.0, 40.0), 60.0),
        Square((45.5, 52.25), 30.0, 0.5),
        Square((48.0, 50.0), 55.0, -2.0),
        Square((50.0, 50.0), 12.0, np.pi),
    ],
)
@pytest.mark.parametrize("size", [16, 24, 64])
def test_pixels_show_the_middle_of_their_place(square, size):
    image, value = wave(100, 110)
    cut = square.cut(image, size, cv2.BORDER_REPLICATE)
    assert cut.shape == (size, size, 3)
    assert cut.dtype == np.uint8
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    places = square.to_picture(np.stack([x, y], axis=-1))
    np.testing.assert_allclose(cut[..., 0], value(places[..., 0], places[..., 1]), atol=3)


def test_the_whole_picture_is_itself():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    np.testing.assert_array_equal(Square((10, 10), 20).cut(image, 20, cv2.BORDER_CONSTANT), image)


def test_outside_is_black_or_the_edge():
    image = np.full((10, 10, 3), 200, np.uint8)
    square = Square((5.0, 5.0), 40.0)
    assert square.cut(image, 40, cv2.BORDER_CONSTANT).astype(int).sum() == pytest.approx(100 * 600, rel=0.01)
    assert square.cut(image, 40, cv2.BORDER_REPLICATE).min() == 200


def test_corners_of_a_turned_square():
    corners = Square((10.0, 20.0), 4.0, np.pi / 2).to_picture(np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]]))
    np.testing.assert_allclose(corners, [[12, 18], [12, 22], [10, 20]], atol=1e-9)


def test_a_panorama_longer_than_opencv_allows():
    row = (np.arange(70000) // 280).astype(np.uint8)
    image = np.broadcast_to(row[None, :, None], (1000, 70000, 3))
    cut = Square((35000.0, 500.0), 70000.0).cut(image, 100, cv2.BORDER_CONSTANT)
    np.testing.assert_allclose(cut[50, :, 0], (np.arange(100) + 0.5) * 2.5, atol=1)
    beside = Square((35000.0, 500.0), 4.0).cut(image, 4, cv2.BORDER_REPLICATE)
    assert set(beside.ravel()) <= {124, 125}


def test_views_and_read_only_arrays_are_read():
    image = np.random.default_rng(1).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    image.flags.writeable = False
    mirrored = Square((20.0, 15.0), 20.0).cut(image[:, ::-1], 20, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(mirrored[:, ::-1], Square((20.0, 15.0), 20.0).cut(image, 20, cv2.BORDER_CONSTANT))


@pytest.mark.parametrize(
    "image",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8)],
)
def test_what_is_no_picture_is_refused(image):
    good = np.zeros((5, 5, 3), np.uint8)
    check_pictures([good], "find_things")
    with pytest.raises(InputError, match=r"find_things wants uint8 .*\(H, W, 3\); image 1 is .*: convert it to RGB"):
        check_pictures([good, image], "find_things")
