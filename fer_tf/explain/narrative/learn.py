"""Learning what neutral faces look like, and from where on a cue can be told from them."""

import dataclasses

import numpy as np
from scipy.optimize import minimize

from fer_tf.errors import InputError
from fer_tf.explain.narrative.cues import CUES, Cue
from fer_tf.explain.narrative.frontal import average_face, frontal
from fer_tf.explain.narrative.measures import MEASURES, columns, measure
from fer_tf.explain.narrative.thresholds import CueReader, Rule
from fer_tf.labels import EMOTIONS

# Fewer say little about others.
FEWEST = 30
# Of the weights in ``_logistic``, against measures that say the same.
_RIDGE = 5.0
# A normal distribution's standard deviation, in medians of its absolute deviations.
_SPREAD = 1.4826


def learn(
    points: np.ndarray,
    emotions: np.ndarray,
    action_units: np.ndarray,
    learned: dict[str, object],
    base: CueReader | None = None,
) -> CueReader:
    """Learns cues from one dataset's training people.

    Centres and spreads come from neutral faces. With a ``base`` nothing else is learned: its weights and thresholds
    (in spreads) are kept, so that any dataset with neutral faces will do. Without, weights are a logistic
    regression's on the drawn action units, and the threshold is where balanced accuracy is best.

    Args:
        points: float (N, 468, 3), NaN where no mesh was found.
        emotions: int (N,), of ``labels.EMOTIONS``.
        action_units: float (N, 24); NaN where missing; not used with a base.
        learned: what to say of the data.
        base: cues to take over.

    Raises:
        InputError: too few neutral faces, or too few faces with or without a cue.
    """
    found = ~np.isnan(points).any(axis=(1, 2))
    neutral = found & (emotions == EMOTIONS.index("neutral"))
    if neutral.sum() < FEWEST:
        raise InputError(
            f"{neutral.sum()} neutral faces with a mesh: expected {FEWEST} or more to learn cues from; "
            "choose a dataset or split with neutral faces"
        )
    points, emotions, action_units, neutral = points[found], emotions[found], action_units[found], neutral[found]
    reference = average_face(points[neutral]) if base is None else base.reference
    measured = measure(frontal(points, reference)[0])
    usual = {name: _usual(measured[name][neutral]) for name in MEASURES}
    distances = {name: (measured[name] - centre) / spread for name, (centre, spread) in usual.items()}
    if base is None:
        rules = {cue.name: _rule(cue, distances, cue.drawn(action_units), neutral) for cue in CUES}
    else:
        rules = {name: _again(rule, distances, neutral) for name, rule in base.rules.items()}
    facts = learned | {"faces": len(points), "neutral": int(neutral.sum())}
    return CueReader(reference, usual, rules, facts)


def _usual(values: np.ndarray) -> tuple[float, float]:
    """Median and robust spread of what neutral faces show."""
    centre = np.median(values)
    return float(centre), max(float(_SPREAD * np.median(np.abs(values - centre))), 1e-6)


def _rule(cue: Cue, distances: dict[str, np.ndarray], drawn: np.ndarray, neutral: np.ndarray) -> Rule:
    known = ~np.isnan(drawn)
    there = drawn[known] == 1
    if min(there.sum(), (~there).sum()) < FEWEST:
        raise InputError(
            f"cue {cue.name}: {there.sum()} faces show it and {(~there).sum()} do not, expected {FEWEST} or more of "
            "each: choose a dataset with action units, or keep the weights (--nofit) where it has neutral faces only"
        )
    names = tuple(dict.fromkeys(cue.measures))
    table = columns(distances, names)
    weights = _logistic(table[known], there)
    sums = table @ weights
    centre, spread = _usual(sums[neutral])
    threshold = best_threshold((sums[known] - centre) / spread, there)
    return Rule(dict(zip(names, weights.tolist(), strict=True)), centre, spread, threshold)


def _again(rule: Rule, distances: dict[str, np.ndarray], neutral: np.ndarray) -> Rule:
    sums = columns(distances, tuple(rule.weights)) @ np.array(list(rule.weights.values()))
    centre, spread = _usual(sums[neutral])
    return dataclasses.replace(rule, centre=centre, spread=spread)


def _logistic(table: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Weights (M,) of a logistic regression to which faces with and without the cue count the same."""
    table = np.column_stack([table, np.ones(len(table))])
    signs = np.where(there, 1.0, -1.0)
    counts = np.where(there, 0.5 / there.mean(), 0.5 / (~there).mean())

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (table @ weights)
        # d/dm log(1 + exp(-m)) = -1 / (1 + exp(m))
        slope = -counts * signs * np.exp(-np.logaddexp(0, margins))
        small = np.append(weights[:-1], 0.0)
        return counts @ np.logaddexp(0, -margins) + _RIDGE * small @ small, slope @ table + 2 * _RIDGE * small

    found = minimize(loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return found.x[:-1]


def best_threshold(values: np.ndarray, there: np.ndarray) -> float:
    """The value above which a cue is named with the best balanced accuracy.

    Args:
        values: float (N,).
        there: bool (N,), both kinds.
    """
    order = np.argsort(values, kind="stable")
    values, there = values[order], there[order]
    # Named: everything after place i.
    hits, spared = 1 - np.cumsum(there) / there.sum(), np.cumsum(~there) / (~there).sum()
    # Equal values cannot be parted.
    last = np.append(values[1:] != values[:-1], True)
    at = int(np.argmax(np.where(last, hits + spared, -1)))
    return float((values[at] + values[min(at + 1, len(values) - 1)]) / 2)
