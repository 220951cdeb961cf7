"""Does context help SAFER, and why: python -m fer_tf.studies.safer --flagfile=experiments/safer/NAME.flags

Computes the features of face, background and place once, trains SAFER's connected layers on some of them at a time with
each seed (Table 9 of the paper), and tests on people who were not trained on. Given them, does the same where places do
not go with emotions (--zero_dir), and on scenes of films (--films_dir), once with nobody on both sides of the split and
once with frames of the same scenes on both.
"""

import dataclasses
import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import (
    check_same_flags,
    command_line,
    define_flags,
    flag_lines,
    from_flags,
    only_process,
    refuse_arguments,
    run_main,
)
from fer_tf.errors import InputError
from fer_tf.studies.runs import study_seeds

flags.DEFINE_string("dataset", None, "one of context/…", required=True)
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("zero_dir", None, "folder of a dataset of the same name whose places do not go with emotions")
flags.DEFINE_string("films_dir", None, "folder of a dataset of the same name in scenes of several frames")
flags.DEFINE_string("train_split", "train", "split to train on")
flags.DEFINE_string("validation_split", "validation", "split that chooses the epoch; never the test split")
flags.DEFINE_string("split", "test", "split to test on")
flags.DEFINE_string("streams", "face,background,place", "with a face, see train.py; of face crops face alone")
flags.DEFINE_integer("image_size", 224, "side of all pictures in pixels", 22)
flags.DEFINE_string("backbone", "mobilenet_v2", "of the face, see train.py")
flags.DEFINE_string("weights", "imagenet", "of the face's backbone: imagenet, none, .weights.h5, a model of emotions")
flags.DEFINE_string("background_backbone", "mobilenet_v2", "of the background, see train.py")
flags.DEFINE_string("background_weights", "imagenet", "of the background's backbone")
flags.DEFINE_string("place_weights", "none", "alexnet_places365.pth.tar, a .keras place network, or none: trains one")
flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds to train with")
flags.DEFINE_string(
    "run_dir", None, "folder of the study: features, place network, tables.md, predictions", required=True
)
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Computes features, trains, prints and writes the tables."""
    refuse_arguments(arguments)
    seeds, run_dir, started = study_seeds(FLAGS.seeds), Path(FLAGS.run_dir), time.monotonic()
    from fer_tf.studies.safer.tables import metrics, report, write_cases
    from fer_tf.training.record import write_text

    with only_process(run_dir):
        check_same_flags(run_dir / "flags.cfg", _deciding())
        write_text(run_dir / "flags.cfg", "\n".join(flag_lines(_deciding())) + "\n")
        model = _model(run_dir)
        cases = _cases(model, seeds, run_dir)
        write_text(run_dir / "tables.md", report(cases, FLAGS.dataset, _notes(model)))
        write_cases(cases, run_dir)
        values, intervals = metrics(cases)
    print((run_dir / "tables.md").read_text())
    print(f"written to {run_dir}: tables.md, predictions and confusion matrices (Figure 8) of each case")
    if FLAGS.record:
        _record(Path(FLAGS.record), values, intervals, cases, seeds, time.monotonic() - started)


def _deciding() -> dict:
    """What a study in the same folder must not change: what its place network and its people follow from."""
    names = ("dataset", "data_dir", "zero_dir", "films_dir", "train_split", "validation_split", "split")
    return {name: FLAGS[name].value for name in names}


def _model(run_dir: Path):
    """SAFER with the asked-for streams, whose backbones stay as they are."""
    from fer_tf.models.place_network import PLACE_NETWORK
    from fer_tf.models.safer.model import PLACE, safer
    from fer_tf.studies.safer.features import adapt
    from fer_tf.training.places import trained_place_network

    if "test" in FLAGS.validation_split:
        raise InputError(f"validation_split is {FLAGS.validation_split!r}: choosing on test would spoil the score")
    source, place = _source(FLAGS.data_dir), FLAGS.place_weights
    if place == "none" and PLACE in FLAGS.streams:
        splits = {"train_split": FLAGS.train_split, "validation_split": FLAGS.validation_split}
        place = str(trained_place_network(FLAGS.dataset, FLAGS.data_dir, run_dir / PLACE_NETWORK, **splits))
    names = ("image_size", "streams", "backbone", "weights", "background_backbone", "background_weights")
    model = safer(**{name: FLAGS[name].value for name in names}, place_weights=place, trainable="head")
    adapt(model, source)
    for data_dir in filter(None, (FLAGS.data_dir, FLAGS.zero_dir, FLAGS.films_dir)):
        _check_people(data_dir, place)
    return model


def _source(data_dir: str):
    from fer_tf.data.options import InputOptions
    from fer_tf.data.pipeline import TrainingInput
    from fer_tf.data.targets import TargetOptions

    return TrainingInput(InputOptions(FLAGS.dataset, data_dir), TargetOptions(), FLAGS.train_split)


def _check_people(data_dir: str, place: str) -> None:
    """Refuses people who are tested and were trained on, here or by any of the networks."""
    from fer_tf.data.load import qualified
    from fer_tf.data.options import InputOptions
    from fer_tf.data.scoring import check_apart, read_columns
    from fer_tf.training.data_facts import people_behind

    seen = _source(data_dir).subjects.union(*map(people_behind, (FLAGS.weights, FLAGS.background_weights, place)))
    for split in (FLAGS.validation_split, FLAGS.split):
        subjects = read_columns(InputOptions(FLAGS.dataset, data_dir), split, ("subject_id",))["subject_id"]
        check_apart(seen, qualified(FLAGS.dataset, subjects), split)


def _cases(model, seeds: list[int], run_dir: Path) -> dict:
    from fer_tf.studies.safer.features import PAPER_ROWS, ablation, known_rows, stream_features
    from fer_tf.studies.safer.films import film_splits
    from fer_tf.studies.safer.tables import CLEAN, CORRELATED, LEAKY, ZERO
    from fer_tf.training.fusion import FusionOptions

    def parts(data_dir: str):
        splits = (FLAGS.train_split, FLAGS.validation_split, FLAGS.split)
        return [stream_features(model, FLAGS.dataset, data_dir, split, run_dir / "features") for split in splits]

    own = parts(FLAGS.data_dir)
    known, cases = known_rows(own[0].layout), {}
    rows = [row for row in PAPER_ROWS if row in known]
    shared = {"seeds": seeds, "options": from_flags(FusionOptions)}
    cases[CORRELATED] = ablation(*own, rows=known, **shared)
    if FLAGS.zero_dir:
        cases[ZERO] = ablation(*parts(FLAGS.zero_dir), rows=rows, **shared)
    if FLAGS.films_dir:
        clean, leaky = film_splits(*parts(FLAGS.films_dir))
        cases[CLEAN] = ablation(*clean, rows=rows, **shared)
        cases[LEAKY] = ablation(*leaky, rows=rows, **shared)
    return cases


def _notes(model) -> list[str]:
    from fer_tf.models.heads import FEATURES

    widths = ", ".join(f"{name} {end - start}" for name, (start, end) in model.get_layer(FEATURES).layout.items())
    return [
        f"Features, not trained here: {widths}; face {FLAGS.backbone}, background {FLAGS.background_backbone}.",
        "The paper's numbers are those of CAER-S where it has none for this dataset.",
    ]


def _record(path: Path, values, intervals, cases, seeds: list[int], seconds: float) -> None:
    from fer_tf.training.fusion import FusionOptions
    from fer_tf.training.record import write_entry

    write_entry(
        path,
        values,
        intervals,
        paper="SAFER, Table 9",
        command=command_line(),
        dataset=FLAGS.dataset,
        split=FLAGS.split,
        n=len(next(iter(next(iter(cases.values())).values()))[0].truth),
        n_cases={case: len(next(iter(rows.values()))[0].truth) for case, rows in cases.items()},
        options=dataclasses.asdict(from_flags(FusionOptions)),
        seeds=seeds,
        duration_s=round(seconds, 1),
    )
    print(f"recorded: {path}")


def _define() -> None:
    from fer_tf.training.fusion import FusionOptions

    define_flags(FusionOptions)


if __name__ == "__main__":
    _define()
    run_main(main)
