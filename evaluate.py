"""Scores a run: python evaluate.py --run_dir=runs/NAME

Writes metrics.json, groups.csv, confusion.png and predictions.csv into the run
directory, and with --record the entry of the results ledger.
"""

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
    from fer_tf.data.pipeline import InputOptions
    from fer_tf.evaluation import run
    from fer_tf.models.weights import load_model
    from fer_tf.training import record

    started, results, facts = time.monotonic(), [], []
    for folder in run_dirs(Path(FLAGS.run_dir)):
        trained = record.read_json(folder / "run.json")
        inputs = InputOptions(
            dataset=FLAGS.dataset or trained["dataset"],
            data_dir=FLAGS.data_dir or trained["flags"]["data_dir"],
            batch_size=FLAGS.batch_size,
        )
        predictions = run.predict(load_model(folder / "model.keras"), inputs, FLAGS.split, sys.stderr.isatty())
        result = run.write_results(predictions, folder, f"{inputs.dataset}, {FLAGS.split}, {folder.name}")
        about = {"dataset": inputs.dataset, "split": FLAGS.split, "seed": trained["seed"], "commit": trained["commit"]}
        record.write_json(folder / "metrics.json", about | result)
        results.append(result)
        facts.append(trained)
    total = run.combine(results)
    if len(results) > 1:
        record.write_json(
            Path(FLAGS.run_dir) / "metrics.json", {"dataset": inputs.dataset, "split": FLAGS.split} | total
        )
    print("\n".join(run.score_lines(total)))
    print(f"written to {FLAGS.run_dir}: metrics.json, groups.csv, confusion.png, predictions.csv")
    if FLAGS.record:
        _write_record(Path(FLAGS.record), facts, inputs.dataset, total, time.monotonic() - started)


def _write_record(path: Path, facts: list[dict], dataset: str, total: dict, seconds: float) -> None:
    from fer_tf.training import record

    record.write_entry(
        path,
        total["metrics"],
        total["intervals"],
        paper=FLAGS.paper,
        command=facts[0]["command"],
        flagfile=next((word[11:] for word in facts[0]["command"].split() if word.startswith("--flagfile=")), ""),
        flags={name: _public(value) for name, value in facts[0]["flags"].items() if value is not None},
        dataset=dataset,
        split=FLAGS.split,
        split_sha256=facts[0]["split_sha256"],
        n=total["n"],
        seeds=[fact["seed"] for fact in facts],
        confusion=total.get("confusion"),
        # Of the training, which may be older than this scoring.
        commit=facts[0]["commit"],
        versions=facts[0]["versions"],
        hardware=facts[0]["hardware"],
        duration_s=round(sum(fact["duration_s"] for fact in facts) + seconds, 1),
    )
    shutil.copy(run_dirs(Path(FLAGS.run_dir))[0] / "confusion.png", path.with_suffix(".png"))
    print(f"recorded: {path}, with the confusion matrix beside it")


def _public(value: object) -> object:
    """A flag's value without the folders of the machine that it ran on."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


if __name__ == "__main__":
    run_main(main)
