"""Export as TensorFlow Lite, for phones and edge boxes.

Every kind takes ``image`` (B, size, size, 3), RGB 0..255, any B after
``resize_tensor_input``, and gives ``probabilities`` (B, classes): the softmax is inside.

==============  ===========================  =======================  ==========
kind            weights and arithmetic       image, probabilities     about
==============  ===========================  =======================  ==========
float32         float32                      float32                  4 bytes a weight
float16         stored as float16            float32                  2
dynamic_range   int8 weights, int8 or float  float32                  1
int8            int8 throughout              uint8, uint8 (p x 256)   1
==============  ===========================  =======================  ==========

    python -m export.tflite --run_dir=RUN --dataset=fer2013 --data_dir=DATA
"""

import contextlib
import io
import logging
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from absl import flags

from export.calibration import calibration_images
from export.litert import TFLiteRunner
from export.metadata import info_of
from export.model_card import write_model_card
from export.model_info import ModelInfo, embed
from export.parity import Limits, check_parity
from export.run import open_run
from export.runners import KerasRunner
from export.second_try import second_try
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

KINDS = ("float32", "float16", "dynamic_range", "int8")


def export_tflite(
    model: keras.Model, kind: str, representative: np.ndarray | None = None, *, info: ModelInfo | None = None
) -> bytes:
    """Converts a model to one TFLite file that knows its labels.

    Args:
        model: image (B, size, size, 3) -> logits (B, classes).
        kind: one of ``KINDS``.
        representative: float or uint8 (N, size, size, 3), 0..255: training images from
            which ``int8`` learns the range of each tensor; the other kinds need none.
        info: what the file shall know of itself; by default what the model tells.

    Returns:
        contents of the ``.tflite`` file.

    Raises:
        InputError: unknown kind, or int8 without images of the model's size.
    """
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} is unknown: choose one of {', '.join(KINDS)}")
    info = info or info_of(model)
    converter = _converter(model, info.input_size)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        _check_representative(representative, info.input_size)
        converter.representative_dataset = lambda: ([np.asarray(image[None], np.float32)] for image in representative)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.uint8
    with _quiet():
        return embed(converter.convert(), info)


def _converter(model: keras.Model, size: int) -> tf.lite.TFLiteConverter:
    module = tf.Module()
    module.weights = [weight.value for weight in model.variables]

    def classify(image):
        return {"probabilities": tf.nn.softmax(model(image, training=False))}

    module.classify = tf.function(classify, [tf.TensorSpec([None, size, size, 3], tf.float32, name="image")])
    return tf.lite.TFLiteConverter.from_concrete_functions([module.classify.get_concrete_function()], module)


def _check_representative(images: np.ndarray | None, size: int) -> None:
    if images is None or len(images) == 0:
        raise InputError("int8 needs training images to learn its ranges and got none: give --dataset and --data_dir")
    if tuple(images.shape[1:]) != (size, size, 3):
        raise InputError(
            f"int8 got calibration images of shape {images.shape}: expected (N, {size}, {size}, 3), resize them"
        )


@contextlib.contextmanager
def _quiet():
    """Keeps the converter's progress notes off the screen; errors still come as exceptions."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


def parse_kinds(words: Sequence[str]) -> list[str]:
    """Checks the words of ``--kinds``.

    Raises:
        InputError: a word that is no kind, or none at all.
    """
    unknown = [word for word in words if word not in KINDS]
    if unknown or not words:
        raise InputError(f"--kinds holds {', '.join(unknown) or 'nothing'}: choose from {', '.join(KINDS)}")
    return list(dict.fromkeys(words))


def main(arguments: list[str]) -> int:
    """Exports a run in each kind and compares every file with the run image by image."""
    refuse_arguments(arguments)
    given = flags.FLAGS
    kinds = parse_kinds(given.kinds)
    run = open_run(given.run_dir, given.output_dir, given.dataset, given.data_dir, given.batch_size)
    representative = None
    if run.inputs and "int8" in kinds:
        representative = calibration_images(run.inputs, given.calibration_images)
    paths = {}
    for kind in kinds:
        path = run.output_dir / f"model_{kind}.tflite"
        path.write_bytes(export_tflite(run.model, kind, representative, info=run.info))
        print(f"wrote {path}, {path.stat().st_size / 1e6:.2f} MB", flush=True)
        paths[path] = Limits.of(kind, given.max_probability_difference, given.max_accuracy_loss)
    refused = []
    if run.inputs:
        runners = {path: TFLiteRunner(path) for path in paths}
        original = KerasRunner(run.model, run.info)
        refused = check_parity(original, runners, run.inputs, given.split, paths)
        if (path := run.output_dir / "model_int8.tflite") in paths:
            refused = second_try(
                run,
                path,
                refused,
                given.fine_tune_epochs,
                given.fine_tune_images,
                export=lambda tuned: export_tflite(tuned, "int8", representative, info=run.info),
                check=lambda p: check_parity(original, {p: TFLiteRunner(p)}, run.inputs, given.split, paths),
            )
    print(f"wrote {write_model_card(run.output_dir, given.run_dir)}")
    if refused:
        raise InputError("; ".join(refused))
    return 0


if __name__ == "__main__":
    flags.DEFINE_string("run_dir", None, "folder of the run, as given to train.py", required=True)
    flags.DEFINE_list("kinds", list(KINDS), "what to write: " + ", ".join(KINDS))
    flags.DEFINE_string("output_dir", None, "folder for the files; default: RUN/export")
    flags.DEFINE_string(
        "dataset", None, "for the parity report and calibration (its training split); default: the run's own"
    )
    flags.DEFINE_string("data_dir", None, "folder of the built datasets; default: that of the training")
    flags.DEFINE_string("split", "test", "split for the parity report")
    flags.DEFINE_integer("batch_size", 64, "images in a batch", lower_bound=1)
    flags.DEFINE_integer("calibration_images", 500, "training images from which int8 learns its ranges", lower_bound=1)
    flags.DEFINE_integer(
        "fine_tune_epochs", 1, "of fine-tuning for int8 when it loses too much; 0 = never", lower_bound=0
    )
    flags.DEFINE_integer("fine_tune_images", 1000, "training images for the fine-tuning", lower_bound=5)
    flags.DEFINE_float("max_probability_difference", None, "refuse more; default: 1e-4 for float32, else no limit")
    flags.DEFINE_float("max_accuracy_loss", None, "refuse more, as a fraction; default: 0.01")
    run_main(main)
