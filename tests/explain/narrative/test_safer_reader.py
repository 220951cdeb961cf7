"""SAFER as the narrative asks it: taking a stream away is what the model says of none, and places are named."""

import dataclasses

import numpy as np
import pytest

from fer_tf.explain.narrative import safer_reader
from fer_tf.explain.narrative.safer_reader import SaferReader
from fer_tf.faces.face import Face
from fer_tf.faces.mesh import POINTS, Mesh
from fer_tf.faces.streams import Streams, StreamSettings
from fer_tf.labels import EMOTIONS
from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.place_network import place_network
from fer_tf.models.registry import build

PLACES = ("beach", "kitchen")


@pytest.fixture(scope="module")
def place_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("place") / "place.keras"
    place_cnn(image_size=32, classes=2, seed=0).save(path)
    (path.with_suffix(".json")).write_text('{"categories": ["beach", "kitchen"]}')
    return str(path)


@pytest.fixture(scope="module")
def reader(place_path):
    model = build("safer", image_size=32, head_width=0.01, place_weights=place_path, seed=3)
    place = place_network(place_path, image_size=224, top=True)
    return SaferReader(model, EMOTIONS, place=place, categories=PLACES)


def picture():
    random = np.random.default_rng(0)
    return random.integers(0, 256, (120, 160, 3)).astype(np.uint8)


def faces(count):
    keypoints = dict.fromkeys(("mouth_left", "mouth_right"), (60.0, 60.0))
    return [Face((30.0 + 40 * n, 30.0, 30.0, 36.0), 0.9, keypoints) for n in range(count)]


def mesh():
    points = np.random.default_rng(1).uniform(35, 60, (POINTS, 3)).astype(np.float32)
    return Mesh(points, 0.99)


def test_each_face_is_read_with_and_without_each_stream(reader):
    seen = reader.read(picture(), faces(2), [mesh(), None], whole=False)
    assert len(seen) == 2
    for one in seen:
        assert sum(one.probabilities.values()) == pytest.approx(1)
        assert tuple(one.without) == ("face", "background", "place")
        assert one.without["face"] != one.probabilities
    # What is left without the face does not depend on which face it is.
    assert seen[0].without["face"] == pytest.approx(seen[1].without["face"], abs=1e-5)


def test_a_pure_crop_has_no_place(reader, monkeypatch):
    made = safer_reader.streams_of

    def bare(*arguments):
        return [dataclasses.replace(one, background=np.zeros_like(one.background)) for one in made(*arguments)]

    monkeypatch.setattr(safer_reader, "streams_of", bare)
    (one,) = reader.read(picture(), faces(1), [None], whole=True)
    assert one.place is None
    assert one.without["place"] == one.without["background"] == one.probabilities
    assert one.without["face"] != one.probabilities
    assert reader.read(picture(), [], [], whole=False) == []


def test_a_place_is_named_with_its_attributes(place_path):
    model = build("safer", image_size=32, head_width=0.01, place_weights=place_path, seed=3)
    place = place_network(place_path, image_size=224, top=True)
    reader = SaferReader(
        model,
        EMOTIONS,
        settings=StreamSettings(min_background=0.0),
        place=place,
        categories=PLACES,
        attributes=lambda seen: (f"{seen.shape[0]} wide",),
    )
    shown = np.full((224, 224, 3), 90, np.uint8)
    streams = Streams(shown, shown, shown, 0.8, np.full((468, 3), np.nan, np.float32), np.zeros(4, np.float32), 1)
    named = reader._named(streams)
    assert named.category in PLACES
    assert named.attributes == ("224 wide",)
    assert named.indoor == (named.category == "kitchen")


def test_a_model_of_one_stream_compares_nothing(place_path):
    model = build("safer", image_size=32, head_width=0.01, streams="face", face_features="deep", seed=3)
    (one,) = SaferReader(model, EMOTIONS).read(picture(), faces(1), [None], whole=False)
    assert one.without is None
    assert one.place is None
