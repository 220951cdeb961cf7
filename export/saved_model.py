"""Export as a SavedModel that needs neither this project nor Keras to run.

Two signatures, each giving ``logits`` and ``probabilities``, float32 (B, labels), the softmax of
emotions or the sigmoid of action units:

* ``serving_default``: ``image``, float32 (B, H, W, 3), RGB 0..255, any size;
* ``jpeg``: ``jpeg``, text (B,), the bytes of JPEG or PNG files of any sizes.

Images are resized inside, to a square, so they should be square crops of a face. Two
functions come besides: ``classify(image)`` takes uint8 as well, and ``info()`` gives
labels and input size as JSON. EXIF orientation is not looked at.

A model with several inputs has ``serving_default`` alone, with each of them by its name:
pictures like ``image`` above, measurements as float32 (B, numbers), NaN where unknown.

    python -m export.saved_model --run_dir=RUN --output_dir=FOLDER
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import tensorflow as tf
from absl import flags

from export.graph import as_taken, probabilities, specs
from export.metadata import info_of
from export.model_card import write_model_card
from export.model_info import ModelInfo
from export.parity import Limits, check_parity
from export.run import open_run
from export.runners import KerasRunner, SavedModelRunner
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.data.images import resize
from fer_tf.data.views import PLAIN
from fer_tf.errors import InputError


class _Service(tf.Module):
    """What is written: the model with resizing and decoding before it and its activation behind."""

    def __init__(self, model: keras.Model, info: ModelInfo):
        super().__init__()
        # A Keras model attached to a module drags its own tracing along; its weights suffice.
        self.weights = [weight.value for weight in model.variables]
        size = info.input_size

        def classify(**inputs):
            taken = {
                name: resize(values, size) if len(values.shape) == 4 else values for name, values in inputs.items()
            }
            logits = model(as_taken(model, taken), training=False)
            return {"logits": logits, "probabilities": probabilities(logits, info.task)}

        def decode(encoded):
            image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
            image.set_shape((None, None, 3))
            return tf.ensure_shape(resize(image, size), (size, size, 3))

        self.served = {}
        if info.inputs == PLAIN:
            self.classify = tf.function(lambda image: classify(image=image))
            any_size = [None, None, None, 3]
            # Traced once for each type; the loaded function then takes either.
            self.classify.get_concrete_function(tf.TensorSpec(any_size, tf.uint8, name="image"))
            given = [tf.TensorSpec(any_size, tf.float32, name="image")]
            self.served["serving_default"] = self.classify.get_concrete_function(*given)
            self.classify_jpeg = tf.function(
                lambda jpeg: classify(image=tf.map_fn(decode, jpeg, fn_output_signature=tf.float32)),
                input_signature=[tf.TensorSpec([None], tf.string, name="jpeg")],
            )
            self.served["jpeg"] = self.classify_jpeg
        else:
            self.classify = tf.function(classify)
            self.served["serving_default"] = self.classify.get_concrete_function(**_any_size(specs(model)))
        self.info = tf.function(lambda: tf.constant(info.to_json()), input_signature=[])


def _any_size(inputs: dict[str, tf.TensorSpec]) -> dict[str, tf.TensorSpec]:
    return {
        name: tf.TensorSpec([None, None, None, 3] if len(spec.shape) == 4 else spec.shape, spec.dtype, name=name)
        for name, spec in inputs.items()
    }


def export_saved_model(
    model: keras.Model, output_dir: str | Path, labels: Sequence[str] | None = None, info: ModelInfo | None = None
) -> Path:
    """Writes a SavedModel with the signatures ``serving_default`` and, of one picture, ``jpeg``.

    Args:
        model: pictures (B, size, size, 3) and measurements (B, numbers) -> logits (B, labels).
        output_dir: folder to write; made where it is missing.
        labels: emotion or action unit of each output; by default as ``metadata.info_of`` says.
        info: everything that the file shall know of itself, in place of ``labels``.

    Returns:
        the folder.

    Raises:
        InputError: labels and outputs do not fit, or a picture is not square.
    """
    info = info or info_of(model, {"labels": labels})
    service = _Service(model, info)
    tf.saved_model.save(service, str(output_dir), signatures=service.served)
    return Path(output_dir)


def main(arguments: list[str]) -> int:
    """Exports a run and compares it with the run image by image."""
    refuse_arguments(arguments)
    given = flags.FLAGS
    run = open_run(given.run_dir, given.output_dir, given.dataset, given.data_dir, given.batch_size)
    path = export_saved_model(run.model, run.output_dir / "saved_model", info=run.info)
    print(f"wrote {path}", flush=True)
    refused = {}
    if run.inputs:
        exported, limits = {path: SavedModelRunner(path)}, {path: Limits()}
        refused = check_parity(KerasRunner(run.model, run.info), exported, run.inputs, given.split, limits)
    print(f"wrote {write_model_card(run.output_dir, given.run_dir)}")
    if refused:
        raise InputError("; ".join(refused.values()))
    return 0


if __name__ == "__main__":
    flags.DEFINE_string("run_dir", None, "folder of the run, as given to train.py", required=True)
    flags.DEFINE_string("output_dir", None, "folder for the SavedModel; default: RUN/export")
    flags.DEFINE_string("dataset", None, "for the parity report; default: the run's own")
    flags.DEFINE_string("data_dir", None, "folder of the built datasets; default: that of the training")
    flags.DEFINE_string("split", "test", "split for the parity report")
    flags.DEFINE_integer("batch_size", 64, "images in a batch", lower_bound=1)
    run_main(main)
