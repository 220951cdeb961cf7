"""Writes a small CK+ of rendered faces, as the official archives have it."""

from pathlib import Path

import numpy as np

from tfds_builders.ck_plus.ck_plus_dataset_builder import EMOTION_WORDS, POINTS
from tfds_builders.source.dummy import rendered_face, write_picture
from tfds_builders.source.items import BY_SUBJECT

FRAMES = 5
# Sequence -> number of its emotion, where it has one, and FACS number -> intensity. S005 and S006 are trained on, S012
# validates, S014 tests.
TAKES = {
    "S005/001": (3, {9: 4, 17: 3, 25: 0}),
    "S005/002": (None, {1: 2, 61: 0}),
    "S006/001": (5, {6: 3, 12: 5, 25: 2}),
    "S012/001": (2, {14: 1}),
    "S012/003": (7, {1: 5, 2: 5, 5: 4, 27: 4}),
    "S014/001": (1, {4: 3, 23: 0}),
    "S014/002": (4, {}),
}
_RENDERED = {"happy": "happiness", "contempt": "neutral"}
# What the face fills of a rendered picture: left, top, width, height.
BOX = (20, 20, 60, 60)


def write_source(folder: Path) -> dict[str, int]:
    """Writes every sequence of ``TAKES``, from neutral to its emotion; returns the number of sequences."""
    for seed, (sequence, (emotion, units)) in enumerate(TAKES.items()):
        word = EMOTION_WORDS[emotion or 0]
        neutral, peak = (rendered_face(name, seed) for name in ("neutral", _RENDERED.get(word, word)))
        for frame in range(1, FRAMES + 1):
            stem = f"{sequence}/{sequence.replace('/', '_')}_{frame:08d}"
            share = (frame - 1) / (FRAMES - 1)
            grey = ((1 - share) * neutral + share * peak).mean(axis=2).astype(np.uint8)
            write_picture(folder / "cohn-kanade-images" / f"{stem}.png", grey)
            _write(folder / "Landmarks" / f"{stem}_landmarks.txt", _points())
        _write(folder / "FACS" / f"{stem}_facs.txt", units.items())
        if emotion is not None:
            _write(folder / "Emotion" / f"{stem}_emotion.txt", [(emotion,)])
    return {BY_SUBJECT: len(TAKES)}


def _write(path: Path, rows) -> None:
    """The official files have every number, whole ones too, as a float."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("".join(f"   {value:.7e}" for value in row) + "\n" for row in rows))


def _points() -> np.ndarray:
    left, top, width, height = BOX
    angles = np.linspace(0, 2 * np.pi, POINTS)
    return np.stack([left + width * (1 + np.cos(angles)) / 2, top + height * (1 + np.sin(angles)) / 2], axis=1)
