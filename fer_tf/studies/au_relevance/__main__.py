"""Where models of action units look: python -m fer_tf.studies.au_relevance --run_dir=runs/NAME --data_dir=data

The second question of "Uncovering the Bias in Facial Expressions", with the measure that it asked for. Three parts:
does the positive relevance of a trained model lie in the regions of its action units, more than with shuffled weights;
does it move to a background that was planted to go with a unit; and do heatmaps differ between groups when F1 does?
A part that was finished with the same flags is not computed again.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from absl import flags

from fer_tf.commandline import command_line, define_flags, flag_values, from_flags, refuse_arguments, run_main
from fer_tf.errors import InputError

PARTS = ("localisation", "shortcut", "groups")
PANELS = "panels.png"
_SANITY_IMAGES = 32
flags.DEFINE_string("run_dir", None, "folder that train.py wrote for the model of the first part", required=True)
flags.DEFINE_string("dataset", "rendered_faces/standard", "one built dataset with drawn regions of action units")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("output_dir", None, "folder for tables; by default relevance in run_dir")
flags.DEFINE_list("parts", list(PARTS), f"which parts: {', '.join(PARTS)}")
flags.DEFINE_string("method", "auto", "how to explain, see python -m fer_tf.explain --help")
flags.DEFINE_integer("images_per_target", 40, "of the first part: most of each unit and outcome; 0 takes all", 0)
flags.DEFINE_string("weights", "imagenet", "of the frozen layers of the other parts: imagenet (downloads) or a file")
flags.DEFINE_integer("image_size", 128, "side of their pictures", 32)
flags.DEFINE_string("cache_features", "", "folder of their cached features; by default features in output_dir")
flags.DEFINE_integer("shortcut_unit", 12, "action unit that the planted background goes with")
flags.DEFINE_integer("shortcut_images", 4000, "training pictures of that part", 1)
flags.DEFINE_integer("group_images", 10, "of the last part: most images of each unit, seed and tested group", 1)
flags.DEFINE_list("comparisons", ["gender", "skin"], "of the last part: gender, skin")
flags.DEFINE_integer("seeds", 3, "of the last part: repetitions with other people and other initial weights", 1)
flags.DEFINE_integer("seed", 0, "of the choice of images, shuffled weights and heads")
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Runs the parts, writes tables, prints and records the scores."""
    refuse_arguments(arguments)
    run_dir = Path(FLAGS.run_dir)
    if not (run_dir / "model.keras").is_file():
        raise InputError(f"{run_dir} holds no finished run (model.keras): train one with train.py --run_dir=…")
    for part in FLAGS.parts:
        if part not in PARTS:
            raise InputError(f"part {part!r} is unknown: choose of {', '.join(PARTS)}")
    from fer_tf.training.record import write_entry

    output = Path(FLAGS.output_dir or run_dir / "relevance")
    output.mkdir(parents=True, exist_ok=True)
    run = {"localisation": _localisation, "shortcut": _shortcut, "groups": _groups}
    metrics, intervals, seconds = {}, {}, 0.0
    for part in FLAGS.parts:
        print(f"{part} …", flush=True)
        found, spread, took = _kept(output / f"{part}.json", lambda part=part: run[part](run_dir, output))
        seconds += took
        for name, value in found.items():
            print(f"  {name:<52}{value:8.3f}  {' .. '.join(f'{end:.3f}' for end in spread.get(name, ()))}")
        metrics |= found
        intervals |= spread
    if FLAGS.record:
        write_entry(
            Path(FLAGS.record),
            metrics,
            intervals,
            paper="Uncovering the Bias in Facial Expressions, heatmaps",
            command=command_line(),
            dataset=FLAGS.dataset,
            split="test",
            n=int(metrics.get("heatmaps", 0)),
            seeds=list(range(FLAGS.seeds)),
            duration_s=round(seconds, 1),
        )
        if (output / PANELS).is_file():
            shutil.copy(output / PANELS, Path(FLAGS.record).with_suffix(".png"))


_UNDECIDING = ("parts", "record", "output_dir", "cache_features", "data_dir")


def _kept(path: Path, compute: Callable[[], tuple[dict, dict]]) -> tuple[dict, dict, float]:
    """Metrics, intervals and seconds of a part: those of its file, if that has the same flags, else computed."""
    from fer_tf.training.record import read_json, write_json

    decided = {name: value for name, value in flag_values().items() if name not in _UNDECIDING}
    before = read_json(path)
    if before.get("flags") == decided:
        known = {name: _number(value) for name, value in before["metrics"].items()}
        return known, {name: [*map(_number, ends)] for name, ends in before["intervals"].items()}, before["seconds"]
    started = time.monotonic()
    metrics, intervals = compute()
    seconds = time.monotonic() - started
    write_json(path, {"flags": decided, "metrics": metrics, "intervals": intervals, "seconds": seconds})
    return metrics, intervals, seconds


def _number(value: float | None) -> float:
    return float("nan") if value is None else value  # what JSON has for NaN


def _localisation(run_dir: Path, output: Path):
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import scoring_batches
    from fer_tf.evaluation.action_unit_run import predict, units_of
    from fer_tf.explain.answers import unit_answers
    from fer_tf.explain.methods import explainer
    from fer_tf.explain.split import SplitOptions, draw_split
    from fer_tf.labels import unit_names
    from fer_tf.models.weights import load_model
    from fer_tf.studies.au_relevance.localisation import (
        MODEL,
        Images,
        localisation_metrics,
        localisation_table,
        sanity_metrics,
    )
    from fer_tf.training.record import read_json

    units = units_of(read_json(run_dir / "run.json"))
    model = load_model(run_dir / "model.keras")
    predictions = predict(model, units, InputOptions(FLAGS.dataset, FLAGS.data_dir, batch_size=128), "test")
    images = Images(FLAGS.dataset, "test", FLAGS.data_dir, FLAGS.images_per_target)
    table = localisation_table(model, unit_answers(predictions), images, method=FLAGS.method, seed=FLAGS.seed)
    table.to_csv(output / "localisation.csv", index=False, float_format="%.6g")
    shown = SplitOptions(FLAGS.dataset, data_dir=FLAGS.data_dir, regions=images.regions)
    explainers = {FLAGS.method: explainer(FLAGS.method, model)}
    draw_split(model, explainers, table[table["method"] == MODEL], unit_names(units), shown, output / PANELS)
    metrics, intervals = localisation_metrics(table)
    inputs = InputOptions(FLAGS.dataset, FLAGS.data_dir, model.input_shape[1], _SANITY_IMAGES)
    images = next(iter(scoring_batches(inputs, f"test[:{_SANITY_IMAGES}]", labelled_only=False)[0])).numpy()
    metrics |= sanity_metrics(model, images, method=FLAGS.method, seed=FLAGS.seed)
    return metrics | {"heatmaps": float(len(table))}, intervals


def _shortcut(run_dir: Path, output: Path):
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import SCORING_FIELDS, read_columns
    from fer_tf.studies.au_bias.pool import backbone
    from fer_tf.studies.au_relevance.heads import MODEL
    from fer_tf.studies.au_relevance.shortcut import shortcut_metrics, shortcut_table
    from fer_tf.training.head import HeadOptions

    inputs = InputOptions(FLAGS.dataset, FLAGS.data_dir)
    table = shortcut_table(
        backbone(MODEL, FLAGS.image_size, FLAGS.weights, pooling="none"),
        FLAGS.shortcut_unit,
        {split: read_columns(inputs, split, SCORING_FIELDS) for split in ("train", "test")},
        FLAGS.dataset,
        FLAGS.data_dir,
        from_flags(HeadOptions),
        train_images=FLAGS.shortcut_images,
        seed=FLAGS.seed,
    )
    table.to_csv(output / "shortcut.csv", index=False, float_format="%.6g")
    return shortcut_metrics(table)


def _groups(run_dir: Path, output: Path):
    from tqdm import tqdm

    from fer_tf.data.action_units import ActionUnitOptions
    from fer_tf.data.options import InputOptions
    from fer_tf.studies.au_bias.cells import all_splits
    from fer_tf.studies.au_bias.pool import backbone, read_pool
    from fer_tf.studies.au_bias.splits import COMPARISONS, SplitSizes
    from fer_tf.studies.au_relevance.groups import group_metrics, group_rows
    from fer_tf.studies.au_relevance.heads import MODEL
    from fer_tf.training.data_facts import people_behind
    from fer_tf.training.head import HeadOptions

    unknown = [name for name in FLAGS.comparisons if name not in COMPARISONS]
    if unknown:
        raise InputError(f"comparison {unknown[0]!r} is unknown: choose of {', '.join(COMPARISONS)}")
    model = backbone(MODEL, FLAGS.image_size, FLAGS.weights, pooling="none")
    inputs = InputOptions(FLAGS.dataset, FLAGS.data_dir, FLAGS.image_size, 128)
    cache = Path(FLAGS.cache_features or output / "features")
    pool = read_pool(model, inputs, from_flags(ActionUnitOptions), cache, verbose=True)
    comparisons = [COMPARISONS[name] for name in FLAGS.comparisons]
    splits = all_splits(pool, comparisons, from_flags(SplitSizes), FLAGS.seeds, people_behind(FLAGS.weights))
    heatmaps, scores = group_rows(
        pool,
        splits,
        model,
        from_flags(HeadOptions),
        FLAGS.dataset,
        FLAGS.data_dir,
        most=FLAGS.group_images,
        progress=lambda some: tqdm(some, unit="split", leave=False),
    )
    heatmaps.to_csv(output / "groups_heatmaps.csv", index=False, float_format="%.6g")
    scores.to_csv(output / "groups_f1.csv", index=False, float_format="%.6g")
    return group_metrics(heatmaps, scores)


def _define() -> None:
    # The option classes stand beside the code that uses them, so flags need the imports.
    from fer_tf.data.action_units import ActionUnitOptions
    from fer_tf.studies.au_bias.splits import SplitSizes
    from fer_tf.training.head import HeadOptions

    define_flags(ActionUnitOptions, SplitSizes, HeadOptions)


if __name__ == "__main__":
    _define()
    run_main(main)
