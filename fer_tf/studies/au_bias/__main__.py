"""Paper B's grid: python -m fer_tf.studies.au_bias --flagfile=experiments/au_bias/grid_rendered.flags

Trains a head on one group, on the other and on both, with several seeds, scores each group, and prints Tables 1
and 2 of "Uncovering the Bias in Facial Expressions" as paper | ours | difference. Convolutions are frozen, as in
the paper, so their features are computed once. A grid that was killed goes on with the same command.
"""

import shutil
import time
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
    from fer_tf.data.pipeline import InputOptions
    from fer_tf.studies.au_bias.cells import cell_count, grid
    from fer_tf.studies.au_bias.pool import backbone, read_pool
    from fer_tf.studies.au_bias.splits import SplitSizes
    from fer_tf.training.data_facts import write_occurrences
    from fer_tf.training.head import HeadOptions

    comparisons, run_dir, started = _comparisons(), Path(FLAGS.run_dir), time.monotonic()
    targets, head, sizes = from_flags(ActionUnitOptions), from_flags(HeadOptions), from_flags(SplitSizes)
    inputs = InputOptions(FLAGS.dataset, FLAGS.data_dir, FLAGS.image_size, FLAGS.feature_batch_size)
    # Neither folders nor how long the grid is decide what a cell holds.
    decided = {name: value for name, value in flag_values().items() if name not in _UNDECIDING}
    with only_process(run_dir):
        if any(run_dir.glob("cells/*.json")):
            check_same_flags(run_dir / "flags.cfg", decided)
        (run_dir / "flags.cfg").write_text("\n".join(flag_lines(decided)) + "\n")
        model = backbone(FLAGS.model, FLAGS.image_size, weights=FLAGS.weights, alpha=FLAGS.alpha, pooling=FLAGS.pooling)
        pool = read_pool(model, inputs, targets, FLAGS.cache_features or run_dir / "features", verbose=True)
        write_occurrences(run_dir, pool.targets, targets)
        cells = grid(
            pool,
            comparisons,
            sizes,
            FLAGS.seeds,
            head,
            run_dir / "cells",
            positive_weight_power=targets.positive_weight_power,
            threshold=FLAGS.threshold,
        )
        cells = list(tqdm(cells, "cells", cell_count(comparisons, FLAGS.seeds), unit="cell"))
        _write(run_dir, cells, comparisons, pool, time.monotonic() - started)


_UNDECIDING = ("run_dir", "data_dir", "cache_features", "record", "seeds", "comparisons", "feature_batch_size")


def _comparisons() -> list:
    from fer_tf.studies.au_bias.splits import COMPARISONS

    for name in FLAGS.comparisons:
        if name not in COMPARISONS:
            raise InputError(f"comparisons: {name!r} is unknown: choose from {', '.join(COMPARISONS)}")
    return [COMPARISONS[name] for name in FLAGS.comparisons]


def _write(run_dir: Path, cells: list[dict], comparisons: list, pool, seconds: float) -> None:
    from fer_tf.labels import unit_names
    from fer_tf.studies.au_bias.tables import flat, report
    from fer_tf.training.record import write_entry, write_text

    units = ", ".join(unit_names(pool.targets.units))
    text = f"{len(pool.columns['image_id']):,} images; {len(pool.targets.units)} action units: {units}.\n\n"
    text += report(cells, comparisons)
    write_text(run_dir / "tables.md", text)
    print(text)
    print(f"written to {run_dir}: tables.md, action_units.png (Figure 5), cells")
    if FLAGS.record:
        metrics, intervals = flat(cells, comparisons)
        write_entry(
            Path(FLAGS.record),
            metrics,
            intervals,
            paper="Uncovering the Bias in Facial Expressions, Tables 1 and 2",
            command=command_line(),
            dataset=FLAGS.dataset,
            split="people drawn by seed from all splits",
            n=len(pool.columns["image_id"]),
            seeds=list(range(FLAGS.seeds)),
            labels=unit_names(pool.targets.units),
            duration_s=round(seconds, 1),
        )
        shutil.copy(run_dir / "action_units.png", Path(FLAGS.record).with_suffix(".png"))
        print(f"recorded: {FLAGS.record}, with Figure 5 beside it")


def _define() -> None:
    # The option classes stand beside the code that uses them, so flags need the imports.
    from fer_tf.data.action_units import ActionUnitOptions
    from fer_tf.studies.au_bias.splits import SplitSizes
    from fer_tf.training.head import HeadOptions

    define_flags(ActionUnitOptions, SplitSizes, HeadOptions)


if __name__ == "__main__":
    _define()
    run_main(main)
