"""The judges of an epoch: scores of groups, and their curves in TensorBoard."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from fer_tf.evaluation.action_units import f1_scores
from fer_tf.evaluation.scores import class_recall, confusion_matrix
from fer_tf.labels import ACTION_UNITS, GROUPS
from fer_tf.training.tasks import ActionUnitJudge, EmotionJudge
from fer_tf.training.tensorboard import TensorBoard

COUNT = 120


@pytest.fixture
def columns():
    random = np.random.default_rng(0)
    known = {name: np.full(COUNT, -1) for name in GROUPS}
    known["gender"] = np.where(np.arange(COUNT) < 80, 0, 1)
    known["disguise"] = np.where(np.arange(COUNT) < 5, 3, 0)
    units = (random.random((COUNT, len(ACTION_UNITS))) < 0.4).astype(np.float32)
    units[:9, 0] = np.nan
    return known | {"emotion": random.integers(0, 7, COUNT), "action_units": units}


def test_emotions_by_group(columns):
    judge, logits = EmotionJudge(columns), np.random.default_rng(1).normal(size=(COUNT, 7))
    judge(logits)
    found = judge.by_group()
    # The five who wear something are too few for a curve.
    assert found.keys() == {"gender/female", "gender/male", "disguise/none"}
    men = columns["gender"] == 1
    recall = class_recall(confusion_matrix(columns["emotion"][men], logits[men].argmax(1), 7))
    assert found["gender/male"] == pytest.approx(np.nanmean(recall))


def test_action_units_by_group(columns):
    judge, logits = ActionUnitJudge(columns, (1, 12)), np.random.default_rng(1).normal(size=(COUNT, 2))
    judge(logits)
    women = columns["gender"] == 0
    truth, said = columns["action_units"][:, [0, ACTION_UNITS.index(12)]][women], logits[women] >= 0
    counted = [
        [np.sum((truth[:, unit] == value) & (said[:, unit] == answer)) for value, answer in ((1, 1), (0, 1), (1, 0))]
        for unit in range(2)
    ]
    assert judge.by_group()["gender/female"] == pytest.approx(float(f1_scores(np.array(counted))["macro_f1"]))


def test_tensorboard_draws_a_curve_of_each_group(columns, tmp_path):
    judge = EmotionJudge(columns)
    judge(np.random.default_rng(1).normal(size=(COUNT, 7)))

    class Validation:
        pass

    validation = Validation()
    validation.judge = judge
    board = TensorBoard(tmp_path, validation, lambda: 0.1, "confusion")
    board.on_epoch_end(0, {"loss": 1.0})
    events = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    events.Reload()
    assert {"groups/gender/female", "groups/gender/male", "groups/disguise/none"} <= set(events.Tags()["tensors"])
