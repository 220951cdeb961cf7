"""``manifest.csv``: the user's own table of pictures and videos with any of the record's fields."""

import dataclasses
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, AGE_GROUPS, DISGUISES, EMOTIONS, GENDERS, SKIN_TONES, unit_names
from tfds_builders.source.clips import is_film
from tfds_builders.source.tables import Row, csv_rows
from tfds_builders.source.tree import SourceTree

MANIFEST = "manifest.csv"
_TEXTS = ("subject_id", "sequence_id", "source_label")
_WORDS = {"gender": GENDERS, "age_group": AGE_GROUPS, "disguise": DISGUISES}
_UNITS = unit_names(ACTION_UNITS)
_VOTES = tuple(f"votes_{emotion}" for emotion in EMOTIONS)
_LAST_FRAME = np.iinfo(np.int32).max
# As the record has them; its ``emotion_votes`` and ``action_units`` are a column each.
COLUMNS = ("path", "emotion", *_TEXTS, "frame", "skin_tone", *_WORDS, "synthetic", *_VOTES, *_UNITS)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A line of the manifest.

    Attributes:
        file: name of the picture or video in the ``SourceTree``.
        path: the same as the manifest has it.
        row: the cells.
        known: fields for ``record.make_record``, all but the emotion, whose words differ.
    """

    file: str
    path: str
    row: Row
    known: dict[str, Any]


def manifest_entries(tree: SourceTree, also: Sequence[str] = ()) -> list[Entry]:
    """Reads the manifest.

    Args:
        tree: the user's folder; paths count from where the manifest lies.
        also: columns beyond ``COLUMNS``.

    Returns:
        Its lines, ordered by file and frame, so that videos are read from beginning to end.

    Raises:
        InputError: there is none, or several; a column is unknown; a file is not there, lies elsewhere or stands there
            twice; a value cannot be.
    """
    name = tree.one(MANIFEST.replace(".", r"\."), "the table of all pictures")
    where, folder = tree.where(name), PurePosixPath(name).parent
    entries = []
    lines: dict[tuple[str, Any], int] = {}
    for row in csv_rows(tree.read(name), where, ("path",)):
        if not lines:
            _check_columns(row, (*COLUMNS, *also))
        path = _path(row)
        file = (folder / path).as_posix()
        if file not in tree:
            raise row.error("path", f"a file below {folder if folder.name else tree.folder}")
        known = _known(row)
        # A video may have a line for each frame.
        key = (path, known.get("frame") if is_film(path) else None)
        if lines.setdefault(key, row.line) != row.line:
            raise InputError(f"{where}: line {row.line}: path: {path} stands in line {lines[key]} already: keep one")
        entries.append(Entry(file, path, row, known))
    return sorted(entries, key=lambda entry: (entry.file, entry.known.get("frame", -1)))


def _check_columns(row: Row, known: Sequence[str]) -> None:
    unknown = [name for name in row.cells if name not in known]
    if unknown:
        raise InputError(
            f"{row.file}: column {unknown[0]!r} is unknown, take it away or correct it: known are {', '.join(known)}"
        )


def _path(row: Row) -> str:
    text = row.text("path")
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or ":" in text or not path.name:
        raise row.error("path", "a path with / that stays in the manifest's folder")
    return path.as_posix()


def _known(row: Row) -> dict[str, Any]:
    """What the cells say; empty ones say nothing."""
    known: dict[str, Any] = {name: row.cells[name] for name in _TEXTS if row.cells.get(name)}
    known |= {name: position for name, words in _WORDS.items() if (position := row.position(name, words)) >= 0}
    if row.cells.get("frame"):
        known["frame"] = row.integer("frame", 0, _LAST_FRAME)
    if row.cells.get("skin_tone"):
        known["skin_tone"] = row.integer("skin_tone", SKIN_TONES[0], SKIN_TONES[-1])
    if row.cells.get("synthetic"):
        known["synthetic"] = bool(row.integer("synthetic", 0, 1))
    if any(row.cells.get(name) for name in _VOTES):
        known["emotion_votes"] = _votes(row)
    if any(row.cells.get(name) for name in _UNITS):
        known["action_units"] = [row.number(name, 0, 1) if row.cells.get(name) else np.nan for name in _UNITS]
    return known


def _votes(row: Row) -> list[float]:
    shares = [row.number(name, 0, 1) for name in _VOTES]
    if sum(shares) > 1 + 1e-3:
        raise InputError(
            f"{row.file}: line {row.line}: {_VOTES[0]} to {_VOTES[-1]}: expected shares of all annotators, at most 1 "
            f"together, came {sum(shares):g}"
        )
    return shares
