"""Two models on the same images: what changed for whom, for models side by side or a mitigation before and after."""

from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.evaluation.bootstrap import RESAMPLES
from fer_tf.evaluation.paired import HIGHER, LOWER, paired_changes
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.report.content import plain
from fer_tf.evaluation.scores import scores
from fer_tf.labels import EMOTIONS

METRIC = "mean_class_accuracy"


def comparison(
    before: Predictions,
    after: Predictions,
    names: tuple[str, str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Compares them over everyone and by group, paired: each draw of people scores both.

    Args:
        before: of one model.
        after: of the other, of the same images in any order; images that only one has are left out.
        names: what they are called.
        resamples: draws of people.
        seed: of the draws.

    Returns:
        ``before`` and ``after`` (the names), ``metric``, ``text``, and ``rows`` of ``paired_changes``; None where
        undefined.

    Raises:
        InputError: they have no image in common, or disagree on what is true.
    """
    before, after = _paired(before, after)
    contributions = [_confusions(found) for found in (before, after)]
    found = paired_changes(*contributions, _metric, before.groups, before.subject_id, resamples=resamples, seed=seed)
    rows = [{name: plain(value) for name, value in row.items()} for row in found]
    return {"before": names[0], "after": names[1], "metric": METRIC, "text": _text(rows, names), "rows": rows}


def _confusions(predictions: Predictions) -> np.ndarray:
    """Confusion matrix of each image, float32 (N, 49)."""
    return np.eye(len(EMOTIONS) ** 2, dtype=np.float32)[predictions.truth * len(EMOTIONS) + predictions.predicted]


def _metric(sums: np.ndarray) -> np.ndarray:
    return scores(sums.reshape(*sums.shape[:-1], len(EMOTIONS), len(EMOTIONS)))[METRIC]


def _paired(before: Predictions, after: Predictions) -> tuple[Predictions, Predictions]:
    shared, first, second = np.intersect1d(before.image_id, after.image_id, return_indices=True)
    if not len(shared):
        raise InputError(
            f"the two predictions share no image: one has {before.image_id[0]}, the other {after.image_id[0]}; compare "
            "models on the same split of the same dataset"
        )
    pair = before.rows(first), after.rows(second)
    different = np.flatnonzero(pair[0].truth != pair[1].truth)
    if len(different):
        row = different[0]
        raise InputError(
            f"image {shared[row]} is {EMOTIONS[pair[0].truth[row]]} in one of the predictions and "
            f"{EMOTIONS[pair[1].truth[row]]} in the other: compare models on the same labels"
        )
    return pair


def _text(rows: list[dict[str, Any]], names: tuple[str, str]) -> str:
    groups = [row for row in rows if row["column"] != "all"]
    lower = [f"{row['column']} {row['group']}" for row in groups if row["found"] == LOWER]
    higher = [f"{row['column']} {row['group']}" for row in groups if row["found"] == HIGHER]
    parts = [f"{names[1]} against {names[0]}, on the same images."]
    parts.append(f"Higher for {', '.join(higher)}." if higher else "Higher for no group with certainty.")
    parts.append(f"Lower for {', '.join(lower)}." if lower else "Lower for no group with certainty.")
    return " ".join(parts)
