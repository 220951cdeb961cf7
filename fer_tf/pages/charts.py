"""Charts as SVG, which follow the page's colours and say in words what they show."""

import hashlib
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

_WIDTH = 360


def svg(height: float, parts: Sequence[Markup], title: str, text: str) -> Markup:
    """A drawing ``_WIDTH`` units wide.

    Args:
        height: in the same units.
        parts: what is drawn.
        title: its name.
        text: what it shows, for those who do not see it.
    """
    drawn = Markup("").join(parts)
    # Of the content, so that the same report has the same bytes.
    name = f"c{hashlib.sha256((title + text + drawn).encode()).hexdigest()[:12]}"
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}t {}d"><title id="{}t">{}</title>'
        '<desc id="{}d">{}</desc>{}</svg>'
    ).format(_WIDTH, height, name, name, name, title, name, text, drawn)


def interval_bars(rows: Sequence[dict], title: str, everyone: float = float("nan")) -> Markup:
    """A dot with its interval for each row, on a scale from 0 to 1.

    Args:
        rows: ``label``, ``value``, ``low``, ``high``, ``n`` and ``class`` (``worse``, ``better`` or empty) of each.
        title: what is measured.
        everyone: value of all together, drawn as a line.
    """
    left, right, step, top = 118, 318, 22, 16
    height = top + step * len(rows) + 22

    def x(value: float) -> float:
        return round(left + (right - left) * float(value), 1)

    parts = [
        _line(x(tick), top - 6, x(tick), height - 20, "axis")
        + _text(x(tick), height - 6, f"{tick:g}", "soft", "middle")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    if not np.isnan(everyone):
        parts.append(_line(x(everyone), top - 6, x(everyone), height - 20, "mark", ' stroke-dasharray="3 3"'))
    for number, row in enumerate(rows):
        y = top + step * (number + 0.5)
        parts.append(_text(left - 8, y + 4, _short(row["label"], 17), "", "end"))
        parts.append(_text(right + 8, y + 4, f"{row['n']:,}", "soft", "start"))
        if np.isnan(row["value"]):
            parts.append(_text(left + 4, y + 4, "undefined", "soft", "start"))
            continue
        if not np.isnan(row["low"]):
            parts.append(_line(x(row["low"]), y, x(row["high"]), y, f"mark {row['class']}"))
        parts.append(Markup('<circle cx="{}" cy="{}" r="4" class="dot {}"/>').format(x(row["value"]), y, row["class"]))
    said = "; ".join(f"{row['label']} {_with_interval(row)}" for row in rows)
    return svg(height, parts, title, f"{said}. The numbers at the right are images.")


def confusion(labels: Sequence[str], counts: np.ndarray, title: str) -> Markup:
    """A confusion matrix: each cell as dark as its share of the row.

    Args:
        labels: of the classes.
        counts: (C, C), rows true, columns predicted.
        title: what it is of.
    """
    counts = np.asarray(counts, float)
    left, top, side = 78, 74, (_WIDTH - 80) / len(labels)
    parts = [_text(left - 6, top - 58, "true ↓   said →", "soft", "end")]
    for number, label in enumerate(labels):
        middle = side * (number + 0.5)
        parts.append(_text(left - 6, top + middle + 4, _short(label, 11), "", "end"))
        parts.append(
            Markup('<text transform="translate({} {}) rotate(-60)">{}</text>').format(
                round(left + middle, 1), top - 6, _short(label, 11)
            )
        )
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    for row, column in np.ndindex(counts.shape):
        x, y = round(left + side * column, 1), round(top + side * row, 1)
        share = shares[row, column]
        parts.append(
            # Text stays readable: no cell is darker than half.
            Markup('<rect x="{}" y="{}" width="{}" height="{}" class="cell" fill-opacity="{}"/>').format(
                x, y, round(side - 1, 1), round(side - 1, 1), round(0.5 * share, 3)
            )
        )
        if counts[row].sum():
            parts.append(_text(round(x + side / 2, 1), round(y + side / 2 + 4, 1), f"{100 * share:.0f}", "", "middle"))
    said = "; ".join(
        f"of {int(counts[row].sum())} {label} {100 * shares[row, row]:.0f} % right" for row, label in enumerate(labels)
    )
    return svg(top + side * len(labels) + 4, parts, title, f"Percent of each true class. {said}.")


def curves(lines: Sequence[dict], title: str, across: str, up: str, *, diagonal: bool = False) -> Markup:
    """Lines in a square from 0 to 1.

    Args:
        lines: ``label`` and ``points``, (x, y) pairs within 0..1, three at most that are told apart.
        title: what is shown.
        across: name of the axis.
        up: name of the other.
        diagonal: draws the line from corner to corner.
    """
    left, top, size = 44, 10, 280

    def place(point: tuple[float, float]) -> str:
        return f"{left + size * point[0]:.1f},{top + size * (1 - point[1]):.1f}"

    parts = [Markup('<rect x="{}" y="{}" width="{}" height="{}" class="axis"/>').format(left, top, size, size)]
    for tick in (0, 0.5, 1):
        parts.append(_text(left + size * tick, top + size + 16, f"{tick:g}", "soft", "middle"))
        parts.append(_text(left - 6, top + size * (1 - tick) + 4, f"{tick:g}", "soft", "end"))
    parts.append(_text(left + size / 2, top + size + 32, across, "soft", "middle"))
    parts.append(
        Markup('<text transform="translate(12 {}) rotate(-90)" text-anchor="middle" class="soft">{}</text>').format(
            top + size / 2, up
        )
    )
    if diagonal:
        parts.append(_line(left, top + size, left + size, top, "axis"))
    for number, line in enumerate(lines):
        path = " ".join(place(point) for point in line["points"])
        parts.append(Markup('<polyline points="{}" class="mark line{}"/>').format(path, number % 3))
        if len(lines) > 1:
            y = top + size - 12 - 16 * (len(lines) - 1 - number)
            parts.append(_line(left + size - 110, y - 4, left + size - 86, y - 4, f"mark line{number % 3}"))
            parts.append(_text(left + size - 80, y, _short(line["label"], 14), "", "start"))
    said = ". ".join(
        f"{line['label']}: " + ", ".join(f"{x:.2f} → {y:.2f}" for x, y in _some(line["points"])) for line in lines
    )
    return svg(top + size + 40, parts, title, f"{up} against {across}. {said}.")


def _some(points: Sequence[tuple[float, float]], most: int = 7) -> list[tuple[float, float]]:
    numbers = np.unique(np.linspace(0, len(points) - 1, most).round().astype(int)) if len(points) else []
    return [points[number] for number in numbers]


def _with_interval(row: dict) -> str:
    if np.isnan(row["value"]):
        return "undefined"
    interval = "" if np.isnan(row["low"]) else f" ({row['low']:.3f} to {row['high']:.3f})"
    return f"{row['value']:.3f}{interval}, {row['n']:,} images"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, more: str = "") -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"{}/>').format(x1, y1, x2, y2, kind, Markup(more))


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>').format(x, y, kind, anchor, escape(text))


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
