"""Do the intervals of group reports hold what they say? python -m benchmarks.interval_coverage --record=results/…

Simulates test sets whose truth is known: people of two groups, each person with a skill of their own, several pictures
of each, classes of different difficulty. Counts how often the 95 % interval of each score, and of each difference
between the groups, covers the score of the whole population; and how often a difference is reported where none is.
"""

import dataclasses
import time
from pathlib import Path

import numpy as np
from absl import flags
from tqdm import tqdm

from fer_tf.commandline import command_line, refuse_arguments, run_main

FLAGS = flags.FLAGS

# Right answers of a person of usual skill, by class: happiness is easy, fear is not.
_RECALL = np.array([0.6, 0.5, 0.45, 0.88, 0.7, 0.55, 0.8])
_SHARES = np.array([0.14, 0.05, 0.14, 0.25, 0.17, 0.15, 0.10])
# Of which the first group's people are better at every class.
_GAP = 0.1
_COVERED = ("accuracy", "mean_class_accuracy", "macro_f1", "weighted_f1")
GROUPS = ("a", "b")


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of test set.

    Attributes:
        people: in each of the two groups.
        images: of each person.
        spread: half the range of what people differ in skill.
        named: whether the subjects are known.
    """

    people: int
    images: int
    spread: float
    named: bool = True


KINDS = {
    "20_people": Kind(20, 30, 0.1),
    "60_people": Kind(60, 14, 0.1),
    "300_people": Kind(300, 5, 0.1),
    "1000_images": Kind(1000, 1, 0.0, named=False),
}


def simulate(kind: Kind, gap: float, random: np.random.Generator):
    """A test set of people of both groups, as ``evaluation.predictions.Predictions``."""
    from fer_tf.evaluation.predictions import Predictions

    subject = np.repeat(np.arange(2 * kind.people), kind.images)
    group = subject >= kind.people
    skill = random.uniform(-kind.spread, kind.spread, 2 * kind.people)[subject] - gap * group
    truth = random.choice(7, len(subject), p=_SHARES)
    right = random.random(len(subject)) < _RECALL[truth] + skill
    wrong = (truth + random.integers(1, 7, len(subject))) % 7
    answer = np.where(right, truth, wrong)
    names = np.char.add("s", subject.astype(str)) if kind.named else np.full(len(subject), "")
    probabilities = np.full((len(subject), 7), 0.05)
    probabilities[np.arange(len(subject)), answer] = 0.7
    return Predictions(
        np.arange(len(subject)).astype(str), names, truth, probabilities, {"group": np.array(GROUPS)[group.astype(int)]}
    )


def population(gap: float) -> dict[str, float]:
    """Scores of all people there could be in one group; people's skills cancel out."""
    from fer_tf.evaluation.scores import scores

    recall = _RECALL - gap
    confusion = np.repeat((1 - recall)[:, None] / 6, 7, axis=1)
    np.fill_diagonal(confusion, recall)
    return {name: float(value) for name, value in scores(confusion * _SHARES[:, None]).items()}


def covered(kind: Kind, gap: float, run: int, resamples: int) -> dict[str, list[bool]]:
    """For one test set: whether each interval holds the truth, and whether a difference is reported.

    Returns:
        ``score`` and ``difference``: one for each of ``_COVERED`` and group; ``found``: one for each score.
    """
    from fer_tf.evaluation.groups import NO_DIFFERENCE, TOO_FEW, group_scores

    random = np.random.default_rng([FLAGS.seed, run, kind.people, kind.images])
    table = group_scores(simulate(kind, gap, random), resamples=resamples, seed=run).set_index(["group", "metric"])
    truths = dict(zip(GROUPS, (population(0.0), population(gap)), strict=True))
    result = {"score": [], "difference": [], "found": []}
    for name in _COVERED:
        result["found"].append(table.loc[("a", name), "verdict"] not in (NO_DIFFERENCE, TOO_FEW))
        for group, other in (GROUPS, GROUPS[::-1]):
            row, truth = table.loc[(group, name)], truths[group][name]
            result["score"].append(row["low"] <= truth <= row["high"])
            difference = truth - truths[other][name]
            result["difference"].append(row["difference_low"] <= difference <= row["difference_high"])
    return result


def main(arguments: list[str]) -> None:
    """Simulates, counts, prints and records."""
    refuse_arguments(arguments)
    started, metrics, pooled = time.monotonic(), {}, []
    for name, kind in KINDS.items():
        runs = [covered(kind, _GAP, run, FLAGS.resamples) for run in tqdm(range(FLAGS.datasets), desc=name)]
        alike = [covered(kind, 0.0, run, FLAGS.resamples)["found"] for run in range(FLAGS.datasets)]
        for what in ("score", "difference"):
            metrics[f"coverage/{name}/{what}"] = float(np.mean([run[what] for run in runs]))
            pooled += [value for run in runs for value in run[what]]
        metrics[f"power/{name}"] = float(np.mean([run["found"] for run in runs]))
        metrics[f"false_alarms/{name}"] = float(np.mean(alike))
    metrics = {"coverage": float(np.mean(pooled))} | metrics
    for name, value in metrics.items():
        print(f"{name:<36}{value:.3f}")
    if FLAGS.record:
        from fer_tf.training.record import write_entry

        options = {"datasets": FLAGS.datasets, "resamples": FLAGS.resamples, "gap": _GAP}
        kinds = {name: dataclasses.asdict(kind) for name, kind in KINDS.items()}
        seconds = round(time.monotonic() - started, 1)
        write_entry(
            Path(FLAGS.record),
            metrics,
            {},
            command=command_line(),
            kinds=kinds,
            seeds=[FLAGS.seed],
            duration_s=seconds,
            **options,
        )


def _define() -> None:
    flags.DEFINE_integer("datasets", 500, "simulated test sets of each kind", 10)
    flags.DEFINE_integer("resamples", 1000, "draws of people for each", 100)
    flags.DEFINE_integer("seed", 0, "of the simulation", 0)
    flags.DEFINE_string("record", None, "write the ledger entry here")


if __name__ == "__main__":
    _define()
    run_main(main)
