import json

import numpy as np
import pytest

from export import parity
from export.model_info import ModelInfo
from export.parity import Limits, check_parity, compare, measure_parity, table, violations
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

TRUTH = np.array([0, 0, 3, 4])


def rows(*winners, sure=0.7):
    found = np.full((len(winners), 7), (1 - sure) / 6)
    found[np.arange(len(winners)), winners] = sure
    return found


class Fixed:
    """A model that gives the same rows whatever the images."""

    info = ModelInfo()

    def __init__(self, values):
        self.values, self.place = values, 0

    def probabilities(self, images):
        self.place += len(images)
        return self.values[self.place - len(images) : self.place]


def test_equal_models_have_no_difference():
    report = compare(rows(0, 1, 3, 4), rows(0, 1, 3, 4), TRUTH)
    assert report["max_probability_difference"] == 0
    assert report["label_flips"] == 0
    assert report["accuracy_original"] == report["accuracy_export"] == 0.75


def test_numbers_by_hand():
    report = compare(rows(0, 1, 3, 4), rows(0, 0, 5, 4, sure=0.64), TRUTH)
    assert report["n"] == 4
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
    assert change["fear"] is None


def test_limits_by_kind():
    assert Limits.of("float32") == Limits(1e-4, 0.01)
    assert Limits.of("int8") == Limits(1.0, 0.01)
    assert Limits.of("int8", probability=0.5, accuracy=0.02) == Limits(0.5, 0.02)


@pytest.mark.parametrize(
    ("report", "count"),
    [
        ({"max_probability_difference": 1e-4, "accuracy_difference": -0.01}, 0),
        ({"max_probability_difference": 2e-4, "accuracy_difference": 0.2}, 1),
        ({"max_probability_difference": 2e-4, "accuracy_difference": -0.011}, 2),
        ({"max_probability_difference": float("nan"), "accuracy_difference": float("nan")}, 2),
    ],
)
def test_violations(report, count):
    assert len(violations(report, Limits())) == count


def test_batches_are_joined(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"12345")
    batches = [np.zeros((3, 4, 4, 3)), np.zeros((1, 4, 4, 3))]
    reports = measure_parity(Fixed(rows(0, 1, 3, 4)), {path: Fixed(rows(0, 0, 3, 4))}, batches, TRUTH)
    report = reports[path]
    assert (report["name"], report["bytes"], report["n"], report["label_flips"]) == ("model.tflite", 5, 4, 1)


def test_no_image_is_refused():
    with pytest.raises(InputError, match="no labelled image to compare on"):
        measure_parity(Fixed(rows(0)), {}, [], np.array([]))


@pytest.fixture
def exports(tmp_path, monkeypatch):
    monkeypatch.setattr(
        parity, "scoring_batches", lambda options, split: ([np.zeros((4, 4, 4, 3))], {"emotion": TRUTH})
    )
    paths = [tmp_path / "good.tflite", tmp_path / "bad.tflite"]
    for path in paths:
        path.write_bytes(b"model")
    return {paths[0]: Fixed(rows(0, 0, 3, 4)), paths[1]: Fixed(rows(1, 0, 3, 4))}


def test_a_bad_export_is_kept_aside(exports, tmp_path, capsys):
    limits = {path: Limits(1.0, 0.01) for path in exports}
    refused = check_parity(Fixed(rows(0, 0, 3, 4)), exports, InputOptions("any", "data"), "test", limits)
    assert len(refused) == 1
    assert "bad.tflite is refused: accuracy falls by 0.2500, allowed is 0.01; it is kept as" in refused[0]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["bad.tflite.rejected", "good.tflite", "parity_bad.json", "parity_good.json"]
    report = json.loads((tmp_path / "parity_bad.json").read_text())
    assert report["limits"] == {"max_probability_difference": 1.0, "max_accuracy_loss": 0.01}
    assert (report["dataset"], report["split"], len(report["violations"])) == ("any", "test", 1)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    assert "good.tflite" in printed[1]


def test_a_rejected_folder_never_overwrites_another(tmp_path):
    for _ in range(3):
        folder = tmp_path / "saved_model"
        folder.mkdir()
        (folder / "saved_model.pb").write_text("x")
        parity._put_aside(folder)
    assert len(list(tmp_path.glob("saved_model.rejected*"))) == 3


def test_labels_in_another_order(monkeypatch, tmp_path):
    class Reversed(Fixed):
        info = ModelInfo(labels=EMOTIONS[::-1])

    monkeypatch.setattr(
        parity, "scoring_batches", lambda options, split: ([np.zeros((4, 4, 4, 3))], {"emotion": TRUTH})
    )
    path = tmp_path / "a.tflite"
    path.write_bytes(b"model")
    values = rows(0, 0, 3, 4)[:, ::-1]
    check_parity(Reversed(values), {path: Reversed(values)}, InputOptions("any", "data"), "test", {path: Limits()})
    assert json.loads((tmp_path / "parity_a.json").read_text())["accuracy_original"] == 1


def test_table_has_a_row_for_each():
    report = {"name": "a", "bytes": 2_000_000, **compare(rows(0, 1, 3, 4), rows(0, 0, 3, 4), TRUTH)}
    lines = table([report, report]).splitlines()
    assert len(lines) == 3
    assert "2.00" in lines[1]
    assert "+0.2500" in lines[1]
    assert len({len(line) for line in lines}) == 1
