"""Reads predictions, ours or any other tool's, from a CSV file."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_tf.errors import InputError
from fer_tf.evaluation.predictions import Predictions
from fer_tf.labels import EMOTIONS, GROUPS, UNKNOWN, emotion_index

PROBABILITIES = tuple(f"probability_{name}" for name in EMOTIONS)
_COLUMNS = ("image_id", "subject_id", "emotion", "predicted", *PROBABILITIES)
# Bytes in memory for each byte of text: text of pandas and numbers, at their largest.
_GROWTH = 8


def read_predictions(
    path: Path, columns: Mapping[str, str] | None = None, groups: Sequence[str] | None = None
) -> Predictions:
    """Reads a table with a row for each image.

    Args:
        path: a CSV file whose first line names the columns: ``image_id``, ``emotion`` (the true one, a word of
            ``labels.emotion_index``), ``probability_anger`` and so on, or ``predicted`` alone; where they are
            known, ``subject_id`` and groups.
        columns: our name -> theirs, for those that are called otherwise.
        groups: names of the group columns; by default those of ``labels.GROUPS`` that are there.

    Returns:
        The predictions; without probabilities the predicted emotion has all of it.

    Raises:
        InputError: there is no such file, it is empty or larger than the memory, a column is missing, an emotion is not
            ours, or a probability is no number.
    """
    path, columns = Path(path), dict(columns or {})
    if not path.is_file():
        raise InputError(f"predictions {path} do not exist: evaluate.py writes them into the run directory")
    strange = sorted(set(columns) - set(_COLUMNS))
    if strange:
        raise InputError(f"columns: {strange[0]!r} is none of ours: {', '.join(_COLUMNS)}")
    _check_memory(path)
    table = _read(path)
    asked = list(groups) if groups is not None else [name for name in GROUPS if name in table]
    missing = [name for name in asked if name not in table]
    if missing:
        raise InputError(f"predictions {path} lack the group column {missing[0]}: there are {', '.join(table)}")
    ours = {name: columns.get(name, name) for name in _COLUMNS}
    wanted = ["image_id", "emotion"]
    wanted += (
        list(PROBABILITIES) if ours[PROBABILITIES[0]] in table or ours["predicted"] not in table else ["predicted"]
    )
    missing = [ours[name] for name in wanted if ours[name] not in table]
    if missing:
        raise InputError(
            f"predictions {path} lack the column {missing[0]}: expected {', '.join(ours[name] for name in wanted)}"
        )
    if not len(table):
        raise InputError(f"predictions {path} are empty: expected a row for each image")
    empty = pd.Series([""] * len(table))
    truth = _emotions(table[ours["emotion"]], path)
    if "predicted" in wanted:
        probabilities = np.eye(len(EMOTIONS))[_emotions(table[ours["predicted"]], path)]
    else:
        probabilities = _numbers(table[[ours[name] for name in PROBABILITIES]], path)
    return Predictions(
        table[ours["image_id"]].to_numpy(str),
        table.get(ours["subject_id"], empty).to_numpy(str),
        truth,
        probabilities,
        {name: table[name].to_numpy(str) for name in asked} | {name: empty.to_numpy(str) for name in _absent(asked)},
    )


def _absent(asked: Sequence[str]) -> list[str]:
    """Groups of ours that a report says it knows nothing of."""
    return [name for name in GROUPS if name not in asked]


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError as error:
        raise InputError(f"predictions {path} are empty: expected a row for each image") from error
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise InputError(f"predictions {path} are no CSV table: {' '.join(str(error).split())}") from error


def _check_memory(path: Path) -> None:
    needed = path.stat().st_size * _GROWTH
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > free:
        raise InputError(
            f"predictions {path} need about {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} are free: leave out "
            "columns that are not asked for, or give a part of the rows"
        )


def _emotions(words: pd.Series, path: Path) -> np.ndarray:
    numbers = {word: emotion_index(word) for word in words.unique()}
    strange = sorted(word for word, number in numbers.items() if number == UNKNOWN)
    if strange:
        raise InputError(f"predictions {path} hold the emotion {strange[0]!r}: expected one of {', '.join(EMOTIONS)}")
    return words.map(numbers).to_numpy(np.int64)


def _numbers(table: pd.DataFrame, path: Path) -> np.ndarray:
    try:
        return table.to_numpy(np.float64)
    except ValueError as error:
        raise InputError(f"predictions {path} hold a probability that is no number: {error}") from error
