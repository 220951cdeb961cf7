"""Scoring a trained run on a split, and the ledger entry that is kept of it."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.data.views import PLAIN
from fer_tf.errors import InputError
from fer_tf.evaluation.bootstrap import score_intervals
from fer_tf.evaluation.groups import METRICS, group_table
from fer_tf.evaluation.plots import confusion_png
from fer_tf.evaluation.predictions import Predictions, from_columns, write_predictions
from fer_tf.evaluation.scores import confusion_matrix, flat_scores
from fer_tf.labels import EMOTIONS
from fer_tf.models.inputs import image_size, input_names
from fer_tf.models.outputs import softmax


def predict(
    model: keras.Model, inputs: InputOptions, split: str, verbose: int = 0, *, mirror: bool = False
) -> Predictions:
    """Probabilities of every labelled image of a split.

    Args:
        model: images 0..255 to logits.
        inputs: dataset and batch size; ``image_size`` is the model's own.
        split: split of the dataset.
        verbose: 1 shows a progress bar.
        mirror: see ``predict_logits``.
    """
    logits, columns = predict_logits(model, inputs, split, verbose, mirror=mirror)
    return from_columns(columns, softmax(logits))


def predict_logits(
    model: keras.Model,
    inputs: InputOptions,
    split: str,
    verbose: int = 0,
    *,
    units: Sequence[int] | None = None,
    labelled_only: bool = True,
    mirror: bool = False,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Logits of the images of a split, float64 (N, outputs), and what is known of each.

    Args:
        model: images 0..255 to logits.
        inputs: dataset and batch size; ``image_size`` is the model's own.
        split: split of the dataset.
        verbose: 1 shows a progress bar.
        units: see ``scoring_batches``.
        labelled_only: leave out images without a label.
        mirror: logits are the mean of those of the image and of its mirror image.

    Raises:
        InputError: no image is left.
    """
    inputs, views = dataclasses.replace(inputs, image_size=image_size(model) or inputs.image_size), input_names(model)
    if mirror and views != PLAIN:
        raise InputError(f"mirror is for models of one picture, and {model.name} takes {', '.join(views)}")
    images, columns = scoring_batches(inputs, split, units=units, labelled_only=labelled_only, views=views)
    if not len(columns["image_id"]):
        raise InputError(f"{inputs.dataset} has no labelled image in {split}: nothing to score")
    logits = model.predict(images, verbose=verbose).astype(np.float64)
    if mirror:
        mirrored = images.map(lambda batch: batch[:, :, ::-1])
        logits = (logits + model.predict(mirrored, verbose=verbose)) / 2
    return logits, columns


def metrics(predictions: Predictions, seed: int = 0) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """The scores of ``evaluation.scores.flat_scores``, and the 95 % interval of each."""
    truth, predicted = predictions.truth, predictions.predicted
    flat = flat_scores(confusion_matrix(truth, predicted, len(EMOTIONS)), EMOTIONS)
    values = {name: float(value) for name, value in flat.items()}
    return values, score_intervals(truth, predicted, predictions.subject_id, EMOTIONS, seed=seed)


def write_results(predictions: Predictions, folder: Path, title: str) -> dict[str, object]:
    """Writes predictions.csv, groups.csv and confusion.png; returns what metrics.json holds."""
    folder.mkdir(parents=True, exist_ok=True)
    confusion = confusion_matrix(predictions.truth, predictions.predicted, len(EMOTIONS))
    write_predictions(predictions, folder / "predictions.csv")
    group_table(predictions).to_csv(folder / "groups.csv", index=False, float_format="%.6g")
    (folder / "confusion.png").write_bytes(confusion_png(confusion, title))
    values, intervals = metrics(predictions)
    return {
        "n": len(predictions.truth),
        "metrics": values,
        "intervals": intervals,
        "confusion": confusion.tolist(),
    }


def combine(results: list[dict], summary: Sequence[str] = METRICS) -> dict[str, object]:
    """Mean over seeds of each metric; of those in ``summary`` also ``_sd`` over seeds.

    Intervals are averaged: they describe the sample of images; ``_sd`` describes training.
    """
    if len(results) == 1:
        return results[0]
    flat = {name: float(np.mean([r["metrics"][name] for r in results])) for name in results[0]["metrics"]}
    for name in summary:
        flat[f"{name}_sd"] = float(np.std([r["metrics"][name] for r in results], ddof=1))
    intervals = {
        name: tuple(float(v) for v in np.mean([r["intervals"][name] for r in results], axis=0))
        for name in results[0]["intervals"]
    }
    shared = {name: results[0][name] for name in ("n", "threshold", "occurrences", "annotated") if name in results[0]}
    if "confusion" in results[0]:
        shared["confusion"] = np.mean([r["confusion"] for r in results], axis=0).tolist()
    return shared | {"runs": len(results), "metrics": flat, "intervals": intervals}


def score_lines(result: dict) -> list[str]:
    """What a person wants to see of a result: each score with its interval and n."""
    names = [*METRICS, *(f"recall/{emotion}" for emotion in EMOTIONS)]
    sizes = [result["n"]] * len(METRICS) + np.sum(result["confusion"], axis=1).tolist()
    lines = [f"{'score':<22}{'value':>8}   95 % interval         n"]
    for name, size in zip(names, sizes, strict=True):
        low, high = result["intervals"][name]
        lines.append(f"{name:<22}{result['metrics'][name]:>8.4f}   {low:.4f} .. {high:.4f} {size:>8.0f}")
    return lines
