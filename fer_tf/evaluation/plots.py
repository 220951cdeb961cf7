"""Pictures of scores."""

import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from fer_tf.labels import ACTION_UNITS, EMOTIONS, unit_names

matplotlib.use("Agg")


def confusion_png(confusion: np.ndarray, title: str = "") -> bytes:
    """Draws a confusion matrix: rows true, columns predicted, colour by share of the row.

    Args:
        confusion: int (7, 7) counts.
        title: line above the picture.

    Returns:
        PNG file.
    """
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(7, 6.2), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*confusion.shape):
        shade = "white" if share[row, column] > 0.5 else "black"
        text = f"{share[row, column]:.0%}\n{confusion[row, column]}"
        axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=8)
    ticks = np.arange(len(EMOTIONS))
    axes.set_xticks(ticks, EMOTIONS, rotation=35, ha="right")
    axes.set_yticks(ticks, [f"{name} ({count})" for name, count in zip(EMOTIONS, confusion.sum(axis=1), strict=True)])
    axes.set_xlabel("predicted")
    axes.set_ylabel("true (number of images)")
    axes.set_title(title)
    return _png(figure)


def occurrences_png(present: np.ndarray, absent: np.ndarray, chosen: Sequence[int], minimum: int) -> bytes:
    """Draws how many training images show each action unit: Figure 5 of paper B.

    Args:
        present: int (24,), images that show each unit of ``labels.ACTION_UNITS``.
        absent: int (24,), images annotated as not showing it.
        chosen: FACS numbers that are learnt; the others are pale.
        minimum: occurrences that were asked for, drawn as a line; 0 is not drawn.

    Returns:
        PNG file.
    """
    figure = Figure(figsize=(9, 3.8), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    colours = ["tab:blue" if unit in chosen else "lightsteelblue" for unit in ACTION_UNITS]
    places = np.arange(len(ACTION_UNITS))
    axes.bar(places, present, color=colours)
    for place, count in enumerate(present):
        known = count + absent[place]
        text = f"{count:,}\n{count / known:.0%}" if known else "no\nlabel"
        axes.text(place, count, text, ha="center", va="bottom", fontsize=6)
    if minimum:
        axes.axhline(minimum, color="black", linewidth=0.8, linestyle="--")
    axes.set_xticks(places, unit_names(ACTION_UNITS), rotation=90, fontsize=8)
    axes.set_ylim(0, 1.18 * max(present.max(), minimum, 1))
    axes.set_ylabel("training images")
    axes.set_title(f"Occurrences of action units, and their share of the annotated images; {len(chosen)} are learnt")
    return _png(figure)


def unit_scores_png(
    units: Sequence[int],
    values: dict[str, np.ndarray],
    intervals: dict[str, tuple[float, float]] | None = None,
    title: str = "",
) -> bytes:
    """Draws F1, AUC and calibration error of each action unit.

    Args:
        units: FACS numbers.
        values: ``f1``, ``auc`` and ``ece``, each (U,), NaN where undefined.
        intervals: ``f1/AU12`` and so on -> (low, high), drawn as error bars.
        title: line above the picture.

    Returns:
        PNG file.
    """
    figure = Figure(figsize=(9, 3.8), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    places, names = np.arange(len(units)), unit_names(units)
    axes.bar(places, np.nan_to_num(values["f1"]), color="tab:blue", label="F1")
    if intervals:
        low, high = np.array([intervals[f"f1/{name}"] for name in names]).T
        spread = np.clip([values["f1"] - low, high - values["f1"]], 0, None)
        axes.errorbar(places, values["f1"], spread, fmt="none", ecolor="black", capsize=2, linewidth=0.8)
    axes.plot(places, values["auc"], "o", color="tab:orange", markersize=4, label="ROC AUC")
    axes.plot(places, values["ece"], "x", color="tab:red", markersize=4, label="calibration error")
    for place in places[np.isnan(values["f1"])]:
        axes.text(place, 0.02, "undefined", rotation=90, ha="center", va="bottom", fontsize=7)
    axes.set_xticks(places, names, rotation=90, fontsize=8)
    axes.set_ylim(0, 1.02)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    axes.set_title(title)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
