"""The grid from its command to its tables, on the smallest network there is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SMALL = [
    *("--model=vgg_au", "--weights=none", "--alpha=0.05", "--image_size=32", "--min_occurrences=15"),
    *("--head_width=0.005", "--epochs=2", "--batch_size=8", "--gender_train_subjects=4", "--gender_test_subjects=2"),
    *("--skin_train_subjects=4", "--skin_test_subjects=2"),
]


def run(data_dir, run_dir, *more) -> subprocess.CompletedProcess:
    data = ["--dataset=rendered_faces/tiny", f"--data_dir={data_dir}", f"--run_dir={run_dir}"]
    command = [sys.executable, "-m", "fer_tf.studies.au_bias", *data, *SMALL, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ)


@pytest.fixture(scope="module")
def grid(rendered_faces, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("grid")
    result = run(rendered_faces, run_dir, "--seeds=1")
    assert result.returncode == 0, result.stderr[-2000:]
    return run_dir


def test_every_cell_is_trained_and_scored(grid):
    cells = sorted(path.name for path in (grid / "cells").glob("*.json"))
    gender, skin = (
        [f"{c}_{on}_000.json" for on in names]
        for c, names in (("gender", ("female", "male", "mixed")), ("skin", ("dark", "light", "mixed")))
    )
    assert cells == [*gender, *skin]
    cell = json.loads((grid / "cells" / "gender_male_000.json").read_text())
    assert (cell["train_subjects"], cell["train_images"]) == (4, 28)
    assert {group: test["subjects"] for group, test in cell["tests"].items()} == {"female": 2, "male": 2}
    assert cell["tests"]["female"]["images"] == 14
    text = (grid / "tables.md").read_text()
    assert "Table 1" in text
    assert "Table 2" in text
    assert (grid / "action_units.png").read_bytes().startswith(b"\x89PNG")


def test_a_grid_goes_on_where_it_was_and_takes_more_seeds(grid, rendered_faces, tmp_path):
    kept = grid / "cells" / "gender_male_000.json"
    before, lost = kept.stat().st_mtime_ns, grid / "cells" / "skin_dark_000.json"
    content = lost.read_text()
    lost.unlink()
    record = tmp_path / "grid.json"
    result = run(rendered_faces, grid, "--seeds=2", f"--record={record}")
    assert result.returncode == 0, result.stderr[-2000:]
    assert kept.stat().st_mtime_ns == before
    assert json.loads(lost.read_text()) == json.loads(content)
    assert len(list((grid / "cells").glob("*.json"))) == 12
    entry = json.loads(record.read_text())
    assert entry["seeds"] == [0, 1]
    assert entry["intervals"].keys() == entry["metrics"].keys()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--epochs=3"], "was started with other flags (epochs was '2', now '3')"),
        (["--comparisons=age"], "comparisons: 'age' is unknown: choose from gender, skin"),
    ],
)
def test_other_flags_are_refused_and_nothing_is_lost(grid, rendered_faces, flags, message):
    result = run(rendered_faces, grid, *flags)
    assert result.returncode == 1
    assert message in result.stderr
    assert (grid / "cells" / "gender_male_000.json").is_file()


def test_more_people_than_there_are_is_one_line(rendered_faces, tmp_path):
    result = run(rendered_faces, tmp_path, "--gender_train_subjects=9", "--comparisons=gender", "--seeds=1")
    assert result.returncode == 1
    assert "there are 10 of group" in result.stderr
    assert "Traceback" not in result.stderr
