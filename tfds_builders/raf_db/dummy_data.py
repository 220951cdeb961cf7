"""Writes a small RAF-DB of rendered faces, as the official archives have it when they are unpacked."""

from pathlib import Path

from tfds_builders.raf_db.raf_db_dataset_builder import COMPOUND, COMPOUND_WORDS, WORDS
from tfds_builders.source.dummy import rendered_emotions, write_picture

# Of rendered faces: eyes, nose, corners of the mouth.
LANDMARKS = ((36, 42), (58, 42), (47, 52), (39, 64), (55, 64))
_DIGITS = {"train": 5, "test": 4}


def write_source(folder: Path) -> dict[str, int]:
    """Writes ``basic`` with two and one picture of each emotion; returns the number of pictures of each split."""
    return _write(folder / "basic", WORDS, {"train": 2, "test": 1})


def write_compound(folder: Path) -> dict[str, int]:
    """Writes ``compound`` with one picture of each mixed emotion for each split."""
    return _write(folder / COMPOUND, COMPOUND_WORDS, {"train": 1, "test": 1})


def _write(folder: Path, words: tuple[str, ...], counts: dict[str, int]) -> dict[str, int]:
    lines = []
    for split, count in counts.items():
        for number, (word, picture) in enumerate(rendered_emotions(words, count, seed=len(split)), 1):
            stem = f"{split}_{number:0{_DIGITS[split]}d}"
            lines.append(f"{stem}.jpg {1 + words.index(word)}\n")
            write_picture(folder / "Image" / "original" / f"{stem}.jpg", picture)
            write_picture(folder / "Image" / "aligned" / f"{stem}_aligned.jpg", picture[12:88, 10:86])
            _write_attributes(folder / "Annotation" / "manual" / f"{stem}_manu_attri.txt", number)
    (folder / "EmoLabel").mkdir()
    (folder / "EmoLabel" / "list_patition_label.txt").write_text("".join(lines))
    return {split: count * len(words) for split, count in counts.items()}


def _write_attributes(path: Path, number: int) -> None:
    """Gender goes round 0..2, race 0..2 and age 0..4, each beginning at the picture's number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    points = "".join(f"{x:.3f}\t{y:.3f}\n" for x, y in LANDMARKS)
    path.write_text(f"{points}{number % 3}\n{number % 3}\n{number % 5}\n")
