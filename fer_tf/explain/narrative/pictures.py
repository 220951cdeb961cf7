"""From a picture to the facts of each face in it."""

import dataclasses
from collections.abc import Mapping

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.explain.narrative.facts import Facts, Person
from fer_tf.explain.narrative.streams import Demographics, StreamReader
from fer_tf.explain.narrative.thresholds import CueReader
from fer_tf.explain.tools import LARGE
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.mesh import find_crop_meshes, find_meshes, whole_picture_face

# A face that takes more of the picture's area leaves no surroundings to speak of.
_MOST = 0.5


def facts_of(
    image: np.ndarray,
    name: str,
    reader: StreamReader,
    cues: CueReader,
    *,
    crop: bool = True,
    known: Mapping[str, str] | None = None,
    demographics: Demographics | None = None,
) -> list[Facts]:
    """What is known of each face in a picture.

    Args:
        image: uint8 (H, W, 3).
        name: of the picture.
        reader: the model.
        cues: measures the mesh.
        crop: faces are looked for; otherwise the whole picture is taken for one face.
        known: ``gender``, ``age_group``, ``disguise`` of the person, from metadata; used only where there is one face,
            since it does not say whose it is.
        demographics: plug-in that is asked where metadata says neither gender nor age.

    Returns:
        one for each face, from left to right; without any, one whose ``face`` is 0.

    Raises:
        InputError: the model gave something else than one answer for each face.
    """
    faces, meshes = _found(image) if crop else _whole(image)
    seen = reader.read(image, faces, meshes, whole=not crop) if faces else []
    if len(seen) != len(faces):
        raise InputError(f"{name}: the model gave {len(seen)} answers for {len(faces)} faces: expected one for each")
    alone = known or {} if len(faces) == 1 else {}
    facts = []
    for number, (face, mesh, said) in enumerate(zip(faces, meshes, seen, strict=True), 1):
        readings, turned = cues.read(mesh.points) if mesh is not None else ((), None)
        facts.append(
            Facts(
                image=name,
                face=number,
                faces=len(faces),
                probabilities=said.probabilities,
                without=said.without,
                cues=readings or None,
                turned=turned if readings else None,
                height=face.box[3] if crop else None,
                surroundings=crop and face.box[2] * face.box[3] < _MOST * image.shape[0] * image.shape[1],
                person=_person(alone) or (demographics(image, face) if demographics else None),
                place=said.place,
                disguise=alone.get("disguise") or None,
            )
        )
    return facts or [Facts(name, 0, 0)]


def _found(image: np.ndarray) -> tuple[list[Face], list[Mesh | None]]:
    """Faces from left to right. MTCNN's, as in ``fer_tf.predict``: models are trained on crops by its boxes."""
    (faces,) = detect_faces([image])
    faces = sorted(faces, key=lambda face: face.box[0] + face.box[2] / 2)
    return faces, find_meshes([image], [faces])[0]


def _whole(image: np.ndarray) -> tuple[list[Face], list[Mesh | None]]:
    """The picture as one face. Small ones are looked at enlarged, in their own shape."""
    scale = max(1.0, LARGE / min(image.shape[:2]))
    large = image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    (mesh,) = find_crop_meshes([large])
    if mesh is not None:
        mesh = dataclasses.replace(mesh, points=mesh.points / np.float32(scale))
    return [whole_picture_face(image)], [mesh]


def _person(known: Mapping[str, str]) -> Person | None:
    gender, age = known.get("gender") or None, known.get("age_group") or None
    return Person(gender, age) if gender or age else None
