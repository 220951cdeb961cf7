"""The summary in plain words: only what was measured, and what could not be."""

from collections.abc import Sequence
from typing import Any

from fer_tf.evaluation.groups import BETTER, ERRORS, NO_DIFFERENCE, TOO_FEW, WORSE

# How a person says the name of a score.
WORDS = {
    "accuracy": "accuracy",
    "mean_class_accuracy": "mean class accuracy",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "calibration_error": "calibration error",
    "macro_auc": "mean AUC",
}
_MOST = 5


def summary(rows: Sequence[dict[str, Any]], main: str, count: int) -> list[str]:
    """Sentences, the most important first.

    Args:
        rows: of ``evaluation.groups.group_scores``, as ``content.rows_of`` gives them.
        main: score that groups are compared by.
        count: images.
    """
    of_main = [row for row in rows if row["metric"] == main]
    groups = [row for row in of_main if row["column"] != "all"]
    sentences = [overall(row, count) for row in of_main if row["column"] == "all"]
    sentences += _served_badly(groups, main)
    sentences += _worst(groups, main)
    few = [row for row in groups if row["verdict"] == TOO_FEW]
    if few:
        named = ", ".join(_name(row) for row in few[:_MOST])
        more = f" and {len(few) - _MOST} more" if len(few) > _MOST else ""
        sentences.append(f"Of {named}{more} there are too few people to say anything.")
    if not groups:
        sentences.append("Nothing is known of the people in the images, so that no groups could be compared.")
    sentences += _confidence(rows)
    return sentences


def overall(row: dict[str, Any], count: int) -> str:
    """The sentence on everyone."""
    return f"{_capital(WORDS[row['metric']])} over all {count:,} images: {value_words(row)}."


def value_words(row: dict[str, Any], name: str = "value") -> str:
    """A number with its interval, as it stands in sentences and tables."""
    start = "" if name == "value" else f"{name}_"
    value, low, high = row[name], row[f"{start}low"], row[f"{start}high"]
    if value is None:
        return "undefined"
    return f"{value:.3f}" if low is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _served_badly(groups: Sequence[dict[str, Any]], main: str) -> list[str]:
    worse = sorted((row for row in groups if row["verdict"] == WORSE), key=lambda row: -abs(row["difference"]))
    tested = sum(row["verdict"] in (WORSE, BETTER, NO_DIFFERENCE) for row in groups)
    if not tested:
        return []
    if not worse:
        return [
            f"No group was found to be served worse than the others, in {tested} comparisons of {WORDS[main]}. That is "
            "no proof that all are served alike: a difference within the intervals below can be there."
        ]
    lines = [
        f"People of {_name(row)} are served worse: {WORDS[main]} {value_words(row)}, which is "
        f"{value_words(row, 'difference')} against the others; {row['n']:,} images."
        for row in worse[:_MOST]
    ]
    if len(worse) > _MOST:
        lines.append(f"{len(worse) - _MOST} more groups are served worse; see the tables.")
    return lines


def _worst(groups: Sequence[dict[str, Any]], main: str) -> list[str]:
    known = [row for row in groups if row["value"] is not None and row["verdict"] not in ("", TOO_FEW)]
    if len(known) < 2:
        return []
    lowest, highest = min(known, key=lambda row: row["value"]), max(known, key=lambda row: row["value"])
    return [
        f"The lowest {WORDS[main]} of a group with people enough is {value_words(lowest)} ({_name(lowest)}), the "
        f"highest {value_words(highest)} ({_name(highest)})."
    ]


def _confidence(rows: Sequence[dict[str, Any]]) -> list[str]:
    for row in rows:
        if row["metric"] in ERRORS and row["column"] == "all" and row["value"] is not None:
            return [f"Its confidence is off by {100 * row['value']:.0f} points on average (calibration error)."]
    return []


def _name(row: dict[str, Any]) -> str:
    """``gender female``; the columns' names, since words such as "3" say nothing alone."""
    columns, groups = row["column"].split(" & "), row["group"].split(" & ")
    return " and ".join(f"{column.replace('_', ' ')} {group}" for column, group in zip(columns, groups, strict=True))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
