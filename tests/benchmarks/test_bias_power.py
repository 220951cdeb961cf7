"""The benchmark of the comparison, on made-up heads whose errors are known."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import bias_power
from benchmarks.bias_power import (
    CALIBRATION_RUNS,
    GAPS,
    Twins,
    audit,
    calibrated_shares,
    measure,
    trained_decisions,
    true_gap,
    weaker,
)
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
    assert metrics["false_alarms"] <= min(metrics["false_alarms/test"], metrics["false_alarms/interval"]) <= 0.12
    assert metrics["coverage/0.10"] > 0.7
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


@pytest.fixture
def pool():
    """40 people to train on and 120 to test, 5 pictures each, with features that tell the units."""
    random = np.random.default_rng(0)
    people = np.repeat([f"p{n:03d}" for n in range(160)], 5)
    labels = (random.random((800, 2)) < 0.4).astype(np.float32)
    features = (labels @ random.normal(size=(2, 6)) + 0.3 * random.normal(size=(800, 6))).astype(np.float16)

    class Pool:
        def __init__(self):
            self.features, self.labels, self.truth, self.digest = features, labels, labels, "digest"
            self.columns = {"subject_id": people}

        def rows_of(self, names):
            return np.flatnonzero(np.isin(people, names))

    return Pool()


def test_heads_are_trained_once_and_other_features_train_others(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(bias_power, "TRAINED_ON", 30)
    tested = np.arange(200, 800)
    decisions, seconds = trained_decisions(pool, tested, 0.5 * pool.features[tested], tmp_path, 2)
    assert decisions[0].shape == (2, 600, 2)
    assert (decisions[0] != decisions[1]).any()
    assert seconds > 0
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    again, same = trained_decisions(pool, tested, 0.5 * pool.features[tested], tmp_path, 2)
    assert (again[1] == decisions[1]).all()
    assert same == seconds
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == files
    trained_decisions(pool, tested, 0.4 * pool.features[tested], tmp_path, 1)
    assert len(list(tmp_path.rglob("*.npz"))) == 3


def test_the_command_prints_and_records(pool, tmp_path, monkeypatch, capsys):
    twins, decisions = twins_and_heads(CALIBRATION_RUNS + 3)
    pool.targets = SimpleNamespace(units=(1, 2, 4))
    record = tmp_path / "power.json"
    values = {"weights": "none", "data_dir": "d", "run_dir": str(tmp_path / "run"), "runs": 3, "record": str(record)}
    monkeypatch.setattr(bias_power, "FLAGS", SimpleNamespace(**values))
    monkeypatch.setattr(bias_power, "build_datasets", lambda folder: ("full", "weak"))
    monkeypatch.setattr(bias_power, "read_twins", lambda folders, cache: (pool, None, None, twins))
    monkeypatch.setattr(bias_power, "trained_decisions", lambda *arguments: (decisions, 12.0))
    bias_power.main([])
    assert "false_alarms" in capsys.readouterr().out
    entry = json.loads(record.read_text())
    assert {"power", "false_alarms", "true_gap/0.10", "coverage/0.05"} <= set(entry["metrics"])
    assert entry["labels"] == ["AU1", "AU2", "AU4"]
