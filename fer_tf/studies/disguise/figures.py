"""Figures 1, 2 and 4 of paper A: what is trained on, what is worn, and how the steps hang together."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fer_tf.data.images import resize_uint8
from fer_tf.data.load import load
from fer_tf.labels import DISGUISES, EMOTIONS
from fer_tf.studies.disguise import paper
from fer_tf.synthesis.contact_sheet import contact_sheet

_SIDE, _COLUMNS = 96, 8


def samples(sections: Mapping[str, tuple[str, str]], data_dir: str, path: Path) -> None:
    """Writes a contact sheet, a row for each emotion (Figures 1 and 2).

    Args:
        sections: heading -> dataset and split.
        data_dir: folder of the built datasets.
        path: PNG to write. Of real people it shows faces, so it stays in the run directory.
    """
    sheets = {heading: _rows(*where, data_dir) for heading, where in sections.items()}
    contact_sheet(sheets, _SIDE).save(path)


def _rows(dataset: str, split: str, data_dir: str) -> list[list[tuple[str, np.ndarray]]]:
    rows: dict[int, list] = {emotion: [] for emotion in range(len(EMOTIONS))}
    records = load(dataset, split, data_dir, fields=("image", "emotion", "disguise"))
    for record in records.filter(lambda record: record["emotion"] >= 0).as_numpy_iterator():
        row = rows[int(record["emotion"])]
        if len(row) < _COLUMNS:
            worn = int(record["disguise"])
            words = EMOTIONS[record["emotion"]] if worn <= 0 else DISGUISES[worn].replace("_", " ")
            row.append((words, np.asarray(resize_uint8(record["image"], _SIDE))))
        if all(len(row) == _COLUMNS for row in rows.values()):
            break
    return [row for row in rows.values() if row]


def flow(accuracies: Mapping[str, float], names: Mapping[str, str], path: Path) -> None:
    """Writes the flow of the steps with the accuracy of each (Figure 4).

    Args:
        accuracies: step -> accuracy.
        names: ``real``, ``disguised``, ``test_real`` and ``test_disguised`` -> the datasets.
        path: PNG to write.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = {key: "\n".join(textwrap.wrap(name.replace("_or_", " or "), 28)) for key, name in names.items()}
    figure = pyplot.figure(figsize=(14, 6))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, 9), ylim=(0, 4))
    box = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": "black"}
    arrow = {"arrowstyle": "->", "color": "black"}
    models = {"real": (4.2, 3.1), "mixed": (4.2, 0.9)}
    tests = {"real": (8, 3.1), "disguised": (8, 0.9)}
    axes.text(1, 3.1, f"real faces\n{names['real']}", ha="center", va="center", bbox=box)
    axes.text(1, 0.9, f"disguised faces\n{names['disguised']}", ha="center", va="center", bbox=box)
    axes.text(*models["real"], "model of step 1", ha="center", va="center", bbox=box)
    axes.text(*models["mixed"], "model of step 2", ha="center", va="center", bbox=box)
    for words, place in tests.items():
        axes.text(*place, f"{words} test faces\n{names['test_' + words]}", ha="center", va="center", bbox=box)
    for start, end in (((1, 3.1), models["real"]), ((1, 3.1), models["mixed"]), ((1, 0.9), models["mixed"])):
        axes.annotate("", xy=(end[0] - 0.9, end[1]), xytext=(start[0] + 0.95, start[1]), arrowprops=arrow)
    for step, (model, tested) in paper.STEPS.items():
        (x, y), (to_x, to_y) = models[model], tests[tested]
        axes.annotate("", xy=(to_x - 0.95, to_y), xytext=(x + 0.9, y), arrowprops=arrow)
        at = 0.3 if y == to_y else 0.24
        place = (x + 0.9 + at * (to_x - x - 1.85), y + at * (to_y - y))
        axes.text(*place, f"{step}: {accuracies[step]:.3f}", ha="left", va="bottom", backgroundcolor="white")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
