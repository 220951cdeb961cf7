"""Names of places, votes and attributes, and the networks behind them."""

import json

import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.heads import FEATURES
from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.place_network import names_file, place_categories, place_network
from fer_tf.models.places import (
    INDOOR,
    OUTDOOR,
    attribute_names,
    category_names,
    indoor_categories,
    indoor_or_outdoor,
    load_attribute_matrix,
    top_attributes,
    top_categories,
)
from fer_tf.models.registry import build

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)


def test_names_are_those_of_places365():
    names = category_names()
    assert (len(names), len(set(names))) == (365, 365)
    assert names[0] == "airfield"
    assert names[8] == "apartment_building/outdoor"
    assert [names.index(name) for name in ("playroom", "kindergarden_classroom", "nursery")] == [269, 202, 240]
    assert indoor_categories().sum() == 160
    assert indoor_categories()[names.index("bedroom")]
    assert not indoor_categories()[names.index("mountain")]
    assert len(attribute_names()) == 102
    assert attribute_names()[0] == "boating"


def test_top_categories_have_the_probabilities_of_a_softmax():
    logits = np.log([[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]])
    first, second = top_categories(logits + [[1000], [-1000]], ("a", "b", "c"), count=2)
    assert [name for name, _ in first] == ["b", "c"]
    np.testing.assert_allclose([p for _, p in first], [0.6, 0.3])
    assert [name for name, _ in second] == ["a", "b"]
    with pytest.raises(InputError, match=r"logits have shape \(2, 3\): expected \(pictures, 365\)"):
        top_categories(logits, category_names())


@pytest.mark.parametrize(
    ("indoors", "where", "share"), [(10, INDOOR, 1.0), (6, INDOOR, 0.6), (5, OUTDOOR, 0.5), (1, OUTDOOR, 0.9)]
)
def test_ten_categories_vote_with_one_voice_each(indoors, where, share):
    flags = indoor_categories()
    logits = np.zeros((1, 365))
    logits[0, np.flatnonzero(flags)[:indoors]] = 5
    logits[0, np.flatnonzero(~flags)[: 10 - indoors]] = 90
    assert indoor_or_outdoor(logits) == [(where, pytest.approx(share))]


def test_attributes_are_the_strongest_responses(tmp_path):
    matrix = RNG.normal(size=(102, 512))
    np.save(tmp_path / "W.npy", matrix)
    features = RNG.random((3, 512)).astype("f4")
    found = top_attributes(features, load_attribute_matrix(tmp_path / "W.npy"), count=9)
    for row, answers in zip(features, found, strict=True):
        responses = matrix @ row
        order = np.argsort(responses)  # as the original does it
        assert [name for name, _ in answers] == [attribute_names()[order[n]] for n in range(-1, -10, -1)]
        assert answers[0][1] == pytest.approx(responses.max(), rel=1e-4)
    with pytest.raises(InputError, match=r"features have shape \(1, 9216\): expected \(pictures, 512\)"):
        top_attributes(np.zeros((1, 9216)), matrix)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros((512, 102)), r"has float64 \(512, 102\): expected float \(102, 512\)"),
        (np.zeros((102, 512), int), r"has int64 \(102, 512\): expected float"),
        (np.full((102, 512), None), "is no array of NumPy without objects"),
    ],
)
def test_other_matrices_are_refused(tmp_path, content, message):
    np.save(tmp_path / "W.npy", content, allow_pickle=True)
    with pytest.raises(InputError, match=message):
        load_attribute_matrix(tmp_path / "W.npy")


def test_matrices_that_are_not_there_or_no_array_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"W\.npy does not exist: give W_sceneattribute_wideresnet18\.npy"):
        load_attribute_matrix(tmp_path / "W.npy")
    (tmp_path / "W.npy").write_bytes(b"no array")
    with pytest.raises(InputError, match="is no array of NumPy"):
        load_attribute_matrix(tmp_path / "W.npy")
    np.savez(tmp_path / "W.npz", a=np.zeros(3))
    with pytest.raises(InputError, match="has an archive: expected float"):
        load_attribute_matrix(tmp_path / "W.npz")


@pytest.fixture
def small(tmp_path):
    """A small network for three places, with their names beside it."""
    path = tmp_path / "place.keras"
    place_cnn(classes=3, image_size=32, seed=1).save(path)
    names_file(path).write_text(json.dumps({"categories": ["bar", "beach", "street"]}))
    return str(path)


def test_a_small_network_gives_flat_features(small):
    whole = keras.saving.load_model(small)
    network = place_network(small, image_size=32)
    images = IMAGES[:, ::7, ::7]
    assert network.predict(images, verbose=0).shape == (2, 2 * 2 * 96)
    assert network.get_layer(FEATURES)
    assert not network.trainable_weights
    logits = place_network(small, image_size=32, top=True).predict(images, verbose=0)
    np.testing.assert_allclose(logits, whole.predict(images, verbose=0), atol=1e-6)
    assert place_categories(small) == ("bar", "beach", "street")


def test_pictures_of_another_size_are_resized_inside(small, tmp_path):
    network = place_network(small)
    assert network.input_shape == (None, 224, 224, 3)
    resized = keras.ops.image.resize(IMAGES.astype("f4"), (32, 32), interpolation="bilinear", antialias=True)
    expected = place_network(small, image_size=32).predict(np.asarray(resized), verbose=0)
    np.testing.assert_allclose(network.predict(IMAGES, verbose=0), expected, atol=1e-4)
    assert network.get_layer(FEATURES).output.shape == (None, 384)
    assert place_network(small, top=True).predict(IMAGES, verbose=0).shape == (2, 3)
    network.save(tmp_path / "again.keras")
    again = keras.saving.load_model(tmp_path / "again.keras")
    np.testing.assert_allclose(again.predict(IMAGES, verbose=0), expected, atol=1e-4)


def test_seeds_decide_the_small_network():
    first, again, other = (place_cnn(classes=2, image_size=16, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != other[0]).any()


def test_missing_weights_say_where_to_get_them(tmp_path):
    for call in (place_network, place_categories):
        with pytest.raises(InputError, match=r"pth\.tar do not exist: download them.*or use place_weights=none"):
            call(str(tmp_path / "alexnet_places365.pth.tar"))
        with pytest.raises(InputError, match=r"place weights are 'none': give the path of alexnet_places365\.pth\.tar"):
            call("none")


def test_files_that_are_no_place_network_are_refused(small, tmp_path):
    (tmp_path / "a.caffemodel").write_bytes(b"\n\x07AlexNet\xa2\x06")
    with pytest.raises(InputError, match="it is a model of Caffe"):
        place_network(str(tmp_path / "a.caffemodel"))
    build("small_cnn", image_size=32).save(tmp_path / "faces.keras")
    with pytest.raises(InputError, match=r"faces\.keras hold small_cnn, which is no place network"):
        place_network(str(tmp_path / "faces.keras"))
    (tmp_path / "broken.keras").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"model .*broken\.keras cannot be read"):
        place_network(str(tmp_path / "broken.keras"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (None, r"place names .*place\.json do not exist: keep that file beside"),
        ("no json", "are damaged: expected JSON with categories"),
        ('{"categories": ["bar", 1]}', "are damaged: expected a list of names"),
        ('{"categories": ["bar"]}', "place names .* are 1, and .* has 3 places: they belong to different networks"),
    ],
)
def test_names_that_do_not_fit_are_refused(small, names, message):
    names_file(small).unlink() if names is None else names_file(small).write_text(names)
    with pytest.raises(InputError, match=message):
        place_network(small, top=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": 1}, "classes is 1: place_cnn needs at least two places"),
        ({"classes": 2, "image_size": 15}, "image_size is 15: place_cnn needs at least 16"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        place_cnn(**options)
