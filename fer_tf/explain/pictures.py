"""Heatmaps of the user's own pictures."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence

import keras
import numpy as np

from fer_tf.data.images import resize_uint8
from fer_tf.explain.measure import heatmap_rows
from fer_tf.explain.relevance import mesh_regions, picture_areas
from fer_tf.explain.tools import LARGE, mesh_and_person
from fer_tf.explain.view import field_of_view
from fer_tf.faces.crop import crop_face
from fer_tf.faces.detect import detect_faces


@dataclasses.dataclass(frozen=True)
class Explained:
    """A face with its heatmaps.

    Attributes:
        image: uint8 (size, size, 3), as the model saw it.
        logits: (targets of the model,).
        targets: names of what was explained.
        heatmaps: (T, size, size, C).
        regions: (T, size, size), NaN where a target has no region or no face was found.
        scores: for each target, see ``measure.heatmap_rows``.
    """

    image: np.ndarray
    logits: np.ndarray
    targets: tuple[str, ...]
    heatmaps: np.ndarray
    regions: np.ndarray
    scores: list[dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Shown:
    """A face, or a whole picture.

    Attributes:
        image: uint8 (size, size, 3), what the model is shown.
        large: uint8 (H, W, 3), the same at a size at which the face tools see enough.
    """

    image: np.ndarray
    large: np.ndarray


def faces_of(image: np.ndarray, size: int, *, crop: bool) -> list[Shown]:
    """What is explained of a picture.

    Args:
        image: uint8 (H, W, 3).
        size: side of the model's input.
        crop: cut out each face as for training on FER-2013; otherwise, and where no face is found, all of it.
    """
    faces = detect_faces([image])[0] if crop else []
    large = max(size, LARGE)
    crops = [Shown(crop_face(image, face.box, size), crop_face(image, face.box, large)) for face in faces]
    return crops or [Shown(np.asarray(resize_uint8(image, size)), image)]


def explain_pictures(
    model: keras.Model,
    explain: Callable,
    labels: Sequence[str],
    pictures: Iterable[Shown],
    choose: Callable[[np.ndarray], Sequence[int]],
) -> Iterator[Explained]:
    """Explains pictures one after the other.

    Args:
        model: images to logits.
        explain: of ``methods.explainer``.
        labels: names of the logits.
        pictures: see ``faces_of``.
        choose: logits (targets,) -> numbers of those to explain.

    Yields:
        what was found; without a face the heatmap is made all the same, and its scores are undefined.
    """
    view = field_of_view(model)
    for picture in pictures:
        images = picture.image[None].astype(np.float32)
        logits = np.asarray(model(images, training=False))[0]
        chosen = np.asarray(choose(logits), np.int32)
        heatmaps = explain(images, chosen)[0]
        points, person = mesh_and_person(picture.large, len(view))
        names = tuple(labels[number] for number in chosen)
        regions = mesh_regions(points, view.shape, names)
        areas = picture_areas(points, person)
        yield Explained(picture.image, logits, names, heatmaps, regions, heatmap_rows(heatmaps, regions, areas, view))
