"""ROC AUC by group: mean over classes of each one against the rest."""

import numpy as np
from scipy import sparse

from fer_tf.evaluation.action_units import area_under_curve, histogram_auc
from fer_tf.evaluation.group_cells import Cells
from fer_tf.evaluation.scores import mean_defined

# Intervals of the probability with equally many images, in which the AUC of a draw is counted.
_RANKS = 50


def rank_columns(truth: np.ndarray, probabilities: np.ndarray) -> sparse.csr_array:
    """What the AUC is a function of the sum of, for each image.

    Args:
        truth: int (N,).
        probabilities: (N, C).

    Returns:
        (N, C * 2 * ranks): 1 in the rank of each class's probability, among those of the class or of the others.
    """
    count, classes = probabilities.shape
    columns = np.empty((count, classes), np.int64)
    for label in range(classes):
        edges = np.unique(np.quantile(probabilities[:, label], np.linspace(0, 1, _RANKS + 1)[1:-1]))
        rank = np.searchsorted(edges, probabilities[:, label], side="right")
        columns[:, label] = (2 * label + (truth == label)) * _RANKS + rank
    rows = np.repeat(np.arange(count), classes)
    return sparse.csr_array((np.ones(count * classes), (rows, columns.ravel())), (count, classes * 2 * _RANKS))


def macro_auc(sums: np.ndarray) -> np.ndarray:
    """AUC from summed ``rank_columns``.

    Args:
        sums: (cells, C * 2 * ranks, draws).

    Returns:
        (cells, draws), mean over the classes that occur and do not fill the cell; differs from the exact one by less
        than 0.01.
    """
    shaped = np.moveaxis(sums, 1, -1).reshape(len(sums), sums.shape[2], -1, 2, _RANKS).astype(np.float64)
    return mean_defined(histogram_auc(shaped[..., 1, :], shaped[..., 0, :]))


def exact_auc(truth: np.ndarray, probabilities: np.ndarray, chosen: Cells) -> tuple[np.ndarray, np.ndarray]:
    """The AUC itself, of each cell and of the others in its column, float (cells,) both."""
    values = np.full((2, len(chosen)), np.nan)
    for numbers in chosen.members.values():
        for cell in np.unique(numbers[numbers >= 0]):
            for place, member in enumerate((numbers == cell, (numbers >= 0) & (numbers != cell))):
                values[place, cell] = _macro(truth[member], probabilities[member])
    return values[0], values[1]


def _macro(truth: np.ndarray, probabilities: np.ndarray) -> float:
    if not len(truth):
        return float("nan")
    each = [area_under_curve((truth == label).astype(float), column) for label, column in enumerate(probabilities.T)]
    return float(mean_defined(np.array(each)))
