import cv2
import numpy as np
import pytest

from fer_tf.data.audit import near
from fer_tf.data.audit.measure import SIDE
from fer_tf.data.audit.near import Thumbnails, aligned_correlation, low_frequencies, near_pairs
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames
from tests.data.audit.made import pictures


def shrunk(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def copy(large: np.ndarray) -> np.ndarray:
    """Cut, brightened and re-encoded."""
    side = len(large)
    cut = np.clip(large[side // 40 :, : side - side // 30] * 1.1 + 5.0, 0, 255).astype(np.uint8)
    _, content = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return shrunk(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE))


@pytest.fixture(scope="module")
def faces() -> list[np.ndarray]:
    """Two emotions of each of six people, cut as FER-2013 cuts them."""
    plan = Plan("near", 71, {"test": 6}, images_per_subject=2, framing="crops", size=96, disguised=0.0)
    drawn = [draw(labelled.frame).image for person in range(6) for labelled in frames(plan, "test", person)]
    return [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in drawn]


def found(store, similarity=0.92, wanted=lambda first, second: np.ones(len(first), bool), **options):
    pairs = [np.concatenate(part) for part in zip(*near_pairs(store, similarity, wanted, **options), strict=True)]
    return {(int(one), int(other)): score for one, other, score in zip(*pairs, strict=True)}


def test_copies_of_faces_are_found_and_other_faces_are_not(faces, tmp_path):
    store = Thumbnails(tmp_path)
    store.append(np.stack([*map(shrunk, faces), *map(copy, faces)]))
    pairs = found(store)
    assert set(pairs) == {(number, number + len(faces)) for number in range(len(faces))}
    assert min(pairs.values()) > 0.95


def test_blocks_decide_nothing(tmp_path):
    store, drawn = Thumbnails(tmp_path), pictures(30)
    for part in np.split(np.concatenate([drawn, drawn[::-1]]), 6):
        store.append(part)
    whole = found(store)
    assert set(whole) == {(number, 59 - number) for number in range(30)}
    assert found(store, block=7) == pytest.approx(whole)


def test_unwanted_pairs_are_left_out(tmp_path):
    store, drawn = Thumbnails(tmp_path), pictures(4)
    store.append(np.concatenate([drawn, drawn]))
    assert set(found(store, wanted=lambda first, second: first != 2)) == {(0, 4), (1, 5), (3, 7)}


def test_flat_pictures_are_like_none(tmp_path):
    store = Thumbnails(tmp_path)
    store.append(np.stack([np.full((SIDE, SIDE), value, np.uint8) for value in (0, 0, 128, 255)]))
    assert not found(store)
    assert not low_frequencies(np.zeros((2, SIDE, SIDE), np.uint8)).any()


def test_what_cannot_be_aligned_has_nothing_in_common():
    assert aligned_correlation(np.zeros((SIDE, SIDE), np.uint8), pictures(1)[0]) == -1


def test_only_the_most_alike_are_looked_at(tmp_path, monkeypatch):
    store, drawn = Thumbnails(tmp_path), pictures(5)
    store.append(np.concatenate([drawn, drawn]))
    monkeypatch.setattr(near, "MOST_CANDIDATES", 3)
    assert len(found(store)) == 3
