"""The comparison of two groups: against slow versions, and what it must never do."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.evaluation.group_difference import Difference, unit_difference


def slow_macro_f1(truth, predicted, units):
    """By loops over units and images."""
    scores = []
    for unit in units:
        hit = false = missed = 0
        for t, p in zip(truth[:, unit], predicted[:, unit], strict=True):
            if np.isnan(t):
                continue
            hit, false, missed = hit + (t and p), false + (not t and p), missed + (t and not p)
        scores.append((2 * hit / (2 * hit + false + missed), hit + missed))
    f1, weight = np.array(scores).T
    return f1.mean(), np.average(f1, weights=weight)


@pytest.fixture
def people():
    """40 people of 8 images and three units, the last of which only the first group shows."""
    random = np.random.default_rng(3)
    subjects = np.repeat([f"p{n:02d}" for n in range(40)], 8)
    group = np.repeat(np.arange(40) % 2 == 0, 8)
    truth = (random.random((320, 3)) < (0.4, 0.2, 0.1)).astype(float)
    truth[~group, 2] = 0
    truth[random.random((320, 3)) < 0.1] = np.nan
    predicted = np.where(random.random((320, 3)) < 0.15, 1 - np.nan_to_num(truth), np.nan_to_num(truth)) > 0
    return truth, predicted, subjects, group


def test_the_difference_is_that_of_the_slow_loop_over_units_that_both_show(people):
    truth, predicted, _, group = people
    found = unit_difference(*people, resamples=100)
    first, second = (slow_macro_f1(truth[rows], predicted[rows], (0, 1)) for rows in (group, ~group))
    assert found["macro_f1"].value == pytest.approx(first[0] - second[0])
    assert found["weighted_f1"].value == pytest.approx(first[1] - second[1])


def test_swapped_groups_swap_the_sign(people):
    truth, predicted, subjects, group = people
    there, back = (unit_difference(truth, predicted, subjects, g, resamples=1000)["macro_f1"] for g in (group, ~group))
    assert there.value == pytest.approx(-back.value)
    assert there.p_value == pytest.approx(back.p_value, abs=0.06)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=0.02)


def test_a_group_that_is_read_worse_is_found_and_an_equal_one_is_not(people):
    truth, predicted, subjects, group = people
    truth, predicted = truth[:, :2], predicted[:, :2]
    assert not unit_difference(truth, predicted, subjects, group)["macro_f1"].found
    random = np.random.default_rng(0)
    worse = np.where((random.random(predicted.shape) < 0.3) & ~group[:, None], ~predicted, predicted)
    found = unit_difference(truth, worse, subjects, group)["macro_f1"]
    assert found.found
    assert 0 < found.low < found.value < found.high
    assert found.p_value < 0.01


def test_whole_people_are_compared_and_not_pictures():
    # Everybody is read all right or all wrong: many pictures of few people must not make a difference certain.
    subjects = np.repeat([f"p{n:02d}" for n in range(24)], 200)
    right = np.repeat(np.tile([True, False, False, True, True, False], 4), 200)
    group = np.repeat(np.arange(24) < 11, 200)
    truth = np.tile([[1.0], [0.0]], (2400, 1))
    predicted = np.where(right[:, None], truth > 0, truth == 0)
    found = unit_difference(truth, predicted, subjects, group)["macro_f1"]
    assert abs(found.value) > 0.02
    assert not found.found


def test_few_people_have_a_difference_and_no_interval(people):
    truth, predicted, subjects, group = people
    few = np.isin(subjects, [f"p{n:02d}" for n in range(18)])
    found = unit_difference(truth[few], predicted[few], subjects[few], group[few])["macro_f1"]
    assert np.isfinite(found.value)
    assert np.isnan([found.low, found.high, found.p_value]).all()
    assert not found.found


def test_what_is_undefined_is_not_found(people):
    _, predicted, subjects, group = people
    # The two groups have no unit in common.
    truth = np.stack([group, ~group], axis=1).astype(float)
    found = unit_difference(truth, predicted[:, :2], subjects, group, resamples=100)["macro_f1"]
    assert np.isnan([found.value, found.p_value]).all()
    assert not found.found
    assert not found.tested


def test_both_test_and_interval_must_agree():
    assert Difference(0.1, 0.01, 0.2, 0.003).found
    assert Difference(-0.1, -0.2, -0.01, 0.003).found
    assert not Difference(0.1, 0.01, 0.2, 0.02).found
    assert not Difference(0.1, -0.01, 0.2, 0.003).found


def test_what_cannot_be_compared_is_refused(people):
    truth, predicted, subjects, group = people
    with pytest.raises(InputError, match="one of the two groups has no image"):
        unit_difference(truth, predicted, subjects, np.ones(320, bool))
    torn = group.copy()
    torn[0] = ~torn[0]
    with pytest.raises(InputError, match="subject p00 is in both groups"):
        unit_difference(truth, predicted, subjects, torn)
