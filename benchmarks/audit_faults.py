"""Rendered pictures with faults that are planted, for ``benchmarks.audit_planted``."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.camera import draw_camera
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.synthesis.render.scene.places import draw_place
from fer_tf.synthesis.render.spec import PLACES, Frame

SIZE = 160
# A decent camera: what a bad one does is planted.
_SEVERITY = 0.3


def decent_frames(seed: int, people: int, pictures: int) -> list[list[Frame]]:
    """Frames of rendered people: undisguised, alone, with a decent camera, in colour.

    Args:
        seed: of people and pictures.
        people: how many.
        pictures: of each.
    """
    plan = Plan("planted", seed, {"train": people}, images_per_subject=pictures, size=SIZE, disguised=0.0)
    rng = np.random.default_rng((seed, 1))
    found = []
    for person in range(people):
        of_one = []
        for labelled in frames(plan, "train", person):
            camera = draw_camera(rng, float(rng.uniform(0, _SEVERITY)))
            camera = dataclasses.replace(camera, grayscale=False)
            of_one.append(dataclasses.replace(labelled.frame, camera=camera, bystanders=0))
        found.append(of_one)
    return found


def drawn(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Picture, uint8 (SIZE, SIZE, 3), and the face's box: left, top, width, height."""
    picture: Picture = draw(frame)
    low, high = picture.mesh.min(axis=0), picture.mesh.max(axis=0)
    return picture.image, np.concatenate([low, high - low])


def blurred(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Out of focus: a Gaussian of 3.5 to 7 % of the face's width."""
    return cv2.GaussianBlur(image, (0, 0), box[2] * rng.uniform(0.035, 0.07))


def _exposed(image: np.ndarray, stops: float) -> np.ndarray:
    linear = np.power(image / 255.0, 2.2) * 2.0**stops
    return np.rint(255 * np.power(linear.clip(0, 1), 1 / 2.2)).astype(np.uint8)


def dark(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Underexposed by 4 to 6 stops."""
    del box
    return _exposed(image, -rng.uniform(4, 6))


def bright(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Overexposed until three quarters of the face's luminance are burnt out, and up to a stop more."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    left, top = np.maximum(box[:2], 0).astype(int)
    face = grey[top : top + int(box[3]), left : left + int(box[2])]
    needed = -2.2 * np.log2(max(np.percentile(face, 25), 1) / 255)
    return _exposed(image, needed + rng.uniform(0, 1))


def grey(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Without colour."""
    del box, rng
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def small(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrunk to 12 to 28 pixels a side."""
    del box
    return cv2.resize(image, (int(rng.integers(12, 29)),) * 2, interpolation=cv2.INTER_AREA)


def cut(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moved until the frame cuts off 20 to 40 % of the face, at one side."""
    share, (left, top, width, height) = rng.uniform(0.2, 0.4), box
    rows, columns = slice(None), slice(None)
    side = rng.integers(4)
    if side == 0:
        columns = slice(int(left + share * width), None)
    elif side == 1:
        columns = slice(0, int(left + (1 - share) * width))
    elif side == 2:
        rows = slice(int(top + share * height), None)
    else:
        rows = slice(0, int(top + (1 - share) * height))
    return image[rows, columns]


def two_faces(image: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Two people side by side, the second a little smaller or not."""
    return np.concatenate([image, other], axis=1)


def no_face(rng: np.random.Generator) -> np.ndarray:
    """A place without people, or a drawing of shapes and letters."""
    if rng.random() < 0.5:
        return draw_place(str(rng.choice(PLACES)), rng, SIZE)
    image = np.full((SIZE, SIZE, 3), rng.integers(0, 256, 3), np.uint8)
    for _ in range(12):
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        corner, end = rng.integers(0, SIZE, (2, 2)).tolist()
        cv2.rectangle(image, corner, end, colour, int(rng.integers(1, 4)))
        cv2.putText(image, str(rng.choice(EMOTIONS)), corner, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.3, 1), colour)
    return image


def near_copy(image: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Cut by up to 4 % at each side, brighter or darker by up to 15 %, perhaps resized; and its JPEG quality."""
    left, top, right, bottom = (rng.uniform(0, 0.04, 4) * SIZE).round().astype(int)
    copy = image[top : SIZE - bottom, left : SIZE - right].astype(np.float32)
    copy = np.clip(copy * rng.uniform(0.85, 1.15) + rng.uniform(-10, 10), 0, 255).astype(np.uint8)
    side = int(SIZE * rng.uniform(0.6, 1.3))
    if rng.random() < 0.5:
        copy = cv2.resize(copy, (side, side), interpolation=cv2.INTER_AREA if side < SIZE else cv2.INTER_CUBIC)
    return copy, int(rng.integers(50, 95))


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """A file that was cut off, or whose head was overwritten."""
    if rng.random() < 0.5:
        return content[: int(len(content) * rng.uniform(0.1, 0.7))]
    return content[:3] + bytes(rng.integers(0, 256, 200, dtype=np.uint8)) + content[203:]


PIXEL_FAULTS: dict[str, Callable] = {
    "blurred": blurred,
    "dark": dark,
    "bright": bright,
    "grey": grey,
    "small": small,
    "cut_face": cut,
}
