"""predictions.csv: the meeting point of models, group reports and other tools."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from fer_tf.labels import EMOTIONS, GROUPS


@dataclasses.dataclass(frozen=True)
class Predictions:
    """A model's output on labelled images.

    Attributes:
        image_id: text (N,).
        subject_id: text (N,), ``""`` where unknown.
        truth: int (N,), index in ``EMOTIONS``.
        probabilities: float (N, 7), rows sum to 1.
        groups: column name -> text (N,), ``""`` where unknown.
    """

    image_id: np.ndarray
    subject_id: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray
    groups: dict[str, np.ndarray]

    @property
    def predicted(self) -> np.ndarray:
        """Most probable class, int (N,)."""
        return self.probabilities.argmax(axis=1)

    def rows(self, chosen: np.ndarray) -> "Predictions":
        """Some of the images, by number or by a mask."""
        groups = {name: words[chosen] for name, words in self.groups.items()}
        kept = (self.image_id[chosen], self.subject_id[chosen], self.truth[chosen], self.probabilities[chosen])
        return Predictions(*kept, groups)


def from_columns(columns: dict[str, np.ndarray], probabilities: np.ndarray) -> Predictions:
    """Joins a dataset's columns (``data.scoring.scoring_batches``) with a model's output."""
    return Predictions(
        columns["image_id"], columns["subject_id"], columns["emotion"], probabilities, group_words(columns)
    )


def group_words(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The group columns as words, text (N,) each, ``""`` where unknown."""
    return {name: _words(columns[name], *GROUPS[name]) for name in GROUPS}


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Writes the CSV: image_id, subject_id, emotion, predicted, one column a probability, groups.

    Emotions and groups stand there as words, so that people and other tools can read them.
    """
    names = np.array(EMOTIONS)
    table = {
        "image_id": predictions.image_id,
        "subject_id": predictions.subject_id,
        "emotion": names[predictions.truth],
        "predicted": names[predictions.predicted],
    }
    table |= {f"probability_{name}": predictions.probabilities[:, i] for i, name in enumerate(EMOTIONS)}
    pd.DataFrame(table | predictions.groups).to_csv(path, index=False, float_format="%.6g")


def _words(values: np.ndarray, first: int, words: tuple[str, ...]) -> np.ndarray:
    table = np.array(["", *words])
    return table[np.where(values < first, 0, values - first + 1)]
