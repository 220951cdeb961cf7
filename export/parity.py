"""Does an exported file still behave like the model it came from?"""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from export.litert import Runner
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.errors import InputError
from fer_tf.evaluation.scores import class_recall, confusion_matrix, scores
from fer_tf.labels import EMOTIONS


@dataclasses.dataclass(frozen=True)
class Limits:
    """How far an export may stray before it is refused.

    Attributes:
        max_probability_difference: largest difference of any probability of any image.
        max_accuracy_loss: accuracy of the original minus that of the export, fraction.
    """

    max_probability_difference: float = 1e-4
    max_accuracy_loss: float = 0.01

    @classmethod
    def of(cls, kind: str, probability: float | None = None, accuracy: float | None = None) -> "Limits":
        """Limits for a kind of TFLite file: 1e-4 in probability for float32, and 1 point of accuracy for all.

        Args:
            kind: one of ``tflite.KINDS``.
            probability: in place of the default.
            accuracy: in place of the default.
        """
        default = cls.max_probability_difference if kind == "float32" else 1.0
        return cls(
            default if probability is None else probability,
            cls.max_accuracy_loss if accuracy is None else accuracy,
        )


def measure_parity(
    original: Runner, exports: Mapping[Path, Runner], batches: Iterable[np.ndarray], truth: np.ndarray
) -> dict[Path, dict]:
    """Runs the original once and every export over the same images.

    Args:
        original: the model as trained.
        exports: path of each export -> the same, loaded from there.
        batches: float or uint8 (B, H, W, 3), 0..255.
        truth: int (N,), true emotion of each image in the order of the batches, an index
            in the original's labels.

    Returns:
        path -> a flat report: ``name``, ``n``, ``bytes``, ``max_probability_difference``,
        ``mean_probability_difference``, ``label_flips`` (images whose most probable emotion
        changed), ``label_flip_share``, ``accuracy`` and ``mean_class_accuracy`` each with
        ``_original``, ``_export`` and ``_difference`` (export minus original), and
        ``class_accuracy_difference`` by emotion. Scores are fractions; None is undefined.

    Raises:
        InputError: no image at all.
    """
    ours, theirs = [], {path: [] for path in exports}
    for images in batches:
        images = np.asarray(images)
        ours.append(original.probabilities(images))
        for path, runner in exports.items():
            theirs[path].append(runner.probabilities(images))
    if not ours:
        raise InputError("there is no labelled image to compare on: choose another --split or --dataset")
    labels, before = original.info.labels, np.concatenate(ours)
    return {
        path: {"name": path.name, "bytes": _size(path), **compare(before, np.concatenate(rows), truth, labels)}
        for path, rows in theirs.items()
    }


def compare(original: np.ndarray, export: np.ndarray, truth: np.ndarray, labels: Sequence[str] = EMOTIONS) -> dict:
    """The numbers of ``measure_parity`` from the two sets of probabilities.

    Args:
        original: float (N, classes).
        export: float (N, classes).
        truth: int (N,), index in ``labels``.
        labels: emotion of each class.

    Returns:
        see ``measure_parity``.
    """
    difference = np.abs(original.astype(np.float64) - export)
    flips = int((original.argmax(1) != export.argmax(1)).sum())
    report = {
        "n": len(truth),
        "max_probability_difference": float(difference.max()),
        "mean_probability_difference": float(difference.mean()),
        "label_flips": flips,
        "label_flip_share": flips / len(truth),
    }
    classes = original.shape[1]
    before, after = (confusion_matrix(truth, rows.argmax(1), classes) for rows in (original, export))
    for name in ("accuracy", "mean_class_accuracy"):
        values = [float(scores(matrix)[name]) for matrix in (before, after)]
        report |= {
            f"{name}_original": values[0],
            f"{name}_export": values[1],
            f"{name}_difference": values[1] - values[0],
        }
    change = class_recall(after) - class_recall(before)
    report["class_accuracy_difference"] = {
        labels[i]: None if np.isnan(value) else float(value) for i, value in enumerate(change)
    }
    return report


def violations(report: dict, limits: Limits) -> list[str]:
    """What in a report goes beyond the limits, in words; empty when nothing does."""
    found = []
    if not report["max_probability_difference"] <= limits.max_probability_difference:
        found.append(
            f"a probability differs by {report['max_probability_difference']:.2g}, "
            f"allowed is {limits.max_probability_difference:.2g}"
        )
    if not -report["accuracy_difference"] <= limits.max_accuracy_loss:
        found.append(f"accuracy falls by {-report['accuracy_difference']:.4f}, allowed is {limits.max_accuracy_loss}")
    return found


def check_parity(
    original: Runner,
    exports: Mapping[Path, Runner],
    options: InputOptions,
    split: str,
    limits: Mapping[Path, Limits],
) -> list[str]:
    """Measures every export on a split, writes ``parity_<name>.json`` beside it and prints a table.

    An export beyond its limits is kept aside as ``<name>.rejected``.

    Args:
        original: the model as trained.
        exports: path of each export -> the same, loaded from there.
        options: dataset and batch size.
        split: which images to compare on; those without a label are left out.
        limits: for each path.

    Returns:
        one sentence for each refused export.

    Raises:
        InputError: the dataset is not built.
    """
    batches, columns = scoring_batches(options, split)
    truth = np.array([original.info.labels.index(EMOTIONS[emotion]) for emotion in columns["emotion"]], np.int64)
    # Shown on a terminal only.
    shown = tqdm(batches, "comparing", total=math.ceil(len(truth) / options.batch_size), unit="batch", disable=None)
    reports = measure_parity(original, exports, shown, truth)
    refused = []
    for path, report in reports.items():
        report |= {"dataset": options.dataset, "split": split, "limits": dataclasses.asdict(limits[path])}
        report["violations"] = violations(report, limits[path])
        (path.parent / f"parity_{path.stem}.json").write_text(json.dumps(report, indent=2) + "\n")
        if report["violations"]:
            aside = _put_aside(path)
            refused.append(f"{path.name} is refused: {', '.join(report['violations'])}; it is kept as {aside}")
    print(table(list(reports.values())))
    return refused


def table(reports: list[dict]) -> str:
    """The reports as lines of text for a terminal, one row each."""
    head = ("export", "MB", "n", "max |dp|", "mean |dp|", "flips", "accuracy", "change", "mean class", "change")
    rows = [head]
    for report in reports:
        rows.append(
            (
                report["name"],
                f"{report['bytes'] / 1e6:.2f}",
                f"{report['n']}",
                f"{report['max_probability_difference']:.1e}",
                f"{report['mean_probability_difference']:.1e}",
                f"{report['label_flips']} ({report['label_flip_share']:.2%})",
                f"{report['accuracy_export']:.4f}",
                f"{report['accuracy_difference']:+.4f}",
                f"{report['mean_class_accuracy_export']:.4f}",
                f"{report['mean_class_accuracy_difference']:+.4f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _put_aside(path: Path) -> Path:
    aside = path.with_name(path.name + ".rejected")
    if aside.is_dir():
        # A folder cannot be renamed onto one that holds files.
        aside.rename(_free_name(aside))
    return path.rename(aside)


def _free_name(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return candidate
