"""Person removal: the background without the people in it (paper C's background and place streams)."""

import dataclasses
import functools
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.face import Face
from fer_tf.faces.fill import FILLS
from fer_tf.faces.person_mask import check_people, person_mask, segmentation, subject_mask
from fer_tf.faces.tflite import Network

# Lower than one half: what the network doubts is hair and fingers, and would stay as a rim.
_REMOVED_ABOVE = 0.2
# As parts of the square root of the picture's area: how far the hole reaches beyond the mask, and its soft edge.
_WIDER, _SOFT = 0.012, 0.008


@dataclasses.dataclass(frozen=True)
class Removal:
    """A picture without its people.

    Attributes:
        background: uint8 (H, W, 3) RGB, the picture with the hole filled.
        mask: float32 (H, W), how much of each pixel was replaced, 0..1; 0 everywhere
            when nobody was found, and the background is then the picture itself.
    """

    background: np.ndarray
    mask: np.ndarray


def remove_person(
    images: Sequence[np.ndarray],
    faces: Sequence[Sequence[Face]] | None = None,
    fill: str = "mean",
    subject: Sequence[Face | None] | None = None,
) -> list[Removal]:
    """Removes people from pictures and fills the holes.

    SAFER (arXiv 2306.09372) removes "the subject's face and body" for its background and place streams;
    how, and with what it fills, is not stated. Without ``subject`` everybody goes: nobody is
    the subject, and any other face would tell an emotion to a stream that is to see the situation.
    With it, bystanders stay, as part of the situation.

    Args:
        images: uint8 (H, W, 3) RGB; sizes may differ.
        faces: the faces of each image, from ``detect_faces(keep="all")``; with them small people are found and
            people are told apart. None when nothing is known.
        fill: "mean" (the mean colour of what remains), "blur" (colours flow in from the hole's edge) or
            "inpaint" (lines go on in the hole, with grain).
        subject: for each image the face of the person to remove, None where everybody is to go.

    Returns:
        One result for each image.

    Raises:
        InputError: an image is not RGB uint8, an unknown fill, or lists of other lengths than the images.
    """
    if fill not in FILLS:
        raise InputError(f"fill {fill!r}: known are {', '.join(FILLS)}")
    faces = check_people(images, faces)
    subject = [None] * len(images) if subject is None else subject
    if len(subject) != len(images):
        raise InputError(f"expected a subject or None for each of {len(images)} images, came {len(subject)}")
    jobs = list(zip(images, faces, subject, strict=True))
    return segmentation().map(functools.partial(_remove, fill=fill), jobs)


def _remove(network: Network, job: tuple[np.ndarray, Sequence[Face], Face | None], fill: str) -> Removal:
    image, faces, subject = job
    known = [*faces, subject] if subject is not None and subject not in faces else faces
    mask = person_mask(network, image, known)
    if subject is not None:
        mask = subject_mask(image, mask, known, subject)
    opacity = _opacity(mask)
    if not opacity.any():
        return Removal(image.copy(), opacity)
    filled = FILLS[fill](image, opacity > 0)
    mixed = image + (filled - image) * opacity[..., None]
    return Removal(mixed.round().clip(0, 255).astype(np.uint8), opacity)


def _opacity(mask: np.ndarray) -> np.ndarray:
    """float32 (H, W): 1 on the person and a little beyond, then falling to 0."""
    person = mask > _REMOVED_ABOVE
    if not person.any():
        return np.zeros(mask.shape, np.float32)
    unit = float(np.sqrt(mask.size))
    distance = cv2.distanceTransform((~person).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.clip(((_WIDER + _SOFT) * unit - distance) / (_SOFT * unit), 0, 1).astype(np.float32)
