"""Robustness: what a model says of worse pictures of the same people, and of disguised ones."""

import keras
import numpy as np
import pytest

from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.evaluation import run
from fer_tf.evaluation.corruptions import SEVERITIES
from fer_tf.evaluation.robustness import robustness
from fer_tf.labels import EMOTIONS

DATASET = "rendered_faces/tiny"


@pytest.fixture(scope="module")
def inputs(rendered_faces):
    return InputOptions(DATASET, str(rendered_faces), image_size=64, batch_size=16)


@pytest.fixture(scope="module")
def by_brightness():
    """A model that takes dark pictures for anger and all others for surprise."""
    image = keras.Input((64, 64, 3), name="image")
    bright = keras.layers.GlobalAveragePooling2D()(image)
    logits = keras.layers.Dense(len(EMOTIONS))(bright)
    model = keras.Model(image, logits, name="by_brightness")
    kernel, bias = np.zeros((3, 7), np.float32), np.full(7, -1e3, np.float32)
    kernel[:, 6], bias[6], bias[0] = 1.0, -3 * 40, 0.0
    model.layers[-1].set_weights([kernel, bias])
    return model


@pytest.fixture(scope="module")
def found(by_brightness, inputs):
    return robustness(
        by_brightness,
        inputs,
        "train",
        limit=500,
        kinds=("low_light", "shift"),
        disguises=("surgical_mask",),
        resamples=100,
    )


def test_what_is_not_worsened_scores_as_ever(found, by_brightness, inputs):
    predictions = run.predict(by_brightness, inputs, "train")
    expected = run.metrics(predictions)[0]["mean_class_accuracy"]
    for points in found["curves"].values():
        assert [point["severity"] for point in points] == list(range(SEVERITIES + 1))
        assert {point["n"] for point in points} == {len(predictions.truth)}
        assert points[0]["value"] == pytest.approx(expected)


def test_a_model_that_goes_by_brightness_fails_in_the_dark(found):
    # In the dark everything is anger: one class of seven right.
    assert found["curves"]["low_light"][-1]["value"] == pytest.approx(1 / 7, abs=1e-6)
    change = [abs(point["value"] - found["curves"]["shift"][0]["value"]) for point in found["curves"]["shift"]]
    assert max(change) < 0.1


def test_disguises_are_compared_on_the_faces_that_can_wear_them(found):
    without, worn = found["disguises"]["surgical_mask"]
    assert (without["severity"], worn["severity"]) == (0, 1)
    assert without["n"] == worn["n"] >= 10


def test_few_images_are_taken_evenly(by_brightness, inputs):
    found = robustness(by_brightness, inputs, "train", limit=14, kinds=("jpeg",), disguises=(), resamples=100)
    assert found["curves"]["jpeg"][0]["n"] == 14
    assert found["disguises"] == {}


def test_models_of_several_pictures_are_refused(inputs):
    pictures = [keras.Input((8, 8, 3), name=name) for name in ("face", "background")]
    both = keras.layers.Concatenate()([keras.layers.Flatten()(picture) for picture in pictures])
    model = keras.Model(pictures, keras.layers.Dense(7)(both), name="two")
    with pytest.raises(InputError, match=r"robustness is for models of one picture, and two takes"):
        robustness(model, inputs, "test")
