"""Paper B's grid: python -m fer_tf.studies.au_bias --flagfile=experiments/au_bias/grid_rendered.flags

Trains a head on one group, on the other and on both, with several seeds, scores each group, and prints Tables 1
and 2 of "Uncovering the Bias in Facial Expressions" as paper | ours | difference. Convolutions are frozen, as in
the paper, so their features are computed once. A grid that was killed goes on with the same command.
"""

import json
import shutil
from pathlib import Path

from absl import flags

from fer_tf.commandline import (
    check_same_flags,
    command_line,
    define_flags,
    flag_lines,
    flag_values,
    from_flags,
    only_process,
    refuse_arguments,
    run_main,
)
from fer_tf.errors import InputError

flags.DEFINE_string("dataset", "rendered_faces/standard", "one built dataset with action units, or several with commas")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("run_dir", None, "folder of the grid: cells, tables.md, action_units.png", required=True)
flags.DEFINE_string("cache_features", "", "folder of the cached features; by default features in run_dir")
flags.DEFINE_string("model", "vgg_au", "whose frozen convolutions are used: vgg_au, as in the paper, or mobilenet_au")
flags.DEFINE_string("weights", "imagenet", "of the convolutions: imagenet (downloads), none, or a file")
flags.DEFINE_float("alpha", None, "width multiplier of the convolutions", 0.05, 2)
flags.DEFINE_enum("pooling", None, ("none", "average"), "of the features; vgg_au none, mobilenet_au average")
flags.DEFINE_integer("image_size", 224, "side of the images in pixels", 32)
flags.DEFINE_integer("feature_batch_size", 128, "images that go through the convolutions at once", 1)
flags.DEFINE_list("comparisons", ["gender", "skin"], "which tables: gender, skin")
flags.DEFINE_integer("seeds", 5, "repetitions, each with other people and other initial weights", 1)
flags.DEFINE_float("threshold", 0.5, "probability from which on an action unit counts as present", 0.001, 0.999)
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Reads the flags, trains what is missing, prints and writes the tables."""
    refuse_arguments(arguments)
    from tqdm import tqdm

    from fer_tf.data.action_units import ActionUnitOptions
    from fer_tf.studies.au_bias.cells import all_splits, grid
    from fer_tf.studies.au_bias.splits import SplitSizes, described
    from fer_tf.studies.au_bias.tables import report
    from fer_tf.training.data_facts import people_behind, write_occurrences
    from fer_tf.training.head import HeadOptions
    from fer_tf.training.record import write_text

    comparisons, run_dir, cells = _comparisons(), Path(FLAGS.run_dir), []
    targets, sizes, head = from_flags(ActionUnitOptions), from_flags(SplitSizes), from_flags(HeadOptions)
    with only_process(run_dir):
        pool = _pool(targets, run_dir)
        splits = all_splits(pool, comparisons, sizes, FLAGS.seeds, people_behind(FLAGS.weights))
        _check_resumed(run_dir, pool)
        write_occurrences(run_dir, pool.targets, targets)
        write_text(run_dir / "splits.json", json.dumps(described(splits), indent=1) + "\n")
        about = f"{len(pool.columns['image_id']):,} images; {len(pool.targets.units)} action units: {_units(pool)}.\n\n"
        power, threshold = targets.positive_weight_power, FLAGS.threshold
        done = grid(pool, splits, head, run_dir / "cells", positive_weight_power=power, threshold=threshold)
        for cell in tqdm(done, "cells", sum(len(split.train) for _, _, split in splits), unit="cell"):
            cells.append(cell)
            write_text(run_dir / "tables.md", about + report(cells, comparisons))
    print((run_dir / "tables.md").read_text())
    print(f"written to {run_dir}: tables.md, splits.json (who was drawn), action_units.png (Figure 5), cells")
    if FLAGS.record:
        _record(Path(FLAGS.record), run_dir, cells, comparisons, pool)


_UNDECIDING = ("run_dir", "data_dir", "cache_features", "record", "seeds", "comparisons", "feature_batch_size")


def _comparisons() -> list:
    from fer_tf.studies.au_bias.splits import COMPARISONS

    for name in FLAGS.comparisons:
        if name not in COMPARISONS:
            raise InputError(f"comparisons: {name!r} is unknown: choose from {', '.join(COMPARISONS)}")
    return [COMPARISONS[name] for name in FLAGS.comparisons]


def _pool(targets, run_dir: Path):
    from fer_tf.data.options import InputOptions
    from fer_tf.studies.au_bias.pool import backbone, read_pool

    cache = Path(FLAGS.cache_features or run_dir / "features")
    if cache.resolve() == run_dir.resolve():
        raise InputError(f"cache_features is the run_dir, {run_dir}: give another folder, or none")
    inputs = InputOptions(FLAGS.dataset, FLAGS.data_dir, FLAGS.image_size, FLAGS.feature_batch_size)
    model = backbone(FLAGS.model, FLAGS.image_size, FLAGS.weights, alpha=FLAGS.alpha, pooling=FLAGS.pooling)
    return read_pool(model, inputs, targets, cache, verbose=True)


def _check_resumed(run_dir: Path, pool) -> None:
    """Refuses to mix cells of other flags or other images; folders and the grid's extent decide nothing of a cell."""
    decided = {name: value for name, value in flag_values().items() if name not in _UNDECIDING}
    decided["images_sha256"] = pool.digest
    if any(run_dir.glob("cells/*.json")):
        check_same_flags(run_dir / "flags.cfg", decided)
    (run_dir / "flags.cfg").write_text("\n".join(flag_lines(decided)) + "\n")


def _units(pool) -> str:
    from fer_tf.labels import unit_names

    return ", ".join(unit_names(pool.targets.units))


def _record(path: Path, run_dir: Path, cells: list[dict], comparisons: list, pool) -> None:
    from fer_tf.studies.au_bias.tables import flat
    from fer_tf.training.record import write_entry

    metrics, intervals = flat(cells, comparisons)
    write_entry(
        path,
        metrics,
        intervals,
        paper="Uncovering the Bias in Facial Expressions, Tables 1 and 2",
        command=command_line(),
        dataset=FLAGS.dataset,
        split="people drawn by seed from all splits",
        n=len(pool.columns["image_id"]),
        seeds=sorted({cell["seed"] for cell in cells}),
        labels=_units(pool),
        duration_s=round(sum(cell["seconds"] for cell in cells), 1),  # without the features
    )
    shutil.copy(run_dir / "action_units.png", path.with_suffix(".png"))
    print(f"recorded: {path}, with Figure 5 beside it")


def _define() -> None:
    # The option classes stand beside the code that uses them, so flags need the imports.
    from fer_tf.data.action_units import ActionUnitOptions
    from fer_tf.studies.au_bias.splits import SplitSizes
    from fer_tf.training.head import HeadOptions

    define_flags(ActionUnitOptions, SplitSizes, HeadOptions)


if __name__ == "__main__":
    _define()
    run_main(main)
