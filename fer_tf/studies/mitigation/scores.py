"""How unlike groups are served, and by how much a strategy changes that."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from fer_tf.evaluation.bootstrap import RESAMPLES, interval, resampled, subject_numbers, subject_sums
from fer_tf.evaluation.paper_tables import with_interval
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import divide, mean_defined
from fer_tf.evaluation.seeds import mean_interval
from fer_tf.labels import EMOTIONS

SCORES = ("accuracy", "mean_class_accuracy", "worst_group_accuracy", "gap")
_FEWEST = 5


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

    Args:
        counts: (..., 7, D, 2), images and right ones.

    Returns:
        ``accuracy``; ``mean_class_accuracy``; ``worst_group_accuracy``, of the emotion and group served worst (Sagawa
        et al. 2020, "Distributionally robust neural networks for group shifts"); and ``gap``, mean over emotions of the
        difference between the groups' highest and lowest recall, each (...). Emotions and groups with fewer than
        five images say nothing.
    """
    images, right = counts[..., 0], counts[..., 1]
    recall = np.where(images >= _FEWEST, divide(right, images), np.nan)
    several = (~np.isnan(recall)).sum(axis=-1) > 1
    filled = [np.where(np.isnan(recall), end, recall) for end in (-np.inf, np.inf)]
    spread = np.where(several, filled[0].max(axis=-1) - filled[1].min(axis=-1), np.nan)
    flat = filled[1].reshape(*recall.shape[:-2], -1).min(axis=-1)
    return {
        "accuracy": divide(right.sum(axis=(-2, -1)), images.sum(axis=(-2, -1))),
        "mean_class_accuracy": mean_defined(divide(right.sum(axis=-1), images.sum(axis=-1))),
        "worst_group_accuracy": np.where(np.isfinite(flat), flat, np.nan),
        "gap": mean_defined(spread),
    }


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
    sums = {name: [_sums(one, groups, words) for one in found.predictions] for name, found in strategies.items()}
    plain = sums["none"]
    return {name: _of_strategy(found, plain if name != "none" else None, seed) for name, found in sums.items()}


def _sums(found: Predictions, groups: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Images and right ones of each person, emotion and group, (people, 7, D, 2)."""
    members, people = subject_numbers(found.subject_id)
    known = groups != ""
    rows = np.zeros((len(groups), len(EMOTIONS), len(words), 2), np.float32)
    at = np.flatnonzero(known)
    group = np.searchsorted(words, groups[known])
    rows[at, found.truth[known], group, 0] = 1
    rows[at, found.truth[known], group, 1] = (found.predicted == found.truth)[known]
    return subject_sums(members, people, rows)


def _of_strategy(found: Sequence[np.ndarray], plain: Sequence[np.ndarray] | None, seed: int) -> dict:
    both = [found, plain] if plain is not None else [found]
    together = np.stack([np.stack(some, axis=1) for some in both], axis=2)  # (people, seeds, 1 or 2, 7, D, 2)
    of_seeds = _values(together.sum(axis=0))
    draws = resampled(together, lambda drawn: {n: v.mean(axis=1) for n, v in _values(drawn).items()}, RESAMPLES, seed)
    summary = {}
    for name, values in of_seeds.items():
        middle, ends = mean_interval(values)
        half = 0.0 if len(values) == 1 else (ends[1] - ends[0]) / 2
        low, high = interval(draws[name], len(together))
        summary[name] = middle, (middle - np.hypot(half, middle - low), middle + np.hypot(half, high - middle))
    return summary


def _values(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Scores and changes of (..., seeds, 1 or 2, 7, D, 2), each (..., seeds)."""
    scores = group_scores(sums)
    values = {name: value[..., 0] for name, value in scores.items()}
    if sums.shape[-4] == 2:
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
