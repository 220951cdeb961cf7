"""What a file says of itself: read back, shown, and refused where it does not fit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from export import model_info
from export.litert import TFLiteRunner, named
from export.metadata import file_digest, info_of
from export.model_info import ModelInfo, embed, read_embedded
from export.tflite import export_tflite
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plain(model):
    """A file that says nothing of itself."""
    return export_tflite(model, "float32").replace(b"fer_tf", b"others")


def test_a_command_shows_it(plain, tmp_path):
    info = ModelInfo(input_size=32, crop_size=24, name="small", version="0.1.0", sha256="5d", commit="c0ffee")
    (tmp_path / "a.tflite").write_bytes(embed(plain, info))
    command = [sys.executable, "-X", "importtime", "-m", "export.model_info", str(tmp_path / "a.tflite")]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120, env=os.environ)
    shown = json.loads(done.stdout)
    assert (shown["task"], shown["inputs"], shown["input_range"]) == ("emotion", ["image"], [0, 255])
    assert (shown["labels"], shown["sha256"], shown["commit"]) == (list(EMOTIONS), "5d", "c0ffee")
    assert ModelInfo.from_json(done.stdout) == info
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time")}
    assert "tensorflow" not in imported
    assert "keras" not in imported


def test_the_command_says_what_it_cannot_read(plain, tmp_path):
    path = tmp_path / "a.tflite"
    with pytest.raises(InputError, match=r"expected one \.tflite file, came 0 arguments"):
        model_info.main([])
    with pytest.raises(InputError, match=r"a.tflite does not exist: give a file that"):
        model_info.main([str(path)])
    path.write_bytes(plain)
    with pytest.raises(InputError, match=r"a.tflite says nothing of itself"):
        model_info.main([str(path)])
    path.write_bytes(b"a photo, say")
    with pytest.raises(InputError, match=r"a.tflite: not a TFLite file"):
        model_info.main([str(path)])


def test_a_file_that_was_cut_short_is_refused_in_one_line(plain):
    whole = embed(plain, ModelInfo(input_size=32))
    for length in (8, 100, len(whole) // 2):
        with pytest.raises(InputError, match="damaged"):
            read_embedded(whole[:length])


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (ModelInfo(labels=EMOTIONS[:6], input_size=32), "it has 7 outputs for 6 labels"),
        (ModelInfo(labels=(*EMOTIONS[:6], "boredom"), input_size=32), "label 'boredom' is none of task emotion"),
        (ModelInfo(labels=(*EMOTIONS[:6], "anger"), input_size=32), "its labels .* name one twice"),
        (ModelInfo(task="age", input_size=32), "its task is 'age': expected one of emotion, action_units"),
        (ModelInfo(task="action_units", input_size=32), "label 'anger' is none of task action_units: known are AU1,"),
        (ModelInfo(inputs=("face",), input_size=48), "takes face and says that it takes face, pictures of 48 pixels"),
        (ModelInfo(inputs=("face", "geometry"), input_size=32), "takes image and says that it takes face, geometry"),
    ],
)
def test_a_file_that_does_not_fit_its_own_words(plain, info, message):
    with pytest.raises(InputError, match=message) as caught:
        TFLiteRunner(embed(plain, info))
    assert "\n" not in str(caught.value)
    assert "export it again" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is no JSON object"),
        ('{"labels": "anger"}', "has labels = 'anger': expected tuple"),
        ('{"labels": [["anger"]]}', "labels or inputs that are no words"),
        ('{"input_size": "48"}', "has input_size = '48': expected int"),
    ],
)
def test_damaged_words(text, message):
    with pytest.raises(InputError, match=message):
        ModelInfo.from_json(text)


def test_files_that_are_no_face_model():
    image = keras.Input((16, 16, 3), name="image")
    flat = keras.layers.Flatten()(image)
    thousand = keras.Model(image, keras.layers.Dense(20)(flat), name="objects")
    info = ModelInfo(labels=EMOTIONS, input_size=16)
    content = export_tflite(thousand, "float32", info=info).replace(b"fer_tf", b"others")
    with pytest.raises(InputError, match=r"shape \[.*\(1, 20\)\] and does not say what they mean"):
        TFLiteRunner(content)
    sound = keras.Input((40,), name="sound")
    content = export_tflite(keras.Model(sound, keras.layers.Dense(7)(sound)), "float32", info=info)
    with pytest.raises(InputError, match=r"inputs and outputs of shape .*: expected a file that python -m"):
        TFLiteRunner(content.replace(b"fer_tf", b"others"))


def test_labels_of_a_run_must_be_known(model, unit_model):
    with pytest.raises(InputError, match="small_units does not fit: its label 'smile' is none of task action_units"):
        info_of(unit_model, {"task": "action_units", "labels": ["AU1", "AU2", "smile"]})
    with pytest.raises(InputError, match="its task is 'age'"):
        info_of(model, {"task": "age"})


def test_pictures_of_one_model_have_one_size():
    inputs = {"face": keras.Input((32, 32, 3), name="face"), "place": keras.Input((48, 48, 3), name="place")}
    parts = [keras.layers.Flatten()(tensor) for tensor in inputs.values()]
    both = keras.Model(inputs, keras.layers.Dense(7)(keras.layers.Concatenate()(parts)), name="both")
    with pytest.raises(InputError, match=r"has input \(None, 48, 48, 3\): expected \(None, 32, 32, 3\), as all"):
        info_of(both)


def test_the_digest_is_that_of_the_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_one_input_needs_no_name():
    values = np.zeros((2, 4))
    assert list(named(values, ["image"])) == ["image"]
    assert list(named({"image": values, "other": values}, ["image"])) == ["image"]
