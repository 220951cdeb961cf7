import importlib.metadata
import json

import keras
import numpy as np
import pytest

from export.lite_graph import behind_scaling
from export.litert import TFLiteRunner
from export.metadata import info_of
from export.model_info import ModelInfo, embed, read_embedded
from export.runners import KerasRunner
from export.tflite import KINDS, export_tflite, parse_kinds
from fer_tf.errors import InputError
from fer_tf.faces.tflite import open_interpreter
from fer_tf.labels import EMOTIONS


@pytest.fixture(scope="module")
def exports(model, images):
    info = info_of(model, {"crop_size": 24, "grayscale": True, "commit": "c0ffee"}, sha256="5d")
    return {kind: export_tflite(model, kind, images, info=info) for kind in KINDS}


@pytest.fixture(scope="module")
def expected(model, images):
    return KerasRunner(model, info_of(model)).probabilities(images)


def test_expected_probabilities_are_not_all_alike(expected):
    assert len(np.unique(expected.argmax(1))) > 1
    assert expected.max() > 0.5


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-5), ("float16", 0.02), ("dynamic_range", 0.1)])
def test_float_kinds_agree_with_keras(exports, expected, images, kind, tolerance):
    found = TFLiteRunner(exports[kind]).probabilities(images)
    np.testing.assert_allclose(found, expected, atol=tolerance)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


def test_int8_agrees_with_keras(exports, expected, images):
    found = TFLiteRunner(exports["int8"]).probabilities(images)
    assert (found.argmax(1) == expected.argmax(1)).mean() > 0.9
    assert np.abs(found - expected).mean() < 0.03


def test_int8_is_integer_throughout(exports):
    interpreter = open_interpreter(exports["int8"])
    assert interpreter.get_input_details()[0]["dtype"] == np.uint8
    assert interpreter.get_output_details()[0]["dtype"] == np.uint8
    # The model's own scaling to -1..1; 1/256 is one step of probability.
    assert interpreter.get_input_details()[0]["quantization"] == pytest.approx((1 / 127.5, 127))
    assert interpreter.get_output_details()[0]["quantization"] == (1 / 256, 0)
    kinds = {detail["dtype"] for detail in interpreter.get_tensor_details() if detail["name"]}
    assert np.float32 not in kinds


def test_bytes_go_into_int8_files_as_they_are(exports, images):
    interpreter = open_interpreter(exports["int8"])
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images[:1])
    interpreter.invoke()
    stored = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(TFLiteRunner(exports["int8"]).probabilities(images[:1]), stored / np.float32(256))


def test_the_scaling_is_the_inputs_only_where_nobody_else_sees_the_picture(images):
    image = keras.Input((32, 32, 3), name="image")
    scaled = keras.layers.Rescaling(1 / 255)(image)
    mean = keras.layers.GlobalAveragePooling2D()
    alone = keras.Model(image, keras.layers.Dense(7)(mean(scaled)), name="alone")
    both = keras.layers.Concatenate()([mean(scaled), keras.layers.GlobalMaxPooling2D()(image)])
    shared = keras.Model(image, keras.layers.Dense(7)(both), name="shared")
    assert behind_scaling(alone)[1:] == (1 / 255, 0)
    assert behind_scaling(shared) is None
    for model, scale in ((alone, 1 / 255), (shared, 1)):
        content = export_tflite(model, "int8", images)
        (detail,) = open_interpreter(content).get_input_details()
        assert detail["quantization"] == pytest.approx((scale, 0), rel=0.02)


def test_weights_shrink(images):
    big = keras.Sequential(
        [keras.Input((32, 32, 3), name="image"), keras.layers.Flatten(), keras.layers.Dense(7)], name="big"
    )
    sizes = {kind: len(export_tflite(big, kind, images)) for kind in KINDS}
    weights = 32 * 32 * 3 * 7
    assert sizes["float32"] > 4 * weights
    assert 2 * weights < sizes["float16"] < 2.3 * weights
    assert weights < sizes["dynamic_range"] < 1.3 * weights
    assert weights < sizes["int8"] < 1.3 * weights


def test_any_batch_size_and_image_size(exports, expected, images):
    runner = TFLiteRunner(exports["float32"])
    for count in (1, 5, 2, 5):
        np.testing.assert_allclose(runner.probabilities(images[:count]), expected[:count], atol=1e-5)
    larger = images.repeat(2, axis=1).repeat(2, axis=2)
    assert runner.probabilities(larger).shape == (40, 7)


def test_the_file_knows_what_it_is(exports):
    for content in exports.values():
        info = TFLiteRunner(content).info
        assert info == ModelInfo(
            labels=EMOTIONS,
            input_size=32,
            crop_size=24,
            grayscale=True,
            name="small",
            version=importlib.metadata.version("fer_tf"),
            licence="Apache-2.0",
            sha256="5d",
            commit="c0ffee",
        )


def test_the_file_has_a_signature(exports):
    interpreter = open_interpreter(exports["float32"])
    assert interpreter.get_signature_list() == {"serving_default": {"inputs": ["image"], "outputs": ["probabilities"]}}


def test_metadata_of_others_stays(exports):
    twice = embed(embed(exports["float32"], ModelInfo(name="second")), ModelInfo(name="third"))
    assert read_embedded(twice).name == "small"
    assert open_interpreter(twice).get_input_details()


def test_newer_metadata_can_be_read():
    text = json.dumps({"labels": ["a"], "input_size": 4, "not_yet_known": 1})
    assert ModelInfo.from_json(text) == ModelInfo(labels=("a",), input_size=4)


def test_int8_without_images_is_refused(model):
    with pytest.raises(InputError, match=r"int8 needs training images .* give --dataset"):
        export_tflite(model, "int8")
    with pytest.raises(InputError, match="int8 needs training images"):
        export_tflite(model, "int8", np.zeros((0, 32, 32, 3)))


def test_images_of_another_size_are_refused(model):
    with pytest.raises(InputError, match=r"shape \(2, 48, 48, 3\): expected \(N, 32, 32, 3\)"):
        export_tflite(model, "int8", np.zeros((2, 48, 48, 3)))


def test_unknown_kinds_are_refused(model):
    with pytest.raises(InputError, match="kind 'int4' is unknown: choose one of float32, float16"):
        export_tflite(model, "int4")
    with pytest.raises(InputError, match="--kinds holds int4: choose from float32"):
        parse_kinds(["int8", "int4"])
    with pytest.raises(InputError, match="--kinds holds nothing"):
        parse_kinds([])
    assert parse_kinds(["int8", "float32", "int8"]) == ["int8", "float32"]


def test_labels_must_fit_the_outputs(model):
    with pytest.raises(InputError, match="has 7 outputs for 2 labels"):
        info_of(model, {"labels": ["yes", "no"]})


def test_input_must_be_square():
    image = keras.Input((32, 48, 3))
    wide = keras.Model(image, keras.layers.Dense(7)(keras.layers.Flatten()(image)), name="wide")
    with pytest.raises(InputError, match=r"wide has input \(None, 32, 48, 3\): expected"):
        info_of(wide)


def test_bad_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"TFLite model .*gone.tflite does not exist"):
        TFLiteRunner(tmp_path / "gone.tflite")
    (tmp_path / "noise.tflite").write_bytes(b"noise" * 100)
    with pytest.raises(InputError, match=r"TFLite model .*noise.tflite cannot be read"):
        TFLiteRunner(tmp_path / "noise.tflite")


def test_a_file_without_labels_is_refused():
    image = keras.Input((32, 32, 3), name="image")
    two = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)), name="two")
    labelled = export_tflite(two, "float32", info=info_of(two, {"labels": ["anger", "fear"]}))
    assert TFLiteRunner(labelled).info.labels == ("anger", "fear")
    stripped = labelled.replace(b"fer_tf", b"others")
    with pytest.raises(InputError, match=r"shape .*\(1, 2\)\] and does not say what they mean: expected a file that"):
        TFLiteRunner(stripped)
