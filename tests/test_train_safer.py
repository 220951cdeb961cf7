"""SAFER through the commands: build, train, score, explain; on the smallest data there is."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from fer_tf.data.load import load
from fer_tf.labels import EMOTIONS
from tfds_builders import registry

ROOT = Path(__file__).resolve().parent.parent
DATASET = "context/rendered_faces.tiny"
SMALL = ["--model=safer", "--weights=none", "--image_size=32", "--batch_size=16", "--epochs=1", "--verbose=0"]
SMALL += ["--head_width=0.005", "--stream_width=4", "--stream_dropout=0.1"]


@pytest.fixture(scope="module")
def data_dir(rendered_faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("safer")
    shutil.copytree(rendered_faces, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.cpu_count", lambda: 1)  # no processes for so little
        registry.build(DATASET, folder)
    return folder


def run(script, *flags):
    command = [sys.executable, *script.split(), *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def trained(data_dir, tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("run")
    flags = [f"--dataset={DATASET}", f"--data_dir={data_dir}", f"--run_dir={run_dir}", *SMALL]
    result = run("train.py", *flags)
    assert result.returncode == 0, result.stderr[-2000:]
    return run_dir, flags


def test_a_place_network_is_trained_where_none_is_given(trained):
    run_dir, _ = trained
    facts = json.loads((run_dir / "place.json").read_text())
    assert facts["n_train"] > 0
    assert facts["dataset"] == DATASET
    assert (run_dir / "place.keras").is_file()


def test_measurements_were_told_what_is_usual(trained):
    import fer_tf.models.safer.layers  # noqa: F401 (registers them)

    layer = keras.saving.load_model(trained[0] / "model.keras").get_layer("measurements")
    assert np.abs(np.asarray(layer.mean)).max() > 0.1


def test_it_is_scored_like_any_model(trained):
    result = run("evaluate.py", f"--run_dir={trained[0]}")
    assert result.returncode == 0, result.stderr[-2000:]
    assert json.loads((trained[0] / "metrics.json").read_text())["n"] > 0
    mirrored = run("evaluate.py", f"--run_dir={trained[0]}", "--mirror")
    assert mirrored.returncode != 0
    assert "mirror is for models of one picture, and safer takes background, face, geometry, place" in mirrored.stderr


def test_it_is_explained_in_words(trained, data_dir, tmp_path):
    record = next(load("rendered_faces/tiny", "test", str(data_dir)).as_numpy_iterator())
    picture = np.asarray(cv2.resize(np.asarray(record["image"]), (224, 224), interpolation=cv2.INTER_CUBIC))
    cv2.imwrite(str(tmp_path / "face.png"), picture[..., ::-1])
    flags = [f"--run_dir={trained[0]}", f"--output_dir={tmp_path / 'out'}", str(tmp_path / "face.png"), "--nocrop"]
    result = run("-m fer_tf.explain", "--narrative", *flags)
    assert result.returncode == 0, result.stderr[-2000:]
    (told,) = map(json.loads, (tmp_path / "out" / "narrative.jsonl").read_text().splitlines())
    assert told["emotion"] in EMOTIONS
    assert set(told["streams"]["drops"]) == {"face", "background", "place"}


def test_a_killed_run_ends_with_the_same_weights(data_dir, tmp_path):
    flags = [f"--dataset={DATASET}", f"--data_dir={data_dir}", *SMALL, "--streams=face,background", "--epochs=2"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run("train.py", *flags, f"--run_dir={whole}").returncode == 0
    shutil.copytree(whole, killed)
    # As after a kill within the second epoch.
    sorted((killed / "checkpoints").glob("*.npz"))[-1].unlink()
    (killed / "run.json").unlink()
    again = run("train.py", *flags, f"--run_dir={killed}")
    assert again.returncode == 0, again.stderr[-2000:]
    ours, theirs = (np.load(sorted((folder / "checkpoints").glob("*.npz"))[-1]) for folder in (killed, whole))
    assert ours.files == theirs.files
    for name in ours.files:
        if ours[name].dtype.kind == "f":
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5, atol=1e-6)
    assert (killed / "run.json").is_file()


def test_frozen_streams_are_computed_once(data_dir, tmp_path):
    weights = tmp_path / "backbone.weights.h5"
    keras.applications.MobileNetV2(weights=None, include_top=False).save_weights(weights)
    flags = [f"--dataset={DATASET}", f"--data_dir={data_dir}", *SMALL, "--streams=face", "--epochs=2"]
    flags += ["--backbone=mobilenet_v2", f"--weights={weights}"]
    cached = ["--trainable=head", f"--cache_features={tmp_path / 'cache'}", f"--run_dir={tmp_path / 'run'}"]
    result = run("train.py", *flags, *cached)
    assert result.returncode == 0, result.stderr[-2000:]
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 2
    assert run("evaluate.py", f"--run_dir={tmp_path / 'run'}").returncode == 0


def test_a_dataset_without_faces_is_refused_in_one_line(data_dir, tmp_path):
    flags = [f"--data_dir={data_dir}", f"--run_dir={tmp_path}", *SMALL, "--dataset=rendered_faces/tiny"]
    result = run("train.py", *flags, "--streams=face")
    assert result.returncode != 0
    assert "rendered_faces/tiny has no field 'face'" in result.stderr.splitlines()[-1]
    assert "context/SOURCE" in result.stderr.splitlines()[-1]
