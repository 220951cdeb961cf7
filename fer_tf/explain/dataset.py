"""Heatmaps of a built dataset, and their scores."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
import tensorflow as tf

from fer_tf.data.images import resize
from fer_tf.data.load import load
from fer_tf.errors import InputError
from fer_tf.explain.answers import Answers, Pairs
from fer_tf.explain.measure import batches_of_equal_length, heatmap_rows
from fer_tf.explain.relevance import mesh_regions, picture_areas, units_among
from fer_tf.explain.tools import mesh_and_person, resized_mask
from fer_tf.faces.regions import scale_points
from fer_tf.synthesis.render.truth import unit_mask
from tfds_builders.registry import load_builder

# Regions of action units: of polygons on the face mesh, or as a renderer drew them.
MESH, DRAWN = "mesh", "drawn"
_CHUNK = 32
_CHANNELS = {"image": 3, "segments": 1, "unit_masks": 3}


def explain_dataset(
    explainers: dict[str, Callable],
    view: np.ndarray,
    answers: Answers,
    pairs: Pairs,
    dataset: str,
    split: str,
    data_dir: str,
    *,
    regions: str = MESH,
    batch_size: int = 16,
    change: Callable | None = None,
    progress: Callable[[Iterable], Iterable] = iter,
) -> pd.DataFrame:
    """Explains pairs of images and labels, and scores the heatmaps.

    Args:
        explainers: name -> function of ``methods.explainer``, of one model by several methods or of several models, all
            with the labels of ``answers`` and the size of picture of ``view``.
        view: bool (size, size), see ``view.field_of_view``.
        answers: on the images; groups, subjects and probabilities are taken from there.
        pairs: see ``answers.chosen_pairs``.
        dataset: one built dataset.
        split: of it.
        data_dir: folder of the built datasets.
        regions: ``mesh``, from the record's mesh or one found in the image, or ``drawn``, if the dataset has it.
        batch_size: images explained at once.
        change: of (record, image float32 (size, size, 3)) to the image that is explained instead.
        progress: passes on the chunks of records; ``tqdm`` shows a bar.

    Returns:
        a row for each pair and explainer: ``method``, ``image_id``, ``subject_id``, ``target``, ``outcome``,
        ``probability``, the groups, ``weight``, how many images with that outcome it stands for, and
        ``summary.SCORES``.

    Raises:
        InputError: ``drawn`` regions of a dataset without, or no pair.
    """
    if not pairs:
        raise InputError(f"{dataset} {split} has no image that could be explained")
    weights = _weights(answers, pairs)
    row_of, rows = {str(name): row for row, name in enumerate(answers.image_id)}, []
    for chunk in progress(_chunks(read_records(dataset, split, data_dir, regions), pairs)):
        images = np.stack([np.asarray(resize(record["image"], len(view))) for record in chunk])
        if change:
            images = np.stack([change(*one) for one in zip(chunk, images, strict=True)])
        ours = [pairs[record["image_id"].decode()] for record in chunk]
        facts = [_facts(answers, row_of[record["image_id"].decode()]) for record in chunk]
        columns = [[column for column, _ in one] for one in ours]
        names = [[answers.labels[column] for column in one] for one in columns]
        marked = [regions_and_areas(*one, regions) for one in zip(chunk, [len(view)] * len(chunk), names, strict=True)]
        for numbers, targets in batches_of_equal_length(columns, batch_size):
            for method, explain in explainers.items():
                heatmaps = explain(images[numbers], targets, batch_size=batch_size)
                for number, heatmap in zip(numbers, heatmaps, strict=True):
                    scores = heatmap_rows(heatmap, *marked[number], view)
                    for (column, word), score in zip(ours[number], scores, strict=True):
                        weight = {"weight": weights[column, word]}
                        rows.append({"method": method} | facts[number](column, word) | weight | score)
    return pd.DataFrame(rows)


def _weights(answers: Answers, pairs: Pairs) -> dict[tuple[int, str], float]:
    """For how many images of a label and outcome each chosen one stands."""
    drawn = Counter(pair for some in pairs.values() for pair in some)
    there = {pair: (answers.outcomes[:, pair[0]] == pair[1]).sum() for pair in drawn}
    return {pair: max(float(there[pair]), count) / count for pair, count in drawn.items()}


def read_records(dataset: str, split: str, data_dir: str, regions: str = MESH):
    """Records with what is needed to score heatmaps, pictures still encoded: see ``decoded``.

    Raises:
        InputError: ``drawn`` regions of a dataset without.
    """
    has_masks = "unit_masks" in load_builder(dataset, data_dir).info.features
    if regions == DRAWN and not has_masks:
        raise InputError(f"{dataset} has no drawn regions of action units: take regions={MESH}")
    fields = ["image", "image_id", *(("mesh", "segments", "unit_masks") if has_masks else ())]
    return load(dataset, split, data_dir, decode_images=False, fields=fields)


def decoded(record: dict) -> dict:
    """A record of ``read_records`` as NumPy, with its pictures uint8 (H, W, C)."""
    channels = {name: channels for name, channels in _CHANNELS.items() if name in record}
    pictures = {
        name: tf.io.decode_image(record[name], channels, expand_animations=False).numpy()
        for name, channels in channels.items()
    }
    return record | pictures


def _chunks(records, wanted: Container[str]) -> Iterator[list[dict]]:
    chunk = []
    for record in records.as_numpy_iterator():
        if record["image_id"].decode() in wanted:
            chunk.append(decoded(record))
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def regions_and_areas(record: dict, size: int, labels: Sequence[str], regions: str):
    """Masks of the labels, (L, size, size), and of the areas (``relevance.picture_areas``), at the model's size.

    Args:
        record: of a dataset; ``mesh``, ``segments`` and ``unit_masks`` only rendered ones have.
        size: of the masks.
        labels: names of logits; what is no action unit has no region, its mask is NaN.
        regions: ``mesh`` or ``drawn``.
    """
    points, person, face = _found(record, size)
    if regions == DRAWN:
        masks = np.full((len(labels), size, size), np.nan, np.float32)
        for row, unit in units_among(labels).items():
            masks[row] = resized_mask(unit_mask(record["unit_masks"], unit), size)
    else:
        masks = mesh_regions(points, (size, size), labels)
    return masks, picture_areas(points, person, face)


def _found(record: dict, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Mesh, person and face of a record at the model's size: as drawn, or as the face tools see them."""
    if "segments" not in record:
        return *mesh_and_person(record["image"], size), None
    segments = record["segments"][..., 0]
    points = scale_points(record["mesh"], record["image"].shape[:2], (size, size))
    return points, resized_mask(segments >= 1, size), resized_mask(segments == 2, size)


def _facts(answers: Answers, row: int) -> Callable[[int, str], dict]:
    groups = {name: values[row] for name, values in answers.groups.items()}
    common = {"image_id": answers.image_id[row], "subject_id": answers.subject_id[row]}
    return lambda label, word: (
        common
        | {
            "target": answers.labels[label],
            "outcome": word,
            "probability": float(answers.probabilities[row, label]),
            **groups,
        }
    )
