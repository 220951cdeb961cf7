"""Why a model says what it says: heatmaps, and how much of them lies where an action unit shows.

Examples:
    python -m fer_tf.explain --run_dir=runs/fer2013 photo.jpg holiday/ --target=happiness --output_dir=explained
    python -m fer_tf.explain --run_dir=runs/au_rendered --nocrop drawn.png --target=AU12,AU6 --method=residual,grad_cam
    python -m fer_tf.explain --run_dir=runs/au_rendered --dataset=rendered_faces/standard --regions=drawn
    python -m fer_tf.explain --narrative photo.jpg

Pictures get a figure each and a row for each face and target in relevance.csv; a dataset gets relevance.csv, means by
group with intervals in relevance_summary.csv, and panels of true and false positives. With --narrative each face gets a
paragraph instead, also in narrative.jsonl: what a model reads, which cues were measured, what speaks against it.
"""

import functools
import json
import sys
import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from fer_tf.predict.images import find_images, read_image

flags.DEFINE_string("run_dir", None, "folder that train.py wrote; with --narrative by default the model in the box")
flags.DEFINE_list(
    "method", ["auto"], "how, one or several: auto (fits the model), a composite of LRP, gradient, grad_cam, ..."
)
flags.DEFINE_list("target", ["predicted"], "what, one or several: AU1, happiness, predicted (the largest logit)")
flags.DEFINE_string("output_dir", "explained", "folder for figures and tables")
flags.DEFINE_enum("format", "png", ("png", "svg"), "of the figures")
flags.DEFINE_bool("crop", True, "cut faces out of pictures first, as for training on faces")
flags.DEFINE_list("feature_maps", [], "of pictures: also draw the strongest feature maps of these layers")
flags.DEFINE_string("dataset", None, "explain this built dataset with action units instead of pictures")
flags.DEFINE_string("split", "test", "of the dataset")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_enum("regions", "mesh", ("mesh", "drawn"), "of a dataset: from the face mesh, or as rendered")
flags.DEFINE_integer("images_per_target", 50, "of a dataset: most of each target and outcome; 0 takes all", 0)
flags.DEFINE_string("threshold", "0.5", "of a dataset: probability from which on a unit is present, or validation")
flags.DEFINE_integer("batch_size", 16, "images explained at once", 1)
flags.DEFINE_integer("seed", 0, "of a dataset: of the choice of images")
flags.DEFINE_bool("narrative", False, "tell each face of pictures in words, with a model of emotions")
flags.DEFINE_string("cues", None, "with --narrative: learned by python -m fer_tf.explain.narrative; default: ours")
flags.DEFINE_string("metadata", None, "with --narrative: CSV with image and gender, age_group or disguise")
flags.DEFINE_string("attribute_weights", None, "of --narrative with safer: wideresnet18_places365.pth.tar")
flags.DEFINE_string("attribute_matrix", None, "of --narrative with safer: W_sceneattribute_wideresnet18.npy")
FLAGS = flags.FLAGS


def main(paths: list[str]) -> None:
    """Explains pictures or a dataset."""
    if FLAGS.narrative:
        _narrative(paths)
        return
    if not FLAGS.run_dir:
        raise InputError("--run_dir is missing: name the folder that train.py wrote")
    run_dir, started = Path(FLAGS.run_dir), time.monotonic()
    if not (run_dir / "model.keras").is_file():
        raise InputError(f"{run_dir} holds no finished run (model.keras): train one with train.py --run_dir=…")
    if bool(paths) == bool(FLAGS.dataset):
        raise InputError("give pictures or folders of pictures, or --dataset, and not both")
    images = find_images(paths) if paths else []
    # Only now: a misspelt path is told at once, TensorFlow takes seconds to load.
    from fer_tf.data.views import PLAIN
    from fer_tf.explain.methods import explainer
    from fer_tf.explain.targets import target_chooser
    from fer_tf.models.inputs import input_names
    from fer_tf.models.weights import load_model
    from fer_tf.training.record import read_json

    trained = read_json(run_dir / "run.json")
    model = load_model(run_dir / "model.keras")
    if input_names(model) != PLAIN:
        raise InputError(f"heatmaps are of models of one picture, and {model.name} takes several: use --narrative")
    choose = target_chooser(FLAGS.target, trained["labels"])
    explainers = {name: explainer(name, model) for name in FLAGS.method}
    if FLAGS.dataset:
        _dataset(model, explainers, trained["labels"])
    else:
        _pictures(model, explainers, trained["labels"], images, choose)
    print(f"written to {FLAGS.output_dir} in {time.monotonic() - started:.0f} s")


def _narrative(paths: list[str]) -> None:
    if FLAGS.dataset:
        raise InputError("--narrative takes pictures or folders of pictures, not --dataset")
    images = find_images(paths)
    if FLAGS.run_dir and not (Path(FLAGS.run_dir) / "model.keras").is_file():
        raise InputError(f"{FLAGS.run_dir} holds no finished run (model.keras): train one with train.py --run_dir=…")
    from fer_tf.explain.narrative.files import OUTPUT, narrate_files, read_metadata
    from fer_tf.explain.narrative.thresholds import load_cues

    metadata = read_metadata(Path(FLAGS.metadata)) if FLAGS.metadata else None
    cues, reader = load_cues(FLAGS.cues), _reader()
    pictures = ((str(path), functools.partial(read_image, path)) for path in images)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # metadata may hold letters that the terminal lacks
    rejected = 0
    for told in narrate_files(pictures, reader, cues, Path(FLAGS.output_dir), crop=FLAGS.crop, metadata=metadata):
        if isinstance(told, str):
            print(f"left out: {told}", file=sys.stderr)
            rejected += 1
            continue
        print(json.dumps(told))
        print(told["text"])
    if rejected == len(images):
        raise InputError("none of the pictures could be read")
    print(f"written to {Path(FLAGS.output_dir) / OUTPUT}", file=sys.stderr)


def _reader():
    """What asks the run's model, or the one in the box."""
    from fer_tf.explain.narrative.safer_reader import attribute_reader, reader_of_run
    from fer_tf.explain.narrative.streams import CropReader
    from fer_tf.predict.models import load_runner
    from fer_tf.training.record import read_json

    if FLAGS.run_dir:
        trained = read_json(Path(FLAGS.run_dir) / "run.json")
        if trained.get("flags", {}).get("model") == "safer":
            attributes = None
            if FLAGS.attribute_weights or FLAGS.attribute_matrix:
                attributes = attribute_reader(FLAGS.attribute_weights or "", FLAGS.attribute_matrix or "")
            return reader_of_run(Path(FLAGS.run_dir), trained, attributes)
    runner = load_runner(FLAGS.run_dir)
    info = runner.info
    return CropReader(runner.probabilities, info.labels, info.input_size, info.crop_size, info.grayscale)


def _pictures(model, explainers: dict, labels: list[str], images: list[Path], choose) -> None:
    from fer_tf.explain.files import explain_files

    rejected = explain_files(
        model,
        explainers,
        labels,
        ((str(path), functools.partial(read_image, path)) for path in images),
        choose,
        Path(FLAGS.output_dir),
        suffix=f".{FLAGS.format}",
        crop=FLAGS.crop,
        layers=FLAGS.feature_maps,
    )
    for line in rejected:
        print(f"left out: {line}", file=sys.stderr)
    if len(rejected) == len(images):
        raise InputError("none of the pictures could be read")


def _dataset(model, explainers: dict, labels: list[str]) -> None:
    from fer_tf.explain.split import SplitOptions, explain_split

    options = SplitOptions(
        dataset=FLAGS.dataset,
        split=FLAGS.split,
        data_dir=FLAGS.data_dir,
        regions=FLAGS.regions,
        images_per_target=FLAGS.images_per_target,
        threshold=FLAGS.threshold,
        batch_size=FLAGS.batch_size,
        seed=FLAGS.seed,
    )
    explain_split(model, explainers, labels, FLAGS.target, options, Path(FLAGS.output_dir), suffix=f".{FLAGS.format}")


if __name__ == "__main__":
    run_main(main)
