"""From a picture to the same picture with a disguise: finds faces and their meshes, and draws."""

import dataclasses
import functools
import hashlib
from collections.abc import Sequence

import numpy as np

from fer_tf.faces import blazeface
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.mesh import find_meshes
from fer_tf.synthesis.disguise.overlay import Disguised, disguise_faces


@dataclasses.dataclass(frozen=True)
class Refused:
    """A picture that got no disguise.

    Attributes:
        reason: why, in a few words.
    """

    reason: str


def picture_stream(seed: int, image_id: str) -> np.random.Generator:
    """The random stream of one picture: it follows from these alone, whatever other pictures there are.

    Args:
        seed: of the dataset or command.
        image_id: stable name of the picture.
    """
    digest = hashlib.sha256(f"{seed}/{image_id}".encode(errors="surrogateescape")).digest()
    return np.random.default_rng(np.frombuffer(digest, "<u4"))


def disguise_pictures(
    images: Sequence[np.ndarray], disguise: str, seeds: Sequence[int], *, everyone: bool = False
) -> list[Disguised | Refused]:
    """Puts a disguise on the largest face of each picture, or on all.

    Args:
        images: uint8 (H, W, 3) RGB each, photos or crops of faces, 48 x 48 too; sizes may differ.
        disguise: a word of ``labels.DISGUISES`` but "none".
        seeds: one for each picture, 0 or more: decides on styles and colours.
        everyone: all faces that are found; else the largest only.

    Returns:
        For each picture what ``disguise_faces`` made of it, or why it could not be placed. It does
        not depend on the other pictures.

    Raises:
        InputError: see ``disguise_faces``.
    """
    meshes = picture_meshes(images, everyone=everyone)
    drawn = disguise_faces(images, meshes, disguise, seeds)
    return [outcome or Refused(_reason(found, disguise)) for outcome, found in zip(drawn, meshes, strict=True)]


def _reason(meshes: Sequence[Mesh | None], disguise: str) -> str:
    if not meshes:
        return "no face was found"
    if not any(meshes):
        return "a face was found, but no mesh on it"
    return f"no {disguise} could be placed: it lies outside of the picture, or the mesh is not a face's or too small"


def picture_meshes(images: Sequence[np.ndarray], *, everyone: bool = False) -> list[list[Mesh | None]]:
    """Meshes of the faces in photos and in crops that a face fills.

    BlazeFace first, which with a border about the picture is sure of crops, and MTCNN, which finds small
    faces, where that finds none. For everyone it is the other way round.

    Args:
        images: uint8 (H, W, 3) RGB each; sizes may differ.
        everyone: all faces; else the largest of each picture.

    Returns:
        For each picture its meshes, None for a face without one; an empty list where there is no face.
    """
    ways = [functools.partial(blazeface.find_faces, border=blazeface.CROP_BORDER), detect_faces]
    found: list[list[Mesh | None]] = [[] for _ in images]
    for find in reversed(ways) if everyone else ways:
        numbers = [number for number, meshes in enumerate(found) if not any(meshes)]
        pictures = [images[number] for number in numbers]
        faces = [of_one if everyone else _largest(of_one) for of_one in find(pictures)]
        for number, meshes in zip(numbers, find_meshes(pictures, faces, passes=2), strict=True):
            found[number] = meshes or found[number]
    return found


def _largest(faces: Sequence[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: -face.box[2] * face.box[3])[:1]
