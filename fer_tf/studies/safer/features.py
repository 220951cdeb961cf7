"""Features of all streams, computed once, and what is trained on them."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from fer_tf.data.options import InputOptions
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.scoring import read_columns
from fer_tf.errors import InputError
from fer_tf.evaluation.predictions import Predictions, from_columns
from fer_tf.models.heads import FEATURES
from fer_tf.models.outputs import softmax
from fer_tf.models.safer.layers import MEASUREMENTS_LAYER
from fer_tf.training.features import cached_features
from fer_tf.training.fusion import FusionOptions, Layout, fit_fusion, part_of

DEEP_ONLY = "F, deep only"
# Rows of the ablation: name -> parts of the features. The paper's four first.
ROWS = {
    "F": ("geometry", "face"),
    "F+B": ("geometry", "face", "background"),
    "F+P": ("geometry", "face", "place"),
    "F+B+P": ("geometry", "face", "background", "place"),
    DEEP_ONLY: ("face",),
    "F, geometry only": ("geometry",),
    "B+P": ("background", "place"),
}
PAPER_ROWS = tuple(ROWS)[:4]
_BATCH, _PREDICTED = 32, 4096


@dataclasses.dataclass(frozen=True)
class Features:
    """Labelled images of a split.

    Attributes:
        values: (N, F), in half precision as they are kept.
        layout: part -> (first column, end).
        columns: of ``data.scoring.scoring_batches``, with ``sequence_id`` and ``frame``.
    """

    values: np.ndarray
    layout: Layout
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.values)

    def rows(self, chosen: np.ndarray) -> "Features":
        """Some of the images, by number or by a mask."""
        return Features(self.values[chosen], self.layout, {name: part[chosen] for name, part in self.columns.items()})


def adapt(model: keras.Model, source: TrainingInput) -> None:
    """Tells a model's measurements what is usual among the training images."""
    if MEASUREMENTS_LAYER in [layer.name for layer in model.layers]:
        model.get_layer(MEASUREMENTS_LAYER).adapt(source.measurements())


def stream_features(model: keras.Model, dataset: str, data_dir: str, split: str, folder: Path) -> Features:
    """Features of the labelled images of a split, from disk where they were computed before.

    Args:
        model: ``safer`` with ``trainable="head"``.
        dataset: one of ``context/…``.
        data_dir: folder of the built datasets.
        split: of the dataset.
        folder: of the cache.
    """
    inputs = InputOptions(dataset, data_dir, batch_size=_BATCH)
    values, columns = cached_features(model, inputs, split, folder, verbose=True)
    columns = columns | read_columns(inputs, split, ("sequence_id", "frame"))
    everything = Features(values, model.get_layer(FEATURES).layout, columns)
    return everything.rows(columns["emotion"] >= 0)


def ablation(
    train: Features,
    validation: Features,
    test: Features,
    *,
    rows: Sequence[str] = tuple(ROWS),
    seeds: Sequence[int] = (0, 1, 2),
    options: FusionOptions | None = None,
) -> dict[str, list[Predictions]]:
    """Trains the connected layers on some streams at a time and tests them.

    Args:
        train: training images.
        validation: choose the epoch.
        test: are scored.
        rows: of ``ROWS``.
        seeds: of initial weights, dropout and order.
        options: of the layers and their training.

    Returns:
        row -> predictions of each seed, of the same test images.

    Raises:
        InputError: a row needs a stream that the features lack.
    """
    found = {}
    for row in rows:
        layout, columns = part_of(train.layout, ROWS[row])
        parts = [np.asarray(part.values[:, columns], np.float32) for part in (train, validation, test)]
        found[row] = []
        for seed in seeds:
            judge = (parts[1], validation.columns["emotion"])
            model = fit_fusion(parts[0], train.columns["emotion"], judge, layout, options=options, seed=seed)
            logits = model.predict(parts[2], batch_size=_PREDICTED, verbose=0)
            found[row].append(from_columns(test.columns, softmax(logits)))
    return found


def known_rows(layout: Mapping[str, tuple[int, int]]) -> list[str]:
    """The rows of ``ROWS`` for which a model has the parts.

    Raises:
        InputError: there is no face with measurements, to which the paper adds the rest.
    """
    rows = [row for row, parts in ROWS.items() if set(parts) <= set(layout)]
    if "F" not in rows:
        raise InputError(f"features hold {', '.join(layout)}: the ablation starts with geometry and face")
    return rows
