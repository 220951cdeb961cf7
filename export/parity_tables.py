"""Reports of ``export.parity`` as tables, for a terminal and for the model card."""

from collections.abc import Sequence

from export.parity_groups import NO_GROUPS, is_lost
from export.parity_scores import ACCURACY
from fer_tf.evaluation.paired import LOWER, TOO_FEW

LEGEND = (
    "change with its 95 % interval, by draws of people; * surely lower, ! refused for it, "
    "w beyond half the width of the interval of the group's own score, ? too few people to say"
)
_SECOND = {ACCURACY: "mean_class_accuracy", "macro_f1": "weighted_f1"}


def table(reports: list[dict]) -> str:
    """The reports as lines of text for a terminal, one row each."""
    score = reports[0]["score"]
    second = _SECOND[score]
    head = ["export", "MB", "n", "max |dp|", "mean |dp|", "flips", _words(score), "change", "95 % interval"]
    rows = [[*head, _words(second), "change"]]
    for report in reports:
        rows.append(
            [
                report["name"],
                f"{report['bytes'] / 1e6:.2f}",
                f"{report['n']}",
                f"{report['max_probability_difference']:.1e}",
                f"{report['mean_probability_difference']:.1e}",
                f"{report['label_flips']} ({report['label_flip_share']:.2%})",
                f"{report[f'{score}_export']:.4f}",
                f"{report[f'{score}_difference']:+.4f}",
                _interval(*report[f"{score}_difference_interval"]),
                f"{report[f'{second}_export']:.4f}",
                f"{report[f'{second}_difference']:+.4f}",
            ]
        )
    return _aligned(rows)


def group_table(reports: list[dict]) -> str:
    """Every group's change in each export, as lines of text; one line where no group is known."""
    rows = _group_rows(reports)
    return f"{_aligned(rows)}\n({LEGEND})" if rows else NO_GROUPS


def card_tables(reports: list[dict]) -> str:
    """The reports as a section of the model card, in Markdown, those on the same images together; "" for none."""
    places = dict.fromkeys((report["dataset"], report["split"]) for report in reports)
    parts = [[report for report in reports if (report["dataset"], report["split"]) == place] for place in places]
    return "\n\n".join(["## Exported files", *(_card_part(part) for part in parts)]) if parts else ""


def _card_part(reports: list[dict]) -> str:
    first = reports[0]
    score, words = first["score"], _words(first["score"])
    head = ["file", "MB", "n", "largest difference in probability", "answers changed", words, "change", "verdict"]
    files = [
        [
            report["name"],
            f"{report['bytes'] / 1e6:.2f}",
            f"{report['n']}",
            f"{report['max_probability_difference']:.1e}",
            f"{report['label_flips']}",
            _number(report[f"{score}_export"]),
            _change(report[f"{score}_difference"], *report[f"{score}_difference_interval"]),
            "refused" if report["violations"] else "accepted",
        ]
        for report in reports
    ]
    place = f"Compared with the Keras model on {first['dataset']}, {first['split']}."
    rows = _group_rows(reports)
    by_group = [_sentence(f"{words} by group: {LEGEND}"), "", *_markdown(rows)] if rows else [_sentence(NO_GROUPS)]
    return "\n".join([place, "", *_markdown([head, *files]), "", *by_group])


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _group_rows(reports: list[dict]) -> list[list[str]]:
    """Head and a row for each group; empty where no group is known. All exports saw the same images."""
    first = reports[0]["groups"]
    if not first:
        return []
    names = [report["name"].removeprefix("model_").removesuffix(".tflite") for report in reports]
    rows = [["group", "n", "people", f"{_words(reports[0]['score'])} of the model", *names]]
    for number, row in enumerate(first):
        value = f"{_number(row['original'])} {_interval(row['original_low'], row['original_high'], '.3f')}"
        rows.append([f"{row['column']} {row['group']}", f"{row['n']}", f"{row['people']}", value.strip()])
        for report in reports:
            rows[-1].append(_cell(report["groups"][number], report["limits"]["max_group_loss"]))
    return rows


def _cell(row: dict, max_group_loss: float) -> str:
    marks = ""
    if row["found"] == LOWER:
        marks = "!" if is_lost(row, max_group_loss) else "*"
    if row["found"] == TOO_FEW:
        marks = "?"
    marks += "w" if row["beyond_own_interval"] else ""
    return f"{_change(row['difference'], row['difference_low'], row['difference_high'])} {marks}".strip()


def _change(value: float | None, low: float | None, high: float | None) -> str:
    return f"{_number(value, '+.4f')} {_interval(low, high)}".strip()


def _words(score: str) -> str:
    return score.replace("_", " ").replace("f1", "F1")


def _number(value: float | None, form: str = ".4f") -> str:
    """None, which JSON has for NaN, is undefined too."""
    return "undefined" if value is None or value != value else format(value, form)


def _interval(low: float | None, high: float | None, form: str = "+.4f") -> str:
    if low is None or high is None or low != low or high != high:
        return ""
    return f"[{format(low, form)}, {format(high, form)}]"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *rest = ("| " + " | ".join(row) + " |" for row in rows)
    return [head, "|" + "---|" * len(rows[0]), *rest]
