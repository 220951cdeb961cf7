"""train.py and evaluate.py as a person runs them, on the smallest network there is."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
SMALL = ["--alpha=0.35", "--image_size=32", "--batch_size=32", "--epochs=1", "--weights=none", "--verbose=0"]


def run(program: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def trained(rendered_faces, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("run")
    flags = ["--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", f"--run_dir={run_dir}", *SMALL]
    result = run("train.py", *flags)
    assert result.returncode == 0, result.stderr[-2000:]
    return run_dir, flags


def test_training_writes_its_record(trained):
    run_dir, _ = trained
    facts = json.loads((run_dir / "run.json").read_text())
    assert facts["labels"][0] == "anger"
    assert facts["flags"]["alpha"] == 0.35
    assert facts["epochs"] == 1
    assert set(facts["split_sha256"]) == {"rendered_faces/tiny:train", "rendered_faces/tiny:validation"}
    assert {"commit", "versions", "hardware", "duration_s", "seed"} <= set(facts)
    assert (run_dir / "model.keras").is_file()


def test_the_flagfile_of_a_run_replays_it(trained, tmp_path):
    run_dir, _ = trained
    again = run("train.py", f"--flagfile={run_dir / 'flags.cfg'}", f"--run_dir={run_dir}")
    assert again.returncode == 0, again.stderr[-2000:]
    assert "run_dir" not in (run_dir / "flags.cfg").read_text()


def test_a_finished_run_keeps_its_record(trained):
    run_dir, flags = trained
    before = (run_dir / "run.json").read_text()
    assert run("train.py", *flags).returncode == 0
    assert (run_dir / "run.json").read_text() == before


def test_a_wrong_start_does_not_burn_the_run_directory(rendered_faces, tmp_path):
    flags = ["--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", f"--run_dir={tmp_path}", *SMALL]
    assert "fewer than batch_size=500" in run("train.py", *flags, "--batch_size=500").stderr
    result = run("train.py", *flags, "--weights=typo.keras")
    assert result.returncode == 1
    assert "weights typo.keras do not exist" in result.stderr


def test_other_flags_are_refused_and_named(trained):
    run_dir, flags = trained
    result = run("train.py", *flags, "--learning_rate=0.5", "--epochs=4")
    assert result.returncode == 1
    assert len([line for line in result.stderr.splitlines() if line.startswith("error: ")]) == 1
    assert "epochs was '1', now '4'; learning_rate was '0.001', now '0.5'" in result.stderr
    assert (run_dir / "model.keras").is_file()


def test_scores_are_written_and_recorded(trained, tmp_path):
    run_dir, _ = trained
    result = run("evaluate.py", f"--run_dir={run_dir}", f"--record={tmp_path / 'entry.json'}", "--paper=none")
    assert result.returncode == 0, result.stderr[-2000:]
    assert "mean_class_accuracy" in result.stdout
    metrics = json.loads((run_dir / "metrics.json").read_text())
    predictions = pd.read_csv(run_dir / "predictions.csv")
    assert metrics["n"] == len(predictions) == 35
    right = (predictions["emotion"] == predictions["predicted"]).mean()
    assert metrics["metrics"]["accuracy"] == pytest.approx(right)
    assert (run_dir / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert set(pd.read_csv(run_dir / "groups.csv")["column"]) >= {"all", "gender", "skin_tone"}
    entry = json.loads((tmp_path / "entry.json").read_text())
    assert entry["metrics"]["accuracy"] == pytest.approx(right)
    assert entry["seeds"] == [0]
    assert entry["command"].startswith("python train.py --dataset=rendered_faces/tiny")
    assert (tmp_path / "entry.png").read_bytes() == (run_dir / "confusion.png").read_bytes()
    assert not [value for value in entry["flags"].values() if str(value).startswith("/")]


@pytest.mark.parametrize(
    ("program", "arguments", "message"),
    [
        ("train.py", ["--run_dir=x", "--dataset=fer2013", "--data_dir=absent"], "fer2013 is not built in absent"),
        ("train.py", ["--run_dir=x", "--dataset=fer2013", "--data_dir=a", "--blur_probability=2"], "blur_probability"),
        ("train.py", ["--run_dir=x", "--dataset=fer2013", "--data_dir=a", "--seeds=one"], "seeds is 'one'"),
        ("train.py", ["--run_dir=x", "--dataset=fer2013", "--data_dir=a", "--seeds=-5"], "seeds is '-5'"),
        ("evaluate.py", ["--run_dir=absent"], "absent holds no finished run"),
    ],
)
def test_bad_input_is_one_line_and_a_status(program, arguments, message):
    result = run(program, *arguments)
    assert result.returncode == 1
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in result.stderr


def test_help_teaches():
    result = run("train.py", "--help")
    assert "crop_minimum_area" in result.stdout
    assert "share of the target spread evenly over the classes" in result.stdout


def test_a_mitigated_run_is_trained_scored_and_corrected(rendered_faces, tmp_path):
    run_dir = tmp_path / "run"
    flags = ["--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", f"--run_dir={run_dir}", *SMALL]
    result = run("train.py", *flags, "--mitigation=domain_independent", "--group_column=gender")
    assert result.returncode == 0, result.stderr[-2000:]
    assert json.loads((run_dir / "run.json").read_text())["groups"] == ["female", "male"]
    result = run("evaluate.py", f"--run_dir={run_dir}", "--multiaccuracy")
    assert result.returncode == 1, "35 images are too few to audit"
    assert "error: multiaccuracy has 35 images to audit: it needs at least 40" in result.stderr
    result = run("evaluate.py", f"--run_dir={run_dir}")
    assert result.returncode == 0, result.stderr[-2000:]
    assert not (run_dir / "multiaccuracy").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--mixing_ratio=0"], "mixing_ratio is 0: expected a share between 0 and 1, both excluded"),
        (["--mixing_ratio=2"], "mixing_ratio is 2: expected a share between 0 and 1, both excluded"),
        (["--mixing_ratio=0.5"], "mixing_ratio is 0.5, and there is no labelled training image of a second dataset"),
        (["--mitigation=coral", "--group_column=synthetic"], "have synthetic of its groups, and at least two"),
        (["--mitigation=coral"], "mitigation is 'coral' and group_column '': a strategy needs a column"),
    ],
)
def test_wrong_mixing_and_mitigation_give_one_line(rendered_faces, tmp_path, flags, message):
    common = ["--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", f"--run_dir={tmp_path}", *SMALL]
    result = run("train.py", *common, *flags)
    assert result.returncode == 1
    assert len([line for line in result.stderr.splitlines() if line.startswith("error: ")]) == 1
    assert message in result.stderr
