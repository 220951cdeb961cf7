"""One cell of the grid: a head trained on some people and scored on each group."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fer_tf.data.action_units import positive_weights
from fer_tf.evaluation import action_units
from fer_tf.evaluation.group_difference import unit_difference
from fer_tf.labels import unit_names
from fer_tf.studies.au_bias.pool import Pool
from fer_tf.studies.au_bias.splits import Comparison, Split, SplitSizes, draw_split, groups_of_people
from fer_tf.training.head import HeadOptions, fit_head, head_logits
from fer_tf.training.record import read_json, write_json


def grid(
    pool: Pool,
    comparisons: list[Comparison],
    sizes: SplitSizes,
    seeds: int,
    head: HeadOptions,
    folder: Path,
    *,
    positive_weight_power: float = 0.0,
    threshold: float = 0.5,
) -> Iterator[dict]:
    """Trains and scores every cell that is not in the folder yet; seed by seed, so that a table can be made early.

    Args:
        pool: the images.
        comparisons: which of the paper's questions.
        sizes: how many people.
        seeds: repetitions, each with other people and other initial weights.
        head: see ``HeadOptions``.
        folder: gets a JSON file for each cell, whole or not at all.
        positive_weight_power: see ``ActionUnitOptions``.
        threshold: probability from which on a unit counts as present.

    Yields:
        what each file holds: ``comparison``, ``seed``, ``trained_on``, ``train_subjects``, ``train_images``;
        ``tests``: group -> ``subjects``, ``images``, ``macro_f1``, ``weighted_f1`` and ``f1`` by unit; and
        ``difference``, first group minus second, as ``group_difference.Difference``.

    Raises:
        InputError: too few people of a group.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = {comparison.name: groups_of_people(pool.columns, comparison) for comparison in comparisons}
    for seed in range(seeds):
        for comparison in comparisons:
            split = draw_split(people[comparison.name], comparison, *sizes.of(comparison), seed)
            for trained_on in comparison.trained_on:
                path = folder / f"{comparison.name}_{trained_on}_{seed:03d}.json"
                if not path.is_file():
                    cell = _cell(pool, split, trained_on, head, seed, positive_weight_power, threshold)
                    write_json(path, {"comparison": comparison.name, "seed": seed} | cell)
                # What is not defined is null in the file; read back, so that old and new cells are alike.
                yield read_json(path)


def cell_count(comparisons: list[Comparison], seeds: int) -> int:
    """Cells in a grid."""
    return seeds * sum(len(comparison.trained_on) for comparison in comparisons)


def _cell(pool: Pool, split: Split, trained_on: str, head: HeadOptions, seed: int, power: float, threshold: float):
    rows = pool.rows_of(split.train[trained_on])
    labelled = rows[pool.targets.labelled({"action_units": pool.columns["action_units"][rows]})]
    weights = positive_weights(pool.truth[labelled], power)
    fitted = fit_head(pool.features, pool.labels, rows=labelled, positive_weights=weights, options=head, seed=seed)
    tests, parts = {}, []
    for group, members in split.test.items():
        rows = pool.rows_of(members)
        truth = pool.truth[rows]
        predicted = action_units.probabilities(head_logits(fitted, pool.features[rows])) >= threshold
        tests[group] = {"subjects": len(members)} | _scores(truth, predicted, pool.targets.units)
        parts.append((truth, predicted, pool.columns["subject_id"][rows], np.full(len(rows), not len(parts))))
    difference = unit_difference(*(np.concatenate(values) for values in zip(*parts, strict=True)), seed=seed)
    return {
        "trained_on": trained_on,
        "train_subjects": len(split.train[trained_on]),
        "train_images": len(labelled),
        "tests": tests,
        "difference": {name: vars(value) | {"found": value.found} for name, value in difference.items()},
    }


def _scores(truth: np.ndarray, predicted: np.ndarray, units: tuple[int, ...]) -> dict[str, object]:
    values = action_units.f1_scores(action_units.counts(truth, predicted))
    return {
        "images": len(truth),
        "macro_f1": float(values["macro_f1"]),
        "weighted_f1": float(values["weighted_f1"]),
        "f1": dict(zip(unit_names(units), values["f1"].tolist(), strict=True)),
    }
