"""The content of a report as a page: sections with charts and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_tf.evaluation.groups import BETTER, WORSE
from fer_tf.evaluation.report.sentences import WORDS, value_words
from fer_tf.pages import charts
from fer_tf.pages.shell import write_page

TEMPLATE = "report.html"
_MOST_BARS = 30


def write_report(report: Mapping[str, Any], path: Path) -> Path:
    """Writes the page and returns its path.

    Args:
        report: of ``content``.
        path: ``….html``.
    """
    parts = [part for part in _parts(report) if part]
    about = report["about"]
    content = {
        "title": about.get("title", "Audit report"),
        "about_line": f"{report['n']:,} images, {report['subjects'] or 'unknown'} people; {about.get('date', '')}",
        "sections": [("summary", "Summary"), *((part["id"], part["title"]) for part in parts)],
        "summary": report["summary"],
        "parts": parts,
    }
    return write_page(path, TEMPLATE, content)


def section(name: str, title: str, text: str = "", **parts: Any) -> dict[str, Any]:
    """A section of the page; ``parts`` are charts, tables, pictures and facts."""
    return {
        "id": name,
        "title": title,
        "text": text,
        "charts": [],
        "tables": [],
        "more": [],
        "pictures": [],
        "facts": [],
    } | parts


def _parts(report: Mapping[str, Any]):
    yield _scores(report)
    if "comparison" in report:
        yield _comparison(report["comparison"])
    yield from _groups(report)
    if "confusion" in report:
        yield _confusion(report["confusion"])
    if "calibration" in report:
        yield _calibration(report)
    yield _roc(report["roc"])
    if "robustness" in report:
        yield _robustness(report["robustness"])
    if "explanations" in report:
        yield _explanations(report["explanations"])
    if "dataset_audit" in report:
        yield _facts("dataset", "The data", report["dataset_audit"])
    if "paper_tables" in report:
        yield _paper(report["paper_tables"])
    yield _facts("made", "How this was made", report["about"])


def _scores(report: Mapping[str, Any]) -> dict[str, Any]:
    rows = [_cells(row, row["metric"]) for row in report["scores"]]
    columns = (("name", "score", "text"), ("value", "value [95 % interval]", "number"))
    return section("scores", "Scores over everyone", tables=[("All scores", columns, rows)])


def _cells(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "name": WORDS.get(name, name),
        "value": value_words(row),
        "sort": {"value": "" if row["value"] is None else row["value"]},
    }


def _groups(report: Mapping[str, Any]):
    main, groups = report["main_metric"], report["groups"]
    everyone = next((row["value"] for row in report["scores"] if row["metric"] == main), None)
    columns = list(dict.fromkeys(row["column"] for row in groups))
    for column in columns:
        own = [row for row in groups if row["column"] == column and row["metric"] == main]
        title = f"By {column.replace('_', ' ')}"
        shown = [] if len(own) > _MOST_BARS else [_bars(own, title, main, everyone)]
        compared = [name for name in WORDS if any(r["metric"] == name and r["column"] == column for r in groups)]
        others = [_group_table(groups, column, name) for name in compared if name != main and " & " not in column]
        tables = [_group_table(groups, column, main)]
        yield section(f"by-{_anchor(column)}", title, charts=shown, tables=tables, more=others)
    if report["unknown_groups"]:
        words = ", ".join(name.replace("_", " ") for name in report["unknown_groups"])
        yield section(
            "unknown",
            "Not known",
            f"Nothing is known of {words}: whether those groups are served alike was not measured.",
        )


def _bars(rows: Sequence[Mapping[str, Any]], title: str, main: str, everyone: float | None) -> tuple[Markup, str]:
    bars = [
        {
            "label": row["group"],
            "n": row["n"],
            "class": {WORSE: "worse", BETTER: "better"}.get(row["verdict"], ""),
            **{name: np.nan if row[name] is None else row[name] for name in ("value", "low", "high")},
        }
        for row in rows
    ]
    middle = np.nan if everyone is None else everyone
    return charts.interval_bars(bars, f"{title}: {WORDS[main]}", middle), f"{WORDS[main]}; dashed: everyone"


def _group_table(groups: Sequence[Mapping[str, Any]], column: str, metric: str):
    rows = []
    for row in groups:
        if row["column"] != column or row["metric"] != metric:
            continue
        numbers = {name: "" if row[name] is None else row[name] for name in ("value", "difference", "p_adjusted", "n")}
        rows.append(
            {
                "group": row["group"],
                "n": f"{row['n']:,}",
                "subjects": f"{row['subjects']:,}" if row["subjects"] else "unknown",
                "value": value_words(row),
                "difference": "" if row["difference"] is None else value_words(row, "difference"),
                "p_adjusted": "" if row["p_adjusted"] is None else f"{row['p_adjusted']:.3f}",
                "verdict": row["verdict"],
                "class": {WORSE: "worse", BETTER: "better"}.get(row["verdict"], ""),
                "sort": numbers,
            }
        )
    columns = (
        ("group", "group", "text"),
        ("n", "images", "number"),
        ("subjects", "people", "number"),
        ("value", "value", "number"),
        ("difference", "difference to the others", "number"),
        ("p_adjusted", "p, adjusted", "number"),
        ("verdict", "found", "text"),
    )
    return f"{WORDS[metric]} by {column.replace('_', ' ')}", columns, rows


def _confusion(confusion: Mapping[str, Any]) -> dict[str, Any]:
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


def _calibration(report: Mapping[str, Any]) -> dict[str, Any]:
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


def _roc(curves: Mapping[str, Any]) -> dict[str, Any]:
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


def _robustness(found: Mapping[str, Any]) -> dict[str, Any]:
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


def _explanations(found: Mapping[str, Any]) -> dict[str, Any]:
    columns = tuple(
        (name, name.replace("_", " "), "text" if number == 0 else "number")
        for number, name in enumerate(found["columns"])
    )
    tables = [("Share of the relevance by region and group", columns, found["rows"])] if found["rows"] else []
    return section("where", "Where it looks", found["text"], tables=tables, pictures=found["pictures"])


def _comparison(found: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "group": row["group"] if row["column"] == "all" else f"{row['column']} {row['group']}",
            "n": f"{row['n']:,}",
            "before": value_words(row, "before"),
            "after": value_words(row, "after"),
            "change": value_words(row, "change"),
            "found": row["found"],
            "class": {"lower": "worse", "higher": "better"}.get(row["found"], ""),
            "sort": {"n": row["n"], "change": "" if row["change"] is None else row["change"]},
        }
        for row in found["rows"]
    ]
    columns = (
        ("group", "group", "text"),
        ("n", "images", "number"),
        ("before", found["before"], "number"),
        ("after", found["after"], "number"),
        ("change", "change", "number"),
        ("found", "found", "text"),
    )
    return section(
        "compare",
        "Beside another model",
        found["text"],
        tables=[(f"{WORDS[found['metric']]} on the same images", columns, rows)],
    )


def _facts(name: str, title: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return section(
        name,
        title,
        facts=[(key.replace("_", " "), str(value)) for key, value in facts.items() if value not in ("", None)],
    )


def _paper(tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown = []
    for table in tables:
        columns = tuple((f"c{n}", words, "text" if n == 0 else "number") for n, words in enumerate(table["columns"]))
        shown.append(
            (table["caption"], columns, [{f"c{n}": cell for n, cell in enumerate(row)} for row in table["rows"]])
        )
    return section("paper", "Beside the paper", tables=shown)


def _anchor(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text)
