"""Draws subjects on all cores; each finished one is a part that is kept."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames
from tfds_builders.parts import Part, encoded, finished

# 95 keeps what pictures of faces hold and takes a fifth of a PNG's space.
_JPEG_QUALITY = 95


def drawn_subjects(plan: Plan, split: str, folder: Path, workers: int | None = None) -> Iterator[dict[str, np.ndarray]]:
    """Draws a split, one subject after the other.

    Args:
        plan: the dataset.
        split: "train", "validation" or "test".
        folder: where finished subjects are kept. Those of the same plan are used again.
        workers: see ``parts.finished``.

    Yields:
        For each subject in order, arrays named ``KIND_NUMBER`` for each of its frames: ``image``
        (bytes of a JPEG), ``unit_masks`` and ``segments`` (bytes of PNGs), ``mesh`` float32 (468, 2).
    """
    own = folder / _digest(plan)
    people = range(plan.subjects.get(split, 0))
    parts = (Part(own / f"{split}_{index:05d}.npz", _draw_subject, (plan, split, index)) for index in people)
    return finished(parts, workers)


def _digest(plan: Plan) -> str:
    return hashlib.sha256(json.dumps(plan.describe(), sort_keys=True).encode()).hexdigest()[:16]


def _draw_subject(plan: Plan, split: str, index: int) -> dict[str, np.ndarray]:
    return {
        f"{kind}_{number}": value
        for number, labelled in enumerate(frames(plan, split, index))
        for kind, value in _arrays(draw(labelled.frame)).items()
    }


def _arrays(picture: Picture) -> dict[str, np.ndarray]:
    return {
        "image": encoded(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]),
        "unit_masks": encoded(".png", picture.unit_masks),
        "segments": encoded(".png", picture.person.astype(np.uint8) + picture.face),
        "mesh": picture.mesh.astype(np.float32),
    }
