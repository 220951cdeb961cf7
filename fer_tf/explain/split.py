"""From a built dataset to tables and panels: what the command does with a dataset, with plain arguments."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from fer_tf.data.images import resize
from fer_tf.data.options import InputOptions
from fer_tf.evaluation import action_unit_run, run
from fer_tf.explain.answers import Answers, chosen_pairs, emotion_answers, unit_answers
from fer_tf.explain.dataset import MESH, decoded, explain_dataset, read_records, regions_and_areas
from fer_tf.explain.figures import Panel, draw_panels
from fer_tf.explain.files import TABLE, title
from fer_tf.explain.measure import heatmap_rows
from fer_tf.explain.summary import relevance_summary
from fer_tf.explain.targets import PREDICTED
from fer_tf.explain.view import field_of_view
from fer_tf.labels import EMOTIONS, unit_numbers

SUMMARY, PANELS = "relevance_summary.csv", "panels"
_SHOWN = 8


@dataclasses.dataclass(frozen=True)
class SplitOptions:
    """What is explained of a dataset; the meaning of the fields is that of the command's flags."""

    dataset: str
    split: str = "test"
    data_dir: str = "data"
    regions: str = MESH
    images_per_target: int = 50
    threshold: str = "0.5"
    batch_size: int = 16
    seed: int = 0


def explain_split(
    model: keras.Model,
    explainers: dict[str, Callable],
    labels: Sequence[str],
    wanted: Sequence[str],
    options: SplitOptions,
    output: Path,
    *,
    suffix: str = ".png",
) -> pd.DataFrame:
    """Explains a split, scores the heatmaps, and draws some.

    Writes ``relevance.csv`` (a row for each image, label and method), ``relevance_summary.csv`` and ``panels.png``.

    Args:
        model: images to logits.
        explainers: method -> function of ``methods.explainer``.
        labels: names of the logits; emotions have no region, so of them only the areas are scored.
        wanted: some of them; ``predicted`` takes all.
        options: see ``SplitOptions``.
        output: folder.
        suffix: of the figure.

    Returns:
        the rows of ``relevance.csv``.

    Raises:
        InputError: no labelled image.
    """
    answers = _answers(model, labels, options)
    pairs = chosen_pairs(answers, options.images_per_target, seed=options.seed)
    if PREDICTED not in wanted:
        numbers = {labels.index(name) for name in wanted}
        kept = {name: [pair for pair in some if pair[0] in numbers] for name, some in pairs.items()}
        pairs = {name: some for name, some in kept.items() if some}
    output.mkdir(parents=True, exist_ok=True)
    table = explain_dataset(
        explainers,
        field_of_view(model),
        answers,
        pairs,
        options.dataset,
        options.split,
        options.data_dir,
        regions=options.regions,
        batch_size=options.batch_size,
        progress=lambda chunks: tqdm(chunks, unit="chunk", leave=False),
    )
    table.to_csv(output / TABLE, index=False, float_format="%.6g")
    summaries = [relevance_summary(rows).assign(method=name) for name, rows in table.groupby("method", sort=False)]
    pd.concat(summaries).to_csv(output / SUMMARY, index=False, float_format="%.6g")
    drawn = table[table["method"] == next(iter(explainers))]
    draw_split(model, explainers, drawn, labels, options, output / f"{PANELS}{suffix}")
    return table


def draw_split(
    model: keras.Model,
    explainers: dict[str, Callable],
    table: pd.DataFrame,
    labels: Sequence[str],
    options: SplitOptions,
    path: Path,
    *,
    rows: int = _SHOWN,
) -> None:
    """Panels as Figures 9 and 10 of paper B: pictures of a table with the heatmaps of each method.

    Args:
        model: see ``explain_split``, like the rest.
        explainers: see there.
        table: rows to draw from; true and false positives in turn, spread over the targets.
        labels: see there.
        options: see there.
        path: of the figure.
        rows: of the figure.
    """
    drawn = _spread(table, rows)
    wanted, records = set(drawn["image_id"]), {}
    for record in read_records(options.dataset, options.split, options.data_dir, options.regions).as_numpy_iterator():
        if record["image_id"].decode() in wanted:
            records[record["image_id"].decode()] = decoded(record)
    view, panels = field_of_view(model), []
    for row in drawn.itertuples():
        record = records[row.image_id]
        image = np.asarray(resize(record["image"], model.input_shape[1]))
        masks, areas = regions_and_areas(record, len(view), [row.target], options.regions)
        target, maps = labels.index(row.target), {}
        for method, explain in explainers.items():
            heatmap = explain(image[None], [target])[0]
            (scores,) = heatmap_rows(heatmap, masks, areas, view)
            maps[title(method, scores)] = heatmap[0].sum(axis=-1)
        panels.append(Panel(image.astype(np.uint8), maps, masks[0], f"{row.target}, {row.outcome}\n{_who(row)}"))
    draw_panels(panels, path)


def _spread(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Rows of different targets, outcomes in turn."""
    order = table.assign(turn=table.groupby(["outcome", "target"]).cumcount())
    order = order.assign(again=order.groupby(["outcome", "turn"]).cumcount())
    return order.sort_values(["turn", "again", "outcome"], kind="stable").head(rows)


def _who(row) -> str:
    tone = f"skin tone {row.skin_tone}" if row.skin_tone else ""
    return ", ".join(word for word in (row.gender, tone) if word)


def _answers(model: keras.Model, labels: Sequence[str], options: SplitOptions) -> Answers:
    inputs = InputOptions(options.dataset, options.data_dir, batch_size=128)
    if tuple(labels) == EMOTIONS:
        return emotion_answers(run.predict(model, inputs, options.split))
    units = unit_numbers(labels)
    on_validation = options.threshold == action_unit_run.ON_VALIDATION
    validation = action_unit_run.predict(model, units, inputs, "validation") if on_validation else None
    thresholds = action_unit_run.thresholds_of(options.threshold, units, validation)
    return unit_answers(action_unit_run.predict(model, units, inputs, options.split), thresholds)
