"""Rows of CSV tables and of tables in words, with the file and line of everything that is wrong."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence

from fer_tf.errors import InputError

_LONGEST_CELL = 1_000_000


class Row:
    """One line of a table.

    Attributes:
        file: the table's name, for messages.
        line: its number in the file, from 1.
        cells: column -> text, without spaces around.
    """

    def __init__(self, file: str, line: int, cells: dict[str, str]):
        """Takes the cells as they were read."""
        self.file, self.line, self.cells = file, line, cells

    def error(self, column: str, expected: str) -> InputError:
        """An error about a cell, to be raised."""
        came = self.cells.get(column, "nothing")
        came = came if len(came) <= 80 else f"{came[:80]}…"
        return InputError(f"{self.file}: line {self.line}: {column}: expected {expected}, came {came!r}")

    def text(self, column: str, default: str | None = None) -> str:
        """Text that is not empty, or the default where it is; InputError without a default."""
        value = self.cells.get(column, "")
        if value:
            return value
        if default is None:
            raise self.error(column, "some text")
        return default

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number within bounds, both included; else InputError."""
        return self._number(column, low, high, "a number")

    def integer(self, column: str, low: float = -math.inf, high: float = math.inf) -> int:
        """A whole number within bounds, both included; else InputError."""
        return int(self._number(column, low, high, "a whole number"))

    def _number(self, column: str, low: float, high: float, what: str) -> float:
        try:
            value = float(self.cells.get(column, ""))
        except ValueError:
            value = math.nan
        if not low <= value <= high or math.isinf(value) or (what != "a number" and value != int(value)):
            raise self.error(column, what + _bounds(low, high))
        return value

    def position(self, column: str, words: Sequence[str]) -> int:
        """Position of the cell's word among ``words``, capitals aside; -1 where the cell is empty; else InputError."""
        word = self.cells.get(column, "").lower()
        if not word:
            return -1
        if word not in words:
            raise self.error(column, f"one of {', '.join(words)}")
        return words.index(word)


def csv_rows(
    content: bytes, file: str, required: Sequence[str] = (), columns: Sequence[str] | None = None
) -> Iterator[Row]:
    """Rows of a CSV file, one after the other.

    Args:
        content: the file.
        file: its name, for messages.
        required: columns that there must be.
        columns: the names of all columns, where the first line does not say them.

    Raises:
        InputError: it is no such table; columns are missing or stand there twice; a line has too many or too few cells.
    """
    # Decoded as it is read: as one text, the tables of AffectNet would take four times their size.
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), strict=True)
    previous = csv.field_size_limit(_LONGEST_CELL)
    try:
        names = list(columns) if columns else [name.strip() for name in next(reader, [])]
        missing = [name for name in required if name not in names]
        if missing:
            raise InputError(f"{file}: expected the columns {', '.join(required)}, {', '.join(missing)} is missing")
        if len(set(names)) < len(names):
            raise InputError(f"{file}: expected every column once, came {', '.join(names)}")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                raise InputError(f"{file}: line {reader.line_num}: expected {len(names)} cells, came {len(cells)}")
            yield Row(file, reader.line_num, dict(zip(names, map(str.strip, cells), strict=True)))
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: expected a CSV table in UTF-8: {error}") from error
    except csv.Error as error:
        raise InputError(f"{file}: line {reader.line_num}: not a CSV table ({error})") from error
    finally:
        csv.field_size_limit(previous)


def once(rows: Iterable[Row], column: str) -> Iterator[Row]:
    """Passes rows on; InputError where a column's text comes a second time."""
    lines: dict[str, int] = {}
    for row in rows:
        key = row.text(column)
        first = lines.setdefault(key, row.line)
        if first != row.line:
            raise InputError(f"{row.file}: line {row.line}: {column} {key!r} stands there twice, first in line {first}")
        yield row


def word_rows(content: bytes, file: str, columns: Sequence[str]) -> Iterator[Row]:
    """Rows of a table without a head, whose cells stand between spaces.

    Args:
        content: the file.
        file: its name, for messages.
        columns: their names.

    Raises:
        InputError: it is no text, or a line has too many or too few cells.
    """
    for line, cells in word_lines(content, file):
        if len(cells) != len(columns):
            wanted = " ".join(columns)
            raise InputError(f"{file}: line {line}: expected {len(columns)} cells ({wanted}), came {len(cells)}")
        yield Row(file, line, dict(zip(columns, cells, strict=True)))


def word_lines(content: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    """(number from 1, words between spaces) of every line that is not empty; InputError for what is no text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: expected text: {error}") from error
    for line, cells in enumerate((line.split() for line in text.splitlines()), 1):
        if cells:
            yield line, cells


def _bounds(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return ""
    return f" {low:g}..{high:g}" if not math.isinf(high) else f" of at least {low:g}"
