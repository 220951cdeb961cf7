"""What is measured in each picture; a function of the pictures alone, for many processes."""

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.data.audit.quality import blur_effect, exposure, face_region, has_colour
from fer_tf.data.audit.skin import cheek_colour, individual_typology_angle, monk_tone
from fer_tf.errors import InputError
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from tfds_builders.source.pictures import as_rgb, decode

# Side of the grey pictures by which near duplicates are told.
SIDE = 48
DIGEST = 16  # bytes
# float32 each; NaN where it does not apply, all of them for a picture that cannot be read.
FACTS = (
    *("height", "width", "colour", "light", "face_light", "blur"),
    # Of the largest face: pixels of its smaller side, and the share of its box that the frame cuts off.
    *("faces", "face_side", "cut", "ita", "monk"),
)
# A face in the background is no second subject: part of the largest one's height.
_SECOND = 0.4
# Grey border, as part of the picture's longer side: detectors miss faces that the frame cuts. Of 240 rendered faces cut
# by 20 to 40 %, MTCNN missed 0.18 with a black border and 0.06 with a grey one.
_BORDER, _BORDER_GREY = 0.25, 128
# The second detector has to be this sure: of 240 pictures without a face it took 17 for one from 0.5 on, 3 from here.
_SECOND_LOOK = 0.65
_REASON = "S120"


def measure(contents: Sequence[bytes], detectors: Sequence[str]) -> dict[str, np.ndarray]:
    """Measures some pictures.

    Args:
        contents: encoded pictures.
        detectors: see ``find_faces``; empty: no faces are looked for.

    Returns:
        ``facts`` float32 (N, len(FACTS)); ``digests`` uint8 (N, DIGEST) of shape and pixels; ``thumbnails`` uint8
        (N, SIDE, SIDE), grey; ``reasons`` bytes (N,), why a picture cannot be read, empty where it can.
    """
    count = len(contents)
    facts = np.full((count, len(FACTS)), np.nan, np.float32)
    digests = np.zeros((count, DIGEST), np.uint8)
    thumbnails = np.zeros((count, SIDE, SIDE), np.uint8)
    reasons = np.zeros(count, _REASON)
    images = {}
    for number, content in enumerate(contents):
        try:
            images[number] = np.ascontiguousarray(as_rgb(decode(content)))
        except InputError as error:
            reasons[number] = str(error).encode("ascii", "replace")
    found = find_faces(list(images.values()), detectors) if detectors else [None] * len(images)
    for (number, image), faces in zip(images.items(), found, strict=True):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        known = picture_facts(image, grey, faces)
        facts[number] = [known.get(name, np.nan) for name in FACTS]
        digest = hashlib.blake2b(f"{image.shape}".encode(), digest_size=DIGEST)
        digest.update(image)
        digests[number] = np.frombuffer(digest.digest(), np.uint8)
        thumbnails[number] = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return {"facts": facts, "digests": digests, "thumbnails": thumbnails, "reasons": reasons}


def find_faces(images: Sequence[np.ndarray], detectors: Sequence[str]) -> list[list[Face]]:
    """Faces of each image, looked for with a border around it.

    Args:
        images: uint8 (H, W, 3) RGB each.
        detectors: see ``detect_faces``; the second looks at what shows no face to the first.
    """
    borders = [round(_BORDER * max(image.shape[:2])) for image in images]
    framed = [
        cv2.copyMakeBorder(image, *[border] * 4, cv2.BORDER_CONSTANT, value=[_BORDER_GREY] * 3)
        for image, border in zip(images, borders, strict=True)
    ]
    found: list[list[Face]] = [[] for _ in images]
    for look, detector in enumerate(detectors):
        missing = [number for number, faces in enumerate(found) if not faces]
        score = _SECOND_LOOK if look else None
        again = detect_faces([framed[number] for number in missing], detector=detector, min_score=score)
        for number, faces in zip(missing, again, strict=True):
            found[number] = [_moved(face, -borders[number]) for face in faces]
    return found


def _moved(face: Face, by: float) -> Face:
    left, top, *size = face.box
    points = {name: (x + by, y + by) for name, (x, y) in face.keypoints.items()}
    return Face((left + by, top + by, *size), face.score, points)


def picture_facts(image: np.ndarray, grey: np.ndarray, faces: list[Face] | None) -> dict[str, float]:
    """The facts of one picture.

    Args:
        image: uint8 (H, W, 3) RGB.
        grey: its luminance.
        faces: found in it; None where none were looked for.

    Returns:
        those of ``FACTS`` that apply.
    """
    height, width = grey.shape
    face = max(faces, key=lambda one: one.box[2] * one.box[3]) if faces else None
    region = face_region(grey, face and face.box)
    light, face_light = exposure(grey, region)
    facts = {"height": height, "width": width, "light": light, "face_light": face_light}
    facts |= {"colour": float(has_colour(image)), "blur": blur_effect(region)}
    if faces is not None:
        facts["faces"] = sum(one.box[3] >= _SECOND * face.box[3] for one in faces)
    if face:
        facts |= {"face_side": min(face.box[2:]), "cut": _cut_off(face, width, height)}
        colour = cheek_colour(image, face) if facts["colour"] else None
        if colour is not None:
            facts |= {"ita": float(individual_typology_angle(colour)), "monk": float(monk_tone(colour))}
    return facts


def _cut_off(face: Face, width: int, height: int) -> float:
    """Share of a face's box that lies outside of the picture."""
    left, top, wide, high = face.box
    inside = max(min(left + wide, width) - max(left, 0), 0) * max(min(top + high, height) - max(top, 0), 0)
    return 1 - inside / (wide * high)
