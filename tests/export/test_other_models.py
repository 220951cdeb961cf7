"""Action units and SAFER in every form that an export has, against Keras."""

import io
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from export.lite_graph import float_layers, without_resizing
from export.litert import TFLiteRunner
from export.metadata import info_of
from export.runners import KerasRunner, SavedModelRunner
from export.saved_model import export_saved_model
from export.tflite import KINDS, export_tflite
from fer_tf.errors import InputError
from fer_tf.faces.tflite import open_interpreter
from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.models.registry import build

UNITS = {"task": ACTION_UNIT_TASK, "labels": ["AU1", "AU4", "AU12"], "crop_size": 24}
TOLERANCE = {"float32": 1e-5, "float16": 0.02, "dynamic_range": 0.1, "int8": 0.15}


@pytest.fixture(scope="module")
def unit_files(unit_model, images):
    return {kind: export_tflite(unit_model, kind, images, info=info_of(unit_model, UNITS)) for kind in KINDS}


@pytest.fixture(scope="module")
def safer_files(safer_model, views):
    return {kind: export_tflite(safer_model, kind, views) for kind in KINDS}


def operations(content):
    return {operation["op_name"] for operation in open_interpreter(content)._get_ops_details()}


@pytest.mark.parametrize("kind", KINDS)
def test_units_are_sigmoids(unit_files, unit_model, images, kind):
    runner = TFLiteRunner(unit_files[kind])
    found = runner.probabilities(images)
    logits = unit_model.predict(images, verbose=0)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logits)), atol=TOLERANCE[kind])
    assert (np.abs(found.sum(axis=1) - 1) > 0.1).any()
    assert (runner.info.labels, runner.info.task) == (("AU1", "AU4", "AU12"), ACTION_UNIT_TASK)
    np.testing.assert_allclose(
        KerasRunner(unit_model, runner.info).probabilities(images), 1 / (1 + np.exp(-logits)), atol=1e-6
    )


def test_int8_of_units_takes_and_gives_integers(unit_files):
    interpreter = open_interpreter(unit_files["int8"])
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert [detail["dtype"] for detail in details] == [np.uint8, np.uint8]


@pytest.mark.parametrize("kind", KINDS)
def test_safer_takes_its_inputs_by_name(safer_files, safer_model, views, kind):
    expected = KerasRunner(safer_model, info_of(safer_model)).probabilities(views)
    assert len(np.unique(expected.argmax(axis=1))) > 1
    found = TFLiteRunner(safer_files[kind]).probabilities(views)
    assert np.abs(found - expected).mean() < TOLERANCE[kind] / 5
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.85
    assert not [name for name in operations(safer_files[kind]) if "FLEX" in name.upper() or "CUSTOM" in name.upper()]
    # In any order and number.
    few = {name: views[name][5:8] for name in reversed(views)}
    np.testing.assert_allclose(TFLiteRunner(safer_files[kind]).probabilities(few), found[5:8], atol=1e-6)


def test_int8_of_safer_knows_a_missing_mesh_and_is_small(safer_files, views):
    runner = TFLiteRunner(safer_files["int8"])
    known = {name: values[1:2].copy() for name, values in views.items()}
    missing = known | {"geometry": np.full_like(known["geometry"], np.nan)}
    usual = known | {"geometry": np.nanmean(views["geometry"], axis=0, keepdims=True)}
    rows = [runner.probabilities(inputs)[0] for inputs in (known, missing, usual)]
    assert np.isfinite(rows).all()
    assert min(np.abs(rows[0] - rows[1]).max(), np.abs(rows[1] - rows[2]).max()) > 0.005
    assert len(safer_files["int8"]) < 0.5 * len(safer_files["float32"])
    inputs = open_interpreter(safer_files["int8"]).get_input_details()
    assert {detail["dtype"] for detail in inputs} == {np.float32}
    kinds = [d["dtype"] for d in open_interpreter(safer_files["int8"]).get_tensor_details()]
    assert kinds.count(np.int8) > 30


def test_a_face_alone_without_measurements_and_measurements_alone(views):
    for options, names in (
        ({"streams": "face", "face_features": "deep"}, ["face"]),
        ({"streams": "face", "face_features": "geometry"}, ["geometry"]),
    ):
        model = build("safer", image_size=32, head_width=0.005, **options)
        inputs = {name: views[name] for name in names}
        expected = KerasRunner(model, info_of(model)).probabilities(inputs)
        for kind in ("float32", "int8"):
            runner = TFLiteRunner(export_tflite(model, kind, inputs))
            np.testing.assert_allclose(runner.probabilities(inputs), expected, atol=TOLERANCE[kind])
            assert runner.info.inputs == tuple(names)


def test_antialiased_resizing_becomes_products():
    image = keras.Input((24, 20, 3), name="image")
    inner = keras.Sequential([keras.layers.Input((24, 20, 3)), keras.layers.Resizing(7, 9, antialias=True)])
    model = keras.Model(image, keras.layers.Dense(2)(inner(image)))
    changed = without_resizing(model)
    assert changed is not model
    picture = np.random.default_rng(0).uniform(0, 255, (2, 24, 20, 3)).astype(np.float32)
    np.testing.assert_allclose(changed(picture), model(picture), rtol=1e-4, atol=1e-3)
    plain = keras.Model(image, keras.layers.Resizing(7, 9)(image))
    assert without_resizing(plain) is plain


def test_what_stays_in_floats(safer_model, model):
    assert {"measurements", "face_present", "geometry_norm"} <= set(float_layers(safer_model))
    assert float_layers(model) == []


# A server has TensorFlow alone; -P keeps the checkout off the path.
SERVER = """
import sys
sys.modules["keras"] = None  # as where it is not installed; TensorFlow imports it where it is
import numpy as np
import tensorflow as tf

given = dict(np.load("given.npz"))
units = tf.saved_model.load("units")
assert sorted(units.signatures) == ["jpeg", "serving_default"]
image = tf.constant(given.pop("image"), tf.float32)
found = {
    "units": units.signatures["serving_default"](image=image),
    "jpeg": units.signatures["jpeg"](jpeg=tf.constant([open("a.png", "rb").read()])),
}
safer = tf.saved_model.load("safer")
assert list(safer.signatures) == ["serving_default"]
taken = {name: tf.constant(values, tf.float32) for name, values in given.items()}
found["safer"] = safer.signatures["serving_default"](**taken)
np.savez("found.npz", **{name: result["probabilities"].numpy() for name, result in found.items()})
open("info.json", "wb").write(units.info().numpy())
ours = ("fer_tf", "export", "tf_keras")
assert sys.modules["keras"] is None
assert not [name for name in sys.modules if name.split(".")[0] in ours], "the server needed more than TensorFlow"
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory, unit_model, safer_model, images, views):
    folder = tmp_path_factory.mktemp("served")
    export_saved_model(unit_model, folder / "units", info=info_of(unit_model, UNITS))
    export_saved_model(safer_model, folder / "safer")
    Image.fromarray(images[0]).save(folder / "a.png")
    np.savez(folder / "given.npz", image=images[:5], **views)
    command = [sys.executable, "-P", "-c", SERVER]
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=300, env=without)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_a_server_needs_neither_keras_nor_this_project(served, unit_model, safer_model, images, views):
    found = np.load(served / "found.npz")
    expected = KerasRunner(unit_model, info_of(unit_model, UNITS)).probabilities(images[:5])
    np.testing.assert_allclose(found["units"], expected, atol=1e-6)
    np.testing.assert_allclose(found["jpeg"], expected[:1], atol=1e-6)
    expected = KerasRunner(safer_model, info_of(safer_model)).probabilities(views)
    np.testing.assert_allclose(found["safer"], expected, atol=1e-6)
    info = json.loads((served / "info.json").read_text())
    assert (info["task"], info["labels"], info["licence"]) == (ACTION_UNIT_TASK, UNITS["labels"], "Apache-2.0")


def test_the_runner_takes_pictures_of_any_size(served, safer_model, views):
    large = {name: v.repeat(2, axis=1).repeat(2, axis=2) if v.ndim == 4 else v for name, v in views.items()}
    runner = SavedModelRunner(served / "safer")
    expected = KerasRunner(safer_model, info_of(safer_model)).probabilities(large)
    np.testing.assert_allclose(runner.probabilities(large), expected, atol=1e-6)


def test_inputs_that_do_not_fit_are_named(safer_model, safer_files, views, images):
    for runner in (KerasRunner(safer_model, info_of(safer_model)), TFLiteRunner(safer_files["float32"])):
        with pytest.raises(InputError, match="expected each by its name, came one array"):
            runner.probabilities(images)
        with pytest.raises(InputError, match="geometry is missing among face, background, place"):
            runner.probabilities({name: values for name, values in views.items() if name != "geometry"})
        with pytest.raises(InputError, match="equally many of each input: came 40 of background, 2 of face"):
            runner.probabilities(views | {"face": images[:2]})


def test_calibration_that_does_not_fit_is_named(safer_model, views):
    with pytest.raises(InputError, match=r"shape \(40, 9\): expected \(N, 80\)"):
        export_tflite(safer_model, "int8", views | {"geometry": np.zeros((40, 9))})
    with pytest.raises(InputError, match="int8 needs training images"):
        export_tflite(safer_model, "int8", {})


def test_jpeg_files_are_decoded(served, images):
    buffer = io.BytesIO()
    Image.fromarray(images[0]).save(buffer, "JPEG", quality=95)
    loaded = SavedModelRunner(served / "units")._loaded
    found = loaded.signatures["jpeg"](jpeg=[buffer.getvalue()])["probabilities"].numpy()
    assert np.abs(found - np.load(served / "found.npz")["jpeg"]).max() < 0.1
