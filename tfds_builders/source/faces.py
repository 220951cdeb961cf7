"""The face of each picture, cut out as paper A does, in parts that are kept."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fer_tf.faces.crop import crop_face
from fer_tf.faces.detect import detect_faces
from tfds_builders.derived import made_in_parts
from tfds_builders.parts import encoded, without_repeats

CROP_SIZE = 224
NO_FACE = "MTCNN finds no face"
NO_SUCH_FACE = "MTCNN finds no face where the dataset has one"
# Of intersection over union: boxes of other detectors are wider or narrower.
_SAME_FACE = 0.2

Box = tuple[float, float, float, float]


def face_crops(
    pictures: Iterable[tuple[Any, np.ndarray, Box | None]], count: int, folder: Path
) -> Iterator[tuple[Any, bytes | str]]:
    """Cuts out the face, at MTCNN's own box.

    Args:
        pictures: (anything; uint8 (H, W, 3) RGB; the face's box: left, top, width, height in pixels, or None for
            the largest face).
        count: how many there are.
        folder: where finished parts are kept.

    Yields:
        What came with the picture, and the bytes of a PNG of 224 x 224, or the reason why there is none.
    """
    records = ({"carried": carried, "image": image, "box": box} for carried, image, box in pictures)
    for record, arrays in made_in_parts(records, count, _boxes, crop_chunk, folder):
        yield record["carried"], arrays["face"].tobytes() if arrays else missing_face(record["box"])


def missing_face(box: Box | None) -> str:
    """Why there is no crop of a picture."""
    return NO_FACE if box is None else NO_SUCH_FACE


def _boxes(chunk: list[dict[str, Any]]) -> list[Box | None]:
    return [record["box"] for record in chunk]


def crop_chunk(images: list[np.ndarray], boxes: list[Box | None]) -> dict[str, np.ndarray]:
    """Makes one part.

    Args:
        images: uint8 (H, W, 3) each.
        boxes: of the faces that are meant; None for the largest.

    Returns:
        ``face_N``, the bytes of a PNG; nothing where there is no face.
    """
    arrays = {}
    for number, (image, box, faces) in enumerate(zip(images, boxes, detect_faces(images), strict=True)):
        chosen = _face([face.box for face in faces], box)
        if chosen is not None:
            crop = crop_face(image, chosen, CROP_SIZE, margin=0.0)
            arrays[f"face_{number}"] = encoded(".png", without_repeats(crop))
    return arrays


def _face(found: list[np.ndarray], meant: Box | None) -> np.ndarray | None:
    if not found:
        return None
    if meant is None:
        return max(found, key=lambda box: box[2] * box[3])
    overlaps = [_overlap(box, meant) for box in found]
    best = int(np.argmax(overlaps))
    return found[best] if overlaps[best] >= _SAME_FACE else None


def _overlap(one: np.ndarray, other: Box) -> float:
    """Intersection over union of left, top, width, height."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return float(shared / (one[2] * one[3] + other[2] * other[3] - shared))
