"""Pictures of scores."""

import io

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from fer_tf.labels import EMOTIONS

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
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
