"""EMOTIC: people in context, with 26 categories of feelings (Kosti et al. 2017, 2020)."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fer_tf.labels import AGE_GROUPS, EMOTIONS, GENDERS, UNKNOWN, emotion_index
from tfds_builders.emotic.annotations import Person, read_people
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.items import MISSING, Item
from tfds_builders.source.pictures import decode
from tfds_builders.source.tree import SourceTree

PERSON = "person"
_FOLDERS = ("ade20k", "emodb_small", "framesdb", "mscoco")
# The words cover 0-12, 13-20 and above: only the second lies in one of the project's groups, but for those of 20.
_AGES = {"Teenager": AGE_GROUPS.index("4-19")}
_OUTSIDE = "the person's box lies outside of the picture"


@dataclasses.dataclass(frozen=True)
class PersonItem(Item):
    """A frame and the person in it who is meant.

    Attributes:
        body: left, top, right and bottom in pixels; no box of a face.
    """

    body: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


class Builder(PictureBuilder):
    """Builds EMOTIC, one record for each person."""

    BUILDER_CONFIGS = [  # noqa: RUF012
        *face_configs(("", "")),
        face_configs((PERSON, "the person, cut out at the body's box"))[0],
    ]
    HOMEPAGE = "https://github.com/rkosti/emotic"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask the authors for EMOTIC (https://github.com/rkosti/emotic) and put there Annotations.mat and the folder "
        "emotic with mscoco/images, ade20k/images, framesdb/images and emodb_small/images, as a zip archive or unpacked"
    )

    def source_folder(self, folder: Path) -> Path:
        """See ``PictureBuilder``; the release has a folder of the dataset's name itself, beside the annotations."""
        return folder if any(folder.glob("Annotations*")) else super().source_folder(folder)

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        if not tree.find(r"Annotations\.mat"):
            return
        name = tree.one(r"Annotations\.mat", "the annotations")
        frames = tree.by_path(rf"(?:{'|'.join(_FOLDERS)})/images/[^/]+")
        for person in read_people(tree.read(name), tree.where(name)):
            known = {
                "emotion": only_emotion(person.categories),
                "source_label": ",".join(person.categories),
                "sequence_id": person.frame,
                "gender": GENDERS.index(person.gender.lower()),
                "age_group": _AGES.get(person.age, UNKNOWN),
            }
            fault = "" if person.frame in frames else MISSING
            file = frames.get(person.frame, person.frame)
            yield person.split, PersonItem(_image_id(person), file, known, None, fault, person.box)

    def pictures(self, tree: SourceTree, items: list[Item]) -> Iterator[tuple[Item, bytes | np.ndarray | str]]:
        """See ``PictureBuilder``; the person is cut out, but for the whole frames of ``raw``."""
        is_whole = not self.labelling and not self.cuts_faces
        for item, image in super().pictures(tree, items):
            yield item, image if is_whole or isinstance(image, str) else _person(image, item.body)


def only_emotion(categories: Sequence[str]) -> int:
    """The emotion of a person of whom one and only one of the seven is said, whatever else is; else -1."""
    found = {emotion_index(word) for word in categories if word.lower() in EMOTIONS}
    return found.pop() if len(found) == 1 else UNKNOWN


def _image_id(person: Person) -> str:
    return f"{person.frame}#{person.number}"


def _person(image: bytes | np.ndarray, body: tuple[float, float, float, float]) -> np.ndarray | str:
    """The part of a frame in the body's box: uint8 (H, W, 3) or (H, W); or why there is none."""
    pixels = decode(image) if isinstance(image, bytes) else image
    height, width = pixels.shape[:2]
    left, right = (round(min(max(x, 0), width)) for x in body[::2])
    top, bottom = (round(min(max(y, 0), height)) for y in body[1::2])
    return pixels[top:bottom, left:right] if left < right and top < bottom else _OUTSIDE
