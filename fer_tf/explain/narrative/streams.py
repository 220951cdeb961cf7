"""What the narrative asks of a model: probabilities of each face, and the same with one stream taken away."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from PIL import Image

from fer_tf.data.images import resize, resize_uint8
from fer_tf.explain.narrative.facts import Person, Place
from fer_tf.faces.crop import crop_face
from fer_tf.faces.face import Face, Mesh


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a model says of one face.

    Attributes:
        probabilities: emotion -> 0..1.
        without: stream -> the same when that stream is taken away; None of a model with one stream.
        place: of a network of places, if there is one.
    """

    probabilities: Mapping[str, float]
    without: Mapping[str, Mapping[str, float]] | None = None
    place: Place | None = None


class StreamReader(Protocol):
    """A model of faces, with whatever streams it has."""

    def read(
        self, image: np.ndarray, faces: Sequence[Face], meshes: Sequence[Mesh | None], *, whole: bool
    ) -> Sequence[Seen]:
        """Looks at the faces of one picture.

        Args:
            image: uint8 (H, W, 3).
            faces: those found.
            meshes: one for each face, None where there is none.
            whole: the picture is taken for the one face: it is not to be cut, and there is no background.

        Returns:
            what is said of each face, in their order.
        """
        ...


class Demographics(Protocol):
    """A plug-in that knows people: a function with a name."""

    name: str

    def __call__(self, image: np.ndarray, face: Face) -> Person | None:
        """What it says of one face of a picture uint8 (H, W, 3), or None."""
        ...


class CropReader:
    """Any model of face crops, as a model with one stream."""

    def __init__(
        self,
        probabilities: Callable[[np.ndarray], np.ndarray],
        labels: Sequence[str],
        size: int,
        crop_size: int = 0,
        grayscale: bool = False,
    ):
        """Keeps the model.

        Args:
            probabilities: float (B, size, size, 3), RGB 0..255 -> (B, labels).
            labels: emotion of each column.
            size: side of its input.
            crop_size: faces are cut to this side first, so that they are as sharp as in training; 0: to ``size``.
            grayscale: its training images had no colour.
        """
        self._probabilities, self._labels = probabilities, tuple(labels)
        self._size, self._crop_size, self._grayscale = size, crop_size or size, grayscale

    def read(
        self, image: np.ndarray, faces: Sequence[Face], meshes: Sequence[Mesh | None], *, whole: bool
    ) -> Sequence[Seen]:
        """See ``StreamReader.read``."""
        del meshes
        if not faces:
            return []
        side = self._crop_size
        crops = [resize_uint8(image, side).numpy() if whole else crop_face(image, face.box, side) for face in faces]
        rows = self._probabilities(np.stack([resize(self._coloured(crop), self._size).numpy() for crop in crops]))
        return [Seen(dict(zip(self._labels, map(float, row), strict=True))) for row in rows]

    def _coloured(self, crop: np.ndarray) -> np.ndarray:
        if not self._grayscale:
            return crop
        return np.repeat(np.asarray(Image.fromarray(crop).convert("L"))[..., None], 3, axis=2)
