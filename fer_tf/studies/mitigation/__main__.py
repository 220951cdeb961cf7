"""Which mitigation helps: python -m fer_tf.studies.mitigation --flagfile=experiments/disguise/mitigation_NAME.flags

Trains one recipe with each strategy of ``fer_tf.training.mitigation`` on the same seeds, corrects the plain model by
multiaccuracy as well, and compares on test people how the groups are served: the group served worst, the gap between
groups, mean accuracy, training time. A study that was killed goes on with the same command.
"""

import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import command_line, only_process, refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.studies.runs import dataset_of, study_seeds, train_run

MULTIACCURACY = "multiaccuracy"
flags.DEFINE_string("training", None, "flagfile of train.py, without mitigation", required=True)
flags.DEFINE_string("group_column", "gender", "what the groups are, see train.py")
flags.DEFINE_list("strategies", [], "of train.py's --mitigation, and multiaccuracy; by default all. none always runs")
flags.DEFINE_float("mitigation_strength", 1.0, "of adversarial and coral", 0)
flags.DEFINE_string("test_dataset", None, "dataset to test on; by default the one of the training")
flags.DEFINE_string("split", "test", "split to test on")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("run_dir", None, "folder of the study: trainings, predictions, table.md", required=True)
flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds to train with")
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Trains what is missing, scores, prints and writes the table."""
    refuse_arguments(arguments)
    from fer_tf.studies.mitigation.scores import Strategy, compared, table
    from fer_tf.training.record import write_text

    seeds, strategies, run_dir = study_seeds(FLAGS.seeds), _strategies(), Path(FLAGS.run_dir)
    started, found = time.monotonic(), {}
    inputs, groups = _test_images()
    with only_process(run_dir):
        for name in strategies:
            results = [_predictions(name, seed, run_dir, inputs) for seed in seeds]
            found[name] = Strategy(*zip(*results, strict=True))
            values = compared(found, groups)
            text = table(values, {one: strategy.seconds for one, strategy in found.items()})
            write_text(run_dir / "table.md", text + "\n")
    print(text)
    print(f"written to {run_dir}: table.md, predictions of each strategy and seed")
    if FLAGS.record:
        _record(Path(FLAGS.record), values, found, seeds, inputs, groups, time.monotonic() - started)


def _strategies() -> list[str]:
    from fer_tf.training.mitigation.options import NONE, STRATEGIES

    known = [*STRATEGIES, MULTIACCURACY]
    for name in FLAGS.strategies:
        if name not in known:
            raise InputError(f"strategy {name!r} is unknown: choose from {', '.join(known)}")
    return [name for name in known if name == NONE or name in (FLAGS.strategies or known)]


def _test_images():
    """Where the test images are, and the group of each."""
    from fer_tf.data.grouping import Grouping, fields_of, group_words_of
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import read_columns

    dataset = FLAGS.test_dataset or dataset_of(FLAGS.training)
    inputs = InputOptions(dataset, FLAGS.data_dir, batch_size=256)
    field = fields_of(Grouping(FLAGS.group_column))[-1]
    columns = read_columns(inputs, FLAGS.split, ("emotion", field))
    groups = group_words_of(FLAGS.group_column, columns[field])[columns["emotion"] >= 0]
    if len(set(groups) - {""}) < 2:
        raise InputError(
            f"group_column is {FLAGS.group_column!r}: {dataset} has {', '.join(sorted(set(groups) - {''})) or 'none'} "
            f"of its groups in {FLAGS.split}, and at least two are compared: choose another column"
        )
    return inputs, groups


def _predictions(strategy: str, seed: int, run_dir: Path, inputs):
    """What one strategy and seed say of the test images, and how long its training took."""
    from fer_tf.data.load import qualified
    from fer_tf.data.scoring import check_apart
    from fer_tf.evaluation.predictions import write_predictions
    from fer_tf.evaluation.run import predict
    from fer_tf.models.weights import load_model
    from fer_tf.training.data_facts import read_subjects
    from fer_tf.training.mitigation.multiaccuracy import predict_corrected
    from fer_tf.training.mitigation.options import NONE
    from fer_tf.training.record import read_json

    trained = NONE if strategy == MULTIACCURACY else strategy
    more = [f"--mitigation={trained}", f"--mitigation_strength={FLAGS.mitigation_strength}"]
    more += [f"--group_column={FLAGS.group_column}"] if trained != NONE else []
    folder = train_run(FLAGS.training, run_dir / trained, FLAGS.data_dir, seed, more)
    facts, model = read_json(folder / "run.json"), load_model(folder / "model.keras")
    if strategy == MULTIACCURACY:
        judge = facts["flags"].get("validation_dataset") or facts["dataset"]
        validation = type(inputs)(judge, FLAGS.data_dir, batch_size=inputs.batch_size)
        found, _ = predict_corrected(model, (validation, facts["flags"]["validation_split"]), (inputs, FLAGS.split))
    else:
        found = predict(model, inputs, FLAGS.split)
    check_apart(read_subjects(folder), qualified(inputs.dataset, found.subject_id), FLAGS.split)
    write_predictions(found, folder / f"predictions_{strategy}.csv")
    return found, facts["duration_s"]


def _record(path: Path, values: dict, found: dict, seeds: list[int], inputs, groups, seconds: float) -> None:
    from fer_tf.training.record import write_entry

    flat = {f"{name}/{score}": pair for name, scores in values.items() for score, pair in scores.items()}
    metrics = {name: value for name, (value, _) in flat.items()}
    # Those whose gap is cut by half, with an interval of the change that leaves out zero.
    helped = [
        name
        for name, scores in values.items()
        if "gap_cut" in scores and scores["gap_cut"][0] >= 0.5 and scores["change/gap"][1][1] < 0
    ]
    metrics["strategies_that_halve_the_gap"] = float(len(helped))
    metrics |= {f"{name}/training_s": sum(one.seconds) / len(one.seconds) for name, one in found.items()}
    write_entry(
        path,
        metrics,
        {name: ends for name, (_, ends) in flat.items()},
        paper="Training Against Disguises, mitigation strategies",
        command=command_line(),
        dataset=inputs.dataset,
        split=FLAGS.split,
        group_column=FLAGS.group_column,
        halve_the_gap=helped,
        n=int((groups != "").sum()),
        n_groups={name: int((groups == name).sum()) for name in sorted(set(groups) - {""})},
        seeds=seeds,
        duration_s=round(seconds, 1),
    )
    print(f"recorded: {path}")


if __name__ == "__main__":
    run_main(main)
