"""Group scores against a slow bootstrap, intersections, tests and verdicts."""

import numpy as np
import pandas as pd
import pytest

from fer_tf.evaluation import groups
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.calibration import reliability
from fer_tf.evaluation.group_cells import CROSS, cells, people_in, people_in_rest
from fer_tf.evaluation.groups import group_scores, holm, unit_group_scores
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import confusion_matrix, scores

PEOPLE, EACH = 40, 6


def simulated(gap=0.0, people=PEOPLE, seed=0, named=True):
    random = np.random.default_rng(seed)
    subject = np.repeat(np.arange(people), EACH)
    truth = random.integers(0, 7, len(subject))
    right = random.random(len(subject)) < 0.75 - gap * (subject % 2)
    answer = np.where(right, truth, (truth + random.integers(1, 7, len(subject))) % 7)
    probabilities = random.dirichlet(np.ones(7), len(subject)) * 0.4
    probabilities[np.arange(len(subject)), answer] += 0.6
    columns = {
        "gender": np.where(subject % 2, "male", "female"),
        "skin_tone": np.where(subject % 10 < 9, (1 + subject % 3).astype(str), ""),
        "age_group": np.full(len(subject), ""),
        "disguise": np.full(len(subject), "none"),
    }
    ids = np.arange(len(subject)).astype(str)
    names = np.char.add("s", subject.astype(str)) if named else np.full(len(subject), "")
    return Predictions(ids, names, truth, probabilities, columns)


def row(table, group, metric="accuracy", column=None):
    chosen = (table["group"] == group) & (table["metric"] == metric)
    (found,) = table[chosen if column is None else chosen & (table["column"] == column)].to_dict("records")
    return found


def test_values_and_differences_are_those_of_the_rows_themselves():
    predictions = simulated()
    table = group_scores(predictions, resamples=50)
    for group in ("female", "male"):
        own = predictions.groups["gender"] == group
        expected = [
            scores(confusion_matrix(predictions.truth[part], predictions.predicted[part], 7)) for part in (own, ~own)
        ]
        for metric in groups.METRICS:
            found = row(table, group, metric)
            assert found["value"] == pytest.approx(float(expected[0][metric]), abs=1e-6)
            assert found["difference"] == pytest.approx(float(expected[0][metric] - expected[1][metric]), abs=1e-6)
        assert (found["n"], found["subjects"]) == (own.sum(), 20)
    assert np.isnan(row(table, "all")["difference"])
    assert "age_group" not in set(table["column"])


def test_calibration_error_is_that_of_its_definition():
    predictions = simulated(seed=3)
    confidence, correct = predictions.probabilities.max(1), predictions.predicted == predictions.truth
    curve = reliability(confidence, correct)
    expected = sum(point["n"] * abs(point["confidence"] - point["accuracy"]) for point in curve) / len(correct)
    assert row(group_scores(predictions, resamples=20), "all", "calibration_error")["value"] == pytest.approx(expected)
    assert sum(point["n"] for point in curve) == len(correct)


def test_intervals_agree_with_a_slow_bootstrap_of_people():
    predictions = simulated(gap=0.2)
    found = row(group_scores(predictions, resamples=2000, seed=1), "male")
    random, women = np.random.default_rng(5), predictions.groups["gender"] == "female"
    correct = predictions.predicted == predictions.truth
    images = {name: np.flatnonzero(predictions.subject_id == name) for name in set(predictions.subject_id)}
    names, values, gaps = sorted(images), [], []
    for _ in range(2000):
        drawn = np.concatenate([images[name] for name in random.choice(names, len(names))])
        men = drawn[~women[drawn]]
        values.append(correct[men].mean())
        gaps.append(correct[men].mean() - correct[drawn[women[drawn]]].mean())
    # Student's and the small-sample factor for 20 people, on each side of the middle.
    wider = 2.093 / 1.96 * np.sqrt(20 / 19)
    for low, high, draws in (
        (found["low"], found["high"], values),
        (found["difference_low"], found["difference_high"], gaps),
    ):
        assert high - low == pytest.approx(wider * 2 * 1.96 * np.std(draws), rel=0.1)
        assert (low + high) / 2 == pytest.approx(np.mean(draws), abs=0.01)


def test_auc_is_exact_and_its_interval_is_that_of_people():
    predictions = simulated(gap=0.3)
    table = group_scores(predictions, auc=True, resamples=300)
    found, everyone = (row(table, group, groups.MACRO_AUC) for group in ("male", "all"))
    men = predictions.groups["gender"] == "male"

    def auc(chosen):
        truth, scores = predictions.truth[chosen], predictions.probabilities[chosen]
        pairs = [np.subtract.outer(scores[truth == label, label], scores[truth != label, label]) for label in range(7)]
        return np.mean([np.mean((pair > 0) + 0.5 * (pair == 0)) for pair in pairs])

    assert found["value"] == pytest.approx(auc(men))
    assert everyone["value"] == pytest.approx(auc(np.ones(len(men), bool)))
    assert found["difference"] == pytest.approx(auc(men) - auc(~men))
    assert found["low"] < found["value"] < found["high"]
    assert found["difference_high"] < 0
    assert found["verdict"] == groups.WORSE


def test_a_true_gap_is_found_and_none_is_invented():
    wide = group_scores(simulated(gap=0.35), resamples=400)
    assert row(wide, "male")["verdict"] == groups.WORSE
    assert row(wide, "female")["verdict"] == groups.BETTER
    # Less of an error is better: the models of both groups are as sure, and one is right less often.
    assert row(wide, "male", "calibration_error")["difference"] != 0
    found = [row(group_scores(simulated(seed=seed), resamples=300), "male")["verdict"] for seed in range(30)]
    assert found.count(groups.NO_DIFFERENCE) >= 27


def test_few_people_say_too_little():
    table = group_scores(simulated(people=14), resamples=100)
    found = row(table, "male")
    assert found["verdict"] == groups.TOO_FEW
    assert np.isnan([found["low"], found["p_value"], found["p_adjusted"]]).all()
    # 84 images of nobody in particular are enough.
    assert row(group_scores(simulated(people=14, named=False), resamples=100), "male")["verdict"] != groups.TOO_FEW


def test_intersections_are_groups_too():
    predictions = simulated()
    table = group_scores(predictions, pairs=True, resamples=50)
    column = f"gender{CROSS}skin_tone"
    own = (predictions.groups["gender"] == "male") & (predictions.groups["skin_tone"] == "2")
    found = row(table, f"male{CROSS}2", column=column)
    assert found["n"] == own.sum()
    assert found["value"] == pytest.approx(np.mean((predictions.predicted == predictions.truth)[own]))
    # All are "none": nothing to compare.
    assert not [name for name in set(table["column"]) if CROSS in name and "disguise" in name]
    assert np.isnan(row(table, "none")["difference"])


def test_members_and_people_are_counted_once():
    columns = {"a": np.array(["x", "x", "", "y", "y"]), "b": np.array(["1", "2", "1", "2", "2"])}
    found = cells(columns, pairs=True)
    names = np.array(["p", "p", "q", "r", ""])
    images, people = people_in(found, names)
    counted = dict(zip(zip(found.column, found.group, strict=True), zip(images, people, strict=True), strict=True))
    others = dict(zip(zip(found.column, found.group, strict=True), people_in_rest(found, names), strict=True))
    # p is in both groups of b, q and the last one, who is nobody in particular, in one.
    assert (others[("b", "1")], others[("b", "2")], others[("a", "x")]) == (3, 2, 2)
    assert counted[("a", "x")] == (2, 1)
    assert counted[("a", "y")] == (2, 2)
    assert counted[("b", "2")] == (3, 3)
    assert counted[(f"a{CROSS}b", f"y{CROSS}2")] == (2, 2)
    assert (f"a{CROSS}b", f"x{CROSS}") not in counted


def test_a_column_that_another_one_decides_makes_no_intersections():
    tones = np.array(["1", "2", "9", "10"] * 5)
    columns = {"tone": tones, "band": np.where(np.char.str_len(tones) + (tones == "9") > 1, "dark", "light")}
    assert set(cells(columns, pairs=True).column) == {"tone", "band"}


def test_holm_by_hand():
    adjusted = holm(np.array([0.01, np.nan, 0.04, 0.03, 0.5]))
    np.testing.assert_allclose(adjusted, [0.04, np.nan, 0.09, 0.09, 0.5])
    assert np.isnan(holm(np.array([np.nan]))).all()


def test_action_units_are_compared_over_units_that_occur_in_both():
    random = np.random.default_rng(2)
    count = 240
    truth = (random.random((count, 3)) < 0.4).astype(float)
    truth[:120, 2] = 0  # never in the first group
    truth[5, 0] = np.nan
    probability = np.clip(truth * 0.5 + random.random((count, 3)) * 0.6, 0, 1)
    probability[np.isnan(probability)] = 0.5
    subjects = np.char.add("s", (np.arange(count) // 6).astype(str))
    group = {"gender": np.where(np.arange(count) < 120, "female", "male")}
    predictions = ActionUnitPredictions((1, 2, 4), np.arange(count).astype(str), subjects, truth, probability, group)
    table = unit_group_scores(predictions, np.full(3, 0.5), resamples=100)

    def f1(part, unit):
        known = part & ~np.isnan(truth[:, unit])
        true, said = truth[known, unit] == 1, probability[known, unit] >= 0.5
        return 2 * np.sum(true & said) / (true.sum() + said.sum())

    women = group["gender"] == "female"
    expected = [np.mean([f1(part, 0), f1(part, 1)]) for part in (women, ~women)]
    assert row(table, "female", "macro_f1")["value"] == pytest.approx(expected[0], abs=1e-6)
    assert row(table, "female", "macro_f1")["difference"] == pytest.approx(expected[0] - expected[1], abs=1e-6)
    assert np.isnan(row(table, "female", "f1/AU4")["value"])
    assert isinstance(table, pd.DataFrame)
