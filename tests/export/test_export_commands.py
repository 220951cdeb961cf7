import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from export import saved_model
from fer_tf.errors import InputError

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
