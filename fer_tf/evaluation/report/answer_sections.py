"""Sections on what the model answers: confusion, confidence, each label, worse pictures."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fer_tf.evaluation.report.sections import section
from fer_tf.evaluation.report.sentences import WORDS, value_words
from fer_tf.pages import charts


def confusion(confusion: Mapping[str, Any]) -> dict[str, Any]:
    """The confusion matrix as chart and table."""
    counts = np.array(confusion["counts"])
    chart = charts.confusion(confusion["labels"], counts, "Confusion matrix")
    rows = [
        {"true": label, **{f"c{number}": f"{value:,}" for number, value in enumerate(row)}}
        for label, row in zip(confusion["labels"], counts.tolist(), strict=True)
    ]
    columns = (
        ("true", "true", "text"),
        *((f"c{number}", label, "number") for number, label in enumerate(confusion["labels"])),
    )
    return section(
        "confusion",
        "What is taken for what",
        charts=[(chart, "Rows: the label that people gave; columns: what the model said; percent of the row")],
        tables=[("Images: true label by row, the model's by column", columns, rows)],
    )


def calibration(report: Mapping[str, Any]) -> dict[str, Any]:
    """The calibration curve."""
    points = report["calibration"]["points"]
    line = {"label": "model", "points": [(point["confidence"], point["accuracy"]) for point in points]}
    chart = charts.curves([line], "Calibration", "confidence", "accuracy", diagonal=True)
    rows = [
        {
            "confidence": f"{point['confidence']:.3f}",
            "accuracy": f"{point['accuracy']:.3f}",
            "n": f"{point['n']:,}",
            "sort": {"n": point["n"]},
        }
        for point in points
    ]
    columns = (
        ("confidence", "mean confidence", "number"),
        ("accuracy", "accuracy", "number"),
        ("n", "images", "number"),
    )
    text = "A model that is right as often as it says lies on the diagonal; below it, it is too sure of itself."
    return section(
        "calibration",
        "Does it know when it is wrong?",
        text,
        charts=[(chart, "accuracy by confidence")],
        tables=[("Calibration", columns, rows)],
    )


def roc(curves: Mapping[str, Any]) -> dict[str, Any]:
    """A ROC curve for each label."""
    drawn = [
        (
            charts.curves(
                [{"label": name, "points": curve["points"]}],
                f"ROC of {name}",
                "false positives",
                "true positives",
                diagonal=True,
            ),
            f"{name}: AUC {curve['auc']:.3f}",
        )
        for name, curve in curves.items()
        if curve["points"]
    ]
    rows = [
        {
            "name": name,
            "auc": "undefined" if curve["auc"] is None else f"{curve['auc']:.3f}",
            "positive": f"{curve['positive']:,}",
            "n": f"{curve['n']:,}",
            "sort": {"positive": curve["positive"], "n": curve["n"]},
        }
        for name, curve in curves.items()
    ]
    columns = (
        ("name", "label", "text"),
        ("auc", "AUC", "number"),
        ("positive", "positives", "number"),
        ("n", "images", "number"),
    )
    return section(
        "roc", "One label against the rest", charts=drawn, tables=[("Area under the ROC curve", columns, rows)]
    )


def robustness(found: Mapping[str, Any]) -> dict[str, Any]:
    """Curves by severity; ``found`` is of ``evaluation.robustness.robustness``."""
    drawn, rows = [], []
    for name, points in (found["curves"] | found["disguises"]).items():
        line = {
            "label": name,
            "points": [(point["severity"] / found["severities"], point["value"]) for point in points],
        }
        chart = charts.curves(
            [line], f"{name}: {WORDS[found['metric']]} by severity", "severity (1 is the worst)", WORDS[found["metric"]]
        )
        drawn.append((chart, name))
        rows += [
            {
                "name": name,
                "severity": str(point["severity"]),
                "value": value_words(point),
                "worst": point["worst_group"],
                "n": f"{point['n']:,}",
                "sort": {"value": point["value"], "n": point["n"]},
            }
            for point in points
        ]
    columns = (
        ("name", "change", "text"),
        ("severity", "severity", "number"),
        ("value", WORDS[found["metric"]], "number"),
        ("worst", "worst group", "text"),
        ("n", "images", "number"),
    )
    return section(
        "robustness",
        "When the picture gets worse",
        found["text"],
        charts=drawn,
        tables=[("By change and severity", columns, rows)],
    )
