"""Rendered and overlaid faces as they are asked for."""

import json

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, DISGUISES, EMOTIONS
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate import overlay
from fer_tf.synthesis.generate.overlay import OverlaySource
from fer_tf.synthesis.generate.rendered import RenderedSource
from fer_tf.synthesis.generate.requests import Request

KNOWN = {"gender": 1, "skin_tone": 9, "age_group": 4}


def test_rendered_faces_are_those_asked_for():
    source = RenderedSource(48)
    requests = [
        *(Request("a", "train", "happiness", "hat", 3, **KNOWN), Request("b", "test", "anger", "beard", 4, **KNOWN)),
        Request("a", "train", "happiness", "sunglasses", 3, **KNOWN),
    ]
    images = source.images(requests, [None] * 3)
    assert [image.shape for image in images] == [(48, 48, 3)] * 3
    alone = source.images(requests[1:2], [None])
    np.testing.assert_array_equal(alone[0], images[1])
    assert (images[0] != images[2]).any(), "another disguise on the same person"
    for request in requests:
        details = source.details(request)
        frame = details["frame"]
        assert frame["disguise"] == DISGUISES.index(request.disguise)
        assert frame["expression"]["emotion"] == EMOTIONS.index(request.emotion)
        assert (frame["subject"]["gender"], frame["subject"]["skin_tone"]) == (1, 9)
        assert frame["subject"]["age"] >= 70
        assert frame["size"] == source.settings()["size"] == 48
        units = json.loads(json.dumps(details))["action_units"]
        assert units
        assert set(units) <= set(map(str, ACTION_UNITS))
    first, _, third = (source.details(request)["frame"] for request in requests)
    assert {**first, "disguise": 0} == {**third, "disguise": 0}


@pytest.mark.parametrize("size", [31, 1025])
def test_sizes_that_are_not_rendered(size):
    with pytest.raises(InputError, match=rf"--size: expected 32\.\.1024 pixels for rendered faces, came {size}"):
        RenderedSource(size)


def test_overlays_go_by_disguise_and_come_back_in_order(monkeypatch):
    calls = []

    class Drawn:
        def __init__(self, image):
            self.image = image

    def disguise(images, kind, seeds):
        calls.append((kind, list(seeds)))
        return [Refused("dark") if not i.any() else Drawn(i + np.uint8(s)) for i, s in zip(images, seeds, strict=True)]

    monkeypatch.setattr(overlay, "disguise_pictures", disguise)
    requests = [Request(str(n), "train", "fear", ("hat", "cap")[n % 2], 10 + n) for n in range(4)]
    pictures = [np.full((4, 5, 3), shade, np.uint8) for shade in (1, 2, 0, 4)]
    outcomes = OverlaySource().images(requests, pictures)
    assert calls == [("hat", [10, 12]), ("cap", [11, 13])]
    assert outcomes[2] == Refused("dark")
    assert [int(outcomes[n].mean()) for n in (0, 1, 3)] == [11, 13, 17]


def test_an_overlay_changes_the_disguise_only():
    request = Request("a", "train", "neutral", "clear_glasses", 5, **KNOWN)
    (face,) = RenderedSource(128).images([Request("a", "train", "neutral", "none", 5, **KNOWN)], [None])
    source = OverlaySource()
    (image,) = source.images([request], [face])
    changed = (image != face).any(axis=2)
    assert 0.005 < changed.mean() < 0.3
    assert source.images([request], [np.zeros((40, 40, 3), np.uint8)]) == [Refused("no face was found")]
    assert (source.settings(), source.details(request)) == ({}, {})
