import types

import numpy as np
import pytest

from benchmarks import audit_faults, audit_memory
from benchmarks.audit_planted import _Planter, compare
from fer_tf.data.audit.findings import Finding


def test_recall_and_precision_are_of_the_planted(monkeypatch):
    found = types.SimpleNamespace(
        findings=[Finding("dark", np.array([0, 1, 2, 3])), Finding("grey", np.array([5]))],
        collected=types.SimpleNamespace(ids=lambda numbers: [str(number) for number in numbers]),
    )
    metrics = compare(found, {"dark": {"0", "1", "2", "7", "8"}, "grey": {"5"}})
    assert metrics["dark_recall"] == pytest.approx(0.6)
    assert metrics["dark_precision"] == 0.75
    assert (metrics["grey_recall"], metrics["min_recall"], metrics["min_precision"]) == (1, pytest.approx(0.6), 0.75)


def test_votes_are_for_whom_they_should_be():
    planter = _Planter(1, np.random.default_rng(0))
    for low, high in ((0.6, 0.95), (0.3, 0.47)):
        votes = np.array([planter.votes(4, low, high) for _ in range(200)])
        assert (votes.argmax(axis=1) == 4).all()
        assert (votes.sum(axis=1) <= 1.0001).all()
        assert votes.max(axis=1).min() >= low
        assert votes.max(axis=1).max() <= high


@pytest.mark.parametrize("kind", audit_faults.PIXEL_FAULTS)
def test_faults_change_the_picture(kind):
    image = np.random.default_rng(1).integers(0, 256, (160, 160, 3), np.uint8)
    spoilt = audit_faults.PIXEL_FAULTS[kind](image, np.array([40.0, 40, 80, 80]), np.random.default_rng(2))
    assert spoilt.dtype == np.uint8
    assert spoilt.shape != image.shape or (spoilt != image).any()


def test_pictures_of_the_memory_benchmark_differ():
    images = [record["image"] for record in audit_memory.pictures(20, 1)]
    assert len(set(images)) == 20
