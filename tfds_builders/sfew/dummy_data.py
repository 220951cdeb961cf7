"""Writes a small SFEW of rendered faces, as the official archives have it."""

from pathlib import Path

from tfds_builders.sfew.sfew_dataset_builder import SPLITS, WORDS
from tfds_builders.source.dummy import rendered_emotions, write_picture

FILMS = ("AlexEmma", "Bridesmaids")


def write_source(folder: Path) -> dict[str, int]:
    """Writes ``Train`` and ``Val`` with two frames of each emotion; returns the number of pictures of each split."""
    for part in SPLITS:
        for number, (emotion, picture) in enumerate(rendered_emotions(WORDS, 2, seed=len(part))):
            name = f"{FILMS[number % 2]}_{100 + number:06d}_{number:08d}.png"
            write_picture(folder / part / emotion / name, picture)
    return dict.fromkeys(SPLITS.values(), 2 * len(WORDS))
