"""Scores of groups against plain computation, and what counts as help."""

import numpy as np
import pytest

from fer_tf.evaluation.predictions import Predictions
from fer_tf.studies.mitigation.scores import Strategy, compared, group_scores, table


def counts_of(recalls, images=100):
    """(7, D, 2) counts of these recalls (7, D)."""
    recalls = np.asarray(recalls, float)
    return np.stack([np.full(recalls.shape, images), recalls * images], axis=-1)


def test_gap_and_worst_group():
    recalls = np.full((7, 2), 0.8)
    recalls[2] = 0.9, 0.2
    found = group_scores(counts_of(recalls))
    assert float(found["worst_group_accuracy"]) == pytest.approx(0.2)
    assert float(found["gap"]) == pytest.approx(0.7 / 7)
    assert float(found["mean_class_accuracy"]) == pytest.approx((6 * 0.8 + 0.55) / 7)


def test_what_few_images_say_is_left_out():
    counts = counts_of(np.full((7, 2), 0.5))
    counts[0, 1] = 4, 0  # a recall of 0 of four images
    counts[1, 1] = 0, 0
    found = group_scores(counts)
    assert float(found["worst_group_accuracy"]) == pytest.approx(0.5)
    assert float(found["gap"]) == pytest.approx(0)
    assert np.isnan(float(group_scores(np.zeros((7, 2, 2)))["gap"]))


def predictions(random, truth, groups, right):
    """Right with another chance for each group."""
    chance = np.where(groups == "male", *right)
    said = np.where(random.random(len(truth)) < chance, truth, (truth + 1) % 7)
    ids = np.arange(len(truth)).astype(str)
    return Predictions(ids, (np.arange(len(truth)) // 10).astype(str), truth, np.eye(7)[said], {})


@pytest.fixture
def study():
    random = np.random.default_rng(0)
    truth, groups = np.arange(2800) % 7, np.where(random.random(2800) < 0.5, "male", "female")
    groups[:50] = ""
    chances = {"none": (0.9, 0.5), "adversarial": (0.8, 0.75), "coral": (0.9, 0.5)}
    return groups, {
        name: Strategy([predictions(random, truth, groups, right) for _ in range(3)], [10.0, 12.0, 14.0])
        for name, right in chances.items()
    }


def test_a_strategy_that_helps_is_told_from_one_that_does_not(study):
    groups, strategies = study
    found = compared(strategies, groups)
    assert "gap_cut" not in found["none"]
    assert found["none"]["gap"][0] == pytest.approx(0.4, abs=0.05)
    assert found["adversarial"]["gap_cut"][0] > 0.6
    assert found["adversarial"]["change/gap"][1][1] < 0
    low, high = found["coral"]["change/gap"][1]
    assert low < 0 < high
    change, (low, high) = found["adversarial"]["change/accuracy"]
    first, second = found["adversarial"]["accuracy"][0], found["none"]["accuracy"][0]
    assert change == pytest.approx(first - second)
    assert low < change < high


def test_the_table_has_a_line_for_each_strategy(study):
    groups, strategies = study
    lines = table(compared(strategies, groups), {name: one.seconds for name, one in strategies.items()}).splitlines()
    assert len(lines) == 2 + 3
    assert lines[3].startswith("| adversarial | 0.")
    assert lines[2].count(" - |") == 2, "none has nothing to be compared with"
    assert all(line.endswith("| 12 |") for line in lines[2:])
