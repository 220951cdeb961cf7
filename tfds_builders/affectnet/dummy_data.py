"""Writes small AffectNets of rendered faces, as the two official releases have it."""

import hashlib
from pathlib import Path

import numpy as np

from tfds_builders.affectnet.layouts import SETS, TABLES, WORDS
from tfds_builders.source.dummy import rendered_emotions, write_picture

HEADER = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
BOX = (24, 20, 46, 58)


def write_source(folder: Path) -> dict[str, int]:
    """Writes the newer release, eight classes; returns the number of pictures of each split.

    Every third number is stored as text, as in the release.
    """
    for part in SETS:
        for number, (word, picture) in enumerate(rendered_emotions(WORDS[:8], 2, seed=len(part))):
            write_picture(folder / part / "images" / f"{number}.jpg", picture)
            value = np.array(WORDS.index(word))
            path = folder / part / "annotations" / f"{number}_exp.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, value.astype("U") if number % 3 == 0 else value)
            np.save(path.with_name(f"{number}_val.npy"), np.array(-0.25))
    return dict.fromkeys(SETS.values(), 16)


def write_tables(folder: Path) -> dict[str, int]:
    """Writes a first release, eleven labels; returns the number of rows of each split."""
    for table, split in TABLES.items():
        lines = [HEADER]
        for number, (word, picture) in enumerate(rendered_emotions(WORDS, 2, seed=len(split))):
            path = f"{1 + number % 3}/{hashlib.sha256(f'{split}{number}'.encode()).hexdigest()[:56]}.jpg"
            write_picture(folder / "Manually_Annotated_Images" / path, picture)
            box = "NULL,NULL,NULL,NULL" if word == "No-Face" else ",".join(map(str, BOX))
            lines.append(f"{path},{box},1.5;2.5;3.5;4.5,{WORDS.index(word)},-0.25,0.5")
        (folder / table).write_text("\n".join(lines) + "\n")
    return dict.fromkeys(TABLES.values(), 2 * len(WORDS))
