import numpy as np
import pytest

from fer_tf.evaluation.scores import class_f1, class_precision, class_recall, confusion_matrix, flat_scores, scores

# By hand: class 0 occurs 4 times (3 right), class 1 twice (1 right), class 2 never.
TRUTH = np.array([0, 0, 0, 0, 1, 1])
PREDICTED = np.array([0, 0, 0, 1, 1, 2])


def test_confusion_matrix_has_truth_in_rows():
    assert confusion_matrix(TRUTH, PREDICTED, 3).tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_scores_by_hand():
    result = scores(confusion_matrix(TRUTH, PREDICTED, 3))
    assert result["accuracy"] == pytest.approx(4 / 6)
    assert result["mean_class_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    # F1: class 0 = 6/7, class 1 = 2/4; class 2 never occurs and is left out.
    assert result["macro_f1"] == pytest.approx((6 / 7 + 1 / 2) / 2)
    assert result["weighted_f1"] == pytest.approx((6 / 7 * 4 + 1 / 2 * 2) / 6)


def test_undefined_is_not_zero():
    confusion = confusion_matrix(TRUTH, PREDICTED, 3)
    assert np.isnan(class_recall(confusion)[2])
    assert np.isnan(class_f1(confusion)[2])
    assert class_precision(confusion)[2] == 0  # predicted once, wrongly
    assert np.isnan(class_precision(confusion_matrix(TRUTH, TRUTH, 3))[2])
    assert np.isnan(scores(np.zeros((3, 3)))["accuracy"])


def test_a_class_that_is_never_predicted_has_f1_zero():
    assert class_f1(confusion_matrix(np.array([0, 1]), np.array([0, 0]), 2)).tolist() == [pytest.approx(2 / 3), 0]


def test_many_matrices_at_once_agree_with_one_by_one():
    stack = np.random.default_rng(0).integers(0, 9, (5, 4, 4))
    together = scores(stack)
    for number, confusion in enumerate(stack):
        for name, value in scores(confusion).items():
            assert together[name][number] == pytest.approx(float(value))


def test_scores_agree_with_an_independent_count():
    random = np.random.default_rng(1)
    truth, predicted = random.integers(0, 7, 500), random.integers(0, 7, 500)
    recalls = [np.mean(predicted[truth == k] == k) for k in range(7)]
    result = scores(confusion_matrix(truth, predicted, 7))
    assert result["accuracy"] == pytest.approx(np.mean(truth == predicted))
    assert result["mean_class_accuracy"] == pytest.approx(np.mean(recalls))


def test_flat_scores_name_every_class():
    flat = flat_scores(confusion_matrix(TRUTH, PREDICTED, 3), "abc")
    assert flat["recall/a"] == pytest.approx(3 / 4)
    assert flat["precision/b"] == pytest.approx(1 / 2)
    assert flat["f1/b"] == pytest.approx(1 / 2)
    assert np.isnan(flat["recall/c"])
    assert set(scores(np.eye(3))) < set(flat)
