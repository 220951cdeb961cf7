"""Whether a model of action units serves two groups alike: difference, interval and test."""

import dataclasses

import numpy as np

from fer_tf.errors import InputError
from fer_tf.evaluation import action_units
from fer_tf.evaluation.bootstrap import (
    FEWEST,
    RESAMPLES,
    confidence_for,
    interval,
    resampled,
    subject_numbers,
    subject_sums,
)
from fer_tf.evaluation.groups import UNIT_METRICS

# A difference is reported as found where the test says so and the interval leaves 0 out. Strict, because an audit
# compares many groups; it costs little: differences of 0.05 in macro F1 are found (benchmarks.bias_power).
SIGNIFICANCE = 0.01
_CHUNK = 200


@dataclasses.dataclass(frozen=True)
class Difference:
    """One score of a group minus that of another.

    Attributes:
        value: the difference, over the units that occur in both groups.
        low, high: 95 % interval, subjects of each group drawn with replacement.
        p_value: share of random divisions of the same people into two such groups that differ as
            much or more; NaN, as the interval, with fewer than ``FEWEST`` subjects in a group, or
            where the difference is undefined.
    """

    value: float
    low: float
    high: float
    p_value: float

    @property
    def tested(self) -> bool:
        """Whether there were people enough to say anything."""
        return not np.isnan(self.p_value)

    @property
    def found_by_test(self) -> bool:
        """A p-value up to ``SIGNIFICANCE``."""
        return self.p_value <= SIGNIFICANCE

    @property
    def found_by_interval(self) -> bool:
        """An interval without 0."""
        return self.low > 0 or self.high < 0

    @property
    def found(self) -> bool:
        """Whether the groups are told apart: test and interval agree."""
        return self.found_by_test and self.found_by_interval


def unit_difference(
    truth: np.ndarray,
    predicted: np.ndarray,
    subjects: np.ndarray,
    group: np.ndarray,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Difference]:
    """How much better the decisions on action units are for one group of people than for all others.

    A unit that does not occur in one of the groups says nothing of the difference and is left out,
    in every draw anew, so that both means go over the same units. The interval is the percentile
    interval widened for few subjects (Hesterberg 2015, "What teachers should know about the
    bootstrap", section 5.3); the test permutes whole subjects (Good 2005), so that it holds for any number of them.

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing.
        predicted: bool (N, U).
        subjects: text (N,), ``""`` where unknown: each such image is its own subject.
        group: bool (N,), whose score comes first.
        resamples: draws of the bootstrap and of the test, each.
        seed: of both.

    Returns:
        each of ``groups.UNIT_METRICS``.

    Raises:
        InputError: a group without an image, or a subject in both.
    """
    members, people = subject_numbers(subjects)
    in_group = np.bincount(members, group, people) > 0
    mixed = in_group & (np.bincount(members, ~np.asarray(group, bool), people) > 0)
    if mixed.any():
        name = np.asarray(subjects)[members == np.flatnonzero(mixed)[0]][0]
        raise InputError(f"subject {name} is in both groups: a comparison needs people to be in one of them")
    if not in_group.any() or in_group.all():
        raise InputError("one of the two groups has no image: there is nothing to compare")
    sums = subject_sums(members, people, action_units.decisions(truth, predicted))
    value = action_units.f1_differences(sums[in_group].sum(0), sums[~in_group].sum(0))
    fewest = int(min(in_group.sum(), (~in_group).sum()))
    if fewest < FEWEST:
        return {name: Difference(float(value[name]), *[float("nan")] * 3) for name in UNIT_METRICS}
    draws = _bootstrap(sums, in_group, resamples, seed)
    shuffled = _permutations(sums, in_group, resamples, seed)
    result = {}
    for name in UNIT_METRICS:
        low, high = interval(draws[name], people, confidence_for(fewest))
        result[name] = Difference(float(value[name]), low, high, _p_value(value[name], shuffled[name]))
    return result


def _p_value(value: float, shuffled: np.ndarray) -> float:
    """Share of the divisions that differ as much, the given one among them; undefined ones say nothing."""
    shuffled = shuffled[~np.isnan(shuffled)]
    if np.isnan(value) or not len(shuffled):
        return float("nan")
    # 1e-12: the same sums in another order may differ in their last digit.
    return float((1 + (np.abs(shuffled) >= abs(value) - 1e-12).sum()) / (1 + len(shuffled)))


def _bootstrap(sums, in_group, resamples, seed) -> dict[str, np.ndarray]:
    """Differences of people drawn with replacement within each group."""
    drawn = [
        resampled(sums[chosen], lambda counts: {"counts": counts}, resamples, seed + offset)["counts"]
        for offset, chosen in enumerate((in_group, ~in_group))
    ]
    return action_units.f1_differences(*drawn)


def _permutations(sums, in_group, resamples, seed) -> dict[str, np.ndarray]:
    """Differences of the same people, divided anew into groups of the same sizes."""
    random = np.random.default_rng([seed, 1])
    flat, total, parts = sums.reshape(len(sums), -1), sums.sum(0), []
    for start in range(0, resamples, _CHUNK):
        labels = np.tile(in_group, (min(_CHUNK, resamples - start), 1))
        chosen = random.permuted(labels, axis=1).astype(np.float64) @ flat
        counts = chosen.reshape(-1, *sums.shape[1:])
        parts.append(action_units.f1_differences(counts, total - counts))
    return {name: np.concatenate([part[name] for part in parts]) for name in UNIT_METRICS}
