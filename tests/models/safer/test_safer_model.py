"""SAFER: its inputs, what it does without some of them, and what it refuses."""

import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.inputs import image_size, input_names
from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.registry import build
from fer_tf.models.safer.model import MEASUREMENTS
from fer_tf.models.safer.streams import backbone
from fer_tf.training.features import split_model

SMALL = {"image_size": 32, "head_width": 0.005}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("place") / "place.keras"
    place_cnn(image_size=32, classes=2, seed=0).save(path)
    return str(path)


def pictures(names, random, count=4):
    made = {name: random.integers(1, 256, (count, 32, 32, 3)).astype(np.float32) for name in names}
    return made | {"geometry": random.normal(1, 0.2, (count, len(MEASUREMENTS))).astype(np.float32)}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ("background", "face", "geometry", "place")),
        ({"streams": "face"}, ("face", "geometry")),
        ({"streams": "face,background", "face_features": "deep"}, ("background", "face")),
        ({"streams": "face,place", "face_features": "geometry"}, ("geometry", "place")),
    ],
)
def test_each_part_can_be_switched_off(options, names, place):
    model = build("safer", **SMALL, **options, place_weights=place)
    assert tuple(sorted(input_names(model))) == names
    assert image_size(model) == 32
    inputs = pictures(names, np.random.default_rng(0))
    logits = model.predict({name: inputs[name] for name in names}, verbose=0)
    assert logits.shape == (4, 7)
    assert np.isfinite(logits).all()


def test_the_papers_sizes_end_alike():
    of = {size: backbone("cnn", size, "none", 0, "face") for size in (224, 226)}
    shapes = {size: model.get_layer("pool3").output.shape[1:3] for size, model in of.items()}
    assert shapes == {224: (27, 27), 226: (27, 27)}


def test_without_anything_it_says_what_nothing_says(place):
    model = build("safer", **SMALL, stream_width=8, place_weights=place)
    black = {name: np.zeros((2, 32, 32, 3), np.float32) for name in ("face", "background", "place")}
    features = split_model(model)[0].predict(
        black | {"geometry": np.full((2, len(MEASUREMENTS)), np.nan, np.float32)}, verbose=0
    )
    assert (features == 0).all()


def test_it_is_the_same_after_saving(place, tmp_path):
    model = build("safer", **SMALL, stream_width=8, stream_dropout=0.2, place_weights=place)
    inputs = pictures(("face", "background", "place"), np.random.default_rng(1))
    model.get_layer("measurements").adapt(inputs["geometry"])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    before, after = (one.predict(inputs, verbose=0) for one in (model, again))
    assert (before == after).all()
    assert again.get_layer("features").layout == model.get_layer("features").layout


def test_the_place_is_never_trained_and_the_head_alone_on_request(place):
    all_of_it = build("safer", **SMALL, place_weights=place)
    assert not any(weight.trainable for weight in all_of_it.get_layer("place_present").weights)
    assert len(all_of_it.trainable_weights) == 2 * 8 + 3 * 2  # two CNNs of four layers, three connected layers
    frozen = {"trainable": "head", "backbone": "mobilenet_v2", "background_backbone": "mobilenet_v2"}
    inner, head = split_model(build("safer", **SMALL, **frozen, place_weights=place))
    assert inner.trainable_weights == []
    assert len(head.trainable_weights) == 6


def test_a_model_of_emotions_lends_its_convolutions(tmp_path):
    emotions = build("mobilenet_v2", image_size=64, weights="none")
    emotions.save(tmp_path / "model.keras")
    path = str(tmp_path / "model.keras")
    inner = backbone("mobilenet_v2", 64, path, 0, "face")
    picture = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    pooled = keras.Model(emotions.input, emotions.get_layer("pool").output).predict(picture, verbose=0)
    np.testing.assert_allclose(inner.predict(picture, verbose=0), pooled, rtol=1e-5, atol=1e-6)
    # At another size the picture is brought to the one that it was trained at.
    larger = np.repeat(np.repeat(picture, 2, axis=1), 2, axis=2)
    other = backbone("mobilenet_v2", 128, path, 0, "face").predict(larger, verbose=0)
    np.testing.assert_allclose(other, pooled, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"streams": "face,sound"}, "streams is 'face,sound': expected some of face, background, place"),
        ({"streams": "face,face"}, "each once"),
        ({"face_features": ""}, "face_features is '': expected some of geometry, deep"),
        ({"backbone": "vgg"}, "backbone is 'vgg': choose one of cnn, resnet50, mobilenet_v2"),
        ({"weights": "imagenet"}, "backbone cnn has no weights of its own, came 'imagenet'"),
        ({"trainable": "head"}, "left as it is, it is random; use trainable=all"),
        ({"trainable": "some"}, "trainable is 'some'"),
        ({"stream_dropout": 1.0}, "stream_dropout 1.0"),
        ({"image_size": 8}, "backbone cnn needs at least 22"),
    ],
)
def test_what_cannot_be_is_refused(options, message, place):
    with pytest.raises(InputError, match=message):
        build("safer", **SMALL | {"place_weights": place} | options)
