"""Sections on groups of people, and on two models of the same people."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fer_tf.evaluation.groups import BETTER, WORSE
from fer_tf.evaluation.report.sections import section
from fer_tf.evaluation.report.sentences import WORDS, value_words
from fer_tf.pages import charts

_MOST_BARS = 30


def groups(report: Mapping[str, Any]):
    """A section for each column of groups and each intersection, and one for what is not known."""
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


def compared(found: Mapping[str, Any]) -> dict[str, Any]:
    """Two models beside each other; ``found`` is of ``compare.comparison``."""
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


def _anchor(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text)
