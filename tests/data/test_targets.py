import numpy as np
import pytest

from fer_tf.data.targets import TargetOptions, class_weights, soft_target
from fer_tf.errors import InputError

NO_VOTES = np.full((1, 7), np.nan, np.float32)
VOTES = np.array([[0, 0, 2, 0, 6, 2, 0]], np.float32)


def test_hard_labels_without_smoothing_are_one_hot():
    target = soft_target(np.array([2]), VOTES, TargetOptions(label_smoothing=0)).numpy()
    assert target.tolist() == [[0, 0, 1, 0, 0, 0, 0]]


def test_smoothing_spreads_its_share_evenly():
    target = soft_target(np.array([2]), NO_VOTES, TargetOptions(label_smoothing=0.7)).numpy()[0]
    assert target[0] == pytest.approx(0.1)
    assert target[2] == pytest.approx(0.3 + 0.1)
    assert target.sum() == pytest.approx(1)


def test_votes_and_label_are_mixed_by_weight():
    options = TargetOptions(loss="soft_labels", label_smoothing=0, votes_weight=0.5)
    target = soft_target(np.array([2]), VOTES, options).numpy()[0]
    assert target[2] == pytest.approx(0.5 + 0.5 * 0.2)
    assert target[4] == pytest.approx(0.5 * 0.6)
    assert target.sum() == pytest.approx(1)


@pytest.mark.parametrize("votes", [NO_VOTES, np.zeros((1, 7), np.float32)])
def test_without_votes_the_label_stands(votes):
    target = soft_target(np.array([3]), votes, TargetOptions(loss="soft_labels", label_smoothing=0)).numpy()
    assert target.tolist() == [[0, 0, 0, 1, 0, 0, 0]]


def test_full_class_weights_balance_the_classes():
    counts = np.array([100, 10, 0, 50, 50, 20, 20])
    weights = class_weights(counts, 1.0)
    balanced = (weights * counts)[counts > 0]
    assert balanced == pytest.approx(np.full(6, balanced[0]))
    assert weights[2] == 0
    assert (weights * counts).sum() == pytest.approx(counts.sum())


def test_power_zero_weighs_all_alike():
    assert class_weights(np.array([5, 1, 1, 1, 1, 1, 1]), 0.0) == pytest.approx(np.ones(7))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "hinge"}, "loss is 'hinge': choose one of cross_entropy, class_weighted, soft_labels"),
        ({"label_smoothing": 1.5}, r"label_smoothing is 1.5: it must lie in 0..1"),
        ({"votes_weight": -1}, r"votes_weight is -1: it must lie in 0..1"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        TargetOptions(**options)
