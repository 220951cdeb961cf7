"""Makes small stand-ins for the files of FER-2013, filled with noise, for tests."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from tfds_builders.fer2013.competition_csv import IMAGE_SIZE, SOURCE_EMOTIONS

ROWS = {"Training": 14, "PublicTest": 7, "PrivateTest": 7}
_VOTES_HEADER = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"  # as in FER+
)


def noise_images() -> np.ndarray:
    """The images of all rows: uint8 (28, 48, 48), the same ones each time."""
    return np.random.default_rng(7).integers(0, 256, (sum(ROWS.values()), IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)


def table_lines() -> list[str]:
    """The lines of a table, header first; emotions go round 0..6."""
    usages = [usage for usage, number in ROWS.items() for _ in range(number)]
    lines = ["emotion,pixels,Usage"]
    for index, (usage, image) in enumerate(zip(usages, noise_images(), strict=True)):
        lines.append(f"{index % len(SOURCE_EMOTIONS)},{' '.join(map(str, image.ravel()))},{usage}")
    return lines


def write_table(folder: Path, lines: list[str]) -> Path:
    """Writes ``fer2013.csv`` and returns its path."""
    path = folder / "fer2013.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_archive(folder: Path, lines: list[str], member: str = "fer2013/fer2013.csv") -> Path:
    """Writes ``fer2013.tar.gz`` with the table as its member and returns its path."""
    path = folder / "fer2013.tar.gz"
    content = ("\n".join(lines) + "\n").encode()
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return path


def votes_lines() -> list[str]:
    """The lines of an FER+ table: row 0 as below, row 1 not a face, the others all happiness."""
    usages = [usage for usage, number in ROWS.items() for _ in range(number)]
    lines = [_VOTES_HEADER]
    for index, usage in enumerate(usages):
        votes = "0,10,0,0,0,0,0,0,0,0"
        if index == 0:
            # One vote short of ten, as one row of the real table.
            votes = "1,0,0,0,5,2,0,1,0,0"
        if index == 1:
            votes = "0,0,0,0,0,0,0,0,0,10"
        lines.append(f"{usage},{'' if index == 1 else f'fer{index:07d}.png'},{votes}")
    return lines


def write_votes(folder: Path, lines: list[str]) -> Path:
    """Writes ``fer2013new.csv`` and returns its path."""
    path = folder / "fer2013new.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_class_folders(folder: Path, train_per_class: int = 12, test_per_class: int = 1) -> None:
    """Writes ``train/<class>/N.png`` and ``test/<class>/N.png`` with small grey noise images."""
    rng = np.random.default_rng(11)
    for part, number in (("train", train_per_class), ("test", test_per_class)):
        for word in SOURCE_EMOTIONS:
            directory = folder / part / word.lower()
            directory.mkdir(parents=True)
            for index in range(number):
                image = rng.integers(0, 256, (IMAGE_SIZE, IMAGE_SIZE), dtype=np.uint8)
                Image.fromarray(image).save(directory / f"{index}.png")
