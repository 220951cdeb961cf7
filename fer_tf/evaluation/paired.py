"""Two models on the same images, paired: what changed for everyone and for each group of people."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fer_tf.evaluation.bootstrap import FEWEST, RESAMPLES, confidence_for, interval
from fer_tf.evaluation.group_cells import cells, drawn_sums, everyone, joined, people_in
from fer_tf.evaluation.groups import SIGNIFICANCE, bootstrap_p_value, holm

LOWER, HIGHER, NO_CHANGE, TOO_FEW = "lower", "higher", "no change found", "too few to say"


def paired_changes(
    before: np.ndarray,
    after: np.ndarray,
    score: Callable[[np.ndarray], np.ndarray],
    groups: Mapping[str, np.ndarray],
    subjects: np.ndarray,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A score of both over everyone and by group, with intervals: each draw of people scores both.

    Args:
        before: (N, K), what each image adds to the sums that the score is made of, of one model.
        after: (N, K), the same of the other model and the same images.
        score: (..., K) float64 sums -> (...), NaN where undefined.
        groups: column -> text (N,), "" where unknown.
        subjects: text (N,), "" where unknown: such an image is its own subject.
        resamples: draws of people.
        seed: of the draws.

    Returns:
        a row for everyone (``column`` and ``group`` are ``all``) and for each group: ``column``, ``group``, ``n``
        images, ``people``, and ``before``, ``after`` and ``change`` with ``_low`` and ``_high``, ``p_value`` and
        ``p_adjusted`` of no change (Holm 1979, over the rows) and ``found``: ``LOWER``, ``HIGHER``, ``NO_CHANGE`` or
        ``TOO_FEW``. NaN where undefined.
    """
    own = cells(groups)
    chosen = joined(everyone(len(before)), own) if len(own) else everyone(len(before))
    contributions = np.concatenate([before, after], axis=1).astype(np.float32)
    parts = [_both(sums, score) for sums in drawn_sums(contributions, chosen, subjects, resamples, seed)]
    values, draws = parts[0][..., 0], np.concatenate(parts[1:], axis=-1)
    images, people = people_in(chosen, subjects)
    rows = []
    for cell in range(len(chosen)):
        row: dict[str, Any] = {"column": chosen.column[cell], "group": chosen.group[cell], "n": int(images[cell])}
        row["people"] = int(people[cell])
        change = values[1, cell] - values[0, cell], draws[1, cell] - draws[0, cell]
        for name, value, drawn in (
            ("before", values[0, cell], draws[0, cell]),
            ("after", values[1, cell], draws[1, cell]),
            ("change", *change),
        ):
            low, high = interval(drawn, people[cell], confidence_for(people[cell]))
            row |= {name: float(value), f"{name}_low": low, f"{name}_high": high}
        row["p_value"] = bootstrap_p_value(float(change[0]), change[1], people[cell], people[cell] >= FEWEST)
        rows.append(row)
    for row, adjusted in zip(rows, holm(np.array([row["p_value"] for row in rows])), strict=True):
        row |= {"p_adjusted": float(adjusted), "found": _found(row["change"], adjusted)}
    return rows


def _both(sums: np.ndarray, score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(cells, 2 K, draws) to the score, (2, cells, draws)."""
    parts = np.split(np.moveaxis(sums.astype(np.float64), 1, -1), 2, axis=-1)
    return np.stack([score(part) for part in parts])


def _found(change: float, adjusted: float) -> str:
    if np.isnan(change) or np.isnan(adjusted):
        return TOO_FEW
    if adjusted >= SIGNIFICANCE:
        return NO_CHANGE
    return HIGHER if change > 0 else LOWER
