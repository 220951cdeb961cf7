"""Where the people of a picture are: mediapipe's selfie segmentation, on pictures and around faces.

One look at the whole picture misses small people, and where faces are small it takes much between
them for people. So a square around each known face is looked at as well, and decides inside it.
Mean IoU with drawn people (``benchmarks/faces_person.py``): 0.979 alone in a scene. In groups of nine
small ones 0.57 with the whole picture only, 0.85 with the squares. The landscape network is a little worse
(0.933 instead of 0.962 where bystanders count) and left out. So is mediapipe's pose, the other network
that segments people: it knows one person, and its mask, added to this one, lowered 0.963 to 0.952.
"""

import functools
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.face import Face
from fer_tf.faces.square import check_pictures
from fer_tf.faces.tflite import BundledNetwork, Network

# Side of the square around a face and its part above the box's top, in heights of the box.
# Groups of nine: 0.86 with 4, 0.78 with 5, 0.72 with 6 and 7, which hold neighbours; 3 cuts shoulders off.
_SQUARE, _ABOVE = 4.0, 1.0
# A square that covers nearly the whole picture shows the network nothing new.
_NEW_BELOW = 0.7
_PERSON = 0.5
# OpenCV warps no picture whose side does not fit 16 bits.
_LONGEST_SIDE = 16_000
_INPUT = 256
# How far from a face a pixel is: in heights of its box, and downward, where the body is, this much less.
_DOWN = 0.35
# Pixels this much nearer to one face than to any other are that person's; edges in the picture decide the others.
_SURE = 2.0
# A piece of the mask belongs to the subject when it comes this near to the face.
_REACH = 1.5


def person_masks(images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]] | None = None) -> list[np.ndarray]:
    """Where people are, known faces or not.

    Args:
        images: uint8 (H, W, 3) RGB; sizes may differ.
        faces: the faces of each image; None when nothing is known of them.

    Returns:
        float32 (H, W) for each image, 0..1, the network's confidence that there is a person.
        Without faces these are mediapipe's own masks (``SelfieSegmentation(model_selection=0)``).

    Raises:
        InputError: an image is not RGB uint8, or there are not as many lists of faces as images.
    """
    faces = check_people(images, faces)
    return segmentation().map(lambda network, one: person_mask(network, *one), list(zip(images, faces, strict=True)))


@functools.cache
def segmentation() -> BundledNetwork:
    """The network, to be shared by all who look for people."""
    return BundledNetwork("selfie_segmentation.tflite")


def person_mask(network: Network, image: np.ndarray, faces: Sequence[Face] = ()) -> np.ndarray:
    """``person_masks`` of one image that was checked, by a network that ``segmentation`` lends."""
    mask = _segment(network, image)
    around = np.zeros_like(mask)
    seen = np.zeros(mask.shape, bool)
    for region in _squares(image, faces):
        np.maximum(_cut(around, region), _segment(network, _cut(image, region)), out=_cut(around, region))
        _cut(seen, region)[:] = True
    return np.where(seen, around, mask)


def subject_mask(image: np.ndarray, mask: np.ndarray, faces: Sequence[Face], subject: Face) -> np.ndarray:
    """The part of a mask of people that is one of them.

    Near one face and far from all others a pixel is that person's; between them the person's
    outline is looked for by a watershed on the picture.

    Args:
        image: uint8 (H, W, 3) RGB.
        mask: float32 (H, W) from ``person_masks``.
        faces: all faces known in the image, with or without the subject.
        subject: whose part is wanted.

    Returns:
        float32 (H, W), the mask where it is the subject's, else 0. People whose face is not
        known are told apart only where they do not touch the subject.
    """
    others = [face for face in faces if face != subject]
    near = _distance(subject, mask.shape)
    owner = np.ones(mask.shape, np.int32)
    if others:
        other = functools.reduce(np.minimum, (_distance(face, mask.shape) for face in others))
        owner = _outlines(image, mask > _PERSON, near, other)
    # Half-sure pixels around a person belong to whoever is nearest.
    mine = (owner == 1) & (mask > 0.1)
    pieces = cv2.connectedComponents(mine.astype(np.uint8))[1]
    wanted = np.unique(pieces[mine & (near < _REACH)])
    return np.where(np.isin(pieces, wanted[wanted > 0]), mask, np.float32(0))


def check_people(images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]] | None) -> Sequence[Sequence[Face]]:
    """The faces, an empty list for each image where none are given.

    Raises:
        InputError: an image is not RGB uint8, or there are not as many lists of faces as images.
    """
    check_pictures(images, "person removal")
    if faces is None:
        return [[] for _ in images]
    if len(faces) != len(images):
        raise InputError(f"expected a list of faces for each of {len(images)} images, came {len(faces)} lists")
    return faces


def _outlines(image: np.ndarray, people: np.ndarray, near: np.ndarray, other: np.ndarray) -> np.ndarray:
    """int32 (H, W): 1 where the subject is nearer or bounded by edges, 2 where others are."""
    nearest = np.where(near <= other, 1, 2).astype(np.int32)
    sure = np.minimum(near, other) * _SURE < np.maximum(near, other)
    # 0 is for the watershed to decide, 3 the background.
    markers = np.where(people, np.where(sure, nearest, 0), 3).astype(np.int32)
    cv2.watershed(np.ascontiguousarray(image), markers)
    # It leaves lines of -1 between the parts.
    return np.where((markers == 1) | (markers == 2), markers, nearest)


def _distance(face: Face, shape: tuple[int, int]) -> np.ndarray:
    """float32 (H, W): from the middle of the face, in heights of its box, less below it."""
    left, top, width, height = face.box
    x = (np.arange(shape[1], dtype=np.float32) + 0.5 - (left + width / 2)) / max(height, 1)
    y = (np.arange(shape[0], dtype=np.float32) + 0.5 - (top + height / 2)) / max(height, 1)
    return np.hypot(x[None], np.where(y > 0, y * _DOWN, y)[:, None])


def _squares(image: np.ndarray, faces: Sequence[Face]) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom of the square around each face, within the picture."""
    height, width = image.shape[:2]
    squares = []
    for face in faces:
        left, top, box_width, box_height = face.box
        x, y = left + box_width / 2 - _SQUARE / 2 * box_height, top - _ABOVE * box_height
        side = _SQUARE * box_height
        x0, y0 = max(0, round(x)), max(0, round(y))
        x1, y1 = min(width, round(x + side)), min(height, round(y + side))
        if x1 - x0 > 1 and y1 - y0 > 1 and (x1 - x0) * (y1 - y0) < _NEW_BELOW * width * height:
            squares.append((x0, y0, x1, y1))
    return squares


def _cut(array: np.ndarray, region: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = region
    return array[top:bottom, left:right]


def _segment(network: Network, image: np.ndarray) -> np.ndarray:
    """float32 (H, W) 0..1, as mediapipe's graph computes it."""
    height, width = image.shape[:2]
    if max(height, width) > _LONGEST_SIDE:
        scale = _LONGEST_SIDE / max(height, width)
        small = max(1, round(width * scale)), max(1, round(height * scale))
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    # The graph maps corners on corners with pixels as points: half a pixel off, and black
    # beyond the edge. What is equal to it gives its masks.
    corners = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    to_input = cv2.getPerspectiveTransform(corners * np.float32(image.shape[1::-1]), corners * np.float32(_INPUT))
    pixels = cv2.warpPerspective(image, to_input, (_INPUT, _INPUT), borderMode=cv2.BORDER_CONSTANT)
    (mask,) = network(pixels.astype(np.float32) / 255)
    return cv2.resize(mask[..., 0], (width, height))
