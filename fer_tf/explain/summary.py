"""Scores of heatmaps by action unit and group, with intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_tf.evaluation.bootstrap import interval, resampled, subject_numbers
from fer_tf.labels import GROUPS

SCORES = ("mu", "mu_w", "rank_accuracy", "face", "hair", "body", "background")
# What the model said of an image, against what is true of it.
TRUE_POSITIVE, FALSE_POSITIVE, MISSED = "true positive", "false positive", "missed"
# Images that show the unit, whether the model said so or not.
PRESENT = "present"
_OUTCOMES = {
    PRESENT: (TRUE_POSITIVE, MISSED),
    TRUE_POSITIVE: (TRUE_POSITIVE,),
    FALSE_POSITIVE: (FALSE_POSITIVE,),
    MISSED: (MISSED,),
}


def outcome(present: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Words for each pair; "" where the unit is neither present nor said to be."""
    return np.select([present & said, ~present & said, present & ~said], [TRUE_POSITIVE, FALSE_POSITIVE, MISSED], "")


def relevance_summary(table: pd.DataFrame, *, groups: Sequence[str] = tuple(GROUPS), seed: int = 0) -> pd.DataFrame:
    """Means over images of every score, by target, group and outcome.

    Args:
        table: a row for each image and target: ``target``, ``image_id``, ``subject_id`` (``""`` where unknown: the
            image is its own), ``outcome``, ``weight`` (see ``dataset.explain_dataset``), the columns of ``groups``
            and of ``SCORES``.
        groups: columns that divide people.
        seed: of the bootstrap.

    Returns:
        a row for each target and for ``all`` of them together (mean of the targets' means), each group (``all`` first)
        and outcome (``present``, whether seen or not; true positive, false positive, missed): ``n`` images with a
        defined score, ``subjects``, each score with ``_low`` and ``_high`` of its 95 % interval, resampled by
        subject; NaN where undefined.
    """
    rows = []
    targets = list(dict.fromkeys(table["target"]))
    for column, group, members in _members(table, groups):
        for result, outcomes in _OUTCOMES.items():
            some = members[members["outcome"].isin(outcomes)]
            where = {"column": column, "group": group, "outcome": result}
            parts = [(target, some[some["target"] == target]) for target in targets]
            rows += [{"target": target} | where | _means([part], seed) for target, part in parts]
            if len(targets) > 1:
                rows.append({"target": "all"} | where | _means([part for _, part in parts], seed))
    return pd.DataFrame(rows)


def difference(first: pd.DataFrame, second: pd.DataFrame, score: str, *, seed: int = 0) -> dict[str, float]:
    """Mean of a score in one table less that in another, by targets that both define, with its interval.

    Args:
        first: rows as for ``relevance_summary``; the same subjects may be in both, and are then drawn together.
        second: the same.
        score: one of ``SCORES``.
        seed: of the bootstrap.

    Returns:
        ``value``, ``low``, ``high``, ``targets``: over how many targets the mean goes.
    """
    defined = [set(table.loc[table[score].notna(), "target"]) for table in (first, second)]
    both = [name for name in dict.fromkeys(first["target"]) if all(name in some for some in defined)]
    if not both:
        return {"value": float("nan"), "low": float("nan"), "high": float("nan"), "targets": 0}
    people, _ = subject_numbers(np.concatenate([_people(first), _people(second)]))
    numbers = people[: len(first)], people[len(first) :]
    sums = []
    for table, members in zip((first, second), numbers, strict=True):
        parts = pd.Categorical(table["target"], both).codes
        sums.append(_sums(table, score, members, parts, people.max() + 1, len(both)))
    stacked = np.concatenate(sums, axis=1)  # (people, 2 targets, 2)

    def means(drawn: np.ndarray) -> dict[str, np.ndarray]:
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (drawn[..., 0] / drawn[..., 1]).reshape(*drawn.shape[:-2], 2, len(both))
        return {score: np.nanmean(mean[..., 0, :] - mean[..., 1, :], axis=-1)}

    value = float(means(stacked.sum(axis=0))[score])
    low, high = interval(resampled(stacked, means, seed=seed)[score], len(stacked))
    return {"value": value, "low": low, "high": high, "targets": len(both)}


def _members(table: pd.DataFrame, groups: Sequence[str]):
    yield "all", "all", table
    for column in groups:
        for group in sorted(set(table[column]) - {""}, key=lambda word: (len(word), word)):
            yield column, group, table[table[column] == group]


def _people(table: pd.DataFrame) -> np.ndarray:
    """Who is drawn together: the subject, or where it is not known the image."""
    known = table["subject_id"].astype(str)
    return np.where(known == "", "image " + table["image_id"].astype(str), known).astype(str)


def _sums(table: pd.DataFrame, score: str, members: np.ndarray, parts: np.ndarray, people: int, width: int):
    """Of each person and part: sum of weight times value where the score is defined, and of weights.

    Args:
        table: rows; without the column ``weight`` each counts once.
        score: column.
        members: int (rows,), number of the person.
        parts: int (rows,), number of the part; -1 is left out.
        people: how many there are.
        width: number of parts.

    Returns:
        float64 (people, width, 2).
    """
    values = table[score].to_numpy(np.float64)
    weights = table["weight"].to_numpy(np.float64) if "weight" in table else np.ones(len(table))
    chosen = ~np.isnan(values) & (parts >= 0)
    sums = np.zeros((people, width, 2))
    np.add.at(sums, (members[chosen], parts[chosen]), np.stack([weights * values, weights], axis=1)[chosen])
    return sums


def _means(parts: list[pd.DataFrame], seed: int) -> dict[str, float]:
    """Mean of the parts' means with intervals; parts without a defined value are left out."""
    joined = pd.concat(parts)
    defined = joined[joined[list(SCORES)].notna().any(axis=1)]
    row = {"n": len(set(defined["image_id"])), "subjects": len(set(defined["subject_id"]) - {""})}
    members, people = subject_numbers(_people(joined)) if len(joined) else (np.zeros(0, int), 0)
    part = np.repeat(np.arange(len(parts)), [len(one) for one in parts])
    for score in SCORES:
        sums = _sums(joined, score, members, part, people, len(parts))

        def mean(drawn: np.ndarray, score: str = score) -> dict[str, np.ndarray]:
            filled = drawn[..., 1] > 0
            means = np.divide(drawn[..., 0], drawn[..., 1], out=np.zeros(filled.shape), where=filled)
            count = filled.sum(axis=-1)
            return {score: np.where(count > 0, means.sum(axis=-1) / np.maximum(count, 1), np.nan)}

        low, high = interval(resampled(sums, mean, 500, seed)[score], people) if people else (np.nan, np.nan)
        row |= {score: float(mean(sums.sum(axis=0))[score]), f"{score}_low": low, f"{score}_high": high}
    return row
