"""Means and gains over seeds and images: against plain computation, and their intervals against simulated truth."""

import numpy as np
import pytest

from fer_tf.evaluation.cells import gains, mean_scores
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import confusion_matrix, flat_scores
from fer_tf.labels import EMOTIONS


def predictions(truth, predicted, people=None):
    count = len(truth)
    people = np.arange(count) if people is None else people
    return Predictions(
        np.arange(count).astype(str), people.astype(str), truth, np.eye(7)[predicted], {"disguise": np.full(count, "")}
    )


def guesses(random, truth, right):
    """Right in a share of the images; the others are any emotion."""
    return np.where(random.random(len(truth)) < right, truth, random.integers(0, 7, len(truth)))


@pytest.fixture
def seeds():
    random = np.random.default_rng(0)
    truth = random.integers(0, 7, 400)
    before = [predictions(truth, guesses(random, truth, 0.4)) for _ in range(3)]
    after = [predictions(truth, guesses(random, truth, 0.6)) for _ in range(3)]
    return before, after


def plain(found):
    return flat_scores(confusion_matrix(found.truth, found.predicted, 7), EMOTIONS)


def test_means_are_those_of_the_seeds(seeds):
    before, _ = seeds
    found = mean_scores(before)
    for name in ("accuracy", "mean_class_accuracy", "macro_f1", "recall/fear"):
        assert found[name][0] == pytest.approx(np.mean([plain(one)[name] for one in before]))
        low, high = found[name][1]
        assert low < found[name][0] < high


def test_gains_are_differences_paired_by_seed(seeds):
    before, after = seeds
    found = gains(before, after)
    for name in ("accuracy", "mean_class_accuracy", "recall/anger"):
        expected = np.mean([plain(b)[name] - plain(a)[name] for a, b in zip(before, after, strict=True)])
        assert found[name][0] == pytest.approx(expected)
    assert found["accuracy"][1][0] > 0
    same = gains(before, before)
    assert same["accuracy"] == (0, (0, 0)), "nothing changes between a model and itself"


def test_a_class_that_does_not_occur_is_undefined():
    truth = np.zeros(50, int)
    found = mean_scores([predictions(truth, truth), predictions(truth, truth)])
    assert np.isnan(found["recall/fear"][0])
    assert found["mean_class_accuracy"][0] == 1


def test_the_interval_covers_the_true_gain():
    """Models differ by seed, images are drawn anew: the mean of all such gains lies inside."""
    random = np.random.default_rng(1)
    inside = 0
    for _ in range(100):
        truth = random.integers(0, 7, 200)
        before = [predictions(truth, guesses(random, truth, 0.4 + s)) for s in random.normal(0, 0.03, 3)]
        after = [predictions(truth, guesses(random, truth, 0.5 + s)) for s in random.normal(0, 0.03, 3)]
        low, high = gains(before, after, resamples=200)["accuracy"][1]
        inside += low <= 0.1 * 6 / 7 <= high
    assert inside >= 92


def test_pictures_of_one_person_are_drawn_together():
    random = np.random.default_rng(2)
    people = np.repeat(np.arange(20), 20)
    truth = np.tile(np.arange(7), 58)[:400]
    # Each person is read well or not at all.
    predicted = np.where(random.random(20)[people] < 0.5, truth, (truth + 1) % 7)
    of_people = mean_scores([predictions(truth, predicted, people)])["accuracy"][1]
    of_images = mean_scores([predictions(truth, predicted)])["accuracy"][1]
    assert of_people[1] - of_people[0] > 3 * (of_images[1] - of_images[0])
