"""Trains a model of emotions or of action units: python train.py --flagfile=experiments/PAPER/NAME.flags

The run directory gets the model, its history and TensorBoard logs, and flags.cfg, which
replays the run. A run that was killed goes on with the same command.
"""

import dataclasses
import datetime
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

flags.DEFINE_string("run_dir", None, "folder of the run; with several seeds each gets seed_N in it", required=True)
flags.DEFINE_list("seeds", ["0"], "seeds to train with, one after the other")
flags.DEFINE_string("model", "mobilenet_v2", "architecture, a name in fer_tf/models/registry.py")
flags.DEFINE_string("weights", "imagenet", "initial weights: imagenet (downloads), none, or a file")
flags.DEFINE_float(
    "dropout", None, "share of the head's hidden units left out in training; 0, but of *_au 0.5", 0, 0.95
)
flags.DEFINE_float("alpha", 1.0, "width multiplier of the backbone", 0.05, 2)
flags.DEFINE_integer("frozen_blocks", 0, "residual blocks, from the input on, that are not trained", 0, 17)
flags.DEFINE_float("batch_norm_momentum", 0.99, "of the running averages of batch normalisation", 0, 1)
flags.DEFINE_enum(
    "trainable", None, ("head", "all"), "of *_au and safer: what is trained; by default the head, of safer all"
)
flags.DEFINE_enum("pooling", None, ("none", "average"), "of *_au: of the features; vgg_au none, mobilenet_au average")
flags.DEFINE_string("margins", None, "of mobilenet_au: above,below,left,right, shares of the side not looked at")
flags.DEFINE_float(
    "head_width", None, "share of 4096 units in each connected layer; vgg_au 1, mobilenet_au and safer 0.125", 0.001, 4
)
flags.DEFINE_string("streams", None, "of safer: face,background,place, or some of them")
flags.DEFINE_string("face_features", None, "of safer: what the face stream holds, geometry,deep or one of them")
flags.DEFINE_string("backbone", None, "of safer: of the face, cnn (the paper's), resnet50 or mobilenet_v2")
flags.DEFINE_string("background_backbone", None, "of safer: of the background, as backbone")
flags.DEFINE_string("background_weights", None, "of safer: of the background's backbone: imagenet, none or a file")
flags.DEFINE_string(
    "place_weights",
    None,
    "of safer: alexnet_places365.pth.tar, a .keras place network, or none, which trains a small one",
)
flags.DEFINE_integer("stream_width", None, "of safer: units of each stream's own layer; 0 joins features as they are")
flags.DEFINE_float("stream_dropout", None, "of safer: chance of a stream to be left out of a training image", 0, 0.95)
FLAGS = flags.FLAGS

MODEL_FLAGS = (
    *("weights", "alpha", "dropout", "frozen_blocks", "batch_norm_momentum"),
    *("trainable", "pooling", "head_width", "margins"),
    *("streams", "face_features", "backbone", "background_backbone", "background_weights"),
    *("place_weights", "stream_width", "stream_dropout"),
)


def _seeds() -> list[int]:
    try:
        seeds = [int(seed) for seed in FLAGS.seeds]
    except ValueError:
        seeds = []
    if not seeds or min(seeds) < 0:
        raise InputError(f"seeds is {','.join(FLAGS.seeds)!r}: expected whole numbers from 0 on, with commas")
    return seeds


def seed_dirs(run_dir: Path, seeds: list[int]) -> dict[int, Path]:
    """Folder of each seed's run: the run directory itself when there is only one."""
    return {seed: run_dir / f"seed_{seed}" if len(seeds) > 1 else run_dir for seed in seeds}


def _experiment():
    from fer_tf.labels import ACTION_UNIT_TASK
    from fer_tf.models.registry import options_of, task_of
    from fer_tf.training import experiment

    # Without a value the model's own default counts. What a model does not know is refused only
    # when it was asked for; a replayed flagfile names every flag.
    names = [name for name in MODEL_FLAGS if FLAGS[name].value is not None]
    known = options_of(FLAGS.model)
    names = [name for name in names if name in known or FLAGS[name].value != FLAGS[name].default]
    of_units = task_of(FLAGS.model) == ACTION_UNIT_TASK
    mine, others = experiment.TargetOptions, experiment.ActionUnitOptions
    if of_units:
        mine, others = others, mine
    _refuse_changed(others)
    return experiment.Experiment(
        model={"name": FLAGS.model} | {name: FLAGS[name].value for name in names},
        inputs=from_flags(experiment.InputOptions),
        targets=from_flags(mine),
        augment=from_flags(experiment.AugmentOptions),
        optimizer=from_flags(experiment.OptimizerOptions),
        fit=from_flags(experiment.FitOptions),
        mixing=from_flags(experiment.MixingOptions),
        mitigation=from_flags(experiment.MitigationOptions),
    )


def _refuse_changed(options: type) -> None:
    """Refuses flags of another task; a replayed flagfile names them with their defaults."""
    for field in dataclasses.fields(options):
        if FLAGS[field.name].value != field.default:
            raise InputError(f"model {FLAGS.model} has no use for {field.name}={FLAGS[field.name].value}: leave it out")


def _with_place_network(experiment, run_dir: Path):
    """The experiment with a small network for places, trained where one is needed and none is given."""
    from fer_tf.models.place_network import PLACE_NETWORK
    from fer_tf.models.safer.model import PLACE
    from fer_tf.training.places import trained_place_network

    model = experiment.model
    streams = [word.strip() for word in model.get("streams", PLACE).split(",")]
    looks = model["name"] == "safer" and PLACE in streams
    if not looks or model.get("place_weights", "none") != "none":
        return experiment
    inputs, fit = experiment.inputs, experiment.fit
    # Who judges the training is no concern of the places, unless it is the same dataset.
    splits = {
        "train_split": fit.train_split,
        "validation_split": "" if fit.validation_dataset else fit.validation_split,
    }
    path = trained_place_network(inputs.dataset, inputs.data_dir, run_dir / PLACE_NETWORK, **splits)
    return dataclasses.replace(experiment, model=model | {"place_weights": str(path)})


def main(arguments: list[str]) -> None:
    """Reads the flags, trains every seed, writes what decides the result beside it."""
    refuse_arguments(arguments)
    from fer_tf.data.load import dataset_options, split_digest, training_image_facts
    from fer_tf.training import fit, record

    experiment, seeds = _experiment(), _seeds()
    run_dir, values = Path(FLAGS.run_dir), flag_values()
    del values["run_dir"]  # so that a run can be moved, and replayed elsewhere
    judge = FLAGS.validation_dataset or FLAGS.dataset
    splits = ((FLAGS.dataset, experiment.fit.train_split), (judge, experiment.fit.validation_split))
    facts = {
        "command": command_line(),
        "flags": values,
        "dataset": FLAGS.dataset,
        # What photos must be made to look like for this model.
        **training_image_facts(FLAGS.dataset, FLAGS.data_dir),
        # How its pictures were made: those of a user must be made alike.
        "dataset_options": dataset_options(FLAGS.dataset, FLAGS.data_dir),
        "split_sha256": {f"{name}:{split}": split_digest(name, split, FLAGS.data_dir) for name, split in splits},
        "date": datetime.date.today().isoformat(),
        # Now, not at the end: the files may have changed by then.
        **record.environment(),
    }
    with only_process(run_dir):
        # A run that ended before its first epoch has nothing that other flags could spoil.
        if any(run_dir.rglob("history.csv")):
            check_same_flags(run_dir / "flags.cfg", values)
        (run_dir / "flags.cfg").write_text("\n".join(flag_lines(values)) + "\n")
        for seed, folder in seed_dirs(run_dir, seeds).items():
            before = record.read_json(folder / "run.json")
            result = fit.train(_with_place_network(experiment, run_dir), seed, folder)
            if before.get("epochs") != result["epochs"]:
                record.write_json(folder / "run.json", facts | {"seed": seed} | result)
            best = f"{result['monitor']} {result['best']:.4f}"
            print(f"best epoch {result['best_epoch']} ({best}): {folder / 'model.keras'}")


def _define() -> None:
    # The option classes stand beside the code that uses them, so flags need the imports.
    from fer_tf.training import experiment as of

    define_flags(of.InputOptions, of.TargetOptions, of.ActionUnitOptions, of.MixingOptions, of.MitigationOptions)
    define_flags(of.AugmentOptions, of.OptimizerOptions, of.FitOptions)


if __name__ == "__main__":
    _define()
    run_main(main)
