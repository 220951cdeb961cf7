"""Drawn people with their truth, for the tests of masks and removal."""

import dataclasses
import functools

import numpy as np

from fer_tf.faces.face import Face
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames


@functools.cache
def drawn(index: int, bystanders: int = 0, size: int = 160) -> Picture:
    """Somebody in a scene; the face in the middle, the same whatever else is drawn."""
    frame = frames(Plan("people", 7304, {"test": 10}, 7, framing="context", disguised=0.0), "test", index)[0].frame
    return draw(dataclasses.replace(frame, bystanders=bystanders, size=size, centre=(0.5, 0.4), face_size=0.14))


def face_of(picture: Picture) -> Face:
    """The face's box from the truth, as a detector gives it: forehead to chin."""
    left, top = picture.mesh.min(0)
    width, height = np.ptp(picture.mesh, axis=0)
    return Face((float(left), float(top), float(width), float(height)), 1.0, {})


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & truth).sum() / (found | truth).sum())
