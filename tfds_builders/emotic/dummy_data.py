"""Writes a small EMOTIC of rendered faces, as the official archive has it."""

from pathlib import Path

import numpy as np
from scipy.io import savemat

from tfds_builders.emotic.annotations import AGES, GENDERS, SPLITS
from tfds_builders.source.dummy import SIZE, rendered_emotions, write_picture

# Of the two people on each frame.
BOXES = ((0, 0, SIZE, SIZE), (SIZE, 0, 2 * SIZE, SIZE))
LABELS = (("Anger",), ("Fear", "Pain"), ("Happiness", "Excitement"), ("Sadness", "Fear"), ("Surprise",), ("Peace",))
_FOLDERS = ("mscoco", "ade20k", "framesdb", "emodb_small")


def write_source(folder: Path) -> dict[str, int]:
    """Writes three frames of two people for each split; returns the number of people of each."""
    write_annotations(folder, {part: _frames(folder, part) for part in SPLITS})
    return dict.fromkeys(SPLITS.values(), len(LABELS))


def write_annotations(folder: Path, parts: dict[str, list[dict]]) -> None:
    """Writes ``Annotations/Annotations.mat``: part -> frames, as MATLAB's structures."""
    (folder / "Annotations").mkdir(parents=True, exist_ok=True)
    arrays = {part: _structures(frames) for part, frames in parts.items()}
    savemat(folder / "Annotations" / "Annotations.mat", arrays, do_compression=True)


def person(part: str, number: int, **changes) -> dict:
    """A person as the file has it; several annotators, who disagree, looked at those of val and test."""
    labels = cell(LABELS[number])
    found = {"body_bbox": np.array(BOXES[number % 2], float)}
    if part == "train":
        found["annotations_categories"] = {"categories": labels}
    else:
        found["annotations_categories"] = _structures([{"categories": labels}, {"categories": cell(("Yearning",))}])
        found["combined_categories"] = labels
    found |= {"gender": GENDERS[number % 2], "age": AGES[number % 3]}
    return found | changes


def frame(part: str, number: int, people: list[dict]) -> dict:
    """A frame as the file has it."""
    return {
        "filename": f"{part}_{number}.jpg",
        "folder": f"{_FOLDERS[number % 4]}/images",
        "image_size": {"n_col": 2 * SIZE, "n_row": SIZE},
        "person": _structures(people),
    }


def cell(words: tuple[str, ...]) -> np.ndarray:
    """A MATLAB cell array of texts."""
    found = np.empty((1, len(words)), object)
    found[0] = words
    return found


def _structures(rows: list[dict]) -> np.ndarray:
    """A MATLAB array of structures."""
    found = np.empty((1, len(rows)), [(name, object) for name in rows[0]])
    for position, row in enumerate(rows):
        found[0, position] = tuple(row.values())
    return found


def _frames(folder: Path, part: str) -> list[dict]:
    pictures = [picture for _, picture in rendered_emotions([labels[0] for labels in LABELS], 1, seed=len(part))]
    frames = []
    for number in range(len(LABELS) // 2):
        first, second = 2 * number, 2 * number + 1
        described = frame(part, number, [person(part, first), person(part, second)])
        path = folder / "emotic" / described["folder"] / described["filename"]
        write_picture(path, np.concatenate([pictures[first], pictures[second]], axis=1))
        frames.append(described)
    return frames
