"""How a model of emotions fares when pictures get worse: scores by corruption and severity, and by disguise."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from tqdm import tqdm

from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.data.views import PLAIN
from fer_tf.errors import InputError
from fer_tf.evaluation.bootstrap import FEWEST, RESAMPLES
from fer_tf.evaluation.corruptions import KINDS, SEVERITIES, corrupt
from fer_tf.evaluation.groups import group_scores
from fer_tf.evaluation.predictions import Predictions, from_columns
from fer_tf.faces.mesh import find_crop_meshes
from fer_tf.labels import DISGUISES
from fer_tf.models.inputs import image_size, input_names
from fer_tf.models.outputs import softmax
from fer_tf.synthesis.disguise.overlay import disguise_faces

METRIC = "mean_class_accuracy"
_TEXT = (
    "The same images, made worse step by step; severity 0 is as they are. A group is named where it has people enough "
    "and the lowest score."
)


def robustness(
    model: keras.Model,
    inputs: InputOptions,
    split: str,
    *,
    limit: int = 700,
    kinds: Sequence[str] = tuple(KINDS),
    disguises: Sequence[str] = DISGUISES[1:],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Scores a model on worse and worse pictures.

    Args:
        model: images 0..255 to logits of the emotions.
        inputs: dataset; ``image_size`` is the model's own.
        split: split of the dataset.
        limit: so many images, evenly over the split.
        kinds: of ``corruptions.KINDS``.
        disguises: words of ``labels.DISGUISES`` that are put on; faces that wear something already are left out.
        resamples: draws of people.
        seed: of noise, styles and draws.

    Returns:
        ``metric``, ``severities``, ``text``, and ``curves``: kind -> points with ``severity``, ``value``, ``low``,
        ``high``, ``n`` and ``worst_group``; ``disguises``: the same with severity 0 and 1, on the images on which it
        could be put.

    Raises:
        InputError: the model takes more than one picture.
    """
    if input_names(model) != PLAIN:
        taken = ", ".join(input_names(model))
        raise InputError(f"robustness is for models of one picture, and {model.name} takes {taken}")
    images, columns = _images(model, inputs, split, limit)

    def score(changed: np.ndarray, chosen: np.ndarray) -> dict[str, Any]:
        return _point(model, changed, columns, chosen, resamples, seed)

    everyone = np.arange(len(images))
    clean = score(images, everyone)
    curves = {}
    for kind in tqdm(kinds, desc="corruptions", disable=None):
        points = [clean | {"severity": 0}]
        for severity in range(1, SEVERITIES + 1):
            points.append(score(corrupt(images, kind, severity, seed), everyone) | {"severity": severity})
        curves[kind] = points
    worn = _disguised(images, columns, disguises, score, seed)
    return {"metric": METRIC, "severities": SEVERITIES, "text": _TEXT, "curves": curves, "disguises": worn}


def _images(
    model: keras.Model, inputs: InputOptions, split: str, limit: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    own = dataclasses.replace(inputs, image_size=image_size(model) or inputs.image_size)
    batches, columns = scoring_batches(own, split)
    count = len(columns["image_id"])
    chosen = np.unique(np.linspace(0, count - 1, min(limit, count)).round().astype(int))
    kept, start = [], 0
    for batch in batches.as_numpy_iterator():
        inside = chosen[(chosen >= start) & (chosen < start + len(batch))] - start
        kept.append(np.clip(batch[inside].round(), 0, 255).astype(np.uint8))
        start += len(batch)
    return np.concatenate(kept), {name: values[chosen] for name, values in columns.items()}


def _disguised(images, columns, disguises: Sequence[str], score, seed: int) -> dict[str, list[dict[str, Any]]]:
    bare = np.flatnonzero(columns["disguise"] <= 0)
    meshes = find_crop_meshes(list(images[bare])) if len(bare) and disguises else []
    found = {}
    for disguise in tqdm(disguises, desc="disguises", disable=None):
        worn = disguise_faces(
            list(images[bare]), [[mesh] for mesh in meshes], disguise, seeds=[seed + int(number) for number in bare]
        )
        placed = [number for number, result in enumerate(worn) if result is not None]
        if len(placed) < FEWEST:
            continue
        own = bare[placed]
        after = score(np.stack([worn[number].image for number in placed]), own) | {"severity": 1}
        found[disguise] = [score(images[own], own) | {"severity": 0}, after]
    return found


def _point(model, images, columns, chosen, resamples: int, seed: int) -> dict[str, Any]:
    logits = model.predict(images.astype(np.float32), batch_size=128, verbose=0).astype(np.float64)
    found = from_columns({name: values[chosen] for name, values in columns.items()}, softmax(logits))
    return _summary(found, resamples, seed)


def _summary(found: Predictions, resamples: int, seed: int) -> dict[str, Any]:
    table = group_scores(found, resamples=resamples, seed=seed)
    table = table[table["metric"] == METRIC]
    everyone = table[table["column"] == "all"].iloc[0]
    groups = table[(table["column"] != "all") & table["low"].notna() & (table["column"] != "disguise")]
    worst = groups.loc[groups["value"].idxmin()] if len(groups) else None
    return {
        "value": float(everyone["value"]),
        "low": None if np.isnan(everyone["low"]) else float(everyone["low"]),
        "high": None if np.isnan(everyone["high"]) else float(everyone["high"]),
        "n": int(everyone["n"]),
        "worst_group": "" if worst is None else f"{worst['column']} {worst['group']}: {worst['value']:.3f}",
    }
