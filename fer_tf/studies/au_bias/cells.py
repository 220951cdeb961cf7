"""One cell of the grid: a head trained on some people and scored on each group."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fer_tf.data.action_units import positive_weights
from fer_tf.data.scoring import check_apart
from fer_tf.evaluation import action_units
from fer_tf.evaluation.group_difference import unit_difference
from fer_tf.labels import unit_names
from fer_tf.studies.au_bias.pool import Pool
from fer_tf.studies.au_bias.splits import Comparison, Split, SplitSizes, draw_split, groups_of_people
from fer_tf.training.head import HeadOptions, fit_head, head_logits
from fer_tf.training.record import read_json, write_json


def all_splits(
    pool: Pool, comparisons: Sequence[Comparison], sizes: SplitSizes, seeds: int, seen: set[str]
) -> list[tuple[int, Comparison, Split]]:
    """Draws the people of every seed and comparison, before anything is trained.

    Args:
        pool: the images.
        comparisons: which of the paper's questions.
        sizes: how many people.
        seeds: repetitions, each with other people and other initial weights.
        seen: people that the frozen layers were trained on; none of them may be tested.

    Raises:
        InputError: too few people of a group, or people of the frozen layers in a test.
    """
    people = {comparison.name: groups_of_people(pool.columns, comparison) for comparison in comparisons}
    splits = []
    for seed in range(seeds):
        for comparison in comparisons:
            split = draw_split(people[comparison.name], comparison, *sizes.of(comparison), seed)
            trained, tested = (set(np.concatenate(list(part.values()))) for part in (split.train, split.test))
            check_apart(seen | trained, tested, f"the test of seed {seed}")
            splits.append((seed, comparison, split))
    return splits


def grid(
    pool: Pool,
    splits: Sequence[tuple[int, Comparison, Split]],
    head: HeadOptions,
    folder: Path,
    *,
    positive_weight_power: float = 0.0,
    threshold: float = 0.5,
) -> Iterator[dict]:
    """Trains and scores every cell that is not in the folder yet, seed by seed, so that a table can be made early.

    Args:
        pool: the images.
        splits: of ``all_splits``.
        head: see ``HeadOptions``.
        folder: gets a JSON file for each cell, whole or not at all.
        positive_weight_power: see ``ActionUnitOptions``.
        threshold: probability from which on a unit counts as present.

    Yields:
        what each file holds: ``comparison``, ``seed``, ``trained_on``, ``people`` of each group to draw from,
        ``train_subjects``, ``train_images``, ``seconds``, ``unscored``, units that some training set of the
        seed has no label of; ``tests``: group -> ``subjects``, ``images``, ``macro_f1``, ``weighted_f1`` and
        ``f1`` by unit; and ``difference``, first group minus second, as ``group_difference.Difference``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed, comparison, split in splits:
        people = {group: len(members) for group, members in groups_of_people(pool.columns, comparison).items()}
        for trained_on in split.train:
            path = folder / f"{comparison.name}_{trained_on}_{seed:03d}.json"
            if not path.is_file():
                started = time.monotonic()
                cell = _cell(pool, split, trained_on, head, seed, positive_weight_power, threshold)
                facts = {"comparison": comparison.name, "seed": seed, "people": people}
                write_json(path, facts | cell | {"seconds": round(time.monotonic() - started, 1)})
            # What is not defined is null in the file; read back, so that old and new cells are alike.
            yield read_json(path)


def _labelled(pool: Pool, people: np.ndarray) -> np.ndarray:
    """Images of some people that have a label of some unit, int (M,)."""
    rows = pool.rows_of(people)
    return rows[~np.isnan(pool.labels[rows]).all(axis=1)]


def _cell(pool: Pool, split: Split, trained_on: str, head: HeadOptions, seed: int, power: float, threshold: float):
    labelled = _labelled(pool, split.train[trained_on])
    # A unit that nobody in a training set is annotated for cannot be learnt; without it for all, rows can be compared.
    learnt = np.all([~np.isnan(pool.labels[_labelled(pool, p)]).all(axis=0) for p in split.train.values()], axis=0)
    weights = positive_weights(pool.truth[labelled], power)
    fitted = fit_head(pool.features, pool.labels, rows=labelled, positive_weights=weights, options=head, seed=seed)
    tests, parts = {}, []
    for group, members in split.test.items():
        rows = pool.rows_of(members)
        truth = np.where(learnt, pool.truth[rows], np.nan)
        predicted = action_units.probabilities(head_logits(fitted, pool.features[rows])) >= threshold
        tests[group] = {"subjects": len(members)} | _scores(truth, predicted, pool.targets.units)
        parts.append((truth, predicted, pool.columns["subject_id"][rows], np.full(len(rows), not len(parts))))
    difference = unit_difference(*(np.concatenate(values) for values in zip(*parts, strict=True)), seed=seed)
    return {
        "trained_on": trained_on,
        "train_subjects": len(split.train[trained_on]),
        "train_images": len(labelled),
        "unscored": [unit for unit, known in zip(unit_names(pool.targets.units), learnt, strict=True) if not known],
        "tests": tests,
        "difference": {name: vars(value) for name, value in difference.items()},
    }


def _scores(truth: np.ndarray, predicted: np.ndarray, units: tuple[int, ...]) -> dict[str, object]:
    values = action_units.f1_scores(action_units.counts(truth, predicted))
    return {
        "images": len(truth),
        "macro_f1": float(values["macro_f1"]),
        "weighted_f1": float(values["weighted_f1"]),
        "f1": dict(zip(unit_names(units), values["f1"].tolist(), strict=True)),
    }
