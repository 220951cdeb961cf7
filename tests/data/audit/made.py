"""Datasets made up for the audit's tests."""

import cv2
import numpy as np

from fer_tf.data.audit.collect import NUMBERS, TEXTS, Collected
from fer_tf.data.audit.measure import DIGEST, FACTS, SIDE
from fer_tf.data.audit.near import Thumbnails

# A picture without a fault.
SOUND = {"height": 100, "width": 100, "colour": 1, "light": 200, "face_light": 120, "blur": 0.3, "faces": 1}
SOUND |= {"face_side": 60, "cut": 0}


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """uint8 (count, SIDE, SIDE), blotches of several sizes, no two alike."""
    rng = np.random.default_rng(seed)
    coarse, fine = rng.integers(0, 160, (count, 8, 8), np.uint8), rng.integers(0, 90, (count, 24, 24), np.uint8)
    sized = [[cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in kind] for kind in (coarse, fine)]
    return np.add(*sized)


def collected(tmp_path, count: int, *, facts=None, thumbnails=None, cut_faces=False, detectors=("mtcnn",), **columns):
    """A dataset of sound pictures, all different, but for what is given.

    ``facts`` is number of a picture -> facts that differ; columns are those of ``Collected`` by name, ``split`` as
    words.
    """
    splits = tuple(dict.fromkeys(columns.get("split", ["train"])))
    split = np.array([splits.index(word) for word in columns.pop("split", ["train"] * count)], np.int8)
    values = {name: np.full(count, SOUND.get(name, np.nan), np.float32) for name in FACTS}
    for number, changes in (facts or {}).items():
        for name, value in changes.items():
            values[name][number] = value
    digests = columns.pop("digests", [f"{number:0{DIGEST}d}".encode() for number in range(count)])
    defaults = {"image_id": [f"i{number}".encode() for number in range(count)]}
    texts = {name: np.array(columns.pop(name, defaults.get(name, [b""] * count)), np.bytes_) for name in TEXTS}
    numbers = {name: np.array(columns.pop(name, [-1] * count), np.int8) for name in NUMBERS}
    votes = np.array(columns.pop("votes", np.full((count, 7), np.nan)), np.float32)
    reasons = columns.pop("reasons", {})
    assert not columns
    store = Thumbnails(tmp_path)
    store.append(pictures(count) if thumbnails is None else thumbnails)
    return Collected(
        splits,
        split,
        texts,
        numbers,
        votes,
        values,
        np.array(digests, f"S{DIGEST}"),
        reasons,
        store,
        detectors,
        cut_faces,
    )
