"""Reads AffectNet's labels: the tables of the first releases, and the files of the newer one."""

import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from fer_tf.errors import InputError
from tfds_builders import reporting
from tfds_builders.source.items import MISSING
from tfds_builders.source.tables import Row, csv_rows, once
from tfds_builders.source.tree import SourceTree

# By AffectNet's numbers.
WORDS = (
    *("Neutral", "Happiness", "Sadness", "Surprise", "Fear", "Disgust", "Anger", "Contempt"),
    *("None", "Uncertain", "No-Face"),
)
# The labels of the official test are withheld, so that its place is taken by the validation, as with SFEW.
TABLES = {"training.csv": "train", "validation.csv": "test"}
SETS = {"train_set": "train", "val_set": "test"}

_FOLDER = "Manually_Annotated_Images"
_BOX = ("face_x", "face_y", "face_width", "face_height")
_COLUMNS = ("subDirectory_filePath", *_BOX, "expression")
_LARGEST_NUMBER_FILE = 4096  # bytes

Box = tuple[float, float, float, float]


class Labelled(NamedTuple):
    """A picture of a list: ``number`` stands in ``WORDS``; -1, with a ``fault``, where its file is missing."""

    split: str
    image_id: str
    file: str
    number: int
    box: Box | None = None
    fault: str = ""


def has_tables(tree: SourceTree) -> bool:
    """Whether these are the first releases, with tables."""
    return bool(tree.find("|".join(map(_pattern, TABLES))))


def read_tables(tree: SourceTree) -> Iterator[Labelled]:
    """Pictures of ``Manually_Annotated_Images`` as the two tables list them, the box of the face with them.

    Raises:
        InputError: a table is missing or says what cannot be; a picture stands there twice.
    """
    pictures = tree.by_path(rf"{_FOLDER}/[^/]+/[^/]+")
    for table, split in TABLES.items():
        name = tree.one(_pattern(table), f"the list of {split}")
        rows = csv_rows(tree.read(name), tree.where(name), _COLUMNS)
        for row in once(rows, "subDirectory_filePath"):
            image_id = row.text("subDirectory_filePath")
            path = f"{_FOLDER}/{image_id}"
            number = row.integer("expression", 0, len(WORDS) - 1)
            fault = "" if path in pictures else MISSING
            yield Labelled(split, image_id, pictures.get(path, path), number, _box(row), fault)


def read_sets(tree: SourceTree) -> Iterator[Labelled]:
    """Pictures of ``train_set`` and ``val_set``, each with the number in its ``_exp.npy``; nothing without them.

    Raises:
        InputError: a file holds another thing than one of the numbers.
    """
    for folder, split in SETS.items():
        pictures = _by_stem(tree, rf"{folder}/images/[^/]+\.(?:jpe?g|png)", ".")
        labels = _by_stem(tree, rf"{folder}/annotations/[^/]+_exp\.npy", "_exp.")
        stems = sorted(pictures.keys() | labels.keys())
        for stem in reporting.progress(stems, len(stems), f"{split} labels"):
            image_id = f"{folder}/images/{stem}.jpg"
            if stem not in labels:
                yield Labelled(split, image_id, f"{folder}/annotations/{stem}_exp.npy", -1, fault=MISSING)
            elif stem not in pictures:
                yield Labelled(split, image_id, image_id, -1, fault=MISSING)
            else:
                name = labels[stem]
                number = read_number(tree.read(name, _LARGEST_NUMBER_FILE), tree.where(name))
                yield Labelled(split, image_id, pictures[stem], number)


def read_number(content: bytes, file: str) -> int:
    """The number in a ``.npy`` file, which may be there as text; InputError for everything but one of ``WORDS``."""
    try:
        value = np.load(io.BytesIO(content), allow_pickle=False)
        number = float(value.item())
        if number not in range(len(WORDS)):
            raise ValueError(f"came {value.item()!r}"[:80])
        return int(number)
    # Headers of strangers may ask for any amount of memory.
    except (ValueError, TypeError, EOFError, OSError, MemoryError, OverflowError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file}: expected one number 0..{len(WORDS) - 1} in a .npy file: {reason}") from error


def _box(row: Row) -> Box | None:
    """The face's box; None where the table says NULL, NaN or nothing."""
    if any(row.cells[name].lower() in ("", "null", "nan") for name in _BOX):
        return None
    left, top = row.number("face_x"), row.number("face_y")
    width, height = row.number("face_width", 0), row.number("face_height", 0)
    return (left, top, width, height) if width and height else None


def _by_stem(tree: SourceTree, pattern: str, end: str) -> dict[str, str]:
    """What stands before the end of a file's name -> name for ``tree.read``."""
    return {path.rpartition("/")[2].rpartition(end)[0]: name for path, name in tree.by_path(pattern).items()}


def _pattern(table: str) -> str:
    return table.replace(".", r"\.")
