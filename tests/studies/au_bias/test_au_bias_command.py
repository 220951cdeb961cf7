"""The grid from its command to its tables, on the smallest network there is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fer_tf.data.action_units import ActionUnitOptions
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.models.registry import build
from fer_tf.studies.au_bias.cells import all_splits
from fer_tf.studies.au_bias.cells import grid as grid_of
from fer_tf.studies.au_bias.pool import backbone, read_pool
from fer_tf.studies.au_bias.splits import GENDER, SplitSizes
from fer_tf.training.head import HeadOptions

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
    again, first = (json.loads(text) | {"seconds": 0} for text in (lost.read_text(), content))
    assert again == first
    assert len(list((grid / "cells").glob("*.json"))) == 12
    entry = json.loads(record.read_text())
    assert entry["seeds"] == [0, 1]
    assert entry["intervals"].keys() == entry["metrics"].keys()
    assert record.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--epochs=3"], "was started with other flags (epochs was '2', now '3')"),
        (["--alpha=0.06"], "was started with other flags (alpha was '0.05', now '0.06'; images_sha256 was"),
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
    assert not list(tmp_path.glob("cells/*"))


@pytest.fixture
def pool(grid, rendered_faces):
    model = backbone("vgg_au", 32, "none", alpha=0.05)
    inputs = InputOptions("rendered_faces/tiny", rendered_faces)
    return read_pool(model, inputs, ActionUnitOptions(min_occurrences=15), grid / "features")


def test_people_whom_the_frozen_layers_have_seen_are_not_tested(pool):
    people = sorted(set(pool.columns["subject_id"].tolist()))
    with pytest.raises(InputError, match="subjects are in training and in the test of seed 0, such as rendered_faces:"):
        all_splits(pool, [GENDER], SplitSizes(4, 2), 1, set(people))
    assert len(all_splits(pool, [GENDER], SplitSizes(4, 2), 3, {"rendered_faces:somebody"})) == 3


def test_a_unit_that_some_training_set_is_not_annotated_for_is_scored_for_none(pool, tmp_path):
    (split,) = all_splits(pool, [GENDER], SplitSizes(4, 2), 1, set())
    pool.labels[pool.rows_of(split[2].train["female"]), 0] = np.nan
    cells = list(grid_of(pool, [split], HeadOptions(head_width=0.005, epochs=1, batch_size=8), tmp_path))
    first = f"AU{pool.targets.units[0]}"
    assert [cell["unscored"] for cell in cells] == [[first]] * 3
    assert {cell["tests"]["male"]["f1"][first] for cell in cells} == {None}


def test_a_whole_model_is_taken_as_it_is_or_not_at_all(tmp_path):
    path = tmp_path / "model.keras"
    build("vgg_au", image_size=32, weights="none", alpha=0.05, outputs=2, head_width=0.005).save(path)
    assert backbone("vgg_au", 32, str(path)).output_shape == (None, 2)
    with pytest.raises(InputError, match=r"model is mobilenet_au and image_size 32, but .* is vgg_au at 32 pixels"):
        backbone("mobilenet_au", 32, str(path))
    with pytest.raises(InputError, match=r"alpha is 0\.05, but .* is a whole model"):
        backbone("vgg_au", 32, str(path), alpha=0.05)
