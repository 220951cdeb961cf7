"""Who is trained on and who is tested on, where a dataset does not say."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from fer_tf.errors import InputError
from fer_tf.labels import AGE_GROUPS, GENDERS, SKIN_TONES
from tfds_builders.source.tables import csv_rows, once

# Paper C divides 80:10:10.
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
_SIZE = 200 << 20


def subject_split(dataset: str, subject: str, shares: Mapping[str, float] = SHARES) -> str:
    """The split of a person, the same for everyone who builds the dataset, whatever else is in it.

    The rule: the first eight bytes of the SHA-256 of ``DATASET/SUBJECT``, read as a big-endian fraction of 2**64, falls
    into the splits' shares, laid out one after the other.

    Args:
        dataset: its name.
        subject: the person, or whatever must not be on two sides: a video, a film.
        shares: split -> its share; they sum to 1.
    """
    position = int.from_bytes(hashlib.sha256(f"{dataset}/{subject}".encode()).digest()[:8], "big") / 2**64
    for split, share in shares.items():
        position -= share
        if position < 0:
            return split
    return list(shares)[-1]


def read_split_file(path: str | Path) -> tuple[str, dict[str, str]]:
    """A user's own splits.

    Args:
        path: CSV with ``split`` and either ``subject_id`` or ``image_id``, as ``fer_tf.audit`` writes it.

    Returns:
        (column, its value -> split).

    Raises:
        InputError: it is no such file, or puts something into two splits.
    """
    content = _content(path)
    found: dict[str, str] = {}
    column = ""
    for row in csv_rows(content, str(path), ("split",)):
        column = column or next((name for name in ("image_id", "subject_id") if name in row.cells), "")
        if not column:
            raise InputError(f"{path}: expected the column subject_id or image_id beside split")
        key, split = row.text(column), row.text("split")
        if not split.isidentifier():
            raise row.error("split", "a name such as train, validation or test")
        if found.setdefault(key, split) != split:
            raise InputError(f"{path}: line {row.line}: {column} {key!r} is in {found[key]} already")
    if not found:
        raise InputError(f"{path}: expected rows with split and subject_id or image_id, came none")
    return column, found


def read_subjects(path: str | Path) -> dict[str, dict[str, int]]:
    """Attributes of people that the dataset itself does not give.

    Args:
        path: CSV with ``subject_id`` and any of ``gender`` (female, male), ``skin_tone`` (Monk scale 1..10) and
            ``age_group``; empty cells are unknown.

    Returns:
        Subject -> fields for ``record.make_record``.

    Raises:
        InputError: it is no such file, a value is unknown, or a person stands there twice.
    """
    words: dict[str, Sequence[str]] = {"gender": GENDERS, "age_group": AGE_GROUPS}
    found: dict[str, dict[str, int]] = {}
    for row in once(csv_rows(_content(path), str(path), ("subject_id",)), "subject_id"):
        subject = row.text("subject_id")
        known = {name: row.position(name, values) for name, values in words.items()}
        if row.cells.get("skin_tone"):
            known["skin_tone"] = row.integer("skin_tone", SKIN_TONES[0], SKIN_TONES[-1])
        found[subject] = {name: value for name, value in known.items() if value >= 0}
    return found


def _content(path: str | Path) -> bytes:
    path = Path(path).expanduser()
    if not path.is_file():
        raise InputError(f"{path}: expected a CSV file, there is none")
    if path.stat().st_size > _SIZE:
        raise InputError(f"{path}: expected a CSV file of at most {_SIZE >> 20} MiB")
    return path.read_bytes()
