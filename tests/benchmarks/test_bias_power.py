"""The benchmark of the comparison, on made-up heads whose errors are known."""

import numpy as np
import pytest

from benchmarks import bias_power
from benchmarks.bias_power import CALIBRATION_RUNS, GAPS, Twins, audit, calibrated_shares, measure, true_gap, weaker
from fer_tf.errors import InputError


def twins_and_heads(heads, error_full=0.1, error_weak=0.4):
    """120 people of 10 pictures, three units; weak pictures are read wrong more often."""
    random = np.random.default_rng(1)
    subjects = np.repeat([f"p{n:03d}" for n in range(120)], 10)
    truth = (random.random((1200, 3)) < 0.3).astype(float)
    wrong = random.random((heads, 2, 1200, 3)) < np.array([error_full, error_weak])[:, None, None]
    return Twins(subjects, truth, truth), list((truth > 0) ^ wrong)


def test_the_power_of_large_gaps_is_seen_and_alarms_are_few():
    twins, decisions = twins_and_heads(CALIBRATION_RUNS + 20)
    metrics, intervals = measure(decisions, twins)
    assert metrics["runs"] == 20
    for gap in GAPS:
        assert metrics[f"true_gap/{gap:.2f}"] == pytest.approx(gap, abs=0.01)
    assert metrics["power/0.15"] > 0.9
    assert metrics["power/0.15"] >= metrics["power/0.05"]
    assert metrics["power"] == metrics["power/0.10"]
    assert metrics["false_alarms"] <= 0.12
    low, high = intervals["false_alarms"]
    assert low <= metrics["false_alarms"] <= high


def test_more_weak_pictures_make_a_larger_gap_and_none_no_gap():
    twins, (decided,) = twins_and_heads(1)
    gaps = [true_gap(decided, twins, share, 0) for share in (0, 0.3, 0.6, 1)]
    assert gaps[0] == 0
    assert gaps == sorted(gaps)
    chosen = [weaker(3, share, 1200, np.arange(1200) % 2 == 0) for share in (0.2, 0.5)]
    assert not (chosen[0] & ~chosen[1]).any()
    assert not chosen[1][1::2].any()


def test_an_audit_follows_from_its_run_and_division():
    twins, (decided,) = twins_and_heads(1)
    first, again, other = (audit(decided, twins, 0.0, 7, division) for division in (0, 0, 1))
    assert first == again
    assert first != other


def test_heads_that_read_weak_pictures_as_well_are_refused():
    twins, decisions = twins_and_heads(2, error_weak=0.1)
    with pytest.raises(InputError, match=r"weaker pictures throughout make a gap of .*: 0\.15 is needed"):
        calibrated_shares(decisions, twins, 0)


def test_the_rate_has_an_exact_interval():
    value, (low, high) = bias_power.rate([True] * 9 + [False])
    assert value == 0.9
    assert (low, high) == pytest.approx((0.555, 0.9975), abs=1e-3)
