"""Writes a small FABO of rendered faces: clips that go from neutral to an emotion and back, and their table."""

import csv
from pathlib import Path

from fer_tf.labels import EMOTIONS, UNKNOWN, emotion_index
from tfds_builders.fabo.fabo_dataset_builder import LETTERS, apex
from tfds_builders.source.dummy import rendered_face, write_film
from tfds_builders.source.films import Film
from tfds_builders.source.items import BY_SUBJECT
from tfds_builders.source.manifest import MANIFEST

RATE, FRAMES = 20, 30
# One for each split.
SUBJECTS = ("S001", "S003", "S014")
CLIPS = ("N", "happiness", "Sr", "boredom")


def clip(word: str, seed: int) -> list:
    """The frames of a clip, uint8 (96, 96, 3) each: ten of neutral, ten of the apex, ten of neutral."""
    index = emotion_index(LETTERS.get(word.lower(), word))
    emotion = "sadness" if index == UNKNOWN else EMOTIONS[index]
    neutral = rendered_face("neutral", seed)
    return [neutral] * 10 + [rendered_face(emotion, seed)] * 10 + [neutral] * 10


def write_source(folder: Path) -> dict[str, int]:
    """Writes the videos and the manifest; returns the number of pictures, of no official split."""
    rows = []
    for number, subject in enumerate(SUBJECTS):
        for word in CLIPS:
            path = f"videos/{subject}_{word}.avi"
            write_film(folder / path, clip(word, number), RATE)
            rows.append((path, subject, word))
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "subject_id", "emotion"), *rows])
    return {BY_SUBJECT: len(apex(Film(RATE, FRAMES))) * len(rows)}
