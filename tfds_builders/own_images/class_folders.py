"""Reads a user's pictures as folders, ``<class>/…`` or ``train|validation|test/<class>/…``."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, UNKNOWN, emotion_index
from tfds_builders.source.clips import is_film
from tfds_builders.source.splits import SHARES
from tfds_builders.source.tree import SourceTree

_PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class Labelled(NamedTuple):
    """A file in a class folder: its name in the tree, its path from the split or class on, its split or ``""``."""

    file: str
    path: str
    split: str
    word: str


def labelled_files(tree: SourceTree) -> Iterator[Labelled]:
    """All files in class folders, in the order of their paths; they may lie in one folder more.

    Args:
        tree: the user's folder.

    Raises:
        InputError: a folder is no emotion, a picture lies in none, or some lie in folders of splits and others do not.
    """
    first: tuple[str, bool] | None = None
    for match in tree.find(r"[^/]+"):
        *folders, name = PurePosixPath(match.string).parts
        if not folders:
            # Lists and notes may lie beside the folders.
            if is_film(name) or name.lower().endswith(_PICTURES):
                raise InputError(f"{tree.where(name)}: expected pictures in a folder for each of {', '.join(EMOTIONS)}")
            continue
        word = folders.pop()
        if emotion_index(word) == UNKNOWN:
            raise InputError(
                f"{tree.where(match.string)}: expected a folder for one of {', '.join(EMOTIONS)}, came {word!r}: "
                "rename it or move it away"
            )
        split = folders.pop() if folders and folders[-1] in SHARES else ""
        place = ("/".join(folders), bool(split))
        first = first or place
        if place != first:
            raise InputError(
                f"{tree.where(match.string)}: expected all class folders in one folder, or all in {', '.join(SHARES)} "
                "of one folder: others lie elsewhere"
            )
        yield Labelled(match.string, "/".join(filter(None, (split, word, name))), split, word)
