"""Expressions of every face in pictures and folders of pictures.

Examples:
    python -m fer_tf.predict photo.jpg
    python -m fer_tf.predict holiday/ --format=csv --output=faces.csv --annotate=drawn
"""

from absl import flags

from fer_tf.commandline import run_main
from fer_tf.faces.detect import MIN_SCORES
from fer_tf.predict.files import predict_files
from fer_tf.predict.images import find_images
from fer_tf.predict.output import FORMATS
from fer_tf.predict.predictor import DETECTOR, Predictor


def main(paths: list[str]) -> int:
    """Loads the model and goes through the pictures."""
    given = flags.FLAGS
    find_images(paths)  # a misspelt path is told at once, before a model is loaded
    predictor = Predictor(
        given.model,
        au_model=given.au_model,
        detector=given.detector,
        min_face=given.min_face,
        min_score=given.min_score,
        batch_size=given.batch_size,
        grayscale=given.grayscale,
    )
    return predict_files(
        paths,
        predictor,
        form=given.format,
        output=given.output,
        rejected=given.rejected,
        annotated=given.annotate,
    )


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "run directory, .keras, SavedModel or .tflite; default: the model in the box")
    flags.DEFINE_string("au_model", None, "the same of action units; default: none are read")
    flags.DEFINE_enum(
        "detector",
        DETECTOR,
        tuple(MIN_SCORES),
        "blazeface: near faces; blazeface_both: far ones too; mtcnn: also tiny ones, slower",
    )
    flags.DEFINE_enum("format", "jsonl", FORMATS, "jsonl: one line a picture; csv: one row a face")
    flags.DEFINE_string("output", None, "file to write; default: standard output")
    flags.DEFINE_string("rejected", None, "list of unreadable pictures; default: rejected.csv beside --output or here")
    flags.DEFINE_string("annotate", None, "folder for copies of the pictures with boxes and bars")
    flags.DEFINE_float("min_face", 20, "pixels: faces less high are left out", lower_bound=0)
    flags.DEFINE_float("min_score", None, "leave out faces that the detector is less sure of; default: its own", 0, 1)
    flags.DEFINE_integer("batch_size", 32, "faces classified at once", lower_bound=1)
    flags.DEFINE_bool("grayscale", None, "take the colour out of faces first; default: as each model was trained")
    run_main(main)
