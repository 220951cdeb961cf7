"""Does an exported file still behave like the model it came from, for everyone and for each group?"""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from tqdm import tqdm

from export.litert import Inputs, Runner
from export.metadata import REFUSED, file_digest
from export.model_info import ModelInfo
from export.parity_groups import NO_GROUPS, group_changes, group_violations, group_warnings
from export.parity_scores import AnyPredictions, changes
from export.parity_tables import group_table, table
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import scoring_batches
from fer_tf.errors import InputError
from fer_tf.evaluation import action_unit_predictions, predictions
from fer_tf.labels import ACTION_UNIT_TASK, EMOTIONS, unit_numbers
from fer_tf.training.record import write_json


@dataclasses.dataclass(frozen=True)
class Limits:
    """How far an export may stray before it is refused.

    Attributes:
        max_probability_difference: largest difference of any probability of any image.
        max_accuracy_loss: accuracy (of action units macro F1) of the original minus that of the export, fraction.
        max_group_loss: the same of any group of people, where the loss is certain; see ``parity_groups``.
    """

    max_probability_difference: float = 1e-4
    max_accuracy_loss: float = 0.01
    max_group_loss: float = 0.01

    @classmethod
    def of(
        cls, kind: str, probability: float | None = None, accuracy: float | None = None, group: float | None = None
    ) -> "Limits":
        """Limits for a kind of TFLite file: 1e-4 in probability for float32, and 1 point of accuracy for all.

        Args:
            kind: one of ``tflite.KINDS``.
            probability: in place of the default.
            accuracy: in place of the default.
            group: in place of the default.
        """
        default = cls.max_probability_difference if kind == "float32" else 1.0
        return cls(
            default if probability is None else probability,
            cls.max_accuracy_loss if accuracy is None else accuracy,
            cls.max_group_loss if group is None else group,
        )


def run_all(runners: Mapping[Path | None, Runner], batches: Iterable[Inputs]) -> dict[Path | None, np.ndarray]:
    """Probabilities of several models on the same images, in one pass over these.

    Args:
        runners: the models.
        batches: float or uint8 (B, H, W, 3), 0..255, or name -> array.

    Returns:
        key -> float32 (N, labels).

    Raises:
        InputError: no image at all.
    """
    found = {key: [] for key in runners}
    for batch in batches:
        arrays = batch if isinstance(batch, Mapping) else np.asarray(batch)
        for key, runner in runners.items():
            found[key].append(runner.probabilities(arrays))
    if not all(found.values()):
        raise InputError("there is no labelled image to compare on: choose another --split or --dataset")
    return {key: np.concatenate(rows) for key, rows in found.items()}


def predictions_of(columns: dict[str, np.ndarray], values: np.ndarray, info: ModelInfo) -> AnyPredictions:
    """A model's output with what is known of the images.

    Args:
        columns: of ``scoring_batches``.
        values: float (N, labels), probabilities in the order of the model's labels.
        info: of the model.
    """
    if info.task == ACTION_UNIT_TASK:
        return action_unit_predictions.from_columns(columns, values, unit_numbers(info.labels))
    return predictions.from_columns(columns, values[:, [info.labels.index(emotion) for emotion in EMOTIONS]])


def parity_report(original: AnyPredictions, export: AnyPredictions, limits: Limits) -> dict:
    """Everything that is said of one export.

    Args:
        original: of the model as trained.
        export: of the export, the same images in the same order.
        limits: how far it may stray.

    Returns:
        what ``parity_scores.changes`` says; ``SCORE_difference_interval`` [low, high] of the deciding score;
        ``groups``, rows of ``parity_groups.group_changes`` without everyone's, and ``groups_note`` where none is
        known; ``limits`` and ``violations``, a sentence for each.
    """
    report = changes(original, export)
    everyone, *groups = group_changes(original, export)
    report[f"{report['score']}_difference_interval"] = [everyone["difference_low"], everyone["difference_high"]]
    report |= {"people": everyone["people"], "groups": groups, "limits": dataclasses.asdict(limits)}
    if not groups:
        report["groups_note"] = NO_GROUPS
    return report | {"violations": violations(report, limits)}


def violations(report: dict, limits: Limits) -> list[str]:
    """What in a report goes beyond the limits, in words; empty when nothing does."""
    found = []
    if not report["max_probability_difference"] <= limits.max_probability_difference:
        found.append(
            f"a probability differs by {report['max_probability_difference']:.2g}, "
            f"allowed is {limits.max_probability_difference:.2g}"
        )
    score = report["score"]
    loss = -report[f"{score}_difference"]
    if np.isnan(loss):
        found.append(f"{score} is undefined on these images, as nothing occurs in them: choose another --split")
    elif not loss <= limits.max_accuracy_loss:
        found.append(f"{score} falls by {loss:.4f}, allowed is {limits.max_accuracy_loss}")
    return found + group_violations(report["groups"], score, limits.max_group_loss)


def check_parity(
    original: Runner,
    exports: Mapping[Path, Runner],
    options: InputOptions,
    split: str,
    limits: Mapping[Path, Limits],
) -> dict[Path, str]:
    """Measures every export on a split, writes ``parity_<name>.json`` beside it and prints tables.

    An export beyond its limits is kept aside as ``<name>.rejected``.

    Args:
        original: the model as trained.
        exports: path of each export -> the same, loaded from there.
        options: dataset and batch size.
        split: which images to compare on; those without a label are left out.
        limits: for each path.

    Returns:
        path -> one sentence, of each refused export.

    Raises:
        InputError: the dataset is not built, or the model's emotions are not those of the datasets.
    """
    info = original.info
    units = unit_numbers(info.labels) if info.task == ACTION_UNIT_TASK else None
    if units is None and set(info.labels) != set(EMOTIONS):
        raise InputError(f"the model answers {', '.join(info.labels)}: comparing needs {', '.join(EMOTIONS)}")
    batches, columns = scoring_batches(options, split, units=units, views=info.inputs)
    # Shown on a terminal only.
    total = math.ceil(len(columns["image_id"]) / options.batch_size)
    shown = tqdm(batches, "comparing", total=total, unit="batch", disable=None)
    values = run_all({None: original, **exports}, shown)
    before, reports, refused = predictions_of(columns, values[None], info), [], {}
    for path, runner in exports.items():
        after = predictions_of(columns, values[path], runner.info)
        about = {"name": path.name, "bytes": _size(path), "sha256": file_digest(path), "task": info.task}
        about |= {"dataset": options.dataset, "split": split, "fine_tuned_epochs": runner.info.fine_tuned_epochs}
        report = about | parity_report(before, after, limits[path])
        write_json(report_path(path), report)
        reports.append(report)
        if report["violations"]:
            aside = _put_aside(path)
            refused[path] = f"{path.name} is refused: {'; '.join(report['violations'])}; it is kept as {aside}"
    print(f"{table(reports)}\n\n{group_table(reports)}")
    for report in reports:
        for warning in group_warnings(report["groups"], report["score"]):
            print(f"warning: {report['name']}: {warning}")
    return refused


def report_path(path: Path) -> Path:
    """Where the report of an export lies."""
    return path.parent / f"parity_{path.stem}.json"


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _put_aside(path: Path) -> Path:
    aside = path.with_name(path.name + REFUSED)
    if aside.is_dir():
        # A folder cannot be renamed onto one that holds files.
        aside.rename(_free_name(aside))
    return path.rename(aside)


def _free_name(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return candidate
