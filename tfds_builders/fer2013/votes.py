"""Reads FER+, the votes of ten annotators for each row of FER-2013.

Barsoum et al., "Training Deep Networks for Facial Expression Recognition with
Crowd-Sourced Label Distribution", ICMI 2016.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

FILE = "fer2013new.csv"
# The columns: the seven emotions carry the names of EMOTIONS, "NF" is "not a face".
ANSWERS = (*EMOTIONS, "contempt", "unknown", "NF")


def read_votes(path: Path, expected_rows: Mapping[str, int]) -> np.ndarray:
    """Reads the shares of the emotions in ``fer2013new.csv``.

    Args:
        path: the file.
        expected_rows: usage -> number of rows, in the order of the file.

    Returns:
        Float32 (rows, 7): for each row of ``fer2013.csv`` the share of its annotators
        who chose each emotion, in the order of ``EMOTIONS``. What is missing to a
        sum of 1 went to contempt, unknown or "not a face"; a row of zeros is one where
        nobody saw one of the seven.

    Raises:
        InputError: when the file is cut short, another table, or a row is invalid.
    """
    votes = read_counts(path, expected_rows)
    shares = votes / votes.sum(axis=1, keepdims=True)
    return shares[:, : len(EMOTIONS)].astype(np.float32)


def read_counts(path: Path, expected_rows: Mapping[str, int]) -> np.ndarray:
    """Reads ``fer2013new.csv``.

    Args:
        path: the file.
        expected_rows: usage -> number of rows, in the order of the file.

    Returns:
        Int32 (rows, 10): for each row of ``fer2013.csv`` how many annotators gave each of ``ANSWERS``.

    Raises:
        InputError: when the file is cut short, another table, or a row is invalid.
    """
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        table = csv.DictReader(file)
        missing = [name for name in ("Usage", *ANSWERS) if name not in (table.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: expected the FER+ table, the columns {', '.join(missing)} are missing")
        try:
            rows = list(table)
        except csv.Error as error:
            last = table.line_num - 1
            raise InputError(f"{path} is damaged after row {last} ({error}): download it again") from error
    expected_usages = [usage for usage, number in expected_rows.items() for _ in range(number)]
    if len(rows) != len(expected_usages):
        raise InputError(
            f"{path}: expected {len(expected_usages):,} rows, one for each of fer2013.csv, came {len(rows):,}: "
            "download it again, or take it away to build without votes"
        )
    votes = np.empty((len(rows), len(ANSWERS)), np.int32)
    for index, (row, usage) in enumerate(zip(rows, expected_usages, strict=True)):
        counts = [row[name] or "" for name in ANSWERS]
        are_counts = all(count.isdecimal() and len(count) <= 3 for count in counts)
        # csv puts cells beyond the header under None.
        if row["Usage"] != usage or not are_counts or not any(map(int, counts)) or None in row:
            came = ",".join(str(cell) for cell in row.values())
            raise InputError(
                f"{path}: row {index + 1}: expected {usage} and ten whole numbers, not all zero, came {came}: "
                "download it again, or take it away to build without votes"
            )
        votes[index] = [int(count) for count in counts]
    return votes
