"""Writes a small Actor Study of rendered faces with its manifest."""

import csv
from pathlib import Path

from tfds_builders.source.dummy import rendered_face, write_picture

# The first is trained on, the second validates, the third tests.
ACTORS = ("actor01", "actor10", "actor15")
CAMERAS = ("centre", "left")
FRAMES = (0, 25)
UNITS = ("AU1", "AU4", "AU12", "AU13")


def write_source(folder: Path) -> dict[str, int]:
    """Writes the frames of ``ACTORS`` as both ``CAMERAS`` see them; how many the real one has is not known."""
    write_manifest(folder, rows())
    for number, row in enumerate(rows()):
        write_picture(folder / row[0], rendered_face("happiness" if row[2] else "neutral", number % len(ACTORS)))
    return {}


def rows() -> list[list]:
    """Lines of the manifest: path, subject, frame, camera and ``UNITS``."""
    cells = {0: ["0", "0.3", "", "0"], 25: ["1", "A", "E", ""]}
    return [
        [f"frames/{actor}_{camera}_{frame:05d}.png", actor, frame, camera, *cells[frame]]
        for actor in ACTORS
        for camera in CAMERAS
        for frame in FRAMES
    ]


def write_manifest(folder: Path, lines: list[list], columns=("path", "subject", "frame", "camera", *UNITS)) -> None:
    """Writes ``manifest.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *lines])
