"""Writes a small DISFA of rendered faces, as the official folders have it."""

from pathlib import Path

from tfds_builders.disfa.disfa_dataset_builder import FOLDS, UNITS
from tfds_builders.source.dummy import rendered_face, write_film

FRAMES = 12
RATE = 20.0


def people() -> dict[str, str]:
    """Split -> the one person of it."""
    return {split: f"SN{numbers[0]}" for split, numbers in FOLDS.items()}


def level(frame: int, unit: int) -> int:
    """Intensity 0..5 of a unit in a frame."""
    return (frame + unit) % 6


def write_source(folder: Path) -> dict[str, int]:
    """Writes the video and the tables of one person of each fold; returns the number of videos of each."""
    for seed, person in enumerate(people().values()):
        faces = [rendered_face("happiness" if frame > FRAMES / 2 else "neutral", seed) for frame in range(FRAMES)]
        write_film(folder / "Videos_LeftCamera" / f"LeftVideo{person}_comp.avi", faces, RATE)
        for unit in UNITS:
            path = folder / "ActionUnit_Labels" / person / f"{person}_au{unit}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{frame},{level(frame, unit)}\n" for frame in range(1, FRAMES + 1)))
    return dict.fromkeys(FOLDS, 1)
