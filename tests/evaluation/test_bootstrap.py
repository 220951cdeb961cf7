import numpy as np
import pytest

from fer_tf.evaluation.bootstrap import drop_intervals, score_intervals, subject_confusions

TWO = ("a", "b")


def test_subjects_are_counted_together_and_unknown_ones_alone():
    counts = subject_confusions([0, 1, 0, 1], [0, 0, 0, 1], np.array(["a", "a", "", ""]), 2)
    assert len(counts) == 3
    assert counts.sum() == 4
    assert sorted(counts.sum(axis=(1, 2)).tolist()) == [1, 1, 2]


def test_the_interval_of_an_accuracy_is_the_binomial_one():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 1000)
    predicted = np.where(random.random(1000) < 0.8, truth, 1 - truth)
    low, high = score_intervals(truth, predicted, np.full(1000, ""), TWO)["accuracy"]
    right = np.mean(truth == predicted)
    half = 1.96 * np.sqrt(right * (1 - right) / 1000)
    assert low == pytest.approx(right - half, abs=0.005)
    assert high == pytest.approx(right + half, abs=0.005)


def test_alike_images_of_one_subject_widen_the_interval():
    truth = np.zeros(400, int)
    predicted = np.repeat(np.arange(20) % 2, 20)  # a subject is all right or all wrong
    known = score_intervals(truth, predicted, np.repeat([f"s{i}" for i in range(20)], 20), TWO)["accuracy"]
    unknown = score_intervals(truth, predicted, np.full(400, ""), TWO)["accuracy"]
    assert known[1] - known[0] > 3 * (unknown[1] - unknown[0])


def test_few_subjects_give_no_interval_however_many_images():
    subjects = np.repeat([f"s{i}" for i in range(9)], 100)
    truth = np.arange(900) % 2
    intervals = score_intervals(truth, truth, subjects, TWO)
    assert np.isnan(intervals["accuracy"]).all()
    more = score_intervals(truth, truth, np.append(subjects[1:], "s9"), TWO)
    assert more["accuracy"] == (1, 1)


def test_every_class_has_an_interval():
    truth = np.repeat([0, 1], 50)
    predicted = np.where(np.arange(100) % 5, truth, 0)
    intervals = score_intervals(truth, predicted, np.full(100, ""), TWO)
    assert intervals["recall/a"] == (1, 1)
    low, high = intervals["recall/b"]
    assert low < 0.8 < high
    assert np.isnan(score_intervals(truth * 0, predicted, np.full(100, ""), TWO)["recall/b"]).all()


def test_the_same_seed_gives_the_same_interval():
    truth, predicted = np.arange(50) % 7, (np.arange(50) * 3 + np.arange(50) // 9) % 7
    first = score_intervals(truth, predicted, np.full(50, ""), "abcdefg", seed=3)
    assert first == score_intervals(truth, predicted, np.full(50, ""), "abcdefg", seed=3)
    assert first != score_intervals(truth, predicted, np.full(50, ""), "abcdefg", seed=4)


def test_the_interval_of_a_drop_is_paired():
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 1000)
    before = np.where(random.random(1000) < 0.7, truth, 1 - truth)
    after = np.where(random.random(1000) < 0.1, 1 - truth, before)  # some of the right ones become wrong
    unknown = np.full(1000, "")
    low, high = drop_intervals(truth, before, after, unknown, TWO)["accuracy"]
    differences = (before == truth).astype(float) - (after == truth)
    half = 1.96 * differences.std() / np.sqrt(1000)
    assert low == pytest.approx(differences.mean() - half, abs=0.003)
    assert high == pytest.approx(differences.mean() + half, abs=0.003)
    # As if they were other pictures it would be far wider.
    apart = [score_intervals(truth, predicted, unknown, TWO)["accuracy"] for predicted in (before, after)]
    assert high - low < 0.7 * np.hypot(*(high - low for low, high in apart))
    assert drop_intervals(truth, before, before, unknown, TWO)["recall/a"] == (0, 0)
    assert np.isnan(drop_intervals(truth[:9], before[:9], after[:9], unknown[:9], TWO)["accuracy"]).all()
