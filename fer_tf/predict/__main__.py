"""Expressions of every face in pictures, folders of pictures, videos, or before a camera.

Examples:
    python -m fer_tf.predict photo.jpg
    python -m fer_tf.predict holiday/ --format=csv --output=faces.csv --annotate=drawn
    python -m fer_tf.predict film.mp4 --every=2 --start=10 --end=20 --output=rows.jsonl --annotate=drawn
    python -m fer_tf.predict --camera=0 --show
"""

from absl import flags

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from fer_tf.faces.detect import MIN_SCORES
from fer_tf.predict.files import predict_files
from fer_tf.predict.images import find_images
from fer_tf.predict.live import predict_videos
from fer_tf.predict.output import FORMATS
from fer_tf.predict.predictor import DETECTOR, Predictor
from fer_tf.predict.video_files import are_videos, check_video

# Flags that only videos and cameras have, with the argument of ``predict_videos``.
_VIDEO_FLAGS = ("camera", "every", "start", "end", "smoothing", "detect_every", "forget", "show")


def main(paths: list[str]) -> int:
    """Loads the model and goes through the pictures, the videos or what the camera sees."""
    given = flags.FLAGS
    videos = _are_videos(paths)  # a misspelt path is told at once, before a model is loaded
    predictor = Predictor(
        given.model,
        au_model=given.au_model,
        detector=given.detector,
        min_face=given.min_face,
        min_score=given.min_score,
        batch_size=given.batch_size,
        grayscale=given.grayscale,
    )
    common = {"form": given.format, "output": given.output, "annotated": given.annotate}
    if videos:
        return predict_videos(paths, predictor, **{name: given[name].value for name in _VIDEO_FLAGS}, **common)
    return predict_files(paths, predictor, rejected=given.rejected, **common)


def _are_videos(paths: list[str]) -> bool:
    """Whether videos or a camera are meant; refuses what does not exist or go together."""
    given = flags.FLAGS
    videos = are_videos(paths)
    if given.camera is not None and paths:
        raise InputError(f"--camera={given.camera} and {paths[0]}: give either a camera or files")
    if videos or given.camera is not None:
        if given.rejected:
            raise InputError("--rejected lists pictures: leave it out for videos and cameras")
        for path in paths:
            check_video(path)
        return True
    useless = next((name for name in _VIDEO_FLAGS if given[name].present), None)
    if useless:
        raise InputError(f"--{useless} is for videos and cameras: leave it out for pictures")
    find_images(paths)
    return False


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "run directory, .keras, SavedModel or .tflite; default: the model in the box")
    flags.DEFINE_string("au_model", None, "the same of action units; default: none are read")
    flags.DEFINE_enum(
        "detector",
        DETECTOR,
        tuple(MIN_SCORES),
        "blazeface: near faces; blazeface_both: far ones too; mtcnn: also tiny ones, slower",
    )
    flags.DEFINE_enum("format", "jsonl", FORMATS, "jsonl: one line a picture or frame; csv: one row a face")
    flags.DEFINE_string("output", None, "file to write; default: standard output")
    flags.DEFINE_string("rejected", None, "list of unreadable pictures; default: rejected.csv beside --output or here")
    flags.DEFINE_string("annotate", None, "folder for copies of the pictures or videos with boxes and bars")
    flags.DEFINE_float("min_face", 20, "pixels: faces less high are left out", lower_bound=0)
    flags.DEFINE_float("min_score", None, "leave out faces that the detector is less sure of; default: its own", 0, 1)
    flags.DEFINE_integer("batch_size", 32, "faces classified at once", lower_bound=1)
    flags.DEFINE_bool("grayscale", None, "take the colour out of faces first; default: as each model was trained")
    flags.DEFINE_integer("camera", None, "number of a camera to look through, instead of files", lower_bound=0)
    flags.DEFINE_integer("every", 1, "videos: each n-th frame is looked at", lower_bound=1)
    flags.DEFINE_float("start", 0.0, "videos: seconds; earlier frames are left out", lower_bound=0)
    flags.DEFINE_float("end", None, "videos and cameras: seconds; where to stop")
    flags.DEFINE_float("smoothing", 0.25, "videos: seconds over which probabilities are smoothed; 0: none", 0)
    flags.DEFINE_integer("detect_every", 5, "videos: frames from one detection to the next; 1 is surest", 1)
    flags.DEFINE_float("forget", 1.0, "videos: seconds after which a face that is not seen loses its id", 0)
    flags.DEFINE_bool("show", False, "videos: opens a window; q or Esc ends")
    run_main(main)
