import json

import numpy as np
import pytest

from export import parity
from export.model_info import ModelInfo
from export.parity import Limits, check_parity, run_all, violations
from export.parity_scores import changes
from export.parity_tables import table
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.predictions import Predictions
from fer_tf.labels import EMOTIONS, GROUPS

TRUTH = np.array([0, 0, 3, 4])
EMPTY = np.array([""] * 4)


def rows(*winners, sure=0.7):
    found = np.full((len(winners), 7), (1 - sure) / 6)
    found[np.arange(len(winners)), winners] = sure
    return found


def predictions(values, truth=TRUTH):
    return Predictions(np.arange(len(truth)).astype(str), EMPTY, truth, values, {})


class Fixed:
    """A model that gives the same rows whatever the images."""

    info = ModelInfo()

    def __init__(self, values):
        self.values, self.place = values, 0

    def probabilities(self, images):
        self.place += len(images)
        return self.values[self.place - len(images) : self.place]


def test_equal_models_have_no_difference():
    report = changes(predictions(rows(0, 1, 3, 4)), predictions(rows(0, 1, 3, 4)))
    assert report["max_probability_difference"] == 0
    assert report["label_flips"] == 0
    assert report["accuracy_original"] == report["accuracy_export"] == 0.75


def test_numbers_by_hand():
    report = changes(predictions(rows(0, 1, 3, 4)), predictions(rows(0, 0, 5, 4, sure=0.64)))
    assert (report["n"], report["score"]) == (4, "accuracy")
    # The second and third image change their winner: 0.7 against 0.06.
    assert report["max_probability_difference"] == pytest.approx(0.64)
    # Two images: 0.06 at the winner, 0.01 at six; two: 0.64, 0.59 and 0.01 at five.
    assert report["mean_probability_difference"] == pytest.approx((2 * 0.12 + 2 * (0.64 + 0.59 + 0.05)) / 28)
    assert (report["label_flips"], report["label_flip_share"]) == (2, 0.5)
    assert report["accuracy_difference"] == pytest.approx(0)
    assert report["mean_class_accuracy_original"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert report["mean_class_accuracy_export"] == pytest.approx((1 + 0 + 1) / 3)
    change = report["class_accuracy_difference"]
    assert (change["anger"], change["happiness"], change["neutral"]) == (0.5, -1, 0)
    assert np.isnan(change["fear"])


def test_units_by_hand():
    intensity = np.array([[1, 0], [1, np.nan], [0, 1], [0, np.nan]])
    before = np.array([[0.9, 0.1], [0.6, 0.9], [0.2, 0.8], [0.1, 0.3]])
    after = np.array([[0.9, 0.1], [0.4, 0.2], [0.2, 0.8], [0.1, 0.3]])
    names = np.arange(4).astype(str)
    both = [ActionUnitPredictions((1, 12), names, EMPTY, intensity, values, {}) for values in (before, after)]
    report = changes(*both)
    # A flip counts where there is no label too: the file answers otherwise.
    assert (report["n"], report["label_flips"], report["label_flip_share"]) == (4, 2, 0.25)
    assert report["score"] == "macro_f1"
    assert report["macro_f1_original"] == 1
    assert report["macro_f1_export"] == pytest.approx((2 / 3 + 1) / 2)
    assert report["f1_difference"] == {"AU1": pytest.approx(-1 / 3), "AU12": 0}


def test_limits_by_kind():
    assert Limits.of("float32") == Limits(1e-4, 0.01, 0.01)
    assert Limits.of("int8") == Limits(1.0, 0.01, 0.01)
    assert Limits.of("int8", probability=0.5, accuracy=0.02, group=0.03) == Limits(0.5, 0.02, 0.03)


@pytest.mark.parametrize("score", ["accuracy", "macro_f1"])
@pytest.mark.parametrize(
    ("probability", "difference", "count"),
    [(1e-4, -0.01, 0), (2e-4, 0.2, 1), (2e-4, -0.011, 2), (float("nan"), float("nan"), 2)],
)
def test_violations(probability, difference, count, score):
    report = {"max_probability_difference": probability, "score": score, f"{score}_difference": difference}
    found = violations(report | {"groups": []}, Limits())
    assert len(found) == count
    said = f"{score} is undefined" if np.isnan(difference) else f"{score} falls by"
    assert count < 2 or found[1].startswith(said)


def test_batches_are_joined():
    batches = [np.zeros((3, 4, 4, 3)), np.zeros((1, 4, 4, 3))]
    found = run_all({"a": Fixed(rows(0, 1, 3, 4)), "b": Fixed(rows(0, 0, 3, 4))}, batches)
    np.testing.assert_array_equal(found["a"], rows(0, 1, 3, 4))
    np.testing.assert_array_equal(found["b"], rows(0, 0, 3, 4))


def test_no_image_is_refused():
    with pytest.raises(InputError, match="no labelled image to compare on"):
        run_all({"a": Fixed(rows(0))}, [])


def columns():
    unknown = {name: np.full(4, -1) for name in GROUPS}
    return {"image_id": np.arange(4).astype(str), "subject_id": EMPTY, "emotion": TRUTH} | unknown


@pytest.fixture
def four_images(monkeypatch):
    monkeypatch.setattr(parity, "scoring_batches", lambda *_, **__: ([np.zeros((4, 4, 4, 3))], columns()))


@pytest.fixture
def exports(tmp_path, four_images):
    paths = [tmp_path / "good.tflite", tmp_path / "bad.tflite"]
    for path in paths:
        path.write_bytes(b"model")
    return {paths[0]: Fixed(rows(0, 0, 3, 4)), paths[1]: Fixed(rows(1, 0, 3, 4))}


def test_a_bad_export_is_kept_aside(exports, tmp_path, capsys):
    limits = {path: Limits(1.0, 0.01) for path in exports}
    refused = check_parity(Fixed(rows(0, 0, 3, 4)), exports, InputOptions("any", "data"), "test", limits)
    (sentence,) = refused.values()
    assert list(refused) == [tmp_path / "bad.tflite"]
    assert "bad.tflite is refused: accuracy falls by 0.2500, allowed is 0.01; it is kept as" in sentence
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["bad.tflite.rejected", "good.tflite", "parity_bad.json", "parity_good.json"]
    report = json.loads((tmp_path / "parity_bad.json").read_text())
    limits = {"max_probability_difference": 1.0, "max_accuracy_loss": 0.01, "max_group_loss": 0.01}
    assert report["limits"] == limits
    assert (report["dataset"], report["split"], len(report["violations"])) == ("any", "test", 1)
    # Undefined stays undefined: four people say nothing of others.
    assert report["accuracy_difference_interval"] == [None, None]
    assert report["class_accuracy_difference"]["fear"] is None
    assert report["groups"] == []
    printed = capsys.readouterr().out.splitlines()
    assert "good.tflite" in printed[1]
    assert (
        printed[-1] == report["groups_note"] == "no group of people is known in these images: nothing is said of groups"
    )


def test_a_rejected_folder_never_overwrites_another(tmp_path):
    for _ in range(3):
        folder = tmp_path / "saved_model"
        folder.mkdir()
        (folder / "saved_model.pb").write_text("x")
        parity._put_aside(folder)
    assert len(list(tmp_path.glob("saved_model.rejected*"))) == 3


def test_labels_in_another_order(four_images, tmp_path):
    class Reversed(Fixed):
        info = ModelInfo(labels=EMOTIONS[::-1])

    path = tmp_path / "a.tflite"
    path.write_bytes(b"model")
    values = rows(0, 0, 3, 4)[:, ::-1]
    check_parity(Reversed(values), {path: Reversed(values)}, InputOptions("any", "data"), "test", {path: Limits()})
    assert json.loads((tmp_path / "parity_a.json").read_text())["accuracy_original"] == 1


def test_a_model_of_some_emotions_is_not_compared():
    class Few(Fixed):
        info = ModelInfo(labels=("anger", "fear"))

    with pytest.raises(InputError, match="the model answers anger, fear: comparing needs anger, disgust"):
        check_parity(Few(rows(0)), {}, InputOptions("any", "data"), "test", {})


def test_table_has_a_row_for_each():
    report = changes(predictions(rows(0, 1, 3, 4)), predictions(rows(0, 0, 3, 4)))
    report |= {"name": "a", "bytes": 2_000_000, "accuracy_difference_interval": [0.1, 0.4]}
    lines = table([report, report]).splitlines()
    assert len(lines) == 3
    assert "2.00" in lines[1]
    assert "+0.2500  [+0.1000, +0.4000]" in lines[1]
    assert len({len(line) for line in lines}) == 1
