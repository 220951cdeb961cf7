"""Scores a run: python evaluate.py --run_dir=runs/NAME

Writes metrics.json, groups.csv, predictions.csv and a picture (confusion.png, or of action
units action_unit_scores.png) into the run directory, and with --record the entry of the
results ledger.
"""

import dataclasses
import shutil
import sys
import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

flags.DEFINE_string("run_dir", None, "folder that train.py wrote", required=True)
flags.DEFINE_string("dataset", None, "score on this dataset instead of the one the run was trained on")
flags.DEFINE_string("data_dir", None, "folder of the built datasets; by default the one of the training")
flags.DEFINE_string("split", "test", "split to score on")
flags.DEFINE_integer("batch_size", 256, "images in a batch", 1)
flags.DEFINE_string(
    "threshold", "0.5", "of action units: probability from which on one is present, or validation: best F1 there"
)
flags.DEFINE_bool("mirror", False, "take the mean of what the model says of an image and of its mirror image")
flags.DEFINE_bool(
    "multiaccuracy",
    False,
    "of emotions: correct the model where an audit on its validation images finds errors, and write the results to the "
    "folder multiaccuracy of the run",
)
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
flags.DEFINE_string("paper", "", "paper that the entry belongs to, with --record")
FLAGS = flags.FLAGS


def run_dirs(run_dir: Path) -> list[Path]:
    """The run itself, or its runs by seed."""
    found = [run_dir] if (run_dir / "model.keras").is_file() else sorted(run_dir.glob("seed_*/"))
    found = [folder for folder in found if (folder / "model.keras").is_file() and (folder / "run.json").is_file()]
    if not found:
        raise InputError(
            f"{run_dir} holds no finished run (model.keras, run.json): train one with train.py --run_dir=…"
        )
    return found


def main(arguments: list[str]) -> None:
    """Scores every seed of the run and writes the results."""
    refuse_arguments(arguments)
    from fer_tf.data.options import InputOptions
    from fer_tf.evaluation import action_unit_run, run
    from fer_tf.evaluation.groups import UNIT_METRICS
    from fer_tf.training import record

    started, results, facts = time.monotonic(), [], []
    for folder in run_dirs(Path(FLAGS.run_dir)):
        trained = record.read_json(folder / "run.json")
        inputs = InputOptions(
            dataset=FLAGS.dataset or trained["dataset"],
            data_dir=FLAGS.data_dir or trained["flags"]["data_dir"],
            batch_size=FLAGS.batch_size,
        )
        result = (_score_units if _of_units(trained) else _score_emotions)(folder, trained, inputs)
        about = {
            "dataset": inputs.dataset,
            "split": FLAGS.split,
            "mirror": FLAGS.mirror,
            "multiaccuracy": FLAGS.multiaccuracy,
            "seed": trained["seed"],
            "commit": trained["commit"],
        }
        record.write_json(_results_dir(folder) / "metrics.json", about | result)
        results.append(result)
        facts.append(trained)
    of_units = _of_units(facts[0])
    total = run.combine(results, UNIT_METRICS if of_units else run.METRICS)
    if len(results) > 1:
        whole = _results_dir(Path(FLAGS.run_dir))
        whole.mkdir(exist_ok=True)
        record.write_json(whole / "metrics.json", {"dataset": inputs.dataset, "split": FLAGS.split} | total)
    print("\n".join(action_unit_run.score_lines(total) if of_units else run.score_lines(total)))
    where = _results_dir(Path(FLAGS.run_dir))
    print(f"written to {where}: metrics.json, groups.csv, {_figure(of_units)}, predictions.csv")
    if FLAGS.record:
        _write_record(Path(FLAGS.record), facts, inputs, total, time.monotonic() - started)


def _of_units(trained: dict) -> bool:
    from fer_tf.labels import ACTION_UNIT_TASK

    return trained.get("task") == ACTION_UNIT_TASK


def _figure(of_units: bool) -> str:
    return "action_unit_scores.png" if of_units else "confusion.png"


def _score_emotions(folder: Path, trained: dict, inputs) -> dict:
    from fer_tf.evaluation import run
    from fer_tf.models.weights import load_model

    if FLAGS.threshold != FLAGS["threshold"].default:
        raise InputError(f"threshold is {FLAGS.threshold}: {folder} is a run of emotions, which have none")
    model, verbose, mirror = load_model(folder / "model.keras"), sys.stderr.isatty(), FLAGS.mirror
    about, title = {}, f"{inputs.dataset}, {FLAGS.split}, {folder.name}"
    if FLAGS.multiaccuracy:
        from fer_tf.training.mitigation.multiaccuracy import predict_corrected

        predictions, correction = predict_corrected(
            model, _validation(trained, inputs), (inputs, FLAGS.split), verbose, mirror=mirror
        )
        about, title = {"multiaccuracy_steps": len(correction.steps)}, f"{title}, multiaccuracy"
    else:
        predictions = run.predict(model, inputs, FLAGS.split, verbose, mirror=mirror)
    _check_people(folder, inputs.dataset, predictions.subject_id)
    return about | run.write_results(predictions, _results_dir(folder), title)


def _results_dir(folder: Path) -> Path:
    return folder / "multiaccuracy" if FLAGS.multiaccuracy else folder


def _validation(trained: dict, inputs) -> tuple:
    """What judged the training, whatever is scored on: dataset and split."""
    moved = FLAGS.data_dir if not FLAGS.dataset else None
    judge = trained["flags"].get("validation_dataset") or trained["dataset"]
    own = dataclasses.replace(inputs, dataset=judge, data_dir=moved or trained["flags"]["data_dir"])
    return own, trained["flags"]["validation_split"]


def _score_units(folder: Path, trained: dict, inputs) -> dict:
    from fer_tf.evaluation import action_unit_run
    from fer_tf.models.weights import load_model

    if FLAGS.multiaccuracy:
        raise InputError(f"multiaccuracy corrects models of emotions, and {folder} is a run of action units")

    model, units, verbose = load_model(folder / "model.keras"), action_unit_run.units_of(trained), sys.stderr.isatty()
    validation = None
    if FLAGS.threshold == action_unit_run.ON_VALIDATION:
        # Of the training: thresholds belong to the model.
        validation = action_unit_run.predict(model, units, *_validation(trained, inputs), verbose, mirror=FLAGS.mirror)
    thresholds = action_unit_run.thresholds_of(FLAGS.threshold, units, validation)
    predictions = action_unit_run.predict(model, units, inputs, FLAGS.split, verbose, mirror=FLAGS.mirror)
    _check_people(folder, inputs.dataset, predictions.subject_id)
    title = f"{inputs.dataset}, {FLAGS.split}, {folder.name}, threshold {FLAGS.threshold}"
    return {"threshold": FLAGS.threshold} | action_unit_run.write_results(predictions, thresholds, folder, title)


def _check_people(folder: Path, dataset: str, subjects) -> None:
    """People of the training images may only be scored where that is what one asks for."""
    from fer_tf.data.load import qualified
    from fer_tf.data.scoring import check_apart
    from fer_tf.training.data_facts import read_subjects

    if not FLAGS.split.startswith("train"):
        check_apart(read_subjects(folder), qualified(dataset, subjects), FLAGS.split)


def _write_record(path: Path, facts: list[dict], inputs, total: dict, seconds: float) -> None:
    from fer_tf.data.load import split_digest
    from fer_tf.training import record

    scored = {f"{inputs.dataset}:{FLAGS.split}": split_digest(inputs.dataset, FLAGS.split, inputs.data_dir)}

    record.write_entry(
        path,
        total["metrics"],
        total["intervals"],
        paper=FLAGS.paper,
        command=facts[0]["command"],
        flagfile=next((word[11:] for word in facts[0]["command"].split() if word.startswith("--flagfile=")), ""),
        flags={name: _public(value) for name, value in facts[0]["flags"].items() if value is not None},
        dataset=inputs.dataset,
        split=FLAGS.split,
        split_sha256=facts[0]["split_sha256"] | scored,
        n=total["n"],
        mirror=FLAGS.mirror,
        multiaccuracy=FLAGS.multiaccuracy,
        seeds=[fact["seed"] for fact in facts],
        **{name: total[name] for name in ("confusion", "threshold", "occurrences") if name in total},
        # Of the training, which may be older than this scoring.
        commit=facts[0]["commit"],
        versions=facts[0]["versions"],
        hardware=facts[0]["hardware"],
        duration_s=round(sum(fact["duration_s"] for fact in facts) + seconds, 1),
    )
    shutil.copy(_results_dir(run_dirs(Path(FLAGS.run_dir))[0]) / _figure(_of_units(facts[0])), path.with_suffix(".png"))
    print(f"recorded: {path}, with the picture beside it")


def _public(value: object) -> object:
    """A flag's value without the folders of the machine that it ran on."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


if __name__ == "__main__":
    run_main(main)
