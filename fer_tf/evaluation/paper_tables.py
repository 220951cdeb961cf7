"""Tables that set a paper's number beside ours."""

import dataclasses
import math
from collections.abc import Sequence

# Stands where the paper has no number.
NOTHING = "-"


@dataclasses.dataclass(frozen=True)
class Row:
    """One number.

    Attributes:
        names: cells before the numbers, such as what was trained on.
        ours: our value; NaN where undefined.
        interval: its 95 % interval, (low, high); NaN where there is none.
        paper: the paper's value; None where it has none.
    """

    names: tuple[str, ...]
    ours: float
    interval: tuple[float, float]
    paper: float | None = None


def markdown(headers: Sequence[str], rows: Sequence[Row], digits: int = 3, *, paper_digits: int = 2) -> str:
    """A table as paper | ours [interval] | ours - paper.

    Args:
        headers: of the columns before the numbers.
        rows: in order.
        digits: after the decimal point, of our numbers.
        paper_digits: of the paper's, as many as it was printed with.

    Returns:
        lines of a Markdown table, columns aligned so that it reads well as it is.
    """
    cells = [[*headers, "paper", "ours", "ours - paper"]]
    for row in rows:
        paper = NOTHING if row.paper is None else f"{row.paper:.{paper_digits}f}"
        difference = NOTHING if row.paper is None else number(row.ours - row.paper, digits, sign=True)
        cells.append([*row.names, paper, with_interval(row.ours, row.interval, digits), difference])
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = []
    for line in cells:
        lines.append("| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def with_interval(value: float, interval: tuple[float, float], digits: int = 3) -> str:
    """``0.612 [0.590, 0.634]``; without an interval the number alone."""
    if any(math.isnan(end) for end in interval):
        return number(value, digits)
    return f"{number(value, digits)} [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]"


def number(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """A number, with its sign if asked; ``undefined`` for NaN."""
    return "undefined" if math.isnan(value) else f"{value:{'+' if sign else ''}.{digits}f}"
