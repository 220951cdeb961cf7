import numpy as np
import pytest

from fer_tf.evaluation.paired import HIGHER, LOWER, NO_CHANGE, TOO_FEW, paired_changes
from fer_tf.evaluation.scores import divide

PEOPLE = np.repeat(np.arange(40), 5).astype(str)


def share(sums):
    return divide(sums[..., 0], sums[..., 1])


def contributions(right):
    return np.stack([right, np.ones(len(right))], axis=1)


def changes(before, after, groups):
    rows = paired_changes(contributions(before), contributions(after), share, groups, PEOPLE, resamples=400)
    return {row["group"]: row for row in rows}


def test_each_group_is_told_its_own_change():
    random = np.random.default_rng(0)
    before = random.random(200) < 0.6
    group = np.where(np.arange(200) < 100, "one", "other")
    after = np.where(group == "one", before & (random.random(200) < 0.7), before | (random.random(200) < 0.6))
    found = changes(before, after, {"side": group})
    assert (found["one"]["found"], found["other"]["found"]) == (LOWER, HIGHER)
    assert (found["one"]["n"], found["one"]["people"]) == (100, 20)
    for name, mask in (("all", np.ones(200, bool)), ("one", group == "one"), ("other", group == "other")):
        row = found[name]
        assert row["before"] == pytest.approx(before[mask].mean())
        assert row["change"] == pytest.approx(after[mask].mean() - before[mask].mean())
        assert row["change_low"] <= row["change"] <= row["change_high"]
        # Paired, a change is known better than the scores that it lies between.
        assert row["change_high"] - row["change_low"] < 2 * (row["before_high"] - row["before_low"])


def test_the_same_predictions_have_not_changed():
    before = np.random.default_rng(1).random(200) < 0.6
    (row,) = changes(before, before, {"side": np.full(200, "")}).values()
    assert (row["found"], row["change"], row["p_adjusted"]) == (NO_CHANGE, 0, 1)


def test_few_people_and_undefined_scores_are_not_judged():
    before = np.ones(200)
    after = np.where(np.arange(200) < 20, 0, 1)
    group = np.where(np.arange(200) < 20, "few", "many")
    found = changes(before, after, {"side": group})
    assert found["few"]["found"] == TOO_FEW
    assert found["few"]["change"] == -1
    assert np.isnan([found["few"][name] for name in ("change_low", "p_value", "p_adjusted")]).all()
    nothing = np.zeros((200, 2))
    (row, *_) = paired_changes(nothing, nothing, share, {}, PEOPLE, resamples=100)
    assert np.isnan(row["before"])
    assert row["found"] == TOO_FEW
