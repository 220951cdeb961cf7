"""Paper A's tables: the printed numbers hang together as the reference says, and ours stand beside them."""

import numpy as np
import pytest

from fer_tf.evaluation.predictions import Predictions
from fer_tf.labels import EMOTIONS
from fer_tf.studies.disguise import paper
from fer_tf.studies.disguise.figures import flow
from fer_tf.studies.disguise.tables import by_kind, metrics, report

REAL_SIZES = {"anger": 75, "disgust": 22, "fear": 43, "happiness": 72, "neutral": 52, "sadness": 84, "surprise": 71}
SYNTHETIC_SIZES = {
    **{"anger": 14, "happiness": 14, "neutral": 12, "sadness": 14},
    **{"surprise": 12, "fear": 8, "disgust": 15},
}


@pytest.mark.parametrize("step", paper.STEPS)
def test_the_printed_tables_are_micro_accuracy(step):
    sizes = REAL_SIZES if step in ("1", "2") else SYNTHETIC_SIZES
    right = [round(sizes[emotion] * paper.CLASSES[step][emotion] / 100) for emotion in EMOTIONS]
    for emotion, count in zip(EMOTIONS, right, strict=True):
        assert 100 * count / sizes[emotion] == pytest.approx(paper.CLASSES[step][emotion], abs=0.011)
    assert 100 * sum(right) / sum(sizes.values()) == pytest.approx(paper.TABLE_1[step], abs=0.011)
    assert np.mean(list(paper.CLASSES[step].values())) == pytest.approx(paper.CLASS_MEANS[step], abs=0.006)


def predictions(random, right, kinds=("",)):
    truth = np.arange(280) % 7
    said = np.where(random.random(280) < right, truth, (truth + 1) % 7)
    worn = np.array(kinds)[np.arange(280) // 7 % len(kinds)]
    return Predictions(np.arange(280).astype(str), np.full(280, ""), truth, np.eye(7)[said], {"disguise": worn})


@pytest.fixture
def steps():
    random = np.random.default_rng(0)
    kinds = ("hat", "n95")
    return {
        "1": [predictions(random, 0.8) for _ in range(3)],
        "2": [predictions(random, 0.8) for _ in range(3)],
        "3a": [predictions(random, 0.3, kinds) for _ in range(3)],
        "3b": [predictions(random, 0.6, kinds) for _ in range(3)],
    }


def test_the_ledger_says_what_is_gained_and_what_it_costs(steps):
    values, intervals = metrics(steps)
    assert values["gain_disguised"] == pytest.approx(0.3, abs=0.06)
    assert (values["gain_disguised_low"], values["gain_disguised_high"]) == intervals["gain_disguised"]
    assert values["gain_disguised_low"] > 0
    assert abs(values["change_clean"]) < 0.06
    accuracy = [(one.predicted == one.truth).mean() for one in steps["3b"]]
    assert values["step_3b/accuracy"] == pytest.approx(np.mean(accuracy))
    assert {"gain/hat", "gain/n95", "step_1/recall/fear"} <= values.keys()


def test_kinds_are_scored_apart(steps):
    found = by_kind(steps)
    assert {kind: count for kind, (count, _) in found.items()} == {"hat": 140, "n95": 140}


def test_the_report_sets_the_paper_beside_ours(steps):
    text = report(steps)
    assert "| 1    | real       | real      | accuracy            | 0.4558 |" in text
    assert "| 3b   | mixed      | disguised | mean_class_accuracy | 0.3621 |" in text
    assert "disguised faces, accuracy:" in text
    assert "(paper +0.1686)" in text
    assert "| n95 | 140 |" in text
    assert all(error in text for error in paper.ERRORS)
    assert "3 seeds; 280 real and 280 disguised test images" in text


def test_the_flow_is_drawn(tmp_path):
    names = dict.fromkeys(("real", "disguised", "test_real", "test_disguised"), "some")
    flow(dict.fromkeys(paper.STEPS, 0.5), names, tmp_path / "flow.png")
    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")


def test_masks_have_the_same_steps_and_another_paper(steps):
    text = report(steps, printed=paper.PAPERS["masks"])
    assert "0.3858" in text
    assert "+19.42 points" in text
    assert "(paper +0.1942)" in text
    assert "cost on faces without is not printed" in text
