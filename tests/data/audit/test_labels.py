import numpy as np
import pytest

from fer_tf.data.audit.labels import class_counts, consensus_facts, disagrees, keeps
from tests.data.audit.made import collected

VOTES = np.array(
    [
        [0.8, 0.2, 0, 0, 0, 0, 0],
        [0.5, 0.5, 0, 0, 0, 0, 0],
        [0.4, 0.3, 0.3, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],  # nobody saw one of the seven
        [np.nan] * 7,
    ],
    np.float32,
)


def test_four_of_eight_are_half_and_eight_of_ten_are_80_percent():
    assert keeps(VOTES, 0.5).tolist() == [True, True, False, False, False]
    assert keeps(VOTES, 0.8).tolist() == [True, False, False, False, False]


def test_a_tie_with_the_label_is_no_disagreement():
    assert disagrees(VOTES, np.array([0, 1, 1, 1, 1])).tolist() == [False, False, True, False, False]
    assert not disagrees(VOTES, np.full(5, -1)).any()


def test_shares_are_of_the_pictures_with_votes(tmp_path):
    facts = consensus_facts(collected(tmp_path, 5, votes=VOTES, emotion=[1, 1, 1, 1, 1]), 0.4)
    assert facts["with_votes"] == 4
    assert facts["disagreement"] == pytest.approx(0.5)
    kept = {name: value for name, value in facts.items() if name.startswith("kept_at")}
    assert kept == {"kept_at_0.40": 0.75, "kept_at_0.50": 0.5, "kept_at_0.80": 0.25}
    assert facts["kept_and_agreeing_at_0.40"] == 0.25
    assert consensus_facts(collected(tmp_path, 2), 0.5) == {}


def test_classes_are_counted_by_split(tmp_path):
    made = collected(tmp_path, 5, emotion=[0, 0, 6, -1, 3], split=["train", "train", "train", "test", "test"])
    assert class_counts(made).tolist() == [[2, 0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 0, 0, 0]]
