"""Reads FER-2013 as folders of pictures, ``train/<class>/…`` and ``test/<class>/…``."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, UNKNOWN, emotion_index

# Kaggle's folders merge the two tests and have no validation split.
VALIDATION_SHARE = 0.1


class Picture(NamedTuple):
    """A file in a class folder: ``image_id`` is its path below ``train`` or ``test``'s parent."""

    image_id: str
    path: Path
    word: str


def list_pictures(root: Path, folder: str) -> list[Picture]:
    """Lists the files of ``root/folder/<class>/``, hidden ones left aside, in a fixed order.

    Args:
        root: what holds ``train`` and ``test``.
        folder: ``"train"`` or ``"test"``.

    Raises:
        InputError: when there is no class folder or one is not an emotion.
    """
    folders = (path for path in (root / folder).iterdir() if path.is_dir())
    # Archivers leave .git, __MACOSX and the like.
    classes = sorted(path for path in folders if not path.name.startswith((".", "_")))
    if not classes:
        raise InputError(f"{root / folder}: expected a folder for each of {', '.join(EMOTIONS)}, came none")
    for path in classes:
        if emotion_index(path.name) == UNKNOWN:
            raise InputError(f"{path}: expected a folder for one of {', '.join(EMOTIONS)}: rename it or move it away")
    return [
        Picture(f"{folder}/{parent.name}/{path.name}", path, parent.name)
        for parent in classes
        for path in sorted(parent.iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]


def is_validation(content: bytes) -> bool:
    """Whether a picture of ``train`` belongs to the validation split.

    The rule: the first eight bytes of the file's SHA-256, read as a big-endian
    fraction of 2**64, lie below ``VALIDATION_SHARE``. It does not depend on names or
    order, and two copies of one file never fall on both sides.
    """
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big") / 2**64 < VALIDATION_SHARE


def read_pictures(pictures: list[Picture], validation: bool | None = None) -> Iterator[tuple[Picture, bytes]]:
    """Reads the files, all of them or one side of the validation rule.

    Args:
        pictures: from ``list_pictures``.
        validation: True for those of ``is_validation``, False for the others, None for all.

    Yields:
        Each picture with its bytes.
    """
    for picture in pictures:
        content = picture.path.read_bytes()
        if validation is None or is_validation(content) == validation:
            yield picture, content
