"""Rows of the relevance table: the scores of each heatmap of a picture."""

from collections.abc import Sequence

import numpy as np

from fer_tf.explain.relevance import area_shares, inside_scores, positive_relevance
from fer_tf.explain.summary import SCORES


def heatmap_rows(
    relevance: np.ndarray, regions: np.ndarray, areas: dict[str, np.ndarray], view: np.ndarray
) -> list[dict[str, float]]:
    """Scores of the heatmaps of one picture.

    Args:
        relevance: float (T, H, W, C), one for each target.
        regions: (T, H, W), see ``relevance.inside_scores``; NaN where a target has no region or no face was found.
        areas: see ``relevance.area_shares``.
        view: bool (H, W), see ``view.field_of_view``.

    Returns:
        for each target the scores ``summary.SCORES``, NaN where undefined.
    """
    positive = positive_relevance(relevance)
    scores = inside_scores(positive, regions, view) | area_shares(positive, areas)
    return [{name: float(scores[name][target]) for name in SCORES} for target in range(len(positive))]


def batches_of_equal_length(targets: Sequence[Sequence[int]], size: int) -> list[tuple[list[int], np.ndarray]]:
    """Batches of pictures with equally many targets, so that nothing is computed in vain.

    Args:
        targets: of each picture; without any it is left out.
        size: most pictures in a batch.

    Returns:
        numbers of the pictures, and their targets, int32 (B, T).
    """
    by_length: dict[int, list[int]] = {}
    for number, some in enumerate(targets):
        by_length.setdefault(len(some), []).append(number)
    found = []
    for length, numbers in sorted(by_length.items()):
        for start in range(0, len(numbers) if length else 0, size):
            some = numbers[start : start + size]
            found.append((some, np.array([targets[number] for number in some], np.int32)))
    return found
