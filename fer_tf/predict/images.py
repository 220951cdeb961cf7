"""Finding and reading the pictures that a user gives."""

import dataclasses
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fer_tf.errors import InputError

# What is looked for in folders; a file that is named is read whatever its name.
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")
# Ends the names of annotated copies, which are not looked at again.
ANNOTATED_SUFFIX = ".annotated.jpg"
# Pillow has readers that start other programs (EPS): pictures of strangers get these only.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
# 100 megapixels take 300 MB as RGB; a small file can claim far more.
MAX_PIXELS = 100_000_000


@dataclasses.dataclass(frozen=True)
class Rejected:
    """A picture that could not be read.

    Attributes:
        image: its path.
        reason: why, in one line.
    """

    image: str
    reason: str


def find_images(paths: Sequence[str | Path]) -> list[Path]:
    """Files to read: those named, and in folders all pictures, however deep, sorted.

    Args:
        paths: files and folders.

    Returns:
        paths without repetition, in the order given.

    Raises:
        InputError: a path does not exist, or there is no picture at all.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"{path} does not exist: give pictures or folders of pictures")
        found |= dict.fromkeys(_in_folder(path) if path.is_dir() else [path])
    if not found:
        given = ", ".join(map(str, paths)) or "nothing was given"
        raise InputError(
            f"no picture to look at ({given}): give files or folders with {', '.join(SUFFIXES)}, "
            "or films by their names"
        )
    return list(found)


def _in_folder(folder: Path) -> list[Path]:
    return sorted(
        Path(root) / name
        for root, _, names in os.walk(folder)
        for name in names
        if Path(name).suffix.lower() in SUFFIXES and not name.endswith(ANNOTATED_SUFFIX)
    )


def read_image(path: str | Path) -> np.ndarray:
    """Reads a picture as a camera meant it.

    The EXIF orientation is applied; grey, 16-bit, CMYK and palette pictures become RGB;
    what is transparent becomes white; of an animation the first frame is taken.

    Args:
        path: BMP, GIF, JPEG, PNG, TIFF or WebP file.

    Returns:
        uint8 (H, W, 3).

    Raises:
        InputError: the file cannot be read; the message is the reason, without the path.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of broken metadata and of its own size limit; ours is below.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise InputError(f"{picture.width}x{picture.height} pixels, more than {MAX_PIXELS:,}: shrink it")
                return _rgb(ImageOps.exif_transpose(picture))
    except InputError:
        raise
    # Pillow's readers raise almost anything on damaged files; each is the file's fault.
    except Exception as error:
        raise InputError(_reason(error, path)) from error


def _reason(error: Exception, path: str | Path) -> str:
    if isinstance(error, Image.UnidentifiedImageError):
        return f"not a picture of a known kind: expected {', '.join(_FORMATS)}, or a video of a known name"
    text = " ".join(str(error).replace(str(path), "").split())
    return f"cannot be read: {text or type(error).__name__}"


def _rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I") or picture.mode == "F":
        return np.repeat(_to_bytes(np.asarray(picture), picture.mode)[..., None], 3, axis=2)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("RGB"))


def _to_bytes(values: np.ndarray, mode: str) -> np.ndarray:
    """Grey values deeper than 8 bits to uint8.

    "I;16" says that white is 65535. "I" and "F" leave it open: the least of 1 (real
    numbers only), 255, 65535 that holds all values is taken, else the largest value.
    """
    values = np.nan_to_num(values.astype(np.float32))
    largest = float(values.max(initial=0))
    steps = (65535,) if mode.startswith("I;16") else (255, 65535) if mode == "I" else (1, 255, 65535)
    white = next((step for step in steps if largest <= step), largest)
    return np.clip(np.round(values * (255 / white)), 0, 255).astype(np.uint8)
