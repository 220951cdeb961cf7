"""Action units in tables: levels, columns, cells."""

import numpy as np
import pytest

from fer_tf.data.action_units import presence
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, FACS_LEVELS
from tfds_builders.source.tables import csv_rows
from tfds_builders.source.units import level_intensity, unit_cell, unit_columns, units_vector


def test_levels_lie_inside_their_ranges_and_two_or_more_is_present():
    stored = [level_intensity(level) for level in range(6)]
    assert stored == [0, 0.075, 0.225, 0.45, 0.75, 0.95]
    for value, low, high in zip(stored[1:], (0, *FACS_LEVELS.values()), FACS_LEVELS.values(), strict=False):
        assert low < value < high
    assert presence(np.array(stored)).tolist() == [0, 0, 1, 1, 1, 1]


def test_a_vector_has_the_units_of_the_record():
    coded = units_vector({12: 0.5, 13: 0.9, 1: 0.1}, others=0.0)
    assert coded.shape == (24,)
    assert {unit: value for unit, value in zip(ACTION_UNITS, coded.tolist(), strict=True) if value} == pytest.approx(
        {1: 0.1, 12: 0.5}
    )
    assert np.isnan(units_vector({12: 0.5})).sum() == 23


def test_columns_and_cells():
    rows = list(csv_rows(b"path,AU1,au04,AUX,AU100\nx,,0.5,,\ny,c,1,,\n", "t.csv"))
    columns = unit_columns(rows[0].cells, "t.csv")
    assert columns == {"AU1": 1, "au04": 4}
    values = [[unit_cell(row, column) for column in columns] for row in rows]
    np.testing.assert_array_equal(values, [[np.nan, 0.5], [0.45, 1]])
    with pytest.raises(InputError, match=r"t\.csv: expected one column for each action unit, came several for AU4"):
        unit_columns(("AU4", "AU04"), "t.csv")


@pytest.mark.parametrize("value", ["F", "1.1", "-1", "nan", "yes"])
def test_cells_that_cannot_be_are_named(value):
    (row,) = csv_rows(f"AU1,b\n{value},\n".encode(), "t.csv")
    with pytest.raises(InputError, match=rf"t\.csv: line 2: AU1: expected a number 0\.\.1, a FACS .*'{value}'"):
        unit_cell(row, "AU1")
