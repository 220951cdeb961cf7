"""Paper A whole: python -m fer_tf.studies.disguise --flagfile=experiments/disguise/NAME.flags

Trains a model on real faces (step 1) and one on real and disguised faces (step 2) with several seeds, tests both on
real and on disguised faces (steps 3a and 3b), and prints Tables I to III of "Training Against Disguises" as paper |
ours | difference; with --paper=masks beside the mask study of "SAFER", which has the same steps. A study that was
killed goes on with the same command.
"""

import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import command_line, only_process, refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.studies.disguise.paper import PAPERS
from fer_tf.studies.runs import dataset_of, study_seeds, train_run

flags.DEFINE_string("step1", None, "flagfile of train.py for the model of real faces", required=True)
flags.DEFINE_string("step2", None, "flagfile of train.py for the model of real and disguised faces", required=True)
flags.DEFINE_string("real_test", None, "dataset of the real test faces", required=True)
flags.DEFINE_string("disguised_test", None, "dataset of the disguised ones, or several with commas", required=True)
flags.DEFINE_string("split", "test", "split of both to test on; SFEW withholds its test labels: validation")
flags.DEFINE_string("disguised_split", None, "of the disguised faces, where it is another one")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("run_dir", None, "folder of the study: trainings, predictions, tables.md, pictures", required=True)
flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds to train with")
flags.DEFINE_string("weights", None, "initial weights of both models instead of the flagfiles': imagenet, none, a file")
flags.DEFINE_enum("paper", "disguises", tuple(PAPERS), "whose numbers stand beside ours")
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
flags.DEFINE_string("part", None, "of a ledger entry that several studies fill: its name in the entry")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Trains what is missing, scores, prints and writes the tables."""
    refuse_arguments(arguments)
    seeds, run_dir, started = study_seeds(FLAGS.seeds), Path(FLAGS.run_dir), time.monotonic()
    names = _datasets()
    from fer_tf.studies.disguise.figures import flow, samples
    from fer_tf.studies.disguise.tables import metrics, report
    from fer_tf.training.record import write_text

    with only_process(run_dir):
        steps, trained = _steps(run_dir, seeds)
        write_text(run_dir / "tables.md", report(steps, _notes(trained), PAPERS[FLAGS.paper]))
        values, intervals = metrics(steps)
        accuracies = {step: values[f"step_{step}/accuracy"] for step in steps}
        flow(accuracies, names, run_dir / "flow.png")
        shown = {
            "Real training faces": (names["real"], "train"),
            "Disguised training faces": (names["disguised"], "train"),
            "Disguised test faces": (FLAGS.disguised_test, _tests()["disguised"][1]),
        }
        samples(shown, FLAGS.data_dir, run_dir / "samples.png")
    print((run_dir / "tables.md").read_text())
    print(f"written to {run_dir}: tables.md, flow.png (Figure 4), samples.png (Figures 1 and 2), predictions")
    if FLAGS.record:
        _record(Path(FLAGS.record), values, intervals, steps, trained, seeds, time.monotonic() - started)


def _datasets() -> dict[str, str]:
    """What is trained and tested on, checked before hours are spent on training."""
    from fer_tf.data.load import dataset_names, num_examples

    real, mixed = dataset_of(FLAGS.step1), dataset_of(FLAGS.step2)
    added = [name for name in dataset_names(mixed) if name not in dataset_names(real)]
    if not added:
        raise InputError(f"step2 trains on {mixed}, as step1 does: its dataset needs the disguised faces too")
    names = {"real": real, "disguised": ",".join(added)}
    for dataset, split in [*((name, "train") for name in names.values()), *_tests().values()]:
        num_examples(dataset, split, FLAGS.data_dir)
    return names | {f"test_{name}": dataset for name, (dataset, _) in _tests().items()}


def _tests() -> dict[str, tuple[str, str]]:
    """Dataset and split that are tested on."""
    return {
        "real": (FLAGS.real_test, FLAGS.split),
        "disguised": (FLAGS.disguised_test, FLAGS.disguised_split or FLAGS.split),
    }


def _steps(run_dir: Path, seeds: list[int]):
    """Predictions of each step and seed, and run.json of the models by step."""
    from fer_tf.data.load import qualified
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import check_apart
    from fer_tf.evaluation.predictions import write_predictions
    from fer_tf.evaluation.run import predict
    from fer_tf.models.weights import load_model
    from fer_tf.studies.disguise.paper import STEPS
    from fer_tf.training.data_facts import read_subjects
    from fer_tf.training.record import read_json

    steps, trained = {step: [] for step in STEPS}, {}
    more = [f"--weights={FLAGS.weights}"] if FLAGS.weights else []
    for name, flagfile in (("real", FLAGS.step1), ("mixed", FLAGS.step2)):
        for seed in seeds:
            folder = train_run(flagfile, run_dir / name, FLAGS.data_dir, seed, more)
            trained.setdefault(name, []).append(read_json(folder / "run.json"))
            model = load_model(folder / "model.keras")
            for step in (step for step, (of_model, _) in STEPS.items() if of_model == name):
                dataset, split = _tests()[STEPS[step][1]]
                found = predict(model, InputOptions(dataset, FLAGS.data_dir, batch_size=256), split)
                check_apart(read_subjects(folder), qualified(dataset, found.subject_id), split)
                write_predictions(found, folder / f"predictions_{STEPS[step][1]}.csv")
                steps[step].append(found)
    return steps, trained


def _notes(trained: dict) -> list[str]:
    """What the reader of the tables must know of the trainings."""
    real, mixed = (trained[name][0] for name in ("real", "mixed"))
    more = mixed["examples_per_epoch"] * mixed["epochs"] / (real["examples_per_epoch"] * real["epochs"])
    notes = [f"Step 2 was trained on {more:.2f} times as many images, counting each as often as it was shown."]
    judge = real["flags"].get("validation_dataset") or real["dataset"]
    if (judge, real["flags"]["validation_split"]) == (FLAGS.real_test, FLAGS.split):
        notes.append("The real test images chose the best epoch too, so that scores on them are somewhat too high.")
    return notes


def _record(path: Path, values, intervals, steps, trained, seeds: list[int], seconds: float) -> None:
    from fer_tf.training.record import write_entry, write_entry_part

    runs = [run for some in trained.values() for run in some]
    facts = {
        "paper": PAPERS[FLAGS.paper].title,
        "command": command_line(),
        "dataset": f"{FLAGS.real_test}; {FLAGS.disguised_test}",
        "trained_on": {name: some[0]["dataset"] for name, some in trained.items()},
        "split": FLAGS.split,
        "disguised_split": _tests()["disguised"][1],
        "n": len(steps["1"][0].truth),
        "n_disguised": len(steps["3a"][0].truth),
        "seeds": seeds,
        "training_s": round(sum(run["duration_s"] for run in runs), 1),
        "duration_s": round(seconds, 1),
    }
    if FLAGS.part:
        write_entry_part(path, FLAGS.part, values, intervals, **facts)
    else:
        write_entry(path, values, intervals, **facts)
    print(f"recorded: {path}")


if __name__ == "__main__":
    run_main(main)
