"""Whom an export serves worse than the model that was audited: the change of each group, with intervals of people.

What "no group loses more than its interval" means here. Two intervals are at hand. That of the group's *change* is
paired: each draw of people scores model and export, so that it says whether the export did it or chance. That of the
group's *own score* says how well the group was measured in the audit at all. An export is refused where a group's
loss is certain, its paired interval lying wholly below zero and its p-value holding after Holm's adjustment over
everyone and all groups of the table, skin tones and their bands alike, and larger than ``max_group_loss``. A loss
that is certain may still be too small to matter, which is what the limit is for; and a loss that looks large may be
two images of a group of twenty, which is why the limit alone refuses nothing: with some tens of groups one of them
would nearly always exceed it by chance.

The other reading, a loss larger than half the width of the interval of the group's own score, does not decide, as it
errs both ways: a group of few images has so wide an interval that it might lose a fifth and pass, and one that was
always right has an interval of no width, which a single image breaks. It is reported all the same
(``beyond_own_interval``), because such a group's audited score no longer describes the file that is shipped.

A group of fewer than ``bootstrap.FEWEST`` people has no interval and refuses nothing; its row says so, and where it
loses more than ``WARNED`` the command warns: whether that is chance nobody can say.
"""

from typing import Any

import numpy as np

from export.parity_scores import THRESHOLD, AnyPredictions, answers, score_of
from fer_tf.evaluation import action_units
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.bootstrap import RESAMPLES
from fer_tf.evaluation.paired import LOWER, TOO_FEW, paired_changes
from fer_tf.evaluation.report.content import with_tone_bands
from fer_tf.evaluation.scores import divide

# What a row of ``paired_changes`` is called in a report.
_NAMES = {
    theirs + end: ours + end
    for theirs, ours in (("before", "original"), ("after", "export"), ("change", "difference"))
    for end in ("", "_low", "_high")
}
# Loss of a group of too few people that is worth a line, as a fraction.
WARNED = 0.05
NO_GROUPS = "no group of people is known in these images: nothing is said of groups"


def group_changes(
    original: AnyPredictions, export: AnyPredictions, *, resamples: int = RESAMPLES, seed: int = 0
) -> list[dict[str, Any]]:
    """The deciding score of model and export, for everyone and for each group that is known.

    Args:
        original: of the model as trained.
        export: of the export, the same images in the same order.
        resamples: draws of people.
        seed: of the draws.

    Returns:
        rows, that of everyone first, skin tones also in two bands: ``column``, ``group``, ``n``, ``people``,
        ``original``, ``export`` and ``difference`` (export minus original), each with ``_low`` and ``_high``,
        ``p_value``, ``p_adjusted``, ``found`` (see ``paired_changes``), ``label_flips`` and
        ``beyond_own_interval``. NaN, and None of the last, where undefined.
    """
    contributions = [_contributions(found) for found in (original, export)]
    score = _macro_f1 if isinstance(original, ActionUnitPredictions) else _accuracy
    groups = with_tone_bands(original.groups)
    found = paired_changes(*contributions, score, groups, original.subject_id, resamples=resamples, seed=seed)
    flips = (answers(original) != answers(export)).sum(axis=1)
    return [_row(row, flips, groups.get(row["column"])) for row in found]


def _row(found: dict[str, Any], flips: np.ndarray, words: np.ndarray | None) -> dict[str, Any]:
    row = {_NAMES.get(name, name): value for name, value in found.items()}
    row["label_flips"] = int(flips.sum() if words is None else flips[words == row["group"]].sum())
    half_width = (row["original_high"] - row["original_low"]) / 2
    row["beyond_own_interval"] = None if np.isnan(half_width) else bool(-row["difference"] > half_width)
    return row


def is_lost(row: dict[str, Any], max_group_loss: float) -> bool:
    """Whether a group's loss is certain and larger than allowed; see the top of this file.

    Args:
        row: of ``group_changes``.
        max_group_loss: as a fraction.
    """
    high = row["difference_high"]  # None where a report was read from JSON and had NaN
    return row["found"] == LOWER and high is not None and high < 0 and -row["difference"] > max_group_loss


def group_violations(rows: list[dict[str, Any]], score: str, max_group_loss: float) -> list[str]:
    """The groups that an export may not treat so, in words; empty where there is none.

    Args:
        rows: of ``group_changes``.
        score: its name.
        max_group_loss: as a fraction.
    """
    lost = [row for row in rows if row["column"] != "all" and is_lost(row, max_group_loss)]
    return [
        f"{score} of {row['column']} {row['group']} falls by {-row['difference']:.4f} (95 % interval "
        f"{-row['difference_high']:.4f} to {-row['difference_low']:.4f}, n = {row['n']}), allowed is {max_group_loss}"
        for row in sorted(lost, key=lambda row: row["difference"])
    ]


def group_warnings(rows: list[dict[str, Any]], score: str) -> list[str]:
    """The groups of too few people that lose much, in words; empty where there is none.

    Args:
        rows: of ``group_changes``.
        score: its name.
    """
    lost = [row for row in rows if row["found"] == TOO_FEW and -(row["difference"] or 0) > WARNED]
    return [
        f"{score} of {row['column']} {row['group']} falls by {-row['difference']:.4f}, of {row['people']} people "
        f"(n = {row['n']}): too few to say whether by chance"
        for row in lost
    ]


def _contributions(predictions: AnyPredictions) -> np.ndarray:
    """What each image adds to the sums of the score, float32 (N, 2) or (N, 3 U)."""
    if score_of(predictions) == "accuracy":
        right = predictions.predicted == predictions.truth
        return np.stack([right, np.ones(len(right))], axis=1).astype(np.float32)
    decided = action_units.decisions(predictions.truth, predictions.probabilities >= THRESHOLD)
    return decided.reshape(len(decided), -1).astype(np.float32)


def _accuracy(sums: np.ndarray) -> np.ndarray:
    return divide(sums[..., 0], sums[..., 1])


def _macro_f1(sums: np.ndarray) -> np.ndarray:
    return action_units.f1_scores(sums.reshape(*sums.shape[:-1], -1, 3))["macro_f1"]
