"""The content of a report as a page: sections with charts and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_tf.evaluation.report import answer_sections, group_sections
from fer_tf.evaluation.report.sections import section
from fer_tf.evaluation.report.sentences import WORDS, value_words
from fer_tf.pages.shell import write_page

TEMPLATE = "report.html"


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


def _parts(report: Mapping[str, Any]):
    yield _scores(report)
    if "comparison" in report:
        yield group_sections.compared(report["comparison"])
    yield from group_sections.groups(report)
    if "confusion" in report:
        yield answer_sections.confusion(report["confusion"])
    if "calibration" in report:
        yield answer_sections.calibration(report)
    yield answer_sections.roc(report["roc"])
    if "robustness" in report:
        yield answer_sections.robustness(report["robustness"])
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


def _explanations(found: Mapping[str, Any]) -> dict[str, Any]:
    columns = tuple(
        (name, name.replace("_", " "), "text" if number == 0 else "number")
        for number, name in enumerate(found["columns"])
    )
    tables = [("Share of the relevance by region and group", columns, found["rows"])] if found["rows"] else []
    return section("where", "Where it looks", found["text"], tables=tables, pictures=found["pictures"])


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
