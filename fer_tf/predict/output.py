"""Writing records so that whatever was written stays, however the program ends."""

import contextlib
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from fer_tf.errors import InputError
from fer_tf.predict.images import Rejected

FORMATS = ("jsonl", "csv")


class Writer(Protocol):
    """Takes one record after the other."""

    def write(self, record: dict) -> None:
        """Writes what ``Predictor.stream`` yields for one picture, and flushes."""


class JSONLinesWriter:
    """One JSON object a line, one line a picture."""

    def __init__(self, file: TextIO):
        """Writes to a file that is open."""
        self._file = file

    def write(self, record: dict) -> None:
        """See ``Writer.write``."""
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()


class CSVWriter:
    """One row a face; a picture without a face has one row with empty face columns.

    Columns: ``image, width, height, face`` (its number in the picture, from 0),
    ``box_left, box_top, box_width, box_height`` (pixels), ``score, emotion``, a
    ``probability_<emotion>`` for each, and one for each action unit, where these are read.
    """

    # Columns of the picture, and the one that tells its faces apart.
    _picture, _number = ("image", "width", "height"), "face"

    def __init__(self, file: TextIO, labels: Sequence[str], units: Sequence[str] = ()):
        """Writes the header.

        Args:
            file: an open file.
            labels: emotions in the order of the columns.
            units: action units in the order of the columns.
        """
        self._file, self._labels, self._units = file, labels, units
        self._csv = csv.writer(file, lineterminator="\n")
        box = ("box_left", "box_top", "box_width", "box_height")
        answers = (f"probability_{label}" for label in (*labels, *units))
        self._columns = (self._number, *box, "score", "emotion", *answers)
        self._csv.writerow((*self._picture, *self._columns))
        file.flush()

    def write(self, record: dict) -> None:
        """See ``Writer.write``."""
        cells = (record[name] for name in self._picture)
        picture = tuple(plain_cell(cell) if isinstance(cell, str) else cell for cell in cells)
        for number, face in enumerate(record["faces"]):
            chances = [face["probabilities"][label] for label in self._labels]
            chances += [face["action_units"][unit] for unit in self._units]
            # Faces of a video bring a number of their own.
            told = face.get(self._number, number)
            self._csv.writerow((*picture, told, *face["box"], face["score"], face["emotion"], *chances))
        if not record["faces"]:
            self._csv.writerow((*picture, *("" for _ in self._columns)))
        self._file.flush()


class VideoCSVWriter(CSVWriter):
    """The same for frames of videos.

    Columns: ``video, frame, time`` (seconds), ``width, height, id`` (the face's, the same in
    every frame of one person), then as ``CSVWriter``.
    """

    _picture, _number = ("video", "frame", "time", "width", "height"), "id"


class RejectedList:
    """``rejected.csv``: every picture that could not be read, with the reason."""

    def __init__(self, path: Path):
        """Nothing is written before ``begin`` or the first rejection.

        Args:
            path: where the list goes; an older one there is replaced.
        """
        self.path, self.count = path, 0
        self._file = None

    def begin(self) -> None:
        """Writes the header, so that an empty list says that all could be read."""
        if self._file is None:
            self._file = open_output(self.path)
            csv.writer(self._file, lineterminator="\n").writerow(("image", "reason"))
            self._file.flush()

    def write(self, rejected: Rejected) -> None:
        """Adds a line, and flushes."""
        self.begin()
        csv.writer(self._file, lineterminator="\n").writerow((plain_cell(rejected.image), plain_cell(rejected.reason)))
        self._file.flush()
        self.count += 1

    def close(self) -> None:
        """Ends the list."""
        if self._file is not None:
            self._file.close()


def plain_cell(name: str) -> str:
    """A path that a spreadsheet does not take for a formula; it still leads to the same file."""
    return f"./{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def open_output(path: Path) -> TextIO:
    """Opens a file for writing, making its folder.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # File names may hold bytes that are no text; as \udcXX they are still valid JSON.
        return path.open("w", newline="", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place") from error


@contextlib.contextmanager
def open_or_stdout(path: str | Path | None, inputs: Sequence[str | Path] = ()) -> Iterator[TextIO]:
    """The file to write to; None gives standard output.

    Args:
        path: of the file.
        inputs: what is read, which must not be written over.

    Raises:
        InputError: it cannot be written, or is one of the inputs.
    """
    if path and any(Path(path).exists() and Path(path).samefile(one) for one in inputs):
        raise InputError(f"{path} is read and would be written over: choose another --output")
    if path:
        with open_output(Path(path)) as file:
            yield file
    else:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout


def make_writer(
    form: str, file: TextIO, labels: Sequence[str], units: Sequence[str] = (), *, video: bool = False
) -> Writer:
    """The writer of a form.

    Args:
        form: one of ``FORMATS``.
        file: open for writing.
        labels: emotions in the order of the columns.
        units: action units in the order of the columns.
        video: records are of frames of videos rather than of pictures.

    Raises:
        InputError: the form is not one of ``FORMATS``.
    """
    if form not in FORMATS:
        raise InputError(f"format {form!r} is unknown: choose one of {', '.join(FORMATS)}")
    if form == "jsonl":
        return JSONLinesWriter(file)
    return (VideoCSVWriter if video else CSVWriter)(file, labels, units)
