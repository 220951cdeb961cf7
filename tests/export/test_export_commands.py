import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from export import saved_model
from export.metadata import file_digest
from export.model_card import write_model_card
from export.model_info import read_embedded
from export.parity import Limits
from export.run import open_run
from export.tflite import write_and_check
from fer_tf.errors import InputError
from fer_tf.models.weights import load_model

ROOT = Path(__file__).resolve().parents[2]


def export(command, *arguments):
    return subprocess.run(
        [sys.executable, "-m", f"export.{command}", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def errors(done):
    return [line for line in done.stderr.splitlines() if line.startswith("error: ")]


@pytest.fixture
def run_dir(tmp_path, model):
    model.save(tmp_path / "model.keras")
    (tmp_path / "run.json").write_text(json.dumps({"grayscale": False, "crop_size": 24, "dataset": "rendered_faces"}))
    return tmp_path


def test_tflite(run_dir, rendered_faces):
    done = export(
        "tflite",
        f"--run_dir={run_dir}",
        "--kinds=float32,int8",
        "--dataset=rendered_faces/tiny",
        f"--data_dir={rendered_faces}",
        "--calibration_images=14",
        "--max_probability_difference=1e-4",
        "--max_accuracy_loss=1",
    )
    # The float32 file passes; no int8 file is that close.
    assert done.returncode == 1, done.stderr
    assert len(errors(done)) == 1
    assert "model_int8.tflite is refused: a probability differs by" in errors(done)[0]
    names = sorted(path.name for path in (run_dir / "export").iterdir())
    assert names == [
        "MODEL_CARD.md",
        "model_float32.tflite",
        "model_int8.tflite.rejected",
        "parity_model_float32.json",
        "parity_model_int8.json",
    ]
    report = json.loads((run_dir / "export" / "parity_model_float32.json").read_text())
    assert report["n"] == 35
    assert report["violations"] == []
    card = (run_dir / "export" / "MODEL_CARD.md").read_text()
    assert "trained on rendered_faces" in card
    assert "| model_int8.tflite |" in card
    assert done.stdout.count("model_float32.tflite") == 2  # written, and a row of the table


def test_action_units(tmp_path, unit_model, rendered_faces, capsys):
    unit_model.save(tmp_path / "model.keras")
    known = {"task": "action_units", "labels": ["AU1", "AU4", "AU12"], "dataset": "rendered_faces/tiny"}
    (tmp_path / "run.json").write_text(json.dumps(known | {"flags": {"data_dir": rendered_faces}, "commit": "c0ffee"}))
    run = open_run(str(tmp_path), None, None, None, 16)
    assert write_and_check(run, {"int8": Limits(1.0, 1.0, 1.0)}, "test", calibration_images=14) == {}
    report = json.loads((run.output_dir / "parity_model_int8.json").read_text())
    assert (report["task"], report["score"], report["n"], report["violations"]) == ("action_units", "macro_f1", 35, [])
    assert {row["column"] for row in report["groups"]} >= {"gender", "skin_tone", "tone_band"}
    assert "gender female" in capsys.readouterr().out
    card = write_model_card(run.output_dir, tmp_path).read_text()
    assert "Macro F1 by group" in card
    assert "| gender female |" in card
    info = read_embedded((run.output_dir / "model_int8.tflite").read_bytes())
    assert (info.task, info.labels, info.commit) == ("action_units", ("AU1", "AU4", "AU12"), "c0ffee")
    assert info.sha256 == file_digest(tmp_path / "model.keras")


def test_safer_with_the_views_of_its_dataset(tmp_path, safer_model, context_faces):
    dataset, data_dir = context_faces
    safer_model.save(tmp_path / "model.keras")
    (tmp_path / "run.json").write_text(json.dumps({"dataset": dataset, "flags": {"data_dir": data_dir}}))
    run = open_run(str(tmp_path), None, None, None, 16)
    assert write_and_check(run, {"int8": Limits(1.0, 1.0, 1.0)}, "test", calibration_images=7) == {}
    report = json.loads((tmp_path / "export" / "parity_model_int8.json").read_text())
    assert report["mean_probability_difference"] < 0.05
    assert report["n"] > 20
    # One kind again, with another model in place of the run's: the comparison stays with the run's.
    weights = [np.zeros_like(values) for values in safer_model.get_layer("logits").get_weights()]
    other = load_model(tmp_path / "model.keras")
    other.get_layer("logits").set_weights(weights)
    refused = write_and_check(run, {"float32": Limits()}, "test", model=other)
    assert "model_float32.tflite is refused: a probability differs by" in refused["float32"]
    assert (tmp_path / "export" / "model_float32.tflite.rejected").is_file()
    assert (tmp_path / "export" / "model_int8.tflite").is_file()


def test_saved_model(run_dir, rendered_faces, monkeypatch, capsys):
    given = SimpleNamespace(
        run_dir=str(run_dir),
        output_dir=str(run_dir / "out"),
        dataset="rendered_faces/tiny",
        data_dir=rendered_faces,
        split="test",
        batch_size=16,
    )
    monkeypatch.setattr("absl.flags.FLAGS", given)
    assert saved_model.main([]) == 0
    report = json.loads((run_dir / "out" / "parity_saved_model.json").read_text())
    assert report["max_probability_difference"] < 1e-5
    assert (report["n"], report["violations"]) == (35, [])
    assert report["bytes"] > 10_000
    assert (run_dir / "out" / "saved_model" / "saved_model.pb").is_file()
    assert "| saved_model |" in (run_dir / "out" / "MODEL_CARD.md").read_text()
    assert "saved_model" in capsys.readouterr().out


def test_arguments_that_are_no_flags_are_refused():
    with pytest.raises(InputError, match="unexpected argument 'run'"):
        saved_model.main(["run"])
