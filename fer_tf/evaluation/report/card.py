"""The same content as Markdown, to stand beside a model."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_tf.evaluation.report.sentences import WORDS, value_words


def markdown_card(report: Mapping[str, Any]) -> str:
    """The report without its charts.

    Args:
        report: of ``content``.
    """
    main = report["main_metric"]
    parts = [f"# {_cell(report['about'].get('title', 'Audit report'))}", "## Summary"]
    parts.append("\n".join(f"- {_cell(sentence)}" for sentence in report["summary"]))
    parts += ["## Scores over everyone", _table(["score", "value [95 % interval]"], _scores(report["scores"]))]
    groups = [row for row in report["groups"] if row["metric"] == main]
    for column in dict.fromkeys(row["column"] for row in groups):
        head = ["group", "images", "people", WORDS[main], "difference to the others", "found"]
        rows = [_group(row) for row in groups if row["column"] == column]
        parts += [f"## By {_cell(column.replace('_', ' '))}", _table(head, rows)]
    if "comparison" in report:
        parts += _comparison(report["comparison"])
    if "robustness" in report:
        parts += _robustness(report["robustness"])
    facts = [(key.replace("_", " "), value) for key, value in report["about"].items() if value not in ("", None)]
    parts += ["## How this was made", _table(["", ""], facts)]
    parts.append(
        "Expressions are not feelings. This model must not be used to infer emotions of people at work or in education "
        "(EU AI Act, Article 5)."
    )
    return "\n\n".join(parts) + "\n"


def _scores(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(WORDS.get(row["metric"], row["metric"]), value_words(row)) for row in rows]


def _group(row: Mapping[str, Any]) -> tuple[str, ...]:
    people = f"{row['subjects']:,}" if row["subjects"] else "unknown"
    difference = "" if row["difference"] is None else value_words(row, "difference")
    return row["group"], f"{row['n']:,}", people, value_words(row), difference, row["verdict"]


def _comparison(found: Mapping[str, Any]) -> list[str]:
    head = ["group", "images", found["before"], found["after"], "change", "found"]
    rows = [
        (
            row["group"] if row["column"] == "all" else f"{row['column']} {row['group']}",
            f"{row['n']:,}",
            *(value_words(row, name) for name in ("before", "after", "change")),
            row["found"],
        )
        for row in found["rows"]
    ]
    return ["## Beside another model", _cell(found["text"]), _table(head, rows)]


def _robustness(found: Mapping[str, Any]) -> list[str]:
    head = ["change", "severity", WORDS[found["metric"]], "worst group", "images"]
    rows = [
        (name, point["severity"], value_words(point), point["worst_group"], f"{point['n']:,}")
        for curves in (found["curves"], found["disguises"])
        for name, points in curves.items()
        for point in points
    ]
    return ["## When the picture gets worse", _cell(found["text"]), _table(head, rows)]


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    """Text of strangers within Markdown: no markup, no new cell, no new line."""
    text = " ".join(str(value).split())
    for sign in "\\|<>[]`*":
        text = text.replace(sign, "\\" + sign)
    return text
