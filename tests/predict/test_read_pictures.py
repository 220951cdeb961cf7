import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.predict import images
from fer_tf.predict.images import find_images, read_image


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "jpg", "gif", "tiff"])
def test_formats(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (20, 12), (200, 100, 50)).save(path)
    found = read_image(path)
    assert (found.shape, found.dtype) == ((12, 20, 3), np.uint8)
    np.testing.assert_allclose(found[6, 10], (200, 100, 50), atol=8)


@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (6, -1), (3, 2), (8, 1)])
def test_exif_orientation_is_applied(tmp_path, picture, orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), np.rot90(picture, turn))


def save_16_bit(path, values):
    Image.fromarray(values.astype(np.uint16)).save(path)


def test_16_bits_are_scaled_by_what_white_is(tmp_path):
    # A dark picture stays dark: white is 65535 whatever the picture holds.
    save_16_bit(tmp_path / "a.png", np.array([[0, 257, 514, 2570]]))
    assert read_image(tmp_path / "a.png")[0, :, 1].tolist() == [0, 1, 2, 10]
    save_16_bit(tmp_path / "b.png", np.array([[0, 65535]]))
    assert read_image(tmp_path / "b.png")[0, :, 0].tolist() == [0, 255]


def test_real_numbers_are_scaled(tmp_path):
    for name, top in (("a", 1.0), ("b", 255.0)):
        Image.fromarray(np.array([[0, top / 2, top]], np.float32)).save(tmp_path / f"{name}.tiff")
        assert read_image(tmp_path / f"{name}.tiff")[0, :, 2].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("LA", (77, 255), (77, 77, 77)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("1", 1, (255, 255, 255)),
        ("P", 0, (0, 0, 0)),
    ],
)
def test_modes_become_rgb(tmp_path, mode, colour, expected):
    Image.new(mode, (8, 8), colour).save(tmp_path / "a.png")
    assert tuple(read_image(tmp_path / "a.png")[4, 4]) == expected


def test_cmyk(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    red, green, blue = read_image(tmp_path / "a.jpg")[8, 8]
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_the_first_frame_of_an_animation(tmp_path, suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], lossless=True)
    assert tuple(read_image(tmp_path / f"a.{suffix}")[4, 4]) == (255, 0, 0)


def png_that_claims(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [11_000, 60_000])
def test_bombs_are_refused(tmp_path, side):
    (tmp_path / "a.png").write_bytes(png_that_claims(side, side))
    with pytest.raises(InputError, match=r"pixels|decompression bomb"):
        read_image(tmp_path / "a.png")


def test_the_limit_is_ours(tmp_path, monkeypatch):
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    monkeypatch.setattr(images, "MAX_PIXELS", 99)
    with pytest.raises(InputError, match="10x10 pixels, more than 99: shrink it"):
        read_image(tmp_path / "a.png")


def test_damaged_files_are_refused_in_one_line(tmp_path, picture):
    path = tmp_path / "a.png"
    Image.fromarray(picture).save(path)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:60], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"not a picture of a known kind|cannot be read: ") as caught:
            read_image(path)
        assert "\n" not in str(caught.value)
        assert str(tmp_path) not in str(caught.value)


def test_other_readers_stay_closed(tmp_path):
    # Pillow would hand this to Ghostscript.
    (tmp_path / "a.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    with pytest.raises(InputError, match="not a picture of a known kind"):
        read_image(tmp_path / "a.jpg")


def test_folders_are_searched_in_order(photos):
    found = find_images([photos / "deep" / "green.png", photos])
    names = [os.path.relpath(path, photos) for path in found]
    assert names == ["deep/green.png", "a_red.png", "b_black.png", "c_broken.jpg"]


def test_capital_suffixes_are_found(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "A.JPG")
    assert find_images([tmp_path]) == [tmp_path / "A.JPG"]


def test_missing_paths_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone.jpg does not exist: give pictures or folders"):
        find_images([tmp_path / "gone.jpg"])
    with pytest.raises(InputError, match="no picture to look at"):
        find_images([tmp_path])
    with pytest.raises(InputError, match="nothing was given"):
        find_images([])
