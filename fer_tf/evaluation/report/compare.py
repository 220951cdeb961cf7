"""Two models on the same images: what changed for whom, for models side by side or a mitigation before and after."""

from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.evaluation.bootstrap import FEWEST, RESAMPLES, confidence_for, interval
from fer_tf.evaluation.group_cells import cells, drawn_sums, everyone, joined, people_in
from fer_tf.evaluation.groups import SIGNIFICANCE, bootstrap_p_value, holm
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.report.content import plain
from fer_tf.evaluation.scores import scores
from fer_tf.labels import EMOTIONS

METRIC = "mean_class_accuracy"
LOWER, HIGHER, NO_CHANGE, TOO_FEW = "lower", "higher", "no change found", "too few to say"


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
        ``before`` and ``after`` (the names), ``metric``, ``text``, and ``rows``: ``column``, ``group``, ``n``, and
        ``before``, ``after`` and ``change`` with ``_low`` and ``_high``, ``p_adjusted`` and ``found``.

    Raises:
        InputError: they have no image in common, or disagree on what is true.
    """
    before, after = _paired(before, after)
    classes = len(EMOTIONS) ** 2
    own = cells(before.groups)
    chosen = joined(everyone(len(before.image_id)), own) if len(own) else everyone(len(before.image_id))
    contributions = np.zeros((len(before.image_id), 2 * classes), np.float32)
    for number, found in enumerate((before, after)):
        index = number * classes + found.truth * len(EMOTIONS) + found.predicted
        contributions[np.arange(len(index)), index] = 1
    parts = [_both(sums) for sums in drawn_sums(contributions, chosen, before.subject_id, resamples, seed)]
    values, draws = parts[0][..., 0], np.concatenate(parts[1:], axis=-1)
    images, people = people_in(chosen, before.subject_id)
    rows = []
    for cell in range(len(chosen)):
        row: dict[str, Any] = {"column": chosen.column[cell], "group": chosen.group[cell], "n": int(images[cell])}
        for name, value, drawn in (
            ("before", values[0, cell], draws[0, cell]),
            ("after", values[1, cell], draws[1, cell]),
            ("change", values[1, cell] - values[0, cell], draws[1, cell] - draws[0, cell]),
        ):
            low, high = interval(drawn, people[cell], confidence_for(people[cell]))
            row |= {name: plain(float(value)), f"{name}_low": plain(low), f"{name}_high": plain(high)}
        enough = people[cell] >= FEWEST
        row["p_value"] = bootstrap_p_value(float(values[1, cell] - values[0, cell]), drawn, people[cell], enough)
        rows.append(row)
    for row, adjusted in zip(rows, holm(np.array([row["p_value"] for row in rows])), strict=True):
        row["found"] = _found(row["change"], adjusted)
        row["p_adjusted"], row["p_value"] = plain(adjusted), plain(row["p_value"])
    return {"before": names[0], "after": names[1], "metric": METRIC, "text": _text(rows, names), "rows": rows}


def _both(sums: np.ndarray) -> np.ndarray:
    """(cells, 2 * 49, draws) to the metric, (2, cells, draws)."""
    size = len(EMOTIONS)
    shaped = np.moveaxis(sums.astype(np.float64), 1, -1).reshape(len(sums), sums.shape[2], 2, size, size)
    return np.moveaxis(scores(shaped)[METRIC], 2, 0)


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


def _found(change: float | None, adjusted: float) -> str:
    if change is None or np.isnan(adjusted):
        return TOO_FEW
    if adjusted >= SIGNIFICANCE:
        return NO_CHANGE
    return HIGHER if change > 0 else LOWER


def _text(rows: list[dict[str, Any]], names: tuple[str, str]) -> str:
    groups = [row for row in rows if row["column"] != "all"]
    lower = [f"{row['column']} {row['group']}" for row in groups if row["found"] == LOWER]
    higher = [f"{row['column']} {row['group']}" for row in groups if row["found"] == HIGHER]
    parts = [f"{names[1]} against {names[0]}, on the same images."]
    parts.append(f"Higher for {', '.join(higher)}." if higher else "Higher for no group with certainty.")
    parts.append(f"Lower for {', '.join(lower)}." if lower else "Lower for no group with certainty.")
    return " ".join(parts)
