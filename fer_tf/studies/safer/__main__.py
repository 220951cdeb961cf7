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

from fer_tf.commandline import command_line, define_flags, from_flags, only_process, refuse_arguments, run_main
from fer_tf.studies.runs import study_seeds

flags.DEFINE_string("dataset", None, "one of context/…", required=True)
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("zero_dir", None, "folder of a dataset of the same name whose places do not go with emotions")
flags.DEFINE_string("films_dir", None, "folder of a dataset of the same name in scenes of several frames")
flags.DEFINE_integer("image_size", 224, "side of all pictures in pixels", 22)
flags.DEFINE_string("backbone", "mobilenet_v2", "of the face, see train.py")
flags.DEFINE_string("weights", "imagenet", "of the face's backbone: imagenet, none, .weights.h5, a model of emotions")
flags.DEFINE_string("background_backbone", "mobilenet_v2", "of the background, see train.py")
flags.DEFINE_string("background_weights", "imagenet", "of the background's backbone")
flags.DEFINE_string("place_weights", "none", "alexnet_places365.pth.tar, a .keras place network, or none: trains one")
flags.DEFINE_string("split", "test", "split to test on")
flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds to train with")
flags.DEFINE_string("run_dir", None, "folder of the study: features, place network, tables.md", required=True)
flags.DEFINE_string("record", None, "also write the ledger entry, such as results/NAME.json")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Computes features, trains, prints and writes the tables."""
    refuse_arguments(arguments)
    seeds, run_dir, started = study_seeds(FLAGS.seeds), Path(FLAGS.run_dir), time.monotonic()
    from fer_tf.studies.safer.tables import metrics, report
    from fer_tf.training.record import write_text

    with only_process(run_dir):
        model = _model(run_dir)
        cases = _cases(model, seeds, run_dir / "features")
        write_text(run_dir / "tables.md", report(cases, FLAGS.dataset, _notes(model)))
        values, intervals = metrics(cases)
    print((run_dir / "tables.md").read_text())
    print(f"written to {run_dir}: tables.md")
    if FLAGS.record:
        _record(Path(FLAGS.record), values, intervals, cases, seeds, time.monotonic() - started)


def _model(run_dir: Path):
    """SAFER with all streams, whose backbones stay as they are."""
    from fer_tf.models.place_network import PLACE_NETWORK
    from fer_tf.models.safer.model import safer
    from fer_tf.studies.safer.features import adapt
    from fer_tf.training.places import trained_place_network

    place = FLAGS.place_weights
    if place == "none":
        place = str(trained_place_network(FLAGS.dataset, FLAGS.data_dir, run_dir / PLACE_NETWORK))
    names = ("image_size", "backbone", "weights", "background_backbone", "background_weights")
    model = safer(**{name: FLAGS[name].value for name in names}, place_weights=place, trainable="head")
    adapt(model, FLAGS.dataset, FLAGS.data_dir)
    return model


def _cases(model, seeds: list[int], cache: Path) -> dict:
    from fer_tf.studies.safer.features import PAPER_ROWS, ablation, known_rows, stream_features
    from fer_tf.studies.safer.films import film_splits
    from fer_tf.studies.safer.tables import CLEAN, CORRELATED, LEAKY, ZERO
    from fer_tf.training.fusion import FusionOptions

    def parts(data_dir: str):
        splits = ("train", "validation", FLAGS.split)
        return [stream_features(model, FLAGS.dataset, data_dir, split, cache) for split in splits]

    options, cases = from_flags(FusionOptions), {}
    own = parts(FLAGS.data_dir)
    cases[CORRELATED] = ablation(*own, rows=known_rows(own[0].layout), seeds=seeds, options=options)
    if FLAGS.zero_dir:
        cases[ZERO] = ablation(*parts(FLAGS.zero_dir), rows=PAPER_ROWS, seeds=seeds, options=options)
    if FLAGS.films_dir:
        clean, leaky = film_splits(*parts(FLAGS.films_dir))
        cases[CLEAN] = ablation(*clean, rows=PAPER_ROWS, seeds=seeds, options=options)
        cases[LEAKY] = ablation(*leaky, rows=PAPER_ROWS, seeds=seeds, options=options)
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
        n={case: len(next(iter(rows.values()))[0].truth) for case, rows in cases.items()},
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
