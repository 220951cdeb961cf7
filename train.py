"""Trains an emotion model: python train.py --flagfile=experiments/PAPER/NAME.flags

The run directory gets the model, its history and TensorBoard logs, and flags.cfg, which
replays the run. A run that was killed goes on with the same command.
"""

import datetime
from pathlib import Path

from absl import flags

from fer_tf.commandline import (
    check_same_flags,
    define_flags,
    flag_lines,
    flag_values,
    from_flags,
    refuse_arguments,
    run_main,
)

flags.DEFINE_string("run_dir", None, "folder of the run; with several seeds each gets seed_N in it", required=True)
flags.DEFINE_list("seeds", ["0"], "seeds to train with, one after the other")
flags.DEFINE_string("model", "mobilenet_v2", "architecture, a name in fer_tf/models/registry.py")
flags.DEFINE_string("weights", "imagenet", "initial weights: imagenet (downloads), none, or a file")
flags.DEFINE_float("dropout", 0.0, "share of the head's hidden units left out in training", 0, 0.95)
flags.DEFINE_float("alpha", 1.0, "width multiplier of the backbone", 0.05, 2)
flags.DEFINE_integer("frozen_blocks", 0, "residual blocks, from the input on, that are not trained", 0, 17)
flags.DEFINE_float("batch_norm_momentum", 0.99, "of the running averages of batch normalisation", 0, 1)
FLAGS = flags.FLAGS


def _seeds() -> list[int]:
    from fer_tf.errors import InputError

    try:
        return [int(seed) for seed in FLAGS.seeds]
    except ValueError:
        raise InputError(f"seeds is {','.join(FLAGS.seeds)!r}: expected whole numbers with commas") from None


def seed_dirs(run_dir: Path, seeds: list[int]) -> dict[int, Path]:
    """Folder of each seed's run: the run directory itself when there is only one."""
    return {seed: run_dir / f"seed_{seed}" if len(seeds) > 1 else run_dir for seed in seeds}


def main(arguments: list[str]) -> None:
    """Reads the flags, trains every seed, writes what decides the result beside it."""
    refuse_arguments(arguments)
    from fer_tf.data.load import split_digest, training_image_facts
    from fer_tf.labels import EMOTIONS
    from fer_tf.training import fit, record

    experiment = fit.Experiment(
        model={
            "name": FLAGS.model,
            "weights": FLAGS.weights,
            "alpha": FLAGS.alpha,
            "dropout": FLAGS.dropout,
            "frozen_blocks": FLAGS.frozen_blocks,
            "batch_norm_momentum": FLAGS.batch_norm_momentum,
        },
        inputs=from_flags(fit.InputOptions),
        targets=from_flags(fit.TargetOptions),
        augment=from_flags(fit.AugmentOptions),
        optimizer=from_flags(fit.OptimizerOptions),
        fit=from_flags(fit.FitOptions),
    )
    seeds = _seeds()
    run_dir, values = Path(FLAGS.run_dir), flag_values()
    del values["run_dir"]  # so that a run can be moved, and replayed elsewhere
    check_same_flags(run_dir / "flags.cfg", values)
    digests = {
        split: split_digest(FLAGS.dataset, split, FLAGS.data_dir)
        for split in ("train", experiment.fit.validation_split)
    }
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "flags.cfg").write_text("\n".join(flag_lines(values)) + "\n")
    for seed, folder in seed_dirs(run_dir, seeds).items():
        before = record.read_json(folder / "run.json")
        result = fit.train(experiment, seed, folder)
        result["duration_s"] = round(result["duration_s"] + before.get("duration_s", 0), 1)
        facts = {
            "labels": EMOTIONS,
            "seed": seed,
            "flags": values,
            "dataset": FLAGS.dataset,
            # What photos must be made to look like for this model.
            **training_image_facts(FLAGS.dataset, FLAGS.data_dir),
            "split_sha256": digests,
            "date": datetime.date.today().isoformat(),
        }
        record.write_json(folder / "run.json", facts | record.environment() | result)
        print(f"best epoch {result['best_epoch']} ({FLAGS.monitor} {result['best']:.4f}): {folder / 'model.keras'}")


def _define() -> None:
    # The option classes stand beside the code that uses them, so flags need the imports.
    from fer_tf.training import fit

    define_flags(fit.InputOptions, fit.TargetOptions, fit.AugmentOptions, fit.OptimizerOptions, fit.FitOptions)


if __name__ == "__main__":
    _define()
    run_main(main)
