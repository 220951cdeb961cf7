"""Writes a small CAER-S of rendered faces, as the official archive and the lists of boxes have it."""

from pathlib import Path

from tfds_builders.caer_s.caer_s_dataset_builder import SPLITS, WORDS
from tfds_builders.source.dummy import rendered_emotions, write_picture

# Of rendered faces: left, top, right, bottom.
BOX = (24, 20, 70, 78)


def write_source(folder: Path) -> dict[str, int]:
    """Writes ``train`` and ``test`` with two frames of each emotion; returns the number of pictures of each split."""
    for split in SPLITS:
        for number, (word, picture) in enumerate(rendered_emotions(WORDS, 2, seed=len(split))):
            write_picture(folder / split / word / f"{1 + number % 2:04d}.png", picture)
    return dict.fromkeys(SPLITS, 2 * len(WORDS))


def write_boxes(folder: Path) -> None:
    """Writes ``train.txt``, which says Angry, and ``test.txt``, each with the first picture of every emotion."""
    for split, first in (("train", "Angry"), ("test", "Anger")):
        words = (first, *WORDS[1:])
        box = ",".join(map(str, BOX))
        lines = [f"{split}/{word}/0001.png,{number},{box}" for number, word in enumerate(words)]
        (folder / f"{split}.txt").write_text("\n".join(lines) + "\n")
