"""Scores of each group of people: size, interval, difference to the rest, and whether that is more than chance.

Fairlearn's MetricFrame takes one score function over rows at a time and draws rows, not people; here all scores of all
groups and intersections come from the same draws of people, so that differences have intervals too.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse, stats

from fer_tf.evaluation import action_units
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.bootstrap import FEWEST, RESAMPLES, confidence_for, interval
from fer_tf.evaluation.calibration import error_columns, expected_error
from fer_tf.evaluation.group_auc import exact_auc, macro_auc, rank_columns
from fer_tf.evaluation.group_cells import Cells, cells, drawn_sums, everyone, joined, people_in, people_in_rest, scored
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import flat_scores, score_differences
from fer_tf.labels import EMOTIONS, unit_names

METRICS = ("accuracy", "mean_class_accuracy", "macro_f1", "weighted_f1")
UNIT_METRICS = ("macro_f1", "weighted_f1")
CALIBRATION_ERROR = "calibration_error"
MACRO_AUC = "macro_auc"
# Scores of which less is better.
ERRORS = (CALIBRATION_ERROR,)
# How likely it may be that any one group of a table is found worse or better though none is.
SIGNIFICANCE = 0.05
TOO_FEW, NO_DIFFERENCE, WORSE, BETTER = "too few to say", "no difference found", "worse", "better"
# Stands before the name of a score in what is computed of both, a group and the rest.
_DIFFERENCE = "difference/"


@dataclasses.dataclass(frozen=True)
class _Task:
    """What the two kinds of predictions have in common: sums over images, and scores of sums."""

    contributions: np.ndarray | sparse.csr_array
    score: Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]
    tested: tuple[str, ...]


def group_scores(
    predictions: Predictions, *, pairs: bool = False, auc: bool = False, resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """Every score of everyone and of each group.

    Args:
        predictions: of one model on one split.
        pairs: whether intersections of two columns are groups too.
        auc: whether the ROC AUC is computed too, of groups and not of intersections; it takes as long as the rest.
        resamples: draws of people.
        seed: of the draws.

    Returns:
        A row for each group and score: ``column``, ``group`` (``all`` for everyone), ``n`` images, ``subjects``,
        ``metric`` (``METRICS``, ``calibration_error``, ``macro_auc``, ``recall/anger`` …), ``value`` with ``low`` and
        ``high`` of its 95 % interval, and for all but those by class ``difference`` to the other groups of the column
        with ``difference_low`` and ``difference_high``, ``p_value`` of no difference, ``p_adjusted`` for the number of
        comparisons (Holm 1979) and ``verdict``. NaN where undefined.

        Intervals are percentiles of draws, as wide as Student's distribution asks with so few people; the test takes
        the draws' deviation for the standard error.
    """
    correct = predictions.predicted == predictions.truth
    confusion = sparse.csr_array(
        (np.ones(len(correct)), (np.arange(len(correct)), predictions.truth * len(EMOTIONS) + predictions.predicted)),
        (len(correct), len(EMOTIONS) ** 2),
    )
    errors = error_columns(predictions.probabilities.max(axis=1), correct)
    task = _Task(sparse.hstack([confusion, errors], format="csr"), _emotion_scores, (*METRICS, CALIBRATION_ERROR))
    table = _long_table(predictions, task, pairs, resamples, seed)
    return pd.concat([table, _auc_table(predictions, resamples, seed)], ignore_index=True) if auc else table


def unit_group_scores(
    predictions: ActionUnitPredictions,
    thresholds: np.ndarray,
    *,
    pairs: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """The same of action units: ``UNIT_METRICS`` and ``f1/AU12`` and so on.

    Args:
        predictions: of one model on one split.
        thresholds: (U,), present from this probability on.
        pairs: as in ``group_scores``.
        resamples: draws of people.
        seed: of the draws.
    """
    decided = action_units.decisions(predictions.truth, predictions.probabilities >= thresholds)
    names = unit_names(predictions.units)

    def score(sums: np.ndarray, others: np.ndarray) -> dict[str, np.ndarray]:
        parts = [np.moveaxis(part.reshape(len(part), len(names), 3, -1), -1, 1) for part in (sums, others)]
        found = action_units.f1_scores(parts[0])
        flat = {name: found[name] for name in UNIT_METRICS}
        flat |= {f"f1/{name}": found["f1"][..., number] for number, name in enumerate(names)}
        return flat | _named(action_units.f1_differences(*parts))

    task = _Task(decided.reshape(len(decided), -1).astype(np.float32), score, UNIT_METRICS)
    return _long_table(predictions, task, pairs, resamples, seed)


def group_table(predictions: Predictions, *, seed: int = 0) -> pd.DataFrame:
    """``group_scores`` without intersections, one row a group.

    Returns:
        columns ``column``, ``group``, ``n``, ``subjects`` and, for each of ``METRICS``, the score with ``_low`` and
        ``_high``; NaN where undefined.
    """
    return _wide(group_scores(predictions, seed=seed), METRICS)


def unit_group_table(predictions: ActionUnitPredictions, thresholds: np.ndarray, *, seed: int = 0) -> pd.DataFrame:
    """The same of action units, with ``units``: how many occur in the group, over which its means go."""
    found = unit_group_scores(predictions, thresholds, seed=seed)
    table = _wide(found, (*UNIT_METRICS, *(f"f1/{name}" for name in unit_names(predictions.units))))
    table.insert(4, "units", table.filter(regex=r"^f1/AU\d+$").notna().sum(axis=1))
    return table


def _wide(scores: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    rows = []
    for (column, group), part in scores.groupby(["column", "group"], sort=False):
        row = {"column": column, "group": group, "n": part["n"].iloc[0], "subjects": part["subjects"].iloc[0]}
        by_metric = part.set_index("metric")
        for name in metrics:
            value, low, high = by_metric.loc[name, ["value", "low", "high"]]
            row |= {name: value, f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def _emotion_scores(sums: np.ndarray, others: np.ndarray) -> dict[str, np.ndarray]:
    classes = len(EMOTIONS)
    flat, errors = [], []
    for part in (sums, others):
        part = np.moveaxis(part, 1, -1).astype(np.float64)
        confusion = part[..., : classes**2].reshape(*part.shape[:-1], classes, classes)
        flat.append(flat_scores(confusion, EMOTIONS))
        errors.append(expected_error(part[..., classes**2 :], confusion.sum((-1, -2))))
    own = {name: value for name, value in flat[0].items() if not name.startswith("precision/")}
    own |= {CALIBRATION_ERROR: errors[0]}
    differences = score_differences(*flat, names=METRICS) | {CALIBRATION_ERROR: errors[0] - errors[1]}
    return own | _named(differences)


def _named(differences: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {_DIFFERENCE + name: value for name, value in differences.items()}


def _auc_table(predictions: Predictions, resamples: int, seed: int) -> pd.DataFrame:
    def score(sums: np.ndarray, others: np.ndarray) -> dict[str, np.ndarray]:
        found = [macro_auc(part) for part in (sums, others)]
        return {MACRO_AUC: found[0], _DIFFERENCE + MACRO_AUC: found[0] - found[1]}

    truth, probabilities = predictions.truth, predictions.probabilities
    own, others = exact_auc(truth, probabilities, _cells(predictions, pairs=False))
    exact = {MACRO_AUC: own, _DIFFERENCE + MACRO_AUC: own - others}
    return _long_table(
        predictions, _Task(rank_columns(truth, probabilities), score, (MACRO_AUC,)), False, resamples, seed, exact
    )


def _cells(predictions, *, pairs: bool) -> Cells:
    count = len(predictions.image_id)
    own = cells(predictions.groups, pairs=pairs, fewest=FEWEST)
    return joined(everyone(count), own) if len(own) else everyone(count)


def _long_table(
    predictions, task: _Task, pairs: bool, resamples: int, seed: int, exact: dict[str, np.ndarray] | None = None
) -> pd.DataFrame:
    """``exact``: values of scores that draws only come near to; the draws are moved by as much."""
    chosen = _cells(predictions, pairs=pairs)
    draws = drawn_sums(task.contributions, chosen, predictions.subject_id, resamples, seed)
    values, drawn = scored(draws, chosen, task.score)
    for name, value in (exact or {}).items():
        drawn[name] = drawn[name] + (value - values[name])[:, None]
        values[name] = value
    images, people = people_in(chosen, predictions.subject_id)
    rest_people = people_in_rest(chosen, predictions.subject_id)
    rows = []
    for cell in range(len(chosen)):
        about = {"column": chosen.column[cell], "group": chosen.group[cell]}
        about |= {"n": int(images[cell]), "subjects": _known_people(predictions.subject_id, chosen, cell)}
        for name in (name for name in values if not name.startswith(_DIFFERENCE)):
            low, high = interval(drawn[name][cell], people[cell], confidence_for(people[cell]))
            row = about | {"metric": name, "value": float(values[name][cell]), "low": low, "high": high}
            if name in task.tested:
                fewest = min(people[cell], rest_people[cell])
                key = _DIFFERENCE + name
                row |= _difference(float(values[key][cell]), drawn[key][cell], fewest)
            rows.append(row)
    table = pd.DataFrame(rows)
    table["p_adjusted"] = np.nan
    for name in task.tested:
        of_metric = table["metric"] == name
        table.loc[of_metric, "p_adjusted"] = holm(table.loc[of_metric, "p_value"].to_numpy())
    table["verdict"] = [_verdict(row) for row in table.itertuples()]
    return table


def _known_people(subjects: np.ndarray, chosen: Cells, cell: int) -> int:
    member = chosen.members[chosen.column[cell]] == cell
    return len(set(np.asarray(subjects)[member]) - {""})


def _difference(value: float, draws: np.ndarray, people: int) -> dict[str, float]:
    """Interval and test of the difference between a group and the rest, the smaller of which has so many people."""
    low, high = interval(draws, people, confidence_for(people))
    p_value = bootstrap_p_value(value, draws, people, not np.isnan(low))
    return {"difference": value, "difference_low": low, "difference_high": high, "p_value": p_value}


def bootstrap_p_value(value: float, draws: np.ndarray, people: int, enough: bool) -> float:
    """How likely a difference as large is where there is none: Student's, with the draws' deviation as standard error.

    Args:
        value: the difference.
        draws: (D,), of bootstrap.
        people: subjects it rests on.
        enough: whether these are people enough.

    Returns:
        0..1; NaN where there are not, or where it is undefined.
    """
    if not enough or np.isnan(value) or np.isnan(draws).all():
        return float("nan")
    deviation = np.nanstd(draws)
    if deviation == 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stats.t.sf(abs(value) / deviation, people - 1))


def _verdict(row) -> str:
    if not isinstance(row.difference, float) or np.isnan(row.difference):
        return ""
    if np.isnan(row.p_adjusted):
        return TOO_FEW
    if row.p_adjusted >= SIGNIFICANCE:
        return NO_DIFFERENCE
    return WORSE if (row.difference > 0) == (row.metric in ERRORS) else BETTER


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values adjusted for their number, so that any false alarm at all is as rare as said (Holm 1979).

    Args:
        p_values: (N,), NaN where nothing was tested; those do not count.
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
