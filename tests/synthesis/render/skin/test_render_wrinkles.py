import numpy as np
import pytest

from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.skin import texture_space as space
from fer_tf.synthesis.render.skin.wrinkles import DARKEST, expression_marks, mark_regions, resting_marks
from fer_tf.synthesis.render.spec import Expression

ONLY_MOVING = (5, 25, 26)
MARKING = tuple(unit for unit in ACTION_UNITS if unit not in ONLY_MOVING)


def left_and_right(values):
    x, _ = space.grids()
    return np.abs(values[x < -0.07]).sum(), np.abs(values[x > 0.07]).sum()


def test_no_expression_leaves_no_marks(person):
    darkening, height = expression_marks(person(), Expression(dict.fromkeys(ACTION_UNITS, 0.0)))
    assert darkening.shape == height.shape == (560, 400)
    assert darkening.dtype == height.dtype == np.float32
    assert not darkening.any()
    assert not height.any()


@pytest.mark.parametrize("unit", MARKING)
def test_marks_grow_with_intensity(person, unit):
    sums = [expression_marks(person(), Expression({unit: value}))[0].sum() for value in (0.25, 0.5, 1.0)]
    assert 0 < sums[0] < sums[1] < sums[2]
    depths = [np.abs(expression_marks(person(), Expression({unit: value}))[1]).max() for value in (0.5, 1.0)]
    assert depths[0] < depths[1] < 0.05


@pytest.mark.parametrize("unit", MARKING)
def test_marks_are_symmetric_or_one_sided(person, unit):
    whole = expression_marks(person(), Expression({unit: 1.0}))
    left = expression_marks(person(), Expression({unit: 1.0}, {unit: -1.0}))
    right = expression_marks(person(), Expression({unit: 1.0}, {unit: 1.0}))
    for both, one, other in zip(whole, left, right, strict=True):
        np.testing.assert_allclose(both[:, 1:], both[:, :0:-1], atol=1e-5)
        np.testing.assert_allclose(one + other, both, atol=1e-5)
        assert left_and_right(one)[1] == 0
        assert left_and_right(other)[0] == 0


@pytest.mark.parametrize("unit", ONLY_MOVING)
def test_some_units_only_move(person, unit):
    assert not expression_marks(person(), Expression({unit: 1.0}))[0].any()
    assert not mark_regions()[ACTION_UNITS.index(unit)].any()


def test_age_deepens_marks(person):
    young, old = (expression_marks(person(age=age), Expression({12: 0.3}))[0].max() for age in (20.0, 80.0))
    assert old == pytest.approx(young * 1.30 / 0.75, rel=1e-4)


def test_rest_shows_lines_in_old_faces_only(person):
    assert resting_marks(person(age=16.0))[0].max() < 0.1
    assert resting_marks(person(age=80.0))[0].max() > 0.3


def test_all_units_together_stay_in_range(person):
    darkening, height = expression_marks(person(age=85.0), Expression(dict.fromkeys(ACTION_UNITS, 1.0)))
    assert darkening.max() <= DARKEST
    assert darkening.min() >= 0
    assert np.isfinite(height).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_regions_hold_all_that_a_unit_marks(person, seed):
    regions = mark_regions()
    assert regions.shape == (24, 560, 400)
    assert regions.dtype == np.float32
    assert set(np.unique(regions)) == {0.0, 1.0}
    for unit in MARKING:
        region = regions[ACTION_UNITS.index(unit)]
        for values in expression_marks(person(seed, age=85.0), Expression({unit: 1.0})):
            assert not values[region == 0].any()
        assert 0.001 < region.mean() < 0.15


def test_marks_lie_where_the_muscle_pulls():
    rows = {unit: np.average(space.grids()[1], weights=mark_regions()[ACTION_UNITS.index(unit)]) for unit in MARKING}
    assert rows[1] < rows[4] < rows[6] < rows[12] < rows[17]
