"""The audit of a model: from a run or anybody's predictions to page, JSON and Markdown."""

import dataclasses
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_tf.errors import InputError

PAGE, DATA, CARD = "report.html", "report.json", "REPORT.md"
# Of action units, where metrics.json of the run is gone.
_USUAL_THRESHOLD = 0.5


@dataclasses.dataclass(frozen=True)
class ReportOptions:
    """What goes into the report of a model.

    Attributes:
        columns: our column=theirs, with commas, for predictions whose columns are called otherwise: image_id,
            subject_id, emotion, predicted, probability_anger and so on.
        groups: group columns of the predictions, with commas; by default gender, skin_tone, age_group and disguise.
        title: of the report.
        compare: another run or file of predictions on the same images: the one that came before.
        explained: folder that fer_tf.explain wrote for this model.
        dataset_audit: folder that the audit of the dataset wrote.
        paper_tables: tables.md of a study.
        robustness: of a run: also scores pictures that are made worse, and disguises put on; takes minutes.
        robustness_images: so many images of the split, evenly.
        show_faces: lets pictures of heatmaps into the report; they show the people of the dataset.
        resamples: draws of people for the intervals.
    """

    columns: str = ""
    groups: str = ""
    title: str = ""
    compare: str = ""
    explained: str = ""
    dataset_audit: str = ""
    paper_tables: str = ""
    robustness: bool = False
    robustness_images: int = 700
    show_faces: bool = False
    resamples: int = 2000

    def __post_init__(self) -> None:
        if self.resamples < 100 or self.robustness_images < 1:
            raise InputError(
                f"resamples {self.resamples}, robustness_images {self.robustness_images}: expected 100 and 1 or more"
            )
        self.mapping()

    def mapping(self) -> dict[str, str]:
        """Our name of a column -> theirs."""
        pairs = [pair.split("=") for pair in self.columns.split(",") if pair.strip()]
        if any(len(pair) != 2 for pair in pairs):
            raise InputError(f"columns {self.columns!r}: expected OURS=THEIRS, with commas between several")
        return {ours.strip(): theirs.strip() for ours, theirs in pairs}

    def group_columns(self) -> list[str] | None:
        """Names of the group columns, None where they are not asked for."""
        return [name.strip() for name in self.groups.split(",") if name.strip()] or None


def audit_model(source: Path, output_dir: Path, options: ReportOptions, command: str) -> dict[str, Any]:
    """Makes the report of a model and writes it.

    Args:
        source: a run's folder, scored by evaluate.py, or a CSV file of predictions.
        output_dir: where ``report.html``, ``report.json`` and ``REPORT.md`` go.
        options: what goes in.
        command: as it was typed, for the report.

    Returns:
        The content.

    Raises:
        InputError: a file is missing or says what cannot be.
    """
    from fer_tf.evaluation.report import sources
    from fer_tf.evaluation.report.card import markdown_card
    from fer_tf.evaluation.report.view import write_report
    from fer_tf.training.record import write_text

    report = _content(source, options, _about(source, options, command))
    if options.compare:
        report["comparison"] = _compared(source, Path(options.compare), options)
    if options.robustness:
        report["robustness"] = _robustness(source, options)
    if options.explained:
        report["explanations"] = sources.explanations(Path(options.explained), options.show_faces)
    if options.dataset_audit:
        report["dataset_audit"] = sources.dataset_audit(Path(options.dataset_audit))
    if options.paper_tables:
        report["paper_tables"] = sources.paper_tables(Path(options.paper_tables))
    output_dir.mkdir(parents=True, exist_ok=True)
    write_report(report, output_dir / PAGE)
    write_text(output_dir / DATA, json.dumps(report, allow_nan=False, indent=1, default=str) + "\n")
    write_text(output_dir / CARD, markdown_card(report))
    return report


def _about(source: Path, options: ReportOptions, command: str) -> dict[str, Any]:
    from fer_tf.evaluation.report.sources import about_run

    known = about_run(source) if source.is_dir() else {}
    name = source.name if source.is_dir() else source.stem
    facts = {"title": options.title or f"Audit of {name}", "date": datetime.date.today().isoformat()}
    return facts | known | {"predictions": source.name, "report_command": command}


def _content(source: Path, options: ReportOptions, about: Mapping[str, Any]) -> dict[str, Any]:
    import numpy as np

    from fer_tf.evaluation import action_unit_predictions
    from fer_tf.evaluation.report.content import action_unit_report, emotion_report
    from fer_tf.evaluation.report.sources import predictions_of
    from fer_tf.labels import ACTION_UNIT_TASK, unit_names
    from fer_tf.training.record import read_json

    path = predictions_of(source)
    run = read_json(source / "run.json") if source.is_dir() else {}
    if run.get("task") == ACTION_UNIT_TASK:
        units = action_unit_predictions.read_predictions(path)
        known = read_json(source / "metrics.json").get("thresholds", {})
        thresholds = np.array([known.get(name, _USUAL_THRESHOLD) for name in unit_names(units.units)])
        return action_unit_report(units, thresholds, about, resamples=options.resamples)
    return emotion_report(_read(path, options), about, resamples=options.resamples)


def _read(path: Path, options: ReportOptions):
    from fer_tf.evaluation.predictions_file import read_predictions

    return read_predictions(path, options.mapping(), options.group_columns())


def _compared(source: Path, other: Path, options: ReportOptions) -> dict[str, Any]:
    from fer_tf.evaluation.report.compare import comparison
    from fer_tf.evaluation.report.sources import predictions_of

    before, after = (_read(predictions_of(path), options) for path in (other, source))
    names = (other.name, source.name) if other.name != source.name else ("before", "after")
    return comparison(before, after, names, resamples=options.resamples)


def _robustness(source: Path, options: ReportOptions) -> dict[str, Any]:
    from fer_tf.data.options import InputOptions
    from fer_tf.evaluation.robustness import robustness
    from fer_tf.models.weights import load_model
    from fer_tf.training.record import read_json

    model, run = source / "model.keras", read_json(source / "run.json") if source.is_dir() else {}
    if not run or not model.is_file():
        raise InputError(f"robustness needs a run with its model.keras and run.json, {source} holds none")
    scored = read_json(source / "metrics.json")
    inputs = InputOptions(scored.get("dataset", run["dataset"]), run["flags"]["data_dir"], batch_size=256)
    return robustness(
        load_model(model),
        inputs,
        scored.get("split", "test"),
        limit=options.robustness_images,
        resamples=options.resamples,
    )
