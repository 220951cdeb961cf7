"""Action units as datasets write them: FACS levels, columns of tables."""

import math
import re
from collections.abc import Iterable, Mapping

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, FACS_LEVELS
from tfds_builders.source.tables import Row

# Numbers have two digits in FACS, those of head, eyes and visibility included.
LARGEST_UNIT = 99
_COLUMN = re.compile(r"AU0?(\d{1,2})", re.IGNORECASE)
_ENDS = (0.0, *FACS_LEVELS.values())
_MIDDLES = tuple(round((low + high) / 2, 3) for low, high in zip((0.0, *_ENDS[:-1]), _ENDS, strict=True))


def level_intensity(level: int) -> float:
    """The intensity that is stored for a FACS level: the middle of its range in ``labels.FACS_LEVELS``.

    Args:
        level: 0 absent, 1 to 5 for A to E.

    Returns:
        0, 0.075, 0.225, 0.45, 0.75 or 0.95.
    """
    return _MIDDLES[level]


def units_vector(intensities: Mapping[int, float], others: float = math.nan) -> np.ndarray:
    """``action_units`` of a record.

    Args:
        intensities: FACS number -> 0..1 or NaN; numbers that are none of ``labels.ACTION_UNITS`` are left out.
        others: of the units that are not given: NaN where nobody looked, 0 where they are coded as absent.

    Returns:
        float32 (24,).
    """
    return np.array([intensities.get(unit, others) for unit in ACTION_UNITS], np.float32)


def unit_columns(columns: Iterable[str], file: str) -> dict[str, int]:
    """The columns of a table that are called AU1, AU2 … (or au01), with their FACS numbers.

    Args:
        columns: all columns of the table.
        file: its name, for messages.

    Raises:
        InputError: two columns are of one unit.
    """
    found: dict[str, int] = {}
    for column in columns:
        match = _COLUMN.fullmatch(column)
        if not match:
            continue
        if int(match[1]) in found.values():
            raise InputError(f"{file}: expected one column for each action unit, came several for AU{int(match[1])}")
        found[column] = int(match[1])
    return found


def unit_cell(row: Row, column: str) -> float:
    """Intensity in a cell: 0..1, or a FACS level A to E, whose middle it is; NaN where the cell is empty.

    Raises:
        InputError: it is neither.
    """
    text = row.text(column, "").upper()
    if not text:
        return math.nan
    if text in FACS_LEVELS:
        return level_intensity(1 + list(FACS_LEVELS).index(text))
    try:
        return row.number(column, 0, 1)
    except InputError as error:
        raise row.error(column, "a number 0..1, a FACS level A to E, or nothing") from error
