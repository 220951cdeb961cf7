"""Reads EMOTIC's ``Annotations.mat``, which MATLAB wrote."""

import io
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.io import loadmat

from fer_tf.errors import InputError

# EMOTIC's names of its parts.
SPLITS = {"train": "train", "val": "validation", "test": "test"}
CATEGORIES = (
    *("Affection", "Anger", "Annoyance", "Anticipation", "Aversion", "Confidence", "Disapproval", "Disconnection"),
    *("Disquietment", "Doubt/Confusion", "Embarrassment", "Engagement", "Esteem", "Excitement", "Fatigue", "Fear"),
    *("Happiness", "Pain", "Peace", "Pleasure", "Sadness", "Sensitivity", "Suffering", "Surprise", "Sympathy"),
    "Yearning",
)
GENDERS = ("Male", "Female")
AGES = ("Kid", "Teenager", "Adult")

_HEAD, _COMPRESSED = 128, 15
_MOST_UNPACKED = 1 << 30  # bytes


class Person(NamedTuple):
    """A person: the path of the frame, the number there from 1, words, and the body's left, top, right and bottom."""

    split: str
    frame: str
    number: int
    categories: tuple[str, ...]
    gender: str
    age: str
    box: tuple[float, float, float, float]


def read_people(content: bytes, file: str) -> Iterator[Person]:
    """All people of all frames.

    Args:
        content: the file, of MATLAB's version 5 to 7.
        file: its name, for messages.

    Raises:
        InputError: it is no such file, or says of a person what cannot be.
    """
    parts = _variables(content, file)
    for part, split in SPLITS.items():
        if part not in parts:
            raise InputError(f"{file}: expected the variables {', '.join(SPLITS)}, {part} is missing")
        for position, frame in enumerate(_list(parts[part]), 1):
            where = f"{file}: {part}({position})"
            path = f"{_text(frame, 'folder', where)}/{_text(frame, 'filename', where)}"
            for number, person in enumerate(_list(frame.get("person")), 1):
                yield _person(person, split, path, number, f"{where}.person({number})")


def _variables(content: bytes, file: str) -> dict[str, Any]:
    """The variables as dictionaries, lists and arrays; functions in the file are not made callable, nothing is run."""
    if content[124:128] != b"\x00\x01IM":
        raise InputError(f"{file}: expected a MATLAB file of version 5 to 7: save it again with -v7")
    try:
        if _unpacked_size(content) > _MOST_UNPACKED:
            raise ValueError(f"it has more than {_MOST_UNPACKED:,} bytes when it is unpacked")
        return loadmat(io.BytesIO(content), simplify_cells=True, variable_names=list(SPLITS))
    # The reader raises almost anything for damaged files.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file} is damaged or cut short ({reason}): download it again") from error


def _unpacked_size(content: bytes) -> int:
    """Bytes of all variables, counted no further than needed to see that they are too many."""
    total, position = 0, _HEAD
    while position + 8 <= len(content) and total <= _MOST_UNPACKED:
        kind, size = struct.unpack_from("<II", content, position)
        packed, position = content[position + 8 : position + 8 + size], position + 8 + size
        if kind != _COMPRESSED:
            total += size
            continue
        unpacking = zlib.decompressobj()
        while packed and total <= _MOST_UNPACKED:
            total += len(unpacking.decompress(packed, 1 << 24))
            packed = unpacking.unconsumed_tail
    return total


def _person(person: Any, split: str, frame: str, number: int, where: str) -> Person:
    if not isinstance(person, Mapping):
        raise InputError(f"{where}: expected a structure, came {type(person).__name__}")
    # Several annotators looked at the people of val and test.
    together = person.get("combined_categories")
    if together is None:
        labels = person.get("annotations_categories")
        together = labels.get("categories") if isinstance(labels, Mapping) else None
    categories = tuple(str(word).strip() for word in _list(together))
    for word in categories:
        _check(word, CATEGORIES, f"{where}: categories")
    if not categories:
        raise InputError(f"{where}: expected categories, came none")
    gender, age = _text(person, "gender", where), _text(person, "age", where)
    _check(gender, GENDERS, f"{where}: gender")
    _check(age, AGES, f"{where}: age")
    return Person(split, frame, number, categories, gender, age, _box(person.get("body_bbox"), where))


def _box(value: Any, where: str) -> tuple[float, float, float, float]:
    try:
        left, top, right, bottom = (float(number) for number in np.asarray(value).reshape(-1))
    except (TypeError, ValueError):
        left = top = right = bottom = math.nan
    if not (left < right and top < bottom) or math.isinf(right - left) or math.isinf(bottom - top):
        raise InputError(f"{where}: body_bbox: expected x1 y1 x2 y2 in pixels, came {str(value)[:80]}")
    return left, top, right, bottom


def _check(word: str, known: tuple[str, ...], where: str) -> None:
    if word not in known:
        raise InputError(f"{where}: expected one of {', '.join(known)}, came {word[:80]!r}")


def _text(structure: Any, name: str, where: str) -> str:
    value = structure.get(name) if isinstance(structure, Mapping) else None
    if not isinstance(value, str) or not value:
        raise InputError(f"{where}: {name}: expected text, came {str(value)[:80]!r}")
    return value


def _list(value: Any) -> list[Any]:
    """Elements of a MATLAB array: the reader makes a single one of a list with one element."""
    if isinstance(value, np.ndarray | list | tuple):
        return list(value)
    return [] if value is None else [value]
