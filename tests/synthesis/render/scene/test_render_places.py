"""Places: repeatable, of any size, told apart around a person."""

import functools
import re

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.scene.places import draw_place, is_indoor
from fer_tf.synthesis.render.spec import PLACES

EVERYWHERE = (*PLACES, "plain", "studio")
TRAIN, TEST, SIDE = 12, 6, 112


@functools.cache
def _draws(place: str) -> np.ndarray:
    """TRAIN + TEST pictures of a place, uint8 (N, SIDE, SIDE, 3)."""
    number = EVERYWHERE.index(place)
    return np.stack([draw_place(place, np.random.default_rng([7, number, draw]), SIDE) for draw in range(TRAIN + TEST)])


def _person_out() -> np.ndarray:
    """Mask, bool (SIDE, SIDE): False where head and shoulders stand."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (SIDE // 2, SIDE // 2), (28, 36), 0, 0, 360, 1, -1)
    cv2.ellipse(mask, (SIDE // 2, SIDE), (48, 26), 0, 0, 360, 1, -1)
    return mask == 0


def _features(picture: np.ndarray) -> np.ndarray:
    """Colour means and strengths of upright and level edges in 8 x 8 cells, without the person."""
    keep = _person_out()[..., None].astype(np.float32)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = [np.abs(cv2.Sobel(grey, cv2.CV_32F, *order)) for order in ((1, 0), (0, 1))]
    edges = np.stack(edges, axis=2) / (4.0 + cv2.blur(grey, (9, 9))[..., None]) * 40.0
    layers = np.concatenate([np.sqrt(picture.astype(np.float32)) * 4.0, edges], axis=2) * keep
    return cv2.resize(layers, (8, 8), interpolation=cv2.INTER_AREA).ravel()


@pytest.mark.parametrize("place", EVERYWHERE)
def test_the_same_state_gives_the_same_bytes_and_another_state_another_picture(place):
    first = draw_place(place, np.random.default_rng(3), 96)
    assert first.shape == (96, 96, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, draw_place(place, np.random.default_rng(3), 96))
    other = draw_place(place, np.random.default_rng(4), 96)
    assert np.abs(first.astype(int) - other).mean() > 3.0


def test_the_bytes_do_not_depend_on_the_number_of_threads():
    threads = cv2.getNumThreads()
    try:
        pictures = []
        for count in (1, 2):
            cv2.setNumThreads(count)
            pictures.append(draw_place("street", np.random.default_rng(5), 224))
    finally:
        cv2.setNumThreads(threads)
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("size", [16, 64, 111, 224, 256, 512])
def test_a_state_gives_the_same_place_at_any_size(size):
    picture = draw_place("kitchen", np.random.default_rng(1), size)
    assert picture.shape == (size, size, 3)
    reference = draw_place("kitchen", np.random.default_rng(1), 256)
    small, small_reference = (
        cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA) for image in (picture, reference)
    )
    assert np.abs(small.astype(int) - small_reference).max() <= 4


def test_places_are_told_apart_around_a_person():
    features = np.stack([[_features(picture) for picture in _draws(place)] for place in PLACES])
    centre, spread = features[:, :TRAIN].mean(axis=(0, 1)), features[:, :TRAIN].std(axis=(0, 1)) + 1.0
    features = (features - centre) / spread
    # Ridge regression to one target a place: a plain linear classifier.
    train = features[:, :TRAIN].reshape(len(PLACES) * TRAIN, -1)
    target = np.repeat(np.eye(len(PLACES)), TRAIN, axis=0)
    kernel = train @ train.T
    weights = np.linalg.solve(kernel + 0.3 * np.trace(kernel) / len(kernel) * np.eye(len(kernel)), target)
    scores = features[:, TRAIN:] @ train.T @ weights
    hits = scores.argmax(axis=2) == np.arange(len(PLACES))[:, None]
    report = dict(zip(PLACES, hits.mean(axis=1).round(2).tolist(), strict=True))
    assert hits.mean() >= 0.6, report
    assert hits.mean(axis=1).min() >= 0.2, report


def test_no_two_draws_of_a_place_are_alike():
    for place in PLACES:
        thumbnails = np.stack([cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA) for image in _draws(place)])
        gaps = np.abs(thumbnails[:, None].astype(int) - thumbnails[None]).mean(axis=(2, 3, 4))
        assert gaps[np.triu_indices(len(gaps), 1)].min() > 6.0, place


def test_pictures_are_neither_black_nor_burnt_out():
    for place in PLACES:
        levels = _draws(place).mean(axis=(1, 2, 3))
        assert levels.min() > 12.0, place
        assert levels.max() < 245.0, place


@pytest.mark.parametrize("function", [lambda name: draw_place(name, np.random.default_rng(0), 64), is_indoor])
def test_an_unknown_place_is_refused_with_the_known_ones(function):
    with pytest.raises(InputError, match=re.escape("'moon': known are plain, studio, bar, bedroom")):
        function("moon")


def test_too_small_a_picture_is_refused():
    with pytest.raises(InputError, match="size 8: expected at least 16 pixels"):
        draw_place("bar", np.random.default_rng(0), 8)


def test_names_and_indoor_are_those_of_places365(shared):
    listing = shared / "data" / "places365" / "IO_places365.txt"
    if not listing.is_file():
        pytest.skip(f"needs {listing.name} of Places365 in the development data")
    rows = (line.split() for line in listing.read_text().splitlines())
    indoor = {name.split("/", 2)[2]: kind == "1" for name, kind in rows}
    assert {place: indoor.get(place) for place in PLACES} == {place: is_indoor(place) for place in PLACES}
