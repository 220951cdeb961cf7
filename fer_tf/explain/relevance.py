"""How much of a heatmap lies where an action unit shows.

"Uncovering the Bias in Facial Expressions" found its heatmaps too different for a conclusion by eye and asked for the
positive relevance inside action-unit regions. mu and mu_w are those of Kohlbrenner et al. 2020, "Towards Best Practice
in Explaining Neural Network Decisions with LRP" (arXiv 1910.09840), section 4.

Quantus has measures of the same names: its ``AttributionLocalisation`` takes absolute values unless told, and its
``weighted`` multiplies by inside / total, the inverse of mu_w's factor; its ``RelevanceRankAccuracy`` agrees with ours.
``tests/explain/test_relevance.py`` holds both. It works on one image at a time and on no current Keras, so it is an
oracle here and no dependency.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.indices import FACE_OVAL
from fer_tf.faces.regions import face_oval_mask, region_masks
from fer_tf.labels import ACTION_UNITS, unit_names

# Where relevance can lie, besides the regions of action units. Together they are the picture.
AREAS = ("face", "hair", "body", "background")


def positive_relevance(relevance: np.ndarray) -> np.ndarray:
    """R+ = max(R, 0), summed over colours.

    Args:
        relevance: float (..., H, W, C), of any method with signs.

    Returns:
        float64 (..., H, W).
    """
    return np.maximum(relevance, 0).sum(axis=-1, dtype=np.float64)


def inside_scores(positive: np.ndarray, regions: np.ndarray, view: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Shares of relevance in regions.

    * ``mu``: sum of R+ inside / sum of all R+.
    * ``mu_w``: mu S_total / S_inside, with S in pixels: 1 is chance, more is better than chance.
    * ``rank_accuracy``: of as many pixels of the largest R+ as the region has, the share inside.

    Args:
        positive: float (..., H, W), see ``positive_relevance``.
        regions: (..., H, W), of which 0.5 and more is inside; NaN where no face was found.
        view: bool (H, W), what the model sees of a picture, if it is not all: S counts these pixels only, as others
            can have no relevance and would make any model look good.

    Returns:
        the three scores, float64 (...), NaN where there is no positive relevance or no region.

    Raises:
        InputError: shapes that do not fit.
    """
    if positive.shape != regions.shape or (view is not None and view.shape != positive.shape[-2:]):
        raise InputError(f"relevance of shape {positive.shape} and regions of shape {regions.shape} do not fit")
    view = np.ones(positive.shape[-2:], bool) if view is None else view
    defined = ~np.isnan(regions).any(axis=(-2, -1)) & (positive.sum(axis=(-2, -1)) > 0)
    seen = positive[..., view]
    inside = np.nan_to_num(regions[..., view]) >= 0.5
    area = inside.sum(axis=-1)
    defined &= area > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        mu = (seen * inside).sum(axis=-1) / positive.sum(axis=(-2, -1))
        scores = {"mu": mu, "mu_w": mu * view.sum() / area, "rank_accuracy": _rank_accuracy(seen, inside, area)}
    return {name: np.where(defined, value, np.nan) for name, value in scores.items()}


def _rank_accuracy(positive: np.ndarray, inside: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Of the ``area`` largest values, the share inside. Flat pixels in the last axis."""
    order = np.argsort(-positive, axis=-1, kind="stable")
    ranked = np.take_along_axis(inside, order, axis=-1)
    first = np.arange(positive.shape[-1]) < area[..., None]
    return (ranked & first).sum(axis=-1) / area


def area_shares(positive: np.ndarray, areas: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Share of R+ in each of ``AREAS``.

    Args:
        positive: float (..., H, W).
        areas: name -> bool, broadcasts with positive; apart from each other. NaN, as float, where no face was found.

    Returns:
        name -> float64 (...), NaN where there is no positive relevance or the area is not known.
    """
    total = positive.sum(axis=(-2, -1))
    total = np.where(total > 0, total, np.nan)
    return {name: (positive * mask).sum(axis=(-2, -1)) / total for name, mask in areas.items()}


def picture_areas(points: np.ndarray, person: np.ndarray, face: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Where face, hair, body and background are in one picture.

    No segmentation of hair is at hand without a download: hair is what belongs to the person, is not the face, and lies
    higher than the chin. Ears, hats and what hangs beside the face count to it.

    Args:
        points: float (468 or more, 2 or 3), the mesh in pixels of the masks.
        person: bool (H, W).
        face: bool (H, W), where the face is seen, if it is known exactly; else the mesh's outline.

    Returns:
        name -> float64 (H, W) of 0 and 1; all NaN when the mesh is.
    """
    if np.isnan(points).any():
        return {name: np.full(person.shape, np.nan) for name in AREAS}
    face = face_oval_mask(points, person.shape) >= 0.5 if face is None else face
    chin = points[list(FACE_OVAL), 1].max()
    higher = (np.arange(person.shape[0]) + 0.5 < chin)[:, None]
    person = person & ~face
    masks = (face, person & higher, person & ~higher, ~person & ~face)
    return {name: mask.astype(np.float64) for name, mask in zip(AREAS, masks, strict=True)}


def units_among(labels: Sequence[str]) -> dict[int, int]:
    """Place of each label that is an action unit -> its FACS number."""
    known = dict(zip(unit_names(ACTION_UNITS), ACTION_UNITS, strict=True))
    return {place: known[label] for place, label in enumerate(labels) if label in known}


def mesh_regions(points: np.ndarray, size: tuple[int, int], labels: Sequence[str]) -> np.ndarray:
    """Regions of labels on a face mesh.

    Args:
        points: float (468 or more, 2 or 3), pixels of the masks; NaN where no face was found.
        size: height and width.
        labels: names of logits.

    Returns:
        float32 (labels, height, width); NaN for what is no action unit, such as an emotion, and without a face.
    """
    masks, units = np.full((len(labels), *size), np.nan, np.float32), units_among(labels)
    masks[list(units)] = region_masks(points, size, list(units.values()))
    return masks
