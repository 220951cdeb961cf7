"""The whole chain on LiteRT alone: in the environment of requirements-edge.lock, which holds no TensorFlow."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from export.model_info import ModelInfo
from export.tflite import export_tflite
from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.predict import Predictor
from fer_tf.predict.files import predict_files
from fer_tf.predict.live import predict_videos
from fer_tf.synthesis.render.video import Film, write_film
from tests.faces.people import drawn

ROOT = Path(__file__).resolve().parents[2]
EDGE = ROOT / ".venv-edge/bin/python"
HEAVY = ("tensorflow", "keras", "mediapipe", "scipy", "pandas", "numba", "matplotlib")
needs_edge = pytest.mark.skipif(not EDGE.is_file(), reason="make test makes .venv-edge, make .venv-edge/installed too")


def run(python, *arguments, code=None):
    start = ["-c", code] if code else ["-m", "fer_tf.predict"]
    return subprocess.run(
        [str(python), *start, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Folder with drawn scenes, one of them with bystanders."""
    folder = tmp_path_factory.mktemp("scenes")
    for number, bystanders in enumerate((0, 2, 0)):
        Image.fromarray(drawn(number, bystanders, size=320).image).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def au_file(tmp_path_factory):
    """A model of two action units that looks at the colour."""
    image = keras.Input((16, 16, 3), name="image")
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, keras.layers.Dense(2, kernel_initializer="ones")(mean), name="mobilenet_au")
    path = tmp_path_factory.mktemp("au") / "units.tflite"
    info = ModelInfo(labels=("AU6", "AU12"), task=ACTION_UNIT_TASK, input_size=16, crop_size=16)
    path.write_bytes(export_tflite(model, "float32", info=info))
    return path


@needs_edge
def test_there_is_no_tensorflow():
    code = f"import importlib.util as i; print([name for name in {HEAVY} if i.find_spec(name)])"
    assert run(EDGE, code=code).stdout.strip() == "[]"


@needs_edge
def test_the_device_answers_as_the_workstation(scenes, au_file, tmp_path):
    done = run(EDGE, scenes, f"--au_model={au_file}", f"--output={tmp_path / 'edge.jsonl'}")
    assert done.returncode == 0, done.stderr
    assert predict_files([scenes], Predictor(au_model=au_file), output=tmp_path / "here.jsonl") == 0
    edge, here = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        for name in ("edge.jsonl", "here.jsonl")
    )
    assert sum(len(record["faces"]) for record in here) >= 3
    for one, other in zip(edge, here, strict=True):
        assert (one["image"], len(one["faces"])) == (other["image"], len(other["faces"]))
        for face, same in zip(one["faces"], other["faces"], strict=True):
            np.testing.assert_allclose(face["box"], same["box"], atol=0.2)
            assert face["emotion"] == same["emotion"]
            for part in ("probabilities", "action_units"):
                assert face[part] == pytest.approx(same[part], abs=2e-3)
            assert list(face["action_units"]) == ["AU6", "AU12"]


@needs_edge
def test_a_film_on_the_device(tmp_path):
    film = tmp_path / "people.mp4"
    write_film(film, Film(people=2, frames=30))
    done = run(EDGE, film, f"--output={tmp_path / 'edge.csv'}", "--format=csv", f"--annotate={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert predict_videos([film], Predictor(), form="csv", output=tmp_path / "here.csv") == 0
    edge, here = (list(csv.DictReader((tmp_path / name).read_text().splitlines())) for name in ("edge.csv", "here.csv"))
    told = ("frame", "id", "emotion")
    assert [[row[name] for name in told] for row in edge] == [[row[name] for name in told] for row in here]
    assert {row["id"] for row in edge} == {"1", "2"}


@needs_edge
def test_what_is_not_installed_is_named(scenes):
    done = run(EDGE, scenes, "--detector=mtcnn")
    assert done.returncode == 1
    assert "error: detector mtcnn needs the package" in done.stderr
    assert "Traceback" not in done.stderr


@needs_edge
def test_models_that_need_tensorflow_are_refused(scenes, keras_file):
    done = run(EDGE, scenes, f"--model={keras_file}")
    assert done.returncode == 1
    assert f"error: model {keras_file} needs TensorFlow, which is not installed: give a .tflite file" in done.stderr


@pytest.mark.parametrize("python", [sys.executable, pytest.param(EDGE, marks=needs_edge)], ids=["full", "edge"])
def test_nothing_heavy_is_imported(scenes, python):
    picture = sorted(scenes.iterdir())[0]
    code = f"""
import sys
import fer_tf.faces.streams, fer_tf.predict.live
from fer_tf.predict import Predictor
record, = Predictor().predict_images([{os.fspath(picture)!r}])
print(len(record["faces"]), [name for name in {HEAVY} if name in sys.modules])
"""
    done = run(python, code=code)
    assert done.returncode == 0, done.stderr
    count, heavy = done.stdout.strip().split(" ", 1)
    assert int(count) > 0
    assert heavy == "[]"
