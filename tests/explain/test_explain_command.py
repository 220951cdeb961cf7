"""The commands, on a run of a tiny model and rendered faces."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_tf.labels import ACTION_UNITS, EMOTIONS, unit_names
from fer_tf.models.registry import build
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.training.record import write_json

ROOT = Path(__file__).resolve().parents[2]
# Networks whose random weights keep signals alive; those of MobileNetV2 lose all relevance on the way.
SMALL = {"weights": "none", "image_size": 64}


def run(*arguments, module="fer_tf.explain"):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def write_run(folder, model, labels):
    folder.mkdir()
    model.save(folder / "model.keras")
    write_json(folder / "run.json", {"labels": list(labels), "seed": 0})
    return folder


@pytest.fixture(scope="module")
def unit_run(tmp_path_factory):
    model = build("vgg_au", alpha=0.1, head_width=0.01, seed=1, **SMALL)
    return write_run(tmp_path_factory.mktemp("runs") / "au", model, unit_names(ACTION_UNITS))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for index, frame in enumerate(
        frames(Plan("explain", 3, {"test": 1}, images_per_subject=2, disguised=0.0), "test", 0)
    ):
        cv2.imwrite(str(folder / f"face{index}.png"), draw(frame.frame).image[..., ::-1])
    cv2.imwrite(str(folder / "grey.png"), np.full((80, 80, 3), 128, np.uint8))
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def test_pictures_get_figures_and_a_table(unit_run, pictures, tmp_path):
    done = run(
        f"--run_dir={unit_run}",
        pictures,
        "--target=AU12,predicted",
        "--method=auto,grad_cam",
        f"--output_dir={tmp_path}",
        "--feature_maps=block1_conv2",
    )
    assert done.returncode == 0, done.stderr
    assert "left out: " in done.stderr
    assert "broken.png" in done.stderr
    table = pd.read_csv(tmp_path / "relevance.csv")
    assert set(table["method"]) == {"auto", "grad_cam"}
    assert {Path(name).name for name in table["image"]} == {"face0.png", "face1.png", "grey.png"}
    faces = table[table["image"].str.contains("face")]
    # Without anything that speaks for a target the scores are undefined.
    assert faces["mu"].notna().any()
    assert faces["mu"].dropna().between(0, 1).all()
    # No face: regions are unknown, the heatmap is made all the same.
    assert table[table["image"].str.contains("grey")]["mu_w"].isna().all()
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == [
        f"{i:04d}_{n}{s}.png" for i, n in ((2, "face0"), (3, "face1"), (4, "grey")) for s in ("", "_feature_maps")
    ]


def test_emotions_are_targets_too(pictures, rendered_faces, tmp_path):
    folder = write_run(tmp_path / "run", build("small_cnn", **SMALL), EMOTIONS)
    output = tmp_path / "out"
    options = ("--target=happiness", "--method=gradient", "--format=svg", f"--output_dir={output}")
    done = run(f"--run_dir={folder}", pictures / "face0.png", *options)
    assert done.returncode == 0, done.stderr
    row = pd.read_csv(output / "relevance.csv").iloc[0]
    assert row["target"] == "happiness"
    assert np.isnan(row["mu_w"])
    assert row[["face", "hair", "body", "background"]].sum() == pytest.approx(1, abs=1e-4)
    assert [path.suffix for path in output.iterdir() if path.suffix != ".csv"] == [".svg"]
    options = ("--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", "--images_per_target=1")
    done = run(f"--run_dir={folder}", *options, f"--output_dir={output}")
    assert done.returncode == 0, done.stderr
    summary = pd.read_csv(output / "relevance_summary.csv")
    assert summary["mu_w"].isna().all()
    assert summary[summary["n"] > 0]["hair"].between(0, 1).all()


def test_a_dataset_is_scored_by_group(unit_run, rendered_faces, tmp_path):
    done = run(
        f"--run_dir={unit_run}",
        "--dataset=rendered_faces/tiny",
        f"--data_dir={rendered_faces}",
        "--regions=drawn",
        "--images_per_target=2",
        "--threshold=0.4",
        f"--output_dir={tmp_path}",
    )
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "relevance.csv")
    assert rows["mu"].dropna().between(0, 1).all()
    assert set(rows["outcome"]) <= {"true positive", "false positive", "missed"}
    shares = rows[["face", "hair", "body", "background"]].dropna().sum(axis=1)
    assert len(shares) > 10
    np.testing.assert_allclose(shares, 1, atol=1e-4)
    summary = pd.read_csv(tmp_path / "relevance_summary.csv")
    assert {"female", "male"} <= set(summary["group"])
    assert (tmp_path / "panels.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give pictures or folders of pictures, or --dataset"),
        (["--target=AU3", "README.md"], "target 'AU3': this model has AU1, AU2"),
        (["README.md"], "none of the pictures could be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments, message, unit_run, tmp_path):
    done = run(f"--run_dir={unit_run}", f"--output_dir={tmp_path}", *arguments)
    assert done.returncode == 1
    assert message in done.stderr.strip().splitlines()[-1]


def test_a_run_that_is_none(tmp_path):
    done = run(f"--run_dir={tmp_path}", "README.md")
    assert done.returncode == 1
    assert "holds no finished run" in done.stderr
