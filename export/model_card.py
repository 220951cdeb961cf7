"""The model card that travels with every export."""

import json
from collections.abc import Sequence
from pathlib import Path

from export.metadata import REFUSED, file_digest, read_run
from export.model_info import LICENCE
from export.parity_tables import card_tables
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, EMOTIONS

FILE_NAME = "MODEL_CARD.md"
# The model that looks at more than a face.
_SAFER = "safer"

_USE = """\
## What it is for

Research on facial-expression recognition, teaching, and audits of such models: measuring
whom they serve badly. It looks at {inputs} and gives {count} probabilities, one
for each of {labels}.

**Expressions are not feelings.** The model guesses {guess} on a
picture of a face. What a person feels, thinks or intends cannot be read from it: people
smile without joy and are sad without showing it, and both differ between cultures and
persons (Barrett et al. 2019, doi:10.1177/1529100619832930).

## What it must not be used for

* **At work or in education.** Article 5(1)(f) of the EU AI Act (Regulation (EU) 2024/1689)
  prohibits AI systems that infer the emotions of people in the areas of workplace and
  education institutions, except for medical or safety reasons. It applies since 2 February 2025.
* Decisions about people: hiring, marking, credit, insurance, policing, border control,
  court, health care, lie or threat detection.
* Watching people who have not agreed to it, in public or private.
* Telling a feeling, a mental illness, a character or an intention from a face.

Other uses on people are high-risk under Annex III of that Act, and those concerned must be told (Article 50).
"""

_LIMITS = """\
## Known limits

* Labels are the opinions of annotators about web or posed pictures; for FER-2013 people
  themselves were measured at 65 % (Goodfellow et al. 2013, arXiv 1307.0414). The scores
  above cannot show more agreement with a person than the labels hold.
* Classes are unequal: a rare one (in FER-2013 disgust, 1.5 %) has few examples to learn
  from and a wide interval.
* Skin tone, age and gender are unknown for most pictures in public sets, so the scores
  above say nothing about differences between groups. Measure them before any use:
  `python evaluate.py` writes `groups.csv` where the groups are known.
* Disguises (sunglasses, masks, hats, beards), faces turned away, strong shadow and faces
  below about 40 pixels lower the scores; contempt, boredom and mixed expressions have no class.
* The probabilities are not calibrated: 0.9 does not mean right in nine cases of ten.
"""

_LICENCE = """\
## Licence

Code and weights come under the project's licence ({licence}), weights that started from
ImageNet training under the terms of these too. The training data keep their own licence,
and some sets allow research only: whoever passes the model on must check that of
{dataset}. FER-2013 was published under the Open Database License, its contents
under the Database Contents License; its pictures were found by web search, and the
people in them did not agree to this use. No picture is part of this model.
"""


def model_card(run: dict, metrics: dict | None = None, parity: list[dict] | None = None) -> str:
    """A model card in Markdown (after Mitchell et al. 2019, arXiv 1810.03993).

    Args:
        run: contents of ``run.json``, as far as there are any.
        metrics: scores as ``evaluate.py`` writes them: ``n``, ``dataset``, ``split``,
            ``metrics`` (name -> fraction) and ``intervals`` (name -> [low, high]).
        parity: reports of ``export.parity``.

    Returns:
        the text.
    """
    labels = run.get("labels") or EMOTIONS
    dataset = _dataset(run)
    parts = [
        f"# Model card: {_model_name(run)}, trained on {dataset}",
        _facts(run, dataset),
        _use(run, labels),
        _scores(metrics, labels),
        card_tables(parity or []),
        _LIMITS,
        _LICENCE.format(dataset=dataset, licence=LICENCE),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _use(run: dict, labels: Sequence[str]) -> str:
    of_units = run.get("task") == ACTION_UNIT_TASK
    several = _model_name(run) == _SAFER
    return _USE.format(
        labels=", ".join(labels[:-1]) + " and " + labels[-1],
        count=len(labels),
        inputs="a square face crop, its measurements and what is around it" if several else "one square face crop",
        guess="which action units annotators would mark" if of_units else "which word annotators would put",
    )


def write_model_card(output_dir: str | Path, run_dir: str | Path) -> Path:
    """Writes the card from what lies in a run's folder and beside the exports.

    Args:
        output_dir: folder of the exports, with their ``parity_*.json``.
        run_dir: folder with ``run.json`` and ``metrics.json``, where there are such.

    Returns:
        path of ``MODEL_CARD.md`` in ``output_dir``.

    Raises:
        InputError: one of the files is no JSON.
    """
    output_dir = Path(output_dir)
    metrics = Path(run_dir) / "metrics.json"
    card = model_card(
        read_run(run_dir),
        _read_json(metrics) if metrics.is_file() else None,
        [
            report
            for report in map(_read_json, sorted(output_dir.glob("parity_*.json")))
            if _describes(report, output_dir)
        ],
    )
    path = output_dir / FILE_NAME
    path.write_text(card)
    return path


def _describes(report: dict, folder: Path) -> bool:
    """Whether a report is of a file that lies there, accepted or refused, and not of an older one of its name."""
    paths = [folder / (report["name"] + end) for end in ("", REFUSED)]
    return any(path.exists() and file_digest(path) == report["sha256"] for path in paths)


def _read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise InputError(f"{path} is no JSON ({error}): write it again") from error


def _model_name(run: dict) -> str:
    return _find(run, "model") or "facial-expression model"


def _dataset(run: dict) -> str:
    return _find(run, "dataset") or "an unnamed dataset"


def _find(run: dict, key: str) -> str:
    """A word of the run's record, at the top or among its flags."""
    value = run.get(key) or (run.get("flags") or {}).get(key) or ""
    return value if isinstance(value, str) else str(value.get("name", "")) if isinstance(value, dict) else str(value)


def _facts(run: dict, dataset: str) -> str:
    facts = {
        "Model": _model_name(run),
        "Training data": f"{dataset}, training split" + (" (grey pictures)" if run.get("grayscale") else ""),
        "Commit": run.get("commit"),
        "Seed": _find(run, "seed"),
        "Duration": f"{run['duration_s'] / 3600:.1f} h" if run.get("duration_s") else None,
        "Hardware": run.get("hardware"),
        "Date": run.get("date"),
    }
    return "\n".join(f"* {name}: {value}" for name, value in facts.items() if value not in (None, ""))


def _scores(record: dict | None, labels: list[str]) -> str:
    if not record:
        return "## Scores\n\nNot measured. Do not use the model before `python evaluate.py` has measured it."
    values = record.get("metrics", record)
    intervals = record.get("intervals", {})
    where = ", ".join(str(record[key]) for key in ("dataset", "split") if record.get(key)) or "the test split"
    lines = [
        "## Scores",
        "",
        f"On {where}, n = {record.get('n', 'unknown')}. Fractions; in brackets the 95 % bootstrap interval.",
        "",
        "| score | value |",
        "|---|---|",
    ]
    for name in ("accuracy", "mean_class_accuracy", "macro_f1", "weighted_f1", "macro_auc"):
        if name in values:
            lines.append(f"| {name.replace('_', ' ')} | {_value(values[name], intervals.get(name))} |")
    score, head = (
        ("f1", "action unit | F1") if labels[0] not in EMOTIONS else ("recall", "emotion | recall (class accuracy)")
    )
    rows = [_class_row(f"{score}/{label}", label, values, intervals) for label in labels]
    if any(rows):
        lines += ["", f"| {head} |", "|---|---|", *filter(None, rows)]
    return "\n".join(lines)


def _class_row(key: str, label: str, values: dict, intervals: dict) -> str:
    return f"| {label} | {_value(values[key], intervals.get(key))} |" if key in values else ""


def _value(value: float | None, interval: list[float] | None) -> str:
    if value is None or value != value:
        return "undefined"
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")
