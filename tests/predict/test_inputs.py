"""What models look at of a face in a photo."""

import numpy as np
import pytest

from export.model_info import ModelInfo
from fer_tf.errors import InputError
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.mesh import find_meshes
from fer_tf.faces.streams import StreamSettings, streams_of
from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.predict import Predictor, predictor
from fer_tf.predict.inputs import batch_of, face_inputs
from tests.faces.people import drawn

SAFER = ("face", "geometry", "background", "place")


@pytest.fixture(scope="module")
def scene():
    image = drawn(0, size=320).image
    (faces,) = detect_faces([image], detector="blazeface_both")
    assert faces
    return image, faces[:1]


def test_safer_sees_the_streams_of_its_dataset(scene):
    image, faces = scene
    info = ModelInfo(inputs=SAFER, input_size=224, fill="blur", remove="subject", min_background=0.0)
    (found,) = face_inputs(info, image, faces, grayscale=False)
    settings = StreamSettings(fill="blur", remove="subject", min_background=0.0)
    (expected,) = streams_of(image, faces, find_meshes([image], [faces], passes=2)[0], settings)
    np.testing.assert_array_equal(found["face"], expected.face)
    for name in ("background", "place"):
        np.testing.assert_array_equal(found[name], expected.background)
    assert found["geometry"].shape == (80,)
    assert np.isfinite(found["geometry"]).all()
    (plain,) = face_inputs(ModelInfo(inputs=SAFER, input_size=224), image, faces, grayscale=False)
    assert (plain["background"] != found["background"]).any()


def test_colour_is_taken_out_of_every_picture(scene):
    info = ModelInfo(inputs=SAFER, input_size=64)
    (found,) = face_inputs(info, *scene, grayscale=True)
    for name in ("face", "background", "place"):
        assert found[name].shape == (64, 64, 3)
        np.testing.assert_array_equal(found[name][..., 0], found[name][..., 2])


def test_batches(scene):
    inputs = face_inputs(ModelInfo(inputs=SAFER, input_size=64), *scene, grayscale=False)
    batch = batch_of(inputs * 3)
    assert {name: values.shape for name, values in batch.items()} == {
        "geometry": (3, 80),
        **dict.fromkeys(("face", "background", "place"), (3, 64, 64, 3)),
    }
    (one,) = face_inputs(ModelInfo(input_size=32, crop_size=16), *scene, grayscale=False)
    assert batch_of([one]).shape == (1, 32, 32, 3)
    assert face_inputs(ModelInfo(inputs=SAFER, input_size=64), scene[0], [], grayscale=False) == []


def test_inputs_that_no_photo_gives_are_named(scene):
    with pytest.raises(InputError, match="model ear wants 'sound': a photo gives image, face, geometry"):
        face_inputs(ModelInfo(inputs=("face", "sound"), name="ear"), *scene, grayscale=False)


def test_models_of_the_other_kind_are_refused(monkeypatch):
    class Units:
        info = ModelInfo(labels=("AU6", "AU12"), task=ACTION_UNIT_TASK, input_size=16)

    monkeypatch.setattr(predictor, "load_runner", lambda path: Units())
    with pytest.raises(InputError, match=r"model is a model of action units \(AU6, AU12 .*: give models"):
        Predictor("units.tflite")
