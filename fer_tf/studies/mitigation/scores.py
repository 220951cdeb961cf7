"""How unlike groups are served, and by how much a strategy changes that."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from fer_tf.evaluation.bootstrap import RESAMPLES, resampled, subject_numbers, subject_sums
from fer_tf.evaluation.cells import joined
from fer_tf.evaluation.paper_tables import with_interval
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import divide, mean_defined
from fer_tf.labels import EMOTIONS

SCORES = ("accuracy", "mean_class_accuracy", "worst_group_accuracy", "gap")
# An emotion and group with fewer images in a half says nothing.
_FEWEST = 5
# Ways of dividing the people into halves, over which the scores are averaged.
_DIVISIONS = 5


@dataclasses.dataclass(frozen=True)
class Strategy:
    """A strategy's results.

    Attributes:
        predictions: of each seed, of the same images in the same order.
        seconds: of each seed's training.
    """

    predictions: Sequence[Predictions]
    seconds: Sequence[float]


def group_scores(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Scores from how many images of each emotion and group there are and how many are right.

    Which group is served worst, and between which two the gap lies, is found on one half of the people and measured on
    the other, and the other way round: the lowest of several recalls that are measured with errors is too low, and
    their largest difference is above 0 also where all are served alike.

    Args:
        counts: (..., 2, 7, D, 2): halves, emotions, groups, (images, right ones).

    Returns:
        ``accuracy``; ``mean_class_accuracy``; ``worst_group_accuracy``, of the emotion and group served worst (Sagawa
        et al. 2020, "Distributionally robust neural networks for group shifts"); and ``gap``, mean over emotions of the
        difference between the groups' highest and lowest recall, each (...); it may come out below 0 where there is
        none. Emotions and groups with fewer than five images in a half say nothing.
    """
    images, right = counts[..., 0], counts[..., 1]
    recall = np.where(images >= _FEWEST, divide(right, images), np.nan)
    halves = [recall[..., half, :, :] for half in (0, 1)]
    gaps, worst = zip(*(_found_and_measured(*pair) for pair in (halves, halves[::-1])), strict=True)
    together, correct = images.sum(axis=-3), right.sum(axis=-3)
    return {
        "accuracy": divide(correct.sum(axis=(-2, -1)), together.sum(axis=(-2, -1))),
        "mean_class_accuracy": mean_defined(divide(correct.sum(axis=-1), together.sum(axis=-1))),
        "worst_group_accuracy": mean_defined(np.stack(worst, axis=-1)),
        "gap": mean_defined(np.stack(gaps, axis=-1)),
    }


def _found_and_measured(found: np.ndarray, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gap and worst group of recalls (..., 7, D), found on the first, measured on the second."""
    known = ~np.isnan(found) & ~np.isnan(measured)
    highest = np.where(known, found, -np.inf).argmax(axis=-1)[..., None]
    lowest = np.where(known, found, np.inf).argmin(axis=-1)[..., None]
    gap = (np.take_along_axis(measured, highest, -1) - np.take_along_axis(measured, lowest, -1))[..., 0]
    gap = np.where(known.sum(axis=-1) > 1, gap, np.nan)
    flat, of_flat = (values.reshape(*values.shape[:-2], -1) for values in (np.where(known, found, np.inf), measured))
    worst = np.take_along_axis(of_flat, flat.argmin(axis=-1)[..., None], -1)[..., 0]
    return mean_defined(gap), np.where(known.any(axis=(-2, -1)), worst, np.nan)


def compared(strategies: Mapping[str, Strategy], groups: np.ndarray, *, seed: int = 0) -> dict[str, dict]:
    """Scores of each strategy, and their changes against ``none``.

    Args:
        strategies: name -> results; all of the same images and seeds, ``none`` among them.
        groups: text (N,), the group of each image, ``""`` where unknown.
        seed: of the bootstrap.

    Returns:
        strategy -> score, ``SCORES`` and for others than ``none`` ``change/SCORE`` -> (mean over seeds, 95 % interval).
        The interval joins Student's t over seeds with a bootstrap of test people, sqrt(a^2 + b^2), see
        ``evaluation.cells``; changes are paired by both. ``gap_cut``, the part of the gap that is gone, likewise.
    """
    words = sorted(set(groups) - {""})
    sums = {name: [_sums(one, groups, words, seed) for one in found.predictions] for name, found in strategies.items()}
    plain = sums["none"]
    return {name: _of_strategy(found, plain if name != "none" else None, seed) for name, found in sums.items()}


def _sums(found: Predictions, groups: np.ndarray, words: Sequence[str], seed: int) -> np.ndarray:
    """Images and right ones of each person, division, half, emotion and group, (people, _DIVISIONS, 2, 7, D, 2)."""
    members, people = subject_numbers(found.subject_id)
    at = np.flatnonzero(groups != "")
    rows = np.zeros((len(groups), len(EMOTIONS), len(words), 2), np.float32)
    cell = at, found.truth[at], np.searchsorted(words, groups[at])
    rows[(*cell, 0)] = 1
    rows[(*cell, 1)] = (found.predicted == found.truth)[at]
    of_people = subject_sums(members, people, rows)[:, None, None]
    random = np.random.default_rng(seed)
    first = np.stack([random.permutation(people) % 2 == 0 for _ in range(_DIVISIONS)], axis=1)
    halves = np.stack([first, ~first], axis=2)[..., None, None, None]
    return of_people * halves


def _of_strategy(found: Sequence[np.ndarray], plain: Sequence[np.ndarray] | None, seed: int) -> dict:
    both = [found, plain] if plain is not None else [found]
    # (people, seeds, 1 or 2, divisions, halves, 7, D, 2)
    together = np.stack([np.stack(some, axis=1) for some in both], axis=2)
    of_seeds = _values(together.sum(axis=0))
    draws = resampled(together, lambda drawn: {n: v.mean(axis=1) for n, v in _values(drawn).items()}, RESAMPLES, seed)
    return {name: joined(values, draws[name], len(together)) for name, values in of_seeds.items()}


def _values(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Scores and changes of (..., seeds, 1 or 2, divisions, halves, 7, D, 2), each (..., seeds)."""
    scores = {name: mean_defined(value) for name, value in group_scores(sums).items()}
    values = {name: value[..., 0] for name, value in scores.items()}
    if sums.shape[-6] == 2:
        values |= {f"change/{name}": value[..., 0] - value[..., 1] for name, value in scores.items()}
        values["gap_cut"] = 1 - divide(scores["gap"][..., 0], scores["gap"][..., 1])
    return values


def table(found: Mapping[str, dict], seconds: Mapping[str, Sequence[float]]) -> str:
    """Markdown: one line for each strategy.

    Args:
        found: of ``compared``.
        seconds: strategy -> of each seed's training.
    """
    heads = ["strategy", "worst group", "gap", "gap cut by", "mean class accuracy", "its change", "training, s"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, values in found.items():
        cells = [name.replace("_", " ")]
        keys = ("worst_group_accuracy", "gap", "gap_cut", "mean_class_accuracy", "change/mean_class_accuracy")
        cells += [with_interval(*values[key]) if key in values else "-" for key in keys]
        cells.append(f"{np.mean(seconds[name]):.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
