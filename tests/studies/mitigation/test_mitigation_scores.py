"""Scores of groups against plain computation, and what counts as help."""

import numpy as np
import pytest

from fer_tf.evaluation.predictions import Predictions
from fer_tf.studies.mitigation.scores import Strategy, compared, group_scores, table


def counts_of(recalls, images=100):
    """(2, 7, D, 2) counts of these recalls (7, D), the same in both halves."""
    recalls = np.asarray(recalls, float)
    return np.stack([np.stack([np.full(recalls.shape, images), recalls * images], axis=-1)] * 2)


def test_gap_and_worst_group():
    recalls = np.full((7, 2), 0.8)
    recalls[2] = 0.9, 0.2
    found = group_scores(counts_of(recalls))
    assert float(found["worst_group_accuracy"]) == pytest.approx(0.2)
    assert float(found["gap"]) == pytest.approx(0.7 / 7)
    assert float(found["mean_class_accuracy"]) == pytest.approx((6 * 0.8 + 0.55) / 7)
    assert float(found["accuracy"]) == pytest.approx((6 * 0.8 + 0.55) / 7)


def test_what_is_found_on_one_half_is_measured_on_the_other():
    counts = counts_of(np.full((7, 2), 0.5))
    counts[0, 3, 0, 1] = 0  # never right in the first half
    found = group_scores(counts)
    # Found in the first half, the worst group has 0.5 in the second; found in the second, it is any group there.
    assert float(found["worst_group_accuracy"]) == pytest.approx((0.5 + counts[0, 0, 0, 1] / 100) / 2)
    # Found in the first half the gap is 0 in the second; the second half has none, and its first group counts twice.
    assert float(found["gap"]) == pytest.approx(0)


def test_what_few_images_say_is_left_out():
    counts = counts_of(np.full((7, 2), 0.5))
    counts[0, 0, 1] = 4, 0  # a recall of 0 of four images
    counts[:, 1, 1] = 0, 0
    found = group_scores(counts)
    assert float(found["worst_group_accuracy"]) == pytest.approx(0.5)
    assert float(found["gap"]) == pytest.approx(0)
    assert np.isnan(float(group_scores(np.zeros((2, 7, 2, 2)))["gap"]))


@pytest.mark.parametrize(("right", "gap", "worst"), [((0.8, 0.8), 0.0, 0.8), ((0.9, 0.6), 0.3, 0.6)])
def test_the_intervals_hold_the_truth(right, gap, worst):
    """Sixty people, two groups: what is measured is neither drawn away from 0 nor from the worst recall."""
    random, inside = np.random.default_rng(4), []
    truth = np.arange(840) % 7
    groups = np.where(np.arange(840) // 14 % 2, "male", "female")
    for number in range(40):
        said = [predictions(random, truth, groups, right)]
        found = compared({"none": Strategy(said, [1.0])}, groups, seed=number)["none"]
        inside.append([low <= value <= high for value, (_, (low, high)) in ((gap, found["gap"]),)])
        inside[-1] += [found["worst_group_accuracy"][1][0] <= worst <= found["worst_group_accuracy"][1][1]]
    shares = np.mean(inside, axis=0)
    assert shares[0] >= 0.8
    assert shares[1] >= 0.9


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
