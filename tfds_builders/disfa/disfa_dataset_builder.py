"""DISFA: 27 people who watch a film, with the intensity of 12 action units in every frame (Mavadati et al. 2013)."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from fer_tf.errors import InputError
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.films import film_frames
from tfds_builders.source.items import Item
from tfds_builders.source.tables import word_rows
from tfds_builders.source.tree import SourceTree
from tfds_builders.source.units import level_intensity, units_vector

UNITS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
# The three folds that are in use, one for each split.
FOLDS = {
    "train": ("002", "010", "001", "026", "027", "032", "030", "009", "016"),
    "validation": ("013", "018", "011", "028", "012", "006", "031", "021", "024"),
    "test": ("003", "029", "023", "025", "008", "005", "007", "017", "004"),
}
EVERY_10TH = "every_10th"
_STEPS = {"": 1, EVERY_10TH: 10}
# Of a video of an hour and a half, so that a table cannot claim a frame that nothing ends to look for.
_LAST_FRAME = 200_000
_LONGEST = 4 << 20  # bytes of a table


class Builder(PictureBuilder):
    """Builds DISFA from the videos of the left camera."""

    BUILDER_CONFIGS = face_configs(("", "every frame"), (EVERY_10TH, "every tenth frame"))
    HOMEPAGE = "http://mohammadmahoor.com/disfa/"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask for DISFA (http://mohammadmahoor.com/disfa/) and put there, unpacked, Videos_LeftCamera with "
        "LeftVideoSN001_comp.avi and so on, and ActionUnit_Labels, unpacked or as a zip archive, with "
        "SN001/SN001_au1.txt and so on"
    )
    EXPECTED = {split: len(people) for split, people in FOLDS.items()}  # noqa: RUF012
    COUNTED = "videos"

    def counted(self, item: Item) -> str:
        """See ``PictureBuilder``."""
        return item.file

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        splits = {person: split for split, people in FOLDS.items() for person in people}
        tables = _tables(tree)
        for match in tree.find(r"LeftVideoSN(?P<number>\d+)_comp\.avi"):
            number = match["number"]
            if number not in splits:
                raise InputError(
                    f"{tree.where(match.string)}: expected a person of DISFA, SN001 to SN032, came SN{number}"
                )
            tree.path(match.string)  # before anything is built
            frames, intensities = _labels(tree, tables, f"SN{number}")
            step = _STEPS[self.labelling]
            for frame, units in zip(frames[::step].tolist(), intensities[::step], strict=True):
                known = {"subject_id": f"SN{number}", "sequence_id": f"SN{number}", "frame": frame}
                yield splits[number], Item(f"SN{number}/{frame:04d}", match.string, known | {"action_units": units})

    def pictures(self, tree: SourceTree, items: list[Item]) -> Iterator[tuple[Item, np.ndarray | str]]:
        """See ``PictureBuilder``."""
        for file, group in itertools.groupby(items, key=lambda item: item.file):
            chosen = list(group)
            # The first frame is number 1.
            wanted = [item.known["frame"] - 1 for item in chosen]
            yield from zip(chosen, film_frames(tree.path(file), wanted), strict=True)


def _tables(tree: SourceTree) -> dict[tuple[str, int], str]:
    """(Person, action unit) -> its table."""
    found: dict[tuple[str, int], str] = {}
    for match in tree.find(r"(?P<person>SN\d+)/(?P=person)_au(?P<unit>\d+)\.txt"):
        key = match["person"], int(match["unit"])
        if key in found:
            raise InputError(
                f"{tree.where(match.string)} is there twice, also {tree.where(found[key])}: keep one of the two"
            )
        found[key] = match.string
    return found


def _labels(tree: SourceTree, tables: dict[tuple[str, int], str], person: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the frames, int (N,) rising, and their ``action_units``, float32 (N, 24)."""
    by_unit = {}
    for unit in UNITS:
        if (person, unit) not in tables:
            raise InputError(
                f"{tree.folder}: expected ActionUnit_Labels/{person}/{person}_au{unit}.txt, there is none: unpack "
                "ActionUnit_Labels again"
            )
        by_unit[unit] = _levels(tree, tables[person, unit])
    frames = sorted(set().union(*by_unit.values()))
    if not frames:
        raise InputError(f"{tree.where(tables[person, UNITS[0]])}: expected lines with frame and intensity, came none")
    # A frame that a table leaves out is not labelled for its unit.
    found = [units_vector({unit: by_unit[unit].get(frame, math.nan) for unit in UNITS}) for frame in frames]
    return np.array(frames), np.stack(found)


def _levels(tree: SourceTree, file: str) -> dict[int, float]:
    """Frame -> intensity 0..1 of one unit."""
    found: dict[int, float] = {}
    # Commas in the official tables; a space would do.
    content = tree.read(file, _LONGEST).replace(b",", b" ")
    for row in word_rows(content, tree.where(file), ("frame", "intensity")):
        frame = row.integer("frame", 1, _LAST_FRAME)
        if frame in found:
            raise row.error("frame", "every frame once")
        found[frame] = level_intensity(row.integer("intensity", 0, 5))
    return found
