"""CK+: expressions from neutral to their peak, with the FACS coding of the peak (Lucey et al. 2010)."""

import re
from collections.abc import Iterator

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import emotion_index
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.items import BY_SUBJECT, Item
from tfds_builders.source.tables import word_rows
from tfds_builders.source.tree import SourceTree
from tfds_builders.source.units import LARGEST_UNIT, level_intensity, units_vector

# By their numbers in the files.
EMOTION_WORDS = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
POINTS = 68
LAST_K, AFTER_ONSET = "last_k", "after_onset"
K = 3
# Labelling -> which frames of a sequence have the labels of its peak.
FRAMES = {
    "": lambda frames: frames[-1:],
    LAST_K: lambda frames: frames[-K:],
    AFTER_ONSET: lambda frames: frames[len(frames) // 2 :],
}
# Intensity 0 says that a unit is there and not how much: as much as where a dataset says only yes or no.
_NOT_GIVEN = 1.0
_ARCHIVES = {"FACS": "FACS_labels", "Emotion": "Emotion_labels"}
_STEM = r"(?P<sequence>(?P<subject>S\d+)/(?P<take>\d+))/(?P<stem>(?P=subject)_(?P=take)_(?P<frame>\d+))"
_LONGEST = 1 << 16  # bytes of a file of labels


class Builder(PictureBuilder):
    """Builds CK+ from the last frame of each sequence, from the last few, or from the second half."""

    BUILDER_CONFIGS = face_configs(
        ("", "the last frame of each sequence"),
        (LAST_K, f"the last {K} frames of each sequence"),
        (AFTER_ONSET, "the second half of each sequence"),
    )
    HOMEPAGE = "https://www.jeffcohn.net/Resources/"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask for CK+ (https://www.jeffcohn.net/Resources/) and put cohn-kanade-images, FACS_labels, Emotion_labels "
        "and, if at hand, Landmarks there, as zip archives or unpacked: "
        "cohn-kanade-images/S005/001/S005_001_00000011.png, FACS/S005/001/S005_001_00000011_facs.txt and so on"
    )
    EXPECTED = {BY_SUBJECT: 593}  # noqa: RUF012
    COUNTED = "sequences"
    # Kind of label -> files of it.
    LABEL_FILES = {"FACS": 593, "Emotion": 327}  # noqa: RUF012

    def counted(self, item: Item) -> str:
        """See ``PictureBuilder``."""
        return item.known["sequence_id"]

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        sequences = _sequences(tree)
        if not sequences:
            return
        units, emotions = (self._label_files(tree, kind) for kind in ("FACS", "Emotion"))
        points = self._landmarks(tree)
        for sequence, frames in sequences.items():
            known, faults = {"subject_id": frames[-1]["subject"], "sequence_id": sequence}, []
            if sequence in units:
                known["action_units"] = _action_units(tree, units[sequence].string)
            if sequence in emotions:
                known |= _emotion(tree, emotions[sequence].string)
            for labels in (units.get(sequence), emotions.get(sequence)):
                if labels and int(labels["frame"]) != int(frames[-1]["frame"]):
                    peak, last = int(labels["frame"]), int(frames[-1]["frame"])
                    faults.append(f"{labels.string} is of frame {peak}, but the sequence ends with {last}")
            for match in FRAMES[self.labelling](frames):
                box = _box(tree, points[match["stem"]]) if match["stem"] in points else None
                item_known = known | {"frame": int(match["frame"])}
                image_id = f"{sequence}/{match['stem']}.png"
                yield BY_SUBJECT, Item(image_id, match.string, item_known, box, "; ".join(faults))

    def _label_files(self, tree: SourceTree, kind: str) -> dict[str, re.Match]:
        found: dict[str, re.Match] = {}
        for match in tree.find(rf"{kind}/{_STEM}_{kind.lower()}\.txt"):
            other = found.setdefault(match["sequence"], match)
            if other is not match:
                first = tree.where(other.string)
                raise InputError(f"{tree.where(match.string)}: the sequence has {first} already: keep one of the two")
        if len(found) < self.LABEL_FILES[kind] and not self.options.partial:
            raise InputError(
                f"{tree.folder}: expected {self.LABEL_FILES[kind]} files such as "
                f"{kind}/S005/001/S005_001_00000011_{kind.lower()}.txt, came {len(found)}: add {_ARCHIVES[kind]}.zip, "
                "or take what is there with --partial"
            )
        return found

    def _landmarks(self, tree: SourceTree) -> dict[str, str]:
        """Stem of a picture -> file of its landmarks; only where faces are cut."""
        if not self.cuts_faces:
            return {}
        return {match["stem"]: match.string for match in tree.find(rf"Landmarks/{_STEM}_landmarks\.txt")}


def _sequences(tree: SourceTree) -> dict[str, list[re.Match]]:
    """Sequence -> its pictures, from neutral to the peak."""
    found: dict[str, list[re.Match]] = {}
    for match in tree.find(rf"cohn-kanade-images/{_STEM}\.png"):
        found.setdefault(match["sequence"], []).append(match)
    return {name: sorted(frames, key=lambda match: int(match["frame"])) for name, frames in found.items()}


def _action_units(tree: SourceTree, file: str) -> np.ndarray:
    coded: dict[int, float] = {}
    for row in word_rows(tree.read(file, _LONGEST), tree.where(file), ("AU", "intensity")):
        unit, level = row.integer("AU", 1, LARGEST_UNIT), row.integer("intensity", 0, 5)
        intensity = level_intensity(level) if level else _NOT_GIVEN
        if coded.setdefault(unit, intensity) != intensity:
            raise row.error("AU", "each action unit with one intensity")
    # Coders wrote down what they saw: the other units were not there.
    return units_vector(coded, others=0.0)


def _emotion(tree: SourceTree, file: str) -> dict[str, int | str]:
    rows = list(word_rows(tree.read(file, _LONGEST), tree.where(file), ("emotion",)))
    if len(rows) != 1:
        raise InputError(f"{tree.where(file)}: expected one line with a number 0..7, came {len(rows)} lines")
    word = EMOTION_WORDS[rows[0].integer("emotion", 0, len(EMOTION_WORDS) - 1)]
    return {"emotion": emotion_index(word), "source_label": word}


def _box(tree: SourceTree, file: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of what the landmarks enclose."""
    rows = list(word_rows(tree.read(file, _LONGEST), tree.where(file), ("x", "y")))
    if len(rows) != POINTS:
        raise InputError(f"{tree.where(file)}: expected {POINTS} lines with x and y, came {len(rows)}")
    points = np.array([(row.number("x"), row.number("y")) for row in rows])
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right - left, bottom - top
