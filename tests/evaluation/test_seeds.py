import numpy as np
import pytest
from scipy import stats

from fer_tf.evaluation.seeds import mean_interval


def test_the_interval_is_students():
    values = [0.3, 0.5, 0.45, 0.6]
    middle, interval = mean_interval(values)
    assert middle == pytest.approx(np.mean(values))
    assert interval == pytest.approx(stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values)))
    assert mean_interval([*values, float("nan")]) == (middle, interval)


def test_one_value_has_no_interval_and_none_no_mean():
    middle, interval = mean_interval([0.4])
    assert middle == 0.4
    assert np.isnan(interval).all()
    middle, interval = mean_interval([float("nan")])
    assert np.isnan([middle, *interval]).all()
