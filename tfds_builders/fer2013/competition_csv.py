"""Reads the competition's table ``fer2013.csv``, plain or inside ``fer2013.tar.gz``, row by row."""

import contextlib
import gzip
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from fer_tf.errors import InputError

# The emotion column counts through these words, as the competition page names them.
SOURCE_EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")
IMAGE_SIZE = 48
# Split -> its name in the column Usage.
USAGES = {"train": "Training", "validation": "PublicTest", "test": "PrivateTest"}
TABLES = ("fer2013.csv", "fer2013/fer2013.csv", "fer2013.tar.gz")
_COLUMNS = ("emotion", "pixels", "Usage")
_MEMBER = "fer2013/fer2013.csv"
# The real table has 301 MB and no row above 10 kB; what is far bigger is something else.
_MAX_TABLE_BYTES = 1 << 30
_MAX_ROW_BYTES = 1 << 16
_MAX_MEMBERS = 100


class Row(NamedTuple):
    """One face of the table.

    ``index`` counts data rows from 0, ``image`` is uint8 (48, 48) grey, ``emotion``
    indexes ``SOURCE_EMOTIONS``.
    """

    index: int
    image: np.ndarray
    emotion: int


def find_table(folder: Path) -> Path | None:
    """The first of ``TABLES`` that lies in a folder; None where there is none."""
    return next((folder / name for name in TABLES if (folder / name).is_file()), None)


def read_rows(path: Path, usage: str, expected_rows: Mapping[str, int]) -> Iterator[Row]:
    """Reads the rows of one usage; the whole table passes by, none of it is kept.

    Args:
        path: ``fer2013.csv`` or ``fer2013.tar.gz``.
        usage: ``"Training"``, ``"PublicTest"`` or ``"PrivateTest"``.
        expected_rows: usage -> number of rows that the whole table must have.

    Yields:
        The rows of ``usage`` in the order of the file.

    Raises:
        InputError: when the file is damaged, cut short or another table, or a row is invalid.
    """
    seen: Counter[str] = Counter()
    try:
        with _open_table(path) as table:
            columns = _read_header(path, table)
            for index, line in enumerate(_lines(path, table)):
                cells = [cell.strip(b' "\r\n') for cell in line.split(b",")]
                if len(cells) != len(columns):
                    raise _row_error(path, index, f"{len(columns)} columns", len(cells))
                row_usage = cells[columns["Usage"]].decode("ascii", "replace")
                if row_usage not in expected_rows:
                    raise _row_error(path, index, f"a Usage of {', '.join(expected_rows)}", repr(row_usage))
                seen[row_usage] += 1
                if row_usage == usage:
                    emotion = _parse_emotion(path, index, cells[columns["emotion"]])
                    yield Row(index, _parse_pixels(path, index, cells[columns["pixels"]]), emotion)
    except (EOFError, gzip.BadGzipFile, tarfile.TarError, zlib.error) as error:
        raise InputError(
            f"{path} is damaged or cut short after {seen.total():,} of {sum(expected_rows.values()):,} rows "
            f"({error}): download it again"
        ) from error
    if seen != Counter(expected_rows):
        counts = ", ".join(f"{seen[name]:,} of {number:,} {name}" for name, number in expected_rows.items())
        raise InputError(f"{path} is not the whole table: it has {counts} rows: download it again")


@contextlib.contextmanager
def _open_table(path: Path) -> Iterator[BinaryIO]:
    """Opens the table as bytes; from an archive it is streamed, nothing is written to disk."""
    if path.suffix == ".csv":
        with path.open("rb") as table:
            yield table
        return
    # gzip.open checks the sum at the end, which tarfile's own "r|gz" does not.
    with gzip.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|", bufsize=1 << 20) as archive:
        for number, member in enumerate(archive):
            if member.size > _MAX_TABLE_BYTES or number >= _MAX_MEMBERS:
                break
            if member.name.removeprefix("./") == _MEMBER and member.isreg():
                yield archive.extractfile(member)
                _read_to_end(unpacked)
                return
    raise InputError(f"{path} holds no plain file {_MEMBER}: expected the competition's archive, download it again")


def _read_to_end(file: BinaryIO) -> None:
    for _ in range(_MAX_TABLE_BYTES >> 20):
        if not file.read(1 << 20):
            return


def _lines(path: Path, table: BinaryIO) -> Iterator[bytes]:
    while line := table.readline(_MAX_ROW_BYTES):
        if len(line) == _MAX_ROW_BYTES:
            raise InputError(f"{path} has a line of more than {_MAX_ROW_BYTES} bytes: expected fer2013.csv")
        yield line


def _read_header(path: Path, table: BinaryIO) -> dict[str, int]:
    """Maps column names to positions; the order of the columns differs between copies."""
    header = table.readline(_MAX_ROW_BYTES).decode("utf-8-sig", "replace")
    names = [name.strip(' "\r\n') for name in header.split(",")]
    if sorted(names) != sorted(_COLUMNS):
        raise InputError(f"{path}: expected the columns {','.join(_COLUMNS)}, came {header.strip()[:80]!r}")
    return {name: position for position, name in enumerate(names)}


def _row_error(path: Path, index: int, expected: str, came: object) -> InputError:
    return InputError(
        f"{path}: row {index + 1}: expected {expected}, came {came}: the official table has no such row, "
        "download it again"
    )


def _parse_emotion(path: Path, index: int, cell: bytes) -> int:
    if len(cell) != 1 or not cell.isdigit() or int(cell) >= len(SOURCE_EMOTIONS):
        raise _row_error(path, index, f"an emotion 0..{len(SOURCE_EMOTIONS) - 1}", cell.decode("ascii", "replace"))
    return int(cell)


def _parse_pixels(path: Path, index: int, cell: bytes) -> np.ndarray:
    # Checked first, because fromstring stops without an error at the first strange character.
    if cell.translate(None, b"0123456789 "):
        raise _row_error(path, index, "pixels as numbers between spaces", repr(cell[:20]))
    # Wider than uint8, where 300 would silently become 44.
    pixels = np.fromstring(cell, dtype=np.int64, sep=" ")
    if pixels.size != IMAGE_SIZE**2:
        raise _row_error(path, index, f"{IMAGE_SIZE**2} pixels", pixels.size)
    if pixels.max() > 255:
        raise _row_error(path, index, "pixels 0..255", pixels.max())
    return pixels.astype(np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
