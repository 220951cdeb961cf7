"""predictions.csv of action units: what was true, how strongly, and what the model said."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_tf.data.action_units import presence, unit_columns
from fer_tf.errors import InputError
from fer_tf.evaluation.predictions import group_words
from fer_tf.labels import ACTION_UNITS, GROUPS, unit_names


@dataclasses.dataclass(frozen=True)
class ActionUnitPredictions:
    """A model's output on images.

    Attributes:
        units: FACS number of each column.
        image_id: text (N,).
        subject_id: text (N,), ``""`` where unknown.
        intensity: float (N, U), 0..1, NaN where there is no label.
        probabilities: float (N, U), that the unit is present.
        groups: column name -> text (N,), ``""`` where unknown.
    """

    units: tuple[int, ...]
    image_id: np.ndarray
    subject_id: np.ndarray
    intensity: np.ndarray
    probabilities: np.ndarray
    groups: dict[str, np.ndarray]

    @property
    def truth(self) -> np.ndarray:
        """Present (1), absent (0) or missing (NaN), float (N, U)."""
        return presence(self.intensity)


def from_columns(
    columns: dict[str, np.ndarray], probabilities: np.ndarray, units: Sequence[int]
) -> ActionUnitPredictions:
    """Joins a dataset's columns (``data.scoring.scoring_batches``) with a model's output."""
    intensity = columns["action_units"][:, unit_columns(units)]
    return ActionUnitPredictions(
        tuple(units), columns["image_id"], columns["subject_id"], intensity, probabilities, group_words(columns)
    )


def write_predictions(predictions: ActionUnitPredictions, path: Path) -> None:
    """Writes the CSV: image_id, subject_id, for each unit ``AU12`` (1, 0 or empty), ``intensity_AU12`` and
    ``probability_AU12``, then the groups as words.
    """
    names = unit_names(predictions.units)
    blocks = {"": predictions.truth, "intensity_": predictions.intensity, "probability_": predictions.probabilities}
    table = {"image_id": predictions.image_id, "subject_id": predictions.subject_id}
    table |= {start + name: values[:, i] for start, values in blocks.items() for i, name in enumerate(names)}
    pd.DataFrame(table | predictions.groups).to_csv(path, index=False, float_format="%.6g")


def read_predictions(path: Path) -> ActionUnitPredictions:
    """Reads what ``write_predictions`` wrote; another tool may leave the intensities out.

    Raises:
        InputError: no such file, no unit with truth and probability, or a value out of range.
    """
    if not Path(path).is_file():
        raise InputError(f"predictions {path} do not exist: evaluate.py writes them into the run directory")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    names = dict(zip(ACTION_UNITS, unit_names(ACTION_UNITS), strict=True))
    units = tuple(unit for unit, name in names.items() if {name, f"probability_{name}"} <= set(table))
    if "image_id" not in table or not units:
        raise InputError(f"predictions {path} lack columns: expected image_id, and AU1 and probability_AU1 or another")
    truth, probabilities = (_numbers(table, start, units, path) for start in ("", "probability_"))
    if np.isnan(probabilities).any():
        raise InputError(f"predictions {path} lack a probability: every image needs one of every unit")
    stored = [f"intensity_{name}" in table for name in unit_names(units)]
    intensity = _numbers(table, "intensity_", units, path) if all(stored) else truth
    empty = pd.Series([""] * len(table))
    return ActionUnitPredictions(
        units,
        table["image_id"].to_numpy(str),
        table.get("subject_id", empty).to_numpy(str),
        intensity,
        probabilities,
        {name: table.get(name, empty).to_numpy(str) for name in GROUPS},
    )


def _numbers(table: pd.DataFrame, start: str, units: Sequence[int], path: Path) -> np.ndarray:
    """Columns of the units, float64 (N, U), NaN where empty."""
    columns = [start + name for name in unit_names(units)]
    try:
        values = table[columns].replace("", "nan").to_numpy(np.float64)
    except ValueError as error:
        raise InputError(f"predictions {path} hold in {columns[0]} or a column like it no number: {error}") from error
    if ((values < 0) | (values > 1)).any():
        raise InputError(f"predictions {path} hold in {columns[0]} or a column like it a value outside 0..1")
    return values
