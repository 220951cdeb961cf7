import numpy as np
import pytest

from fer_tf.evaluation import action_units
from fer_tf.evaluation.bootstrap import unit_intervals

UNITS = (1, 4, 12, 28)
NAN = float("nan")


@pytest.fixture(scope="module")
def scored():
    """Truth and probabilities of 300 images; the last unit never occurs, some labels are missing."""
    random = np.random.default_rng(0)
    truth = (random.random((300, 4)) < (0.5, 0.2, 0.05, 0)).astype(float)
    probability = np.clip(0.3 * truth + random.uniform(0, 0.7, (300, 4)).round(2), 0, 1)
    truth[random.random((300, 4)) < 0.2] = NAN
    return truth, probability


def slow_scores(truth, probability, threshold) -> dict[str, float]:
    """One unit, by loops over pairs and images."""
    rows = [(int(t), p) for t, p in zip(truth, probability, strict=True) if not np.isnan(t)]
    hit = sum(t and p >= threshold for t, p in rows)
    predicted, present = sum(p >= threshold for _, p in rows), sum(t for t, _ in rows)
    pairs = [(p > q) + 0.5 * (p == q) for t, p in rows for s, q in rows if t and not s]
    bins = [[(p, t) for t, p in rows if min(int(p * 10), 9) == number] for number in range(10)]
    gaps = [abs(sum(p for p, _ in part) - sum(t for _, t in part)) for part in bins]
    return {
        "precision": hit / predicted if predicted and present else NAN,
        "recall": hit / present if present else NAN,
        "f1": 2 * hit / (predicted + present) if present else NAN,
        "auc": np.mean(pairs) if pairs else NAN,
        "ece": sum(gaps) / len(rows),
        "brier": np.mean([(p - t) ** 2 for t, p in rows]),
    }


@pytest.mark.parametrize("threshold", [0.5, 0.31])
def test_every_score_is_that_of_the_slow_loop(scored, threshold):
    truth, probability = scored
    values = action_units.scores(truth, probability, threshold)
    slow = [slow_scores(truth[:, unit], probability[:, unit], threshold) for unit in range(4)]
    for name in action_units.UNIT_SCORES:
        expected = np.array([one[name] for one in slow])
        np.testing.assert_allclose(values[name], expected, err_msg=name)
        assert np.isnan(expected[3]) == (name not in ("ece", "brier"))
        assert values.get(f"macro_{name}", 0) == pytest.approx(np.nanmean(expected))
    present = np.nansum(truth, axis=0)
    assert values["weighted_f1"] == pytest.approx(np.nansum(values["f1"] * present) / present.sum())


def test_scores_by_hand():
    truth = np.array([[1, 0, NAN], [1, 0, NAN], [0, 0, NAN], [0, NAN, NAN]])
    values = action_units.scores(truth, np.array([[0.9, 0.1, 1], [0.4, 0.1, 1], [0.6, 0.9, 1], [0.1, 0.9, 1]]))
    assert values["precision"][0] == values["recall"][0] == values["f1"][0] == 0.5
    assert values["auc"][0] == 0.75
    assert np.isnan(values["f1"][1:]).all()
    assert np.isnan(values["precision"][1:]).all()
    assert np.isnan(values["brier"][2])
    assert values["macro_f1"] == values["weighted_f1"] == 0.5
    nothing = action_units.scores(np.full((3, 2), NAN), np.full((3, 2), 0.5))
    assert all(np.isnan(nothing[name]) for name in action_units.SUMMARY)


def test_a_unit_that_is_never_found_scores_nought_and_not_nothing():
    values = action_units.scores(np.array([[1.0], [0.0]]), np.array([[0.1], [0.1]]))
    assert values["f1"][0] == values["recall"][0] == 0
    assert np.isnan(values["precision"][0])
    assert values["auc"][0] == 0.5


def test_thresholds_are_nearly_the_best_there_are(scored):
    truth, probability = scored
    found = action_units.best_thresholds(truth, probability)
    chosen = action_units.scores(truth, probability, found)["f1"]
    others = [action_units.scores(truth, probability, threshold)["f1"] for threshold in np.linspace(0, 1, 401)]
    assert (chosen[:3] > np.max(others, axis=0)[:3] - 0.03).all()
    assert found[3] == 0.5


def test_a_threshold_lies_where_few_images_do_not_decide():
    # Two clear groups: anything in the gap is best; the smoothed choice keeps away from both.
    probability = np.concatenate([np.full(50, 0.2), np.full(50, 0.8)])[:, None]
    truth = (probability > 0.5).astype(float)
    (threshold,) = action_units.best_thresholds(truth, probability)
    assert 0.35 < threshold < 0.65
    far = np.where(probability > 0.5, 0.999, 0.001)
    assert 0.35 < action_units.best_thresholds(truth, far)[0] < 0.65
    # One lucky image far below does not pull it there.
    lucky = np.append(probability, [[0.21]], axis=0)
    (again,) = action_units.best_thresholds(np.append(truth, [[1.0]], axis=0), lucky)
    assert abs(again - threshold) < 0.1


def test_probabilities_do_not_overflow():
    assert action_units.probabilities(np.array([-1e4, 0, 1e4], np.float32)).tolist() == [0, 0.5, 1]


def test_intervals_are_those_of_slow_draws_of_subjects(scored):
    truth, probability = scored
    subjects = np.array([f"s{number % 23}" for number in range(300)])
    found = unit_intervals(truth, probability, 0.5, subjects, UNITS, resamples=150)
    names, members = np.unique(subjects, return_inverse=True)
    random = np.random.default_rng(0)
    draws = []
    for weights in random.multinomial(len(names), np.full(len(names), 1 / len(names)), 150):
        rows = np.concatenate(
            [np.flatnonzero(members == who) for who, times in enumerate(weights) for _ in range(times)]
        )
        draws.append(action_units.scores(truth[rows], probability[rows]))
    for name, tolerance in [("macro_f1", 1e-9), ("weighted_f1", 1e-9), ("macro_brier", 1e-9), ("macro_auc", 0.01)]:
        expected = np.nanpercentile([draw[name] for draw in draws], [2.5, 97.5])
        np.testing.assert_allclose(found[name], expected, atol=tolerance, err_msg=name)
    expected = np.nanpercentile([draw["f1"][1] for draw in draws], [2.5, 97.5])
    np.testing.assert_allclose(found["f1/AU4"], expected, atol=1e-9)
    assert np.isnan(found["f1/AU28"]).all()


def test_few_subjects_or_unknown_ones(scored):
    truth, probability = scored
    nine = np.array([f"s{number % 9}" for number in range(300)])
    assert np.isnan(unit_intervals(truth, probability, 0.5, nine, UNITS, full=False, resamples=50)["macro_f1"]).all()
    alone = unit_intervals(truth, probability, 0.5, np.full(300, ""), UNITS, full=False, resamples=50)
    assert 0 < alone["macro_f1"][0] < alone["macro_f1"][1] < 1
