"""Scoring a trained run of action units on a split."""

from pathlib import Path

import keras
import numpy as np

from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError
from fer_tf.evaluation import action_units
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions, from_columns, write_predictions
from fer_tf.evaluation.bootstrap import unit_intervals
from fer_tf.evaluation.groups import UNIT_METRICS, unit_group_table
from fer_tf.evaluation.plots import unit_scores_png
from fer_tf.evaluation.run import predict_logits
from fer_tf.labels import unit_names, unit_numbers

FIGURE = "action_unit_scores.png"
ON_VALIDATION = "validation"
SHOWN = (*UNIT_METRICS, "macro_auc", "macro_ece", "macro_brier")


def predict(
    model: keras.Model,
    units: tuple[int, ...],
    inputs: InputOptions,
    split: str,
    verbose: int = 0,
    *,
    labelled_only: bool = True,
    mirror: bool = False,
) -> ActionUnitPredictions:
    """Probabilities of every labelled image of a split.

    Args:
        model: images 0..255 to one logit a unit.
        units: FACS numbers of the logits.
        inputs: dataset and batch size; ``image_size`` is the model's own.
        split: split of the dataset.
        verbose: 1 shows a progress bar.
        labelled_only: leave out images without a label of any of the units; False takes every
            image, to read action units on a dataset that has none.
        mirror: see ``predict_logits``.

    Raises:
        InputError: no labelled image, or a model with another number of outputs.
    """
    if model.output_shape[-1] != len(units):
        raise InputError(f"model {model.name} has {model.output_shape[-1]} outputs for {len(units)} action units")
    options = {"units": units, "labelled_only": labelled_only, "mirror": mirror}
    logits, columns = predict_logits(model, inputs, split, verbose, **options)
    return from_columns(columns, action_units.probabilities(logits), units)


def thresholds_of(threshold: str, units: tuple[int, ...], validation: ActionUnitPredictions | None) -> np.ndarray:
    """The probability of each unit from which on it counts as present, (U,).

    Args:
        threshold: a number in 0..1 for all, or ``validation``.
        units: FACS numbers.
        validation: predictions on the validation split; only ``validation`` needs them.

    Raises:
        InputError: neither.
    """
    if threshold == ON_VALIDATION:
        return action_units.best_thresholds(validation.truth, validation.probabilities)
    try:
        value = float(threshold)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise InputError(f"threshold is {threshold!r}: expected a number between 0 and 1, or {ON_VALIDATION}")
    return np.full(len(units), value)


def write_results(
    predictions: ActionUnitPredictions, thresholds: np.ndarray, folder: Path, title: str
) -> dict[str, object]:
    """Writes predictions.csv, groups.csv and the figure; returns what metrics.json holds."""
    folder.mkdir(parents=True, exist_ok=True)
    write_predictions(predictions, folder / "predictions.csv")
    unit_group_table(predictions, thresholds).to_csv(folder / "groups.csv", index=False, float_format="%.6g")
    truth, probabilities, units = predictions.truth, predictions.probabilities, predictions.units
    values = action_units.scores(truth, probabilities, thresholds)
    intervals = unit_intervals(truth, probabilities, thresholds, predictions.subject_id, units)
    (folder / FIGURE).write_bytes(unit_scores_png(units, values, intervals, title))
    names = unit_names(units)
    return {
        "n": len(predictions.image_id),
        "thresholds": dict(zip(names, thresholds.tolist(), strict=True)),
        "occurrences": dict(zip(names, np.nansum(truth, axis=0).astype(int).tolist(), strict=True)),
        "annotated": dict(zip(names, (~np.isnan(truth)).sum(axis=0).tolist(), strict=True)),
        "metrics": {name: float(value) for name, value in action_units.flat_scores(values, units).items()},
        "intervals": intervals,
    }


def score_lines(result: dict) -> list[str]:
    """What a person wants to see of a result: each score with its interval, each unit in a row."""
    metrics, intervals = result["metrics"], result["intervals"]
    lines = [f"{'score':<16}{'value':>8}   95 % interval     ({result['n']} images)"]
    for name in SHOWN:
        low, high = intervals.get(name, (float("nan"),) * 2)
        lines.append(f"{name:<16}{metrics[name]:>8.4f}   {low:.4f} .. {high:.4f}")
    lines.append(
        f"{'unit':<6}{'shown by':>9}{'of':>7}  {'F1':>6}   95 % interval   precision  recall    AUC    ECE  Brier"
    )
    for name, count in result["occurrences"].items():
        low, high = intervals[f"f1/{name}"]
        row = [metrics[f"{score}/{name}"] for score in ("precision", "recall", "auc", "ece", "brier")]
        rest = "{:>11.3f}{:>8.3f}{:>7.3f}{:>7.3f}{:>7.3f}".format(*row)
        lines.append(
            f"{name:<6}{count:>9}{result['annotated'][name]:>7}  {metrics[f'f1/{name}']:>6.3f}   "
            f"{low:.3f} .. {high:.3f}{rest}"
        )
    return lines


def units_of(trained: dict) -> tuple[int, ...]:
    """Units of the outputs of a run, from its ``run.json``."""
    return unit_numbers(trained["labels"])
