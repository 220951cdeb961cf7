"""Tables 1 and 2 of paper B from the cells of a grid, and what the paper leaves to the reader."""

from collections.abc import Iterator, Sequence

from fer_tf.evaluation.bootstrap import FEWEST
from fer_tf.evaluation.group_difference import Difference
from fer_tf.evaluation.groups import UNIT_METRICS
from fer_tf.evaluation.paper_tables import Row, markdown, with_interval
from fer_tf.evaluation.seeds import mean_interval
from fer_tf.studies.au_bias.splits import MIXED, Comparison

# Where the text of the paper contradicts its table; both are said wherever the table is printed.
_TITLES = {
    "gender": "Table 1: trained on one gender\n\nThe paper's text calls 0.60 almost as high as 0.55, and says that "
    "training on females beats both others on males, which 0.60 contradicts; 37 people cannot be mixed evenly.",
    "skin": "Table 2: trained on light skin\n\nThe paper has no other row, and does not say who its light test people "
    "are.",
}


def _trained_on(cells: Sequence[dict], comparison: Comparison) -> list[str]:
    """The training sets that were possible, in the table's order."""
    there = {cell["trained_on"] for cell in cells if cell["comparison"] == comparison.name}
    return [name for name in comparison.trained_on if name in there]


def _people_line(cells: Sequence[dict], comparison: Comparison) -> str:
    """How many people, drawn from how many."""
    people, tests = cells[0]["people"], cells[0]["tests"]
    tested = " and ".join(f"{tests[group]['subjects']} {group}" for group in comparison.groups)
    drawn = " and ".join(f"{people[group]} {group}" for group in comparison.groups)
    seeds = len({cell["seed"] for cell in cells})
    left = f"{seeds} seeds; {cells[0]['train_subjects']} people to train on, {tested} to test"
    if any(tests[group]["subjects"] > people[group] / 3 for group in comparison.groups):
        drawn += "; seeds share many of them, so that intervals are narrower than they would be for other people"
    return f"{left}, drawn from {drawn}."


def _score(cell: dict, group: str, score: str) -> float:
    value = cell["tests"][group][score]
    return float("nan") if value is None else value


def _by_seed(
    cells: Sequence[dict], comparison: Comparison, trained_on: str, group: str, score: str
) -> dict[int, float]:
    """Seed -> score."""
    return {
        cell["seed"]: _score(cell, group, score)
        for cell in cells
        if (cell["comparison"], cell["trained_on"]) == (comparison.name, trained_on)
    }


def score_rows(cells: Sequence[dict], comparison: Comparison) -> Iterator[Row]:
    """The paper's table: score of each test group for each training set, mean over seeds."""
    for trained_on in _trained_on(cells, comparison):
        for group in comparison.groups:
            paper = comparison.paper.get((trained_on, group), (None, None))
            for score, printed in zip(UNIT_METRICS, paper, strict=True):
                values = _by_seed(cells, comparison, trained_on, group, score)
                yield Row((trained_on, group, score), *mean_interval(list(values.values())), printed)


def loss_rows(cells: Sequence[dict], comparison: Comparison) -> Iterator[Row]:
    """What a group loses when the training set leaves it out, or shares it: its own training minus the other.

    On the same test people and paired by seed, so that how hard a group is in itself plays no part.
    """
    for group in comparison.groups:
        (other,) = (name for name in comparison.groups if name != group)
        for left_out in (other, MIXED):
            if not {group, left_out} <= set(_trained_on(cells, comparison)):
                continue
            for place, score in enumerate(UNIT_METRICS):
                own, without = (_by_seed(cells, comparison, name, group, score) for name in (group, left_out))
                losses = [own[seed] - without[seed] for seed in sorted(own.keys() & without.keys())]
                printed = [comparison.paper.get((name, group)) for name in (group, left_out)]
                paper = round(printed[0][place] - printed[1][place], 2) if all(printed) else None
                yield Row((group, f"{group} instead of {left_out}", score), *mean_interval(losses), paper)


def _difference(cell: dict) -> Difference:
    """Of macro F1; null in the file is NaN."""
    stored = cell["difference"]["macro_f1"]
    ends = ("value", "low", "high", "p_value")
    return Difference(*(float("nan") if stored[end] is None else stored[end] for end in ends))


def gap_lines(cells: Sequence[dict], comparison: Comparison) -> list[str]:
    """First group minus second for each training set, and in how many seeds the comparison of groups finds it."""
    lines = []
    for trained_on in _trained_on(cells, comparison):
        own = [c for c in cells if (c["comparison"], c["trained_on"]) == (comparison.name, trained_on)]
        differences = [_difference(cell) for cell in own]
        tested = [difference.found for difference in differences if difference.tested]
        first, second = comparison.groups
        text = with_interval(*mean_interval([difference.value for difference in differences]))
        found = f"found in {sum(tested)} of {len(tested)} seeds" if tested else f"fewer than {FEWEST}, not tested"
        lines.append(f"- trained on {trained_on}: {first} - {second} {text}, {found}")
    return lines


def report(cells: Sequence[dict], comparisons: Sequence[Comparison]) -> str:
    """Everything as Markdown: for each comparison the paper's table, the losses and the gaps."""
    parts = []
    for comparison in comparisons:
        own = [cell for cell in cells if cell["comparison"] == comparison.name]
        if not own:
            continue
        parts += [
            f"### {_TITLES[comparison.name]}",
            _people_line(own, comparison),
            markdown(("trained on", "tested on", "score"), list(score_rows(own, comparison))),
            "What a group gains by a training set of its own, on the same test people:",
            markdown(("tested on", "trained on", "score"), list(loss_rows(own, comparison))),
            "Difference of the groups in macro F1:\n" + "\n".join(gap_lines(own, comparison)),
        ]
    return "\n\n".join(parts) + "\n"


def flat(cells: Sequence[dict], comparisons: Sequence[Comparison]) -> tuple[dict[str, float], dict[str, tuple]]:
    """Metrics and intervals for the results ledger: ``gender/male/female/macro_f1`` is trained on males, tested on
    females; ``gender/loss/female/male/macro_f1`` what females lose when males are trained on instead.
    """
    metrics, intervals = {}, {}
    for comparison in comparisons:
        rows = [((*row.names,), row) for row in score_rows(cells, comparison)]
        for (group, words, score), row in ((row.names, row) for row in loss_rows(cells, comparison)):
            rows.append((("loss", group, words.rpartition(" ")[2], score), row))
        for names, row in rows:
            key = "/".join((comparison.name, *names))
            metrics[key], intervals[key] = row.ours, row.interval
    return metrics, intervals
