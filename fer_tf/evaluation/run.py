"""Scoring a trained run on a split, and the ledger entry that is kept of it."""

import dataclasses
from pathlib import Path

import keras
import numpy as np

from fer_tf.data.pipeline import InputOptions, scoring_batches
from fer_tf.errors import InputError
from fer_tf.evaluation.bootstrap import score_intervals
from fer_tf.evaluation.groups import group_table
from fer_tf.evaluation.plots import confusion_png
from fer_tf.evaluation.predictions import Predictions, from_columns, write_predictions
from fer_tf.evaluation.scores import class_f1, class_precision, class_recall, confusion_matrix, scores
from fer_tf.labels import EMOTIONS


def predict(model: keras.Model, inputs: InputOptions, split: str, verbose: int = 0) -> Predictions:
    """Probabilities of every labelled image of a split.

    Args:
        model: images 0..255 to logits.
        inputs: dataset and batch size; ``image_size`` is the model's own.
        split: split of the dataset.
        verbose: 1 shows a progress bar.
    """
    inputs = dataclasses.replace(inputs, image_size=model.input_shape[1])
    images, columns = scoring_batches(inputs, split)
    if not len(columns["emotion"]):
        raise InputError(f"{inputs.dataset} has no labelled image in {split}: nothing to score")
    logits = model.predict(images, verbose=verbose).astype(np.float64)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return from_columns(columns, odds / odds.sum(axis=1, keepdims=True))


def metrics(predictions: Predictions, seed: int = 0) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Flat scores, all fractions, and the 95 % intervals of the summary scores.

    Returns:
        metrics: summary scores, then ``recall/<emotion>``, ``precision/…`` and ``f1/…``;
        intervals: summary score -> (low, high).
    """
    truth, predicted = predictions.truth, predictions.predicted
    confusion = confusion_matrix(truth, predicted, len(EMOTIONS))
    flat = {name: float(value) for name, value in scores(confusion).items()}
    for name, function in (("recall", class_recall), ("precision", class_precision), ("f1", class_f1)):
        flat |= {
            f"{name}/{emotion}": float(value) for emotion, value in zip(EMOTIONS, function(confusion), strict=True)
        }
    return flat, score_intervals(truth, predicted, predictions.subject_id, len(EMOTIONS), seed=seed)


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


def combine(results: list[dict]) -> dict[str, object]:
    """Mean over seeds of each metric, with ``_sd`` over seeds for the summary scores.

    Intervals are averaged: they describe the sample of images; ``_sd`` describes training.
    """
    if len(results) == 1:
        return results[0]
    flat = {name: float(np.mean([r["metrics"][name] for r in results])) for name in results[0]["metrics"]}
    for name in results[0]["intervals"]:
        flat[f"{name}_sd"] = float(np.std([r["metrics"][name] for r in results], ddof=1))
    intervals = {
        name: tuple(float(v) for v in np.mean([r["intervals"][name] for r in results], axis=0))
        for name in results[0]["intervals"]
    }
    return {"n": results[0]["n"], "metrics": flat, "intervals": intervals, "runs": len(results)}


def score_lines(result: dict) -> list[str]:
    """What a person wants to see of a result: each score with its interval and n."""
    lines = [f"{'score':<22}{'value':>8}   95 % interval     n = {result['n']}"]
    for name, (low, high) in result["intervals"].items():
        lines.append(f"{name:<22}{result['metrics'][name]:>8.4f}   {low:.4f} .. {high:.4f}")
    for emotion in EMOTIONS:
        lines.append(f"recall/{emotion:<15}{result['metrics'][f'recall/{emotion}']:>8.4f}")
    return lines
