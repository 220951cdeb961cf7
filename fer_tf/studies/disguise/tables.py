"""Tables I to III of paper A from our predictions, beside the paper's, and what the paper does not ask."""

from collections.abc import Mapping, Sequence

import numpy as np

from fer_tf.evaluation.cells import Values, gains, mean_scores
from fer_tf.evaluation.groups import METRICS
from fer_tf.evaluation.paper_tables import Row, markdown, with_interval
from fer_tf.evaluation.predictions import Predictions
from fer_tf.labels import DISGUISES, EMOTIONS
from fer_tf.studies.disguise.paper import PAPERS, STEPS, Printed

# Step of Table I -> predictions of each seed.
Steps = Mapping[str, Sequence[Predictions]]
_UNDEFINED = (float("nan"), (float("nan"), float("nan")))


def report(steps: Steps, notes: Sequence[str] = (), printed: Printed = PAPERS["disguises"]) -> str:
    """All tables as Markdown.

    Args:
        steps: ``1`` and ``2`` on the same real images, ``3a`` and ``3b`` on the same disguised ones.
        notes: on how the models were trained and tested, a sentence each.
        printed: what the paper has.
    """
    kinds = kinds_table(steps)
    scores = {step: mean_scores(seeds) for step, seeds in steps.items()}
    parts = [
        "### Table I: accuracy of each step",
        "\n".join(f"- {error}" for error in printed.errors),
        " ".join([_sizes(steps), *notes]),
        markdown(("step", "trained on", "tested on", "score"), _table_1(scores, printed), paper_digits=4),
        "### Tables II and III: accuracy of each class",
        markdown(("step", "class"), _classes(scores, printed), paper_digits=4),
        "### What disguised faces in training change",
        "The same images before and after, paired by seed; a gain of real faces below 0 is what it costs.",
        _gain_lines(steps, printed),
        *(["### By what is worn", kinds] if kinds else []),
    ]
    return "\n\n".join(parts) + "\n"


def metrics(steps: Steps) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """For the ledger.

    Returns:
        metrics and intervals: ``step_1/accuracy`` and so on for each step and each of ``METRICS`` and classes;
        ``gain_disguised`` with ``_low`` and ``_high``, the gain of mean class accuracy on disguised faces, and
        ``change_clean``, the same on real ones, each also of ``accuracy``; ``gain/hat`` and so on by kind.
    """
    values: dict[str, tuple[float, tuple[float, float]]] = {}
    for step, seeds in steps.items():
        found = mean_scores(seeds)
        names = [*METRICS, *(f"recall/{emotion}" for emotion in EMOTIONS)]
        values |= {f"step_{step}/{name}": found[name] for name in names}
    disguised, clean = gains(steps["3a"], steps["3b"]), gains(steps["1"], steps["2"])
    values |= {
        "gain_disguised": disguised["mean_class_accuracy"],
        "change_clean": clean["mean_class_accuracy"],
        "gain_disguised_accuracy": disguised["accuracy"],
        "change_clean_accuracy": clean["accuracy"],
    }
    values |= {f"gain/{kind}": found["mean_class_accuracy"] for kind, (_, found) in by_kind(steps).items()}
    flat = {name: value for name, (value, _) in values.items()}
    flat["gain_disguised_low"], flat["gain_disguised_high"] = values["gain_disguised"][1]
    return flat, {name: ends for name, (_, ends) in values.items()}


def by_kind(steps: Steps) -> dict[str, tuple[int, Values]]:
    """Kind of disguise -> its number of images, and the gain on them; in the order of ``DISGUISES``."""
    worn = steps["3a"][0].groups["disguise"]
    found = {}
    for kind in DISGUISES[1:]:
        if (member := worn == kind).any():
            before, after = ([_part(one, member) for one in steps[step]] for step in ("3a", "3b"))
            found[kind] = int(member.sum()), gains(before, after)
    return found


def kinds_table(steps: Steps) -> str:
    """Accuracy before and after and the gain for each kind of disguise, as Markdown; empty without kinds."""
    lines = ["| disguise | n | accuracy before | after | gain of accuracy | gain of mean class accuracy |"]
    lines.append("|" + "---|" * 6)
    worn = steps["3a"][0].groups["disguise"]
    for kind, (count, gained) in by_kind(steps).items():
        before, after = (mean_scores([_part(one, worn == kind) for one in steps[step]]) for step in ("3a", "3b"))
        cells = [with_interval(*found["accuracy"]) for found in (before, after)]
        cells += [with_interval(*gained[name]) for name in ("accuracy", "mean_class_accuracy")]
        lines.append(f"| {kind.replace('_', ' ')} | {count:,} | {' | '.join(cells)} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def _table_1(scores: Mapping[str, Values], printed: Printed) -> list[Row]:
    rows = []
    for step, (trained, tested) in STEPS.items():
        if step in scores:
            for name, theirs in (("accuracy", printed.accuracy), ("mean_class_accuracy", printed.class_means)):
                rows.append(Row((step, trained, tested, name), *scores[step][name], _fraction(theirs.get(step))))
    return rows


def _classes(scores: Mapping[str, Values], printed: Printed) -> list[Row]:
    return [
        Row(
            (step, emotion),
            *scores[step].get(f"recall/{emotion}", _UNDEFINED),
            _fraction(printed.classes.get(step, {}).get(emotion)),
        )
        for step in STEPS
        if step in scores
        for emotion in EMOTIONS
    ]


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _sizes(steps: Steps) -> str:
    seeds, real, disguised = len(steps["1"]), steps["1"][0], steps["3a"][0]
    return (
        f"{seeds} seeds; {len(real.truth):,} real and {len(disguised.truth):,} disguised test images "
        f"({', '.join(map(str, np.bincount(disguised.truth, minlength=len(EMOTIONS))))} by class). Intervals join "
        "what training and what the choice of test images leave open. The paper has one run and no intervals."
    )


def _gain_lines(steps: Steps, printed: Printed) -> str:
    lines = []
    for words, (before, after) in (("disguised", ("3a", "3b")), ("real", ("1", "2"))):
        gained = gains(steps[before], steps[after])
        for name in ("mean_class_accuracy", "accuracy"):
            theirs = printed.class_means if name == "mean_class_accuracy" else printed.accuracy
            known = before in theirs and after in theirs
            beside = f" (paper {(theirs[after] - theirs[before]) / 100:+.4f})" if known else ""
            lines.append(f"- {words} faces, {name}: {with_interval(*gained[name])}{beside}")
    return "\n".join(lines)


def _part(found: Predictions, member: np.ndarray) -> Predictions:
    return Predictions(
        found.image_id[member],
        found.subject_id[member],
        found.truth[member],
        found.probabilities[member],
        {name: words[member] for name, words in found.groups.items()},
    )
