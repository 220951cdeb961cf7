"""The ablation beside Table 9 of paper C, and what context seems to be worth."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fer_tf.evaluation.cells import Values, gains, mean_scores
from fer_tf.evaluation.groups import METRICS
from fer_tf.evaluation.paper_tables import Row, markdown, with_interval
from fer_tf.evaluation.plots import confusion_png
from fer_tf.evaluation.predictions import Predictions, write_predictions
from fer_tf.evaluation.scores import confusion_matrix
from fer_tf.labels import EMOTIONS
from fer_tf.studies.safer import paper
from fer_tf.studies.safer.features import DEEP_ONLY
from tfds_builders.names import original

CORRELATED, ZERO, CLEAN, LEAKY = "context", "zero", "films, clean", "films, leaky"
TITLES = {
    CORRELATED: "Streams",
    ZERO: "The same where places do not go with emotions",
    CLEAN: "Films, nobody on both sides of the split; places do not go with emotions",
    LEAKY: "The same films and test images, other frames of their scenes in training",
}
# Stands beside datasets that the paper has not.
_PRINTED = "caer_s"

# Case -> row of the ablation -> predictions of each seed.
Cases = Mapping[str, Mapping[str, Sequence[Predictions]]]


def report(cases: Cases, dataset: str, notes: Sequence[str] = ()) -> str:
    """All tables as Markdown.

    Args:
        cases: of ``TITLES``, those that there are.
        dataset: what is tested on, such as ``context/caer_s``.
        notes: a sentence each, on how the models were made.
    """
    parts = ["\n".join(f"- {error}" for error in paper.ERRORS), " ".join(notes)]
    name = paper_name(dataset)
    for case, rows in cases.items():
        first = next(iter(rows.values()))
        parts += [f"### {TITLES[case]}", f"{len(first[0].truth)} test images, {len(first)} seeds.", _scores(rows, name)]
        parts.append(_gains(rows))
    if name in paper.TABLE_5 and "F+B+P" in cases.get(CORRELATED, {}):
        parts += ["### Tables 5 to 8: accuracy beside others'", _compared(cases[CORRELATED]["F+B+P"], name)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write_cases(cases: Cases, folder: Path) -> None:
    """Writes predictions of each case, row and seed as CSV, and the confusion matrix of each row (Figure 8)."""
    for case, rows in cases.items():
        for row, seeds in rows.items():
            name = re.sub(r"\W+", "_", f"{case}_{row}".replace("+", "_and_"))
            for number, found in enumerate(seeds):
                write_predictions(found, folder / f"predictions_{name}_{number}.csv")
            confusion = sum(confusion_matrix(found.truth, found.predicted, len(EMOTIONS)) for found in seeds)
            (folder / f"confusion_{name}.png").write_bytes(confusion_png(confusion, f"{case}, {row}, all seeds"))


def metrics(cases: Cases) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """For the ledger.

    Returns:
        metrics and intervals: ``context/F+B/accuracy`` and so on; ``context_gain`` with ``_low`` and ``_high``, what
        background and place add to the face's mean class accuracy; ``context_gain_at_zero``, the same where places do
        not go with emotions; ``clean_gain`` and ``leaky_gain``, the same of films.
    """
    values: Values = {}
    named = {CORRELATED: "context_gain", ZERO: "context_gain_at_zero", CLEAN: "clean_gain", LEAKY: "leaky_gain"}
    for case, rows in cases.items():
        for row, seeds in rows.items():
            found = mean_scores(seeds)
            values |= {f"{case}/{row}/{name}": found[name] for name in METRICS}
        for row in [name for name in rows if name != "F"]:
            values[f"{case}/gain/{row}"] = gains(rows["F"], rows[row])["mean_class_accuracy"]
        if DEEP_ONLY in rows:
            values[f"{case}/gain_of_geometry"] = gains(rows[DEEP_ONLY], rows["F"])["mean_class_accuracy"]
        if "F+B+P" in rows:
            values[named[case]] = values[f"{case}/gain/F+B+P"]
    if CLEAN in cases and LEAKY in cases:
        values["leak_of_the_face"] = gains(cases[CLEAN]["F"], cases[LEAKY]["F"])["mean_class_accuracy"]
    flat = {name: value for name, (value, _) in values.items()}
    for name in set(named.values()) & set(values):
        flat[f"{name}_low"], flat[f"{name}_high"] = values[name][1]
    return flat, {name: ends for name, (_, ends) in values.items()}


def paper_name(dataset: str) -> str:
    """The dataset as the paper's tables have it: ``context/caer_s`` is ``caer_s``."""
    source = original(dataset)
    return source.partition("/")[0]


def _compared(seeds: Sequence[Predictions], name: str) -> str:
    """Ours below those that the paper compares itself with, and Table 5's."""
    lines = [f"| {who} | {value / 100:.4f} |" for who, value in paper.COMPARED.get(name, {}).items()]
    lines.append(f"| SAFER, Table 5 | {paper.TABLE_5[name] / 100:.4f} |")
    lines.append(f"| ours | {with_interval(*mean_scores(seeds)['accuracy'])} |")
    return "\n".join(["| model | accuracy |", "|---|---|", *lines])


def _scores(rows: Mapping[str, Sequence[Predictions]], dataset: str) -> str:
    lines = []
    for row, seeds in rows.items():
        found = mean_scores(seeds)
        for name in ("accuracy", "mean_class_accuracy"):
            # The paper's numbers are micro accuracy.
            printed = _printed(row, dataset) if name == "accuracy" else None
            lines.append(Row((row, name), found[name][0], found[name][1], printed))
    return markdown(("streams", "score"), lines, paper_digits=4)


def _printed(row: str, dataset: str) -> float | None:
    """The paper's fraction: of Table 9, else of Table 5, which has all streams; of CAER-S for a dataset it has not."""
    of_row = paper.TABLE_9.get(row, {})
    if dataset in paper.TABLE_5:
        percent = of_row.get(dataset, paper.TABLE_5[dataset] if row == "F+B+P" else None)
    else:
        percent = of_row.get(_PRINTED)
    return None if percent is None else percent / 100


def _gains(rows: Mapping[str, Sequence[Predictions]]) -> str:
    lines = [
        f"- {row} over F: {with_interval(*gains(rows['F'], seeds)['mean_class_accuracy'])}"
        for row, seeds in rows.items()
        if row != "F"
    ]
    return "\n".join(["Gain of mean class accuracy, paired by seed and image:", *lines])
