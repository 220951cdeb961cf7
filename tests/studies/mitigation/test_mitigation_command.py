"""The comparison of strategies from its command to its table, on the smallest network there is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SMALL = ["--model=small_cnn", "--weights=none", "--image_size=32", "--batch_size=16", "--epochs=1", "--verbose=0"]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "training.flags"
    path.write_text("\n".join(["--dataset=rendered_faces/tiny", *SMALL]))
    return path


def study(data_dir, recipe, run_dir, *more):
    command = [sys.executable, "-m", "fer_tf.studies.mitigation", f"--training={recipe}", f"--data_dir={data_dir}"]
    command += [f"--run_dir={run_dir}", "--seeds=0", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_strategies_are_trained_and_compared(rendered_faces, recipe, tmp_path):
    flags = ["--strategies=reweighing", f"--record={tmp_path}/entry.json"]
    result = study(rendered_faces, recipe, tmp_path / "run", *flags)
    assert result.returncode == 0, result.stderr[-2000:]
    table = (tmp_path / "run/table.md").read_text()
    assert table in result.stdout
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["none", "reweighing"]
    entry = json.loads((tmp_path / "entry.json").read_text())
    assert {"none/gap", "reweighing/gap_cut", "reweighing/training_s"} <= entry["metrics"].keys()
    assert entry["group_column"] == "gender"
    trained = json.loads((tmp_path / "run/reweighing/seed_0/run.json").read_text())
    assert trained["flags"]["mitigation"] == "reweighing"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--strategies=magic"], "strategy 'magic' is unknown: choose from none, oversampling"),
        (["--group_column=height"], "group_column is 'height': choose one of gender"),
        (["--group_column=synthetic"], "has synthetic of its groups in test, and at least two are compared"),
        (["--seeds=-1"], "seeds is '-1': expected different whole numbers"),
    ],
)
def test_what_cannot_work_is_refused_before_training(rendered_faces, recipe, tmp_path, flags, message):
    result = study(rendered_faces, recipe, tmp_path, *flags)
    assert result.returncode == 1
    assert len([line for line in result.stderr.splitlines() if line.startswith("error: ")]) == 1
    assert message in result.stderr
    assert not (tmp_path / "none").exists()
