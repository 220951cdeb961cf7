"""Multiaccuracy finds a planted error of a hidden group, mends it on others, and leaves a fair model alone."""

import keras
import numpy as np
import pytest

from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.evaluation.run import predict
from fer_tf.training.mitigation.multiaccuracy import audit, predict_corrected, with_features


def world(count, seed, error):
    """A model that says emotion 0 too often where feature 2 is above 0: logits, features, truth, group, people."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, 5))
    group = features[:, 2] > 0
    truth = random.integers(0, 7, count)
    logits = 2.0 * np.eye(7)[truth] + random.gumbel(size=(count, 7))
    logits[:, 0] += error * group
    people = np.array([f"person{number % (count // 4)}" for number in range(count)])
    return logits, features, truth, group, people


def accuracy(logits, truth, member):
    return (logits.argmax(axis=1) == truth)[member].mean()


def test_a_hidden_group_is_found_and_mended_on_other_people():
    logits, features, truth, _, people = world(4000, 0, error=2.5)
    correction = audit(logits, features, truth, people)
    logits, features, truth, group, _ = world(4000, 1, error=2.5)
    mended = correction(logits, features)
    gap = accuracy(logits, truth, ~group) - accuracy(logits, truth, group)
    left = accuracy(mended, truth, ~group) - accuracy(mended, truth, group)
    assert gap > 0.1
    assert abs(left) < gap / 2
    assert accuracy(mended, truth, ~group) > accuracy(logits, truth, ~group) - 0.02
    assert any(step.emotion == 0 for step in correction.steps)
    first = correction.steps[0]
    assert first.emotion == 0
    assert np.abs(first.weights[:5]).argmax() == 2, "the auditor names the feature"


def test_a_calibrated_model_is_nearly_left_alone():
    random = np.random.default_rng(5)
    features = random.normal(size=(4000, 5))
    logits = random.normal(size=(4000, 7))
    odds = np.exp(logits)
    chances = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    truth = (random.random((4000, 1)) > chances).sum(axis=1)
    correction = audit(logits, features, truth, [""] * 4000)
    assert np.abs(correction(logits, features) - logits).max() < 0.3


def test_the_same_seed_gives_the_same_correction():
    given = world(1000, 0, error=2.0)
    one, other = (audit(given[0], given[1], given[2], given[4], seed=4) for _ in range(2))
    assert len(one.steps) == len(other.steps) > 0
    assert (one(given[0], given[1]) == other(given[0], given[1])).all()


def test_too_few_images_are_refused():
    with pytest.raises(InputError, match="multiaccuracy has 10 images to audit: it needs at least 40"):
        audit(np.zeros((10, 7)), np.zeros((10, 3)), np.zeros(10, int), [""] * 10)


def test_features_are_what_the_last_connected_layer_reads():
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(7, name="logits")(hidden))
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    wide, count = with_features(model)
    found = wide(x).numpy()
    assert (found.shape, count) == ((5, 10), 7)
    np.testing.assert_allclose(found[:, :7], model(x), rtol=1e-6)
    np.testing.assert_allclose(found[:, 7:], keras.Model(inputs, hidden)(x), rtol=1e-6)
    with pytest.raises(InputError, match="has no connected layer"):
        with_features(keras.Model(inputs, keras.layers.ReLU()(inputs)))


def test_a_model_of_pictures_is_audited_and_corrected(rendered_faces):
    inputs = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32, batch_size=16)
    keras.utils.set_random_seed(0)
    image = keras.Input((32, 32, 3))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, keras.layers.Dense(7, name="logits")(features))
    # Sure of anger, whatever it sees: an error that any auditor finds.
    model.get_layer("logits").set_weights([np.zeros((3, 7)), 3 * np.eye(7)[0]])
    plain = predict(model, inputs, "test")
    corrected, correction = predict_corrected(model, (inputs, "train"), (inputs, "test"))
    assert correction.steps
    assert corrected.image_id.tolist() == plain.image_id.tolist()
    assert corrected.probabilities.sum(axis=1) == pytest.approx(np.ones(35))
    truth = np.eye(7)[plain.truth]
    loss, before = (-(truth * np.log(found.probabilities)).sum(axis=1).mean() for found in (corrected, plain))
    assert loss < before - 0.2


def test_it_is_not_scored_on_what_it_learnt_from(rendered_faces):
    inputs = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32, batch_size=16)
    image = keras.Input((32, 32, 3))
    model = keras.Model(image, keras.layers.Dense(7)(keras.layers.GlobalAveragePooling2D()(image)))
    with pytest.raises(
        InputError, match="multiaccuracy learns from rendered_faces/tiny, test, the images to be scored"
    ):
        predict_corrected(model, (inputs, "test"), (inputs, "test"))
    with pytest.raises(InputError, match=r"\d+ subjects are in what multiaccuracy learns from and in train\[:50\]"):
        predict_corrected(model, (inputs, "train"), (inputs, "train[:50]"))
