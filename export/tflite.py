"""Export as TensorFlow Lite, for phones and edge boxes.

Every kind takes the model's inputs by name, most often ``image`` (B, size, size, 3), RGB 0..255,
any B after ``resize_tensor_input``, and gives ``probabilities`` (B, labels): the softmax of
emotions or the sigmoid of action units is inside. No file needs more than LiteRT's own operations.

==============  ===========================  =======================  ==========
kind            weights and arithmetic       image, probabilities     about
==============  ===========================  =======================  ==========
float32         float32                      float32                  4 bytes a weight
float16         stored as float16            float32                  2
dynamic_range   int8 weights, int8 or float  float32                  1
int8            int8 throughout              uint8, uint8 (p x 256)   1
==============  ===========================  =======================  ==========

The input of int8 files is the picture's bytes, whatever scale and zero point its tensor has: these say what the model
makes of them (-1..1 in MobileNetV2).

int8 files of SAFER take and give float32 and keep a few small layers in it (``lite_graph``): its
measurements are NaN where there is no face mesh, which an integer cannot say.

    python -m export.tflite --run_dir=RUN --dataset=fer2013 --data_dir=DATA
"""

import contextlib
import dataclasses
import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import flags

from export.calibration import calibration_inputs
from export.graph import specs
from export.lite_graph import behind_scaling, converter, float_layers, partly_int8, without_resizing
from export.litert import Inputs, TFLiteRunner, named
from export.metadata import info_of
from export.model_card import write_model_card
from export.model_info import ModelInfo, embed
from export.parity import Limits, check_parity, report_path
from export.run import Run, open_run
from export.runners import KerasRunner
from export.second_try import second_try
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError

KINDS = ("float32", "float16", "dynamic_range", "int8")


def export_tflite(
    model: keras.Model, kind: str, representative: Inputs | None = None, *, info: ModelInfo | None = None
) -> bytes:
    """Converts a model to one TFLite file that knows its labels.

    Args:
        model: pictures (B, size, size, 3) and measurements (B, numbers) -> logits (B, labels).
        kind: one of ``KINDS``.
        representative: float or uint8 (N, size, size, 3), 0..255, of a model with several inputs each by
            its name, NaN allowed in measurements: training images from which ``int8`` learns the range of
            each tensor; the other kinds need none.
        info: what the file shall know of itself; by default what the model tells.

    Returns:
        contents of the ``.tflite`` file.

    Raises:
        InputError: unknown kind, or int8 without images of the model's size.
    """
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} is unknown: choose one of {', '.join(KINDS)}")
    info, fit = info or info_of(model), without_resizing(model)
    with _quiet():
        if kind == "int8":
            content = _int8(fit, info, _calibration(representative, fit))
        else:
            made = converter(fit, info)
            if kind != "float32":
                made.optimizations = [tf.lite.Optimize.DEFAULT]
            if kind == "float16":
                made.target_spec.supported_types = [tf.float16]
            content = made.convert()
    return embed(content, info)


def _int8(model: keras.Model, info: ModelInfo, representative: Mapping[str, np.ndarray]) -> bytes:
    def examples():
        for number in range(len(next(iter(representative.values())))):
            yield {name: values[number : number + 1] for name, values in representative.items()}

    if float_layers(model):
        return partly_int8(model, info, examples)
    if scaling := behind_scaling(model):
        model, scale, offset = scaling
        ((name, pixels),) = representative.items()
        # The input's range must be that of all pixels, whatever these images show.
        pixels = pixels.copy()
        pixels[:, 0, 0], pixels[:, 0, -1] = 0, 255
        representative = {name: pixels * scale + offset}
    made = converter(model, info)
    made.optimizations = [tf.lite.Optimize.DEFAULT]
    made.representative_dataset = examples
    made.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    made.inference_input_type = tf.uint8
    made.inference_output_type = tf.uint8
    return made.convert()


def _calibration(representative: Inputs | None, model: keras.Model) -> dict[str, np.ndarray]:
    """The training images by input, float32."""
    if representative is None or not len(representative):
        raise InputError("int8 needs training images to learn its ranges and got none: give --dataset and --data_dir")
    expected = {name: tuple(spec.shape[1:]) for name, spec in specs(model).items()}
    arrays = named(representative, tuple(expected))
    for name, values in arrays.items():
        if values.shape[1:] != expected[name]:
            raise InputError(
                f"int8 got calibration images of shape {values.shape}: expected "
                f"(N, {', '.join(map(str, expected[name]))}), resize them"
            )
    # NaN stays: the layer that takes it out stays in floats, so that it widens no range.
    return {name: np.asarray(values, np.float32) for name, values in arrays.items()}


@contextlib.contextmanager
def _quiet():
    """Keeps the converter's progress notes off the screen; errors still come as exceptions."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # TensorFlow's quantiser opens its own interpreter, which says that it will go.
            warnings.simplefilter("ignore")
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


def write_and_check(
    run: Run,
    kinds: Mapping[str, Limits],
    split: str,
    *,
    calibration_images: int = 500,
    model: keras.Model | None = None,
    info: ModelInfo | None = None,
) -> dict[str, str]:
    """Converts, compares with the run's own model image by image, and puts aside what strays too far.

    Without a dataset nothing is compared, and a line says so. Files whose comparison was broken off end in
    ``.unchecked``; an older comparison is removed.

    Args:
        run: see ``run.open_run``.
        kinds: what to write, each of ``KINDS`` with how far it may stray.
        split: which images to compare on.
        calibration_images: training images from which int8 learns its ranges.
        model: what is converted in place of the run's model, such as the same trained further; what it is compared
            with stays the run's.
        info: what the files say of themselves; by default the run's.

    Returns:
        kind -> one sentence, of each file that was refused.

    Raises:
        InputError: the dataset is not built, or has no image to calibrate or compare on.
    """
    representative = None
    if not run.inputs and "int8" in kinds:
        raise InputError("no calibration data: int8 needs training images to learn its ranges; give --dataset")
    if run.inputs and "int8" in kinds:
        representative = calibration_inputs(run.inputs, run.info, calibration_images)
    paths = {kind: run.output_dir / f"model_{kind}.tflite" for kind in kinds}
    for kind, path in paths.items():
        report_path(path).unlink(missing_ok=True)
        path.write_bytes(export_tflite(model or run.model, kind, representative, info=info or run.info))
        print(f"wrote {path}, {path.stat().st_size / 1e6:.2f} MB", flush=True)
    if not run.inputs:
        print("not compared with the run, as no dataset is known: give --dataset")
        return {}
    limits: dict[Path, Limits] = {paths[kind]: limit for kind, limit in kinds.items()}
    try:
        runners = {path: TFLiteRunner(path) for path in paths.values()}
        refused = check_parity(KerasRunner(run.model, run.info), runners, run.inputs, split, limits)
    except BaseException:
        for path in paths.values():
            if path.exists():
                path.replace(f"{path}.unchecked")
        raise
    return {kind: refused[path] for kind, path in paths.items() if path in refused}


def main(arguments: list[str]) -> int:
    """Exports a run in each kind and compares every file with the run image by image."""
    refuse_arguments(arguments)
    given = flags.FLAGS
    allowed = (given.max_probability_difference, given.max_accuracy_loss, given.max_group_loss)
    kinds = {kind: Limits.of(kind, *allowed) for kind in parse_kinds(given.kinds)}
    run = open_run(given.run_dir, given.output_dir, given.dataset, given.data_dir, given.batch_size)

    def again(tuned: keras.Model) -> dict[str, str]:
        only = {"int8": kinds["int8"]}
        told = dataclasses.replace(run.info, fine_tuned_epochs=given.fine_tune_epochs)
        options = {"calibration_images": given.calibration_images, "model": tuned, "info": told}
        return write_and_check(run, only, given.split, **options)

    refused = write_and_check(run, kinds, given.split, calibration_images=given.calibration_images)
    if "int8" in refused:
        refused = second_try(run, refused, given.fine_tune_epochs, given.fine_tune_images, again)
    print(f"wrote {write_model_card(run.output_dir, given.run_dir)}")
    if refused:
        raise InputError("; ".join(refused.values()))
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
    flags.DEFINE_float("max_accuracy_loss", None, "refuse more, as a fraction; of action units macro F1; default: 0.01")
    flags.DEFINE_float(
        "max_group_loss", None, "refuse a certain loss of any group that is larger, as a fraction; default: 0.01"
    )
    run_main(main)
