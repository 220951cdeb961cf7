"""One way to call a model, whatever file it lies in."""

import os
from pathlib import Path
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from export.metadata import ModelInfo, read_embedded
from fer_tf.data.images import resize
from fer_tf.errors import InputError
from fer_tf.faces.tflite import open_interpreter
from fer_tf.labels import EMOTIONS


class Runner(Protocol):
    """A model that can be called.

    Attributes:
        info: labels, input size, and what photos must look like.
    """

    info: ModelInfo

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of a batch.

        Args:
            images: uint8 or float (B, H, W, 3), RGB 0..255, any size.

        Returns:
            float32 (B, classes), rows sum to 1 (int8 models: within rounding).
        """
        ...


class KerasRunner:
    """Runs a Keras model that ends in logits."""

    def __init__(self, model: keras.Model, info: ModelInfo):
        """Keeps the model.

        Args:
            model: image (B, H, W, 3) -> logits (B, classes).
            info: see ``metadata.info_of``.
        """
        self.info = info
        self._model = model

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """See ``Runner.probabilities``."""
        logits = self._model.predict_on_batch(resize(images, self.info.input_size))
        return keras.ops.convert_to_numpy(keras.ops.softmax(logits, axis=-1))


class SavedModelRunner:
    """Runs a SavedModel that ``export.saved_model`` wrote."""

    def __init__(self, path: str | Path):
        """Loads the folder.

        Raises:
            InputError: no SavedModel, or not one of ours.
        """
        try:
            loaded = tf.saved_model.load(str(path))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise InputError(f"SavedModel {path} cannot be read: {' '.join(str(error).split())[:200]}") from error
        if "serving_default" not in loaded.signatures or not hasattr(loaded, "info"):
            raise InputError(f"SavedModel {path} is not one of ours: write it with python -m export.saved_model")
        # The module owns the variables; the signature alone would lose them.
        self._loaded = loaded
        self._classify = loaded.signatures["serving_default"]
        self.info = ModelInfo.from_json(loaded.info().numpy())

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """See ``Runner.probabilities``."""
        return self._classify(image=tf.cast(images, tf.float32))["probabilities"].numpy()


class TFLiteRunner:
    """Runs a TFLite model, float or integer, ours or another with the same output."""

    def __init__(self, model: bytes | str | Path, threads: int | None = None):
        """Loads the model.

        Args:
            model: contents of a ``.tflite`` file, or its path.
            threads: of the interpreter; by default one for each core, at most four.

        Raises:
            InputError: not a TFLite model, or not one image in and one row of emotions out.
        """
        name = "the given bytes" if isinstance(model, bytes) else str(model)
        content = model if isinstance(model, bytes) else _read(Path(model))
        try:
            self._interpreter = open_interpreter(content, threads or min(4, os.cpu_count() or 1))
        except (ValueError, RuntimeError) as error:
            raise InputError(f"TFLite model {name} cannot be read: {' '.join(str(error).split())[:200]}") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        shapes = [tuple(detail["shape"]) for detail in (*inputs, *outputs)]
        if len(inputs) != 1 or len(outputs) != 1 or len(shapes[0]) != 4 or len(shapes[1]) != 2:
            raise InputError(
                f"TFLite model {name} has inputs and outputs of shape {shapes}: "
                "expected one image (1, size, size, 3) and one row of probabilities (1, classes)"
            )
        info = read_embedded(content)
        if info is None:
            info = ModelInfo(input_size=int(shapes[0][1]), crop_size=int(shapes[0][1]))
        if len(info.labels) != shapes[1][1]:
            raise InputError(
                f"TFLite model {name} has {shapes[1][1]} outputs and no labels of its own: "
                f"expected the {len(EMOTIONS)} emotions"
            )
        self.info = info
        self._input, self._output = inputs[0], outputs[0]
        self._batch = None

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """See ``Runner.probabilities``."""
        images = resize(images, self.info.input_size).numpy()
        if self._batch != len(images):
            self._interpreter.resize_tensor_input(self._input["index"], images.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(images)
        self._interpreter.set_tensor(self._input["index"], _quantise(images, self._input))
        self._interpreter.invoke()
        return _dequantise(self._interpreter.get_tensor(self._output["index"]), self._output)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"TFLite model {path} does not exist: write it with python -m export.tflite")
    return path.read_bytes()


def _quantise(values: np.ndarray, detail: dict) -> np.ndarray:
    """Real numbers to a tensor's integers: round(x / scale) + zero point; floats stay."""
    kind = np.dtype(detail["dtype"])
    if kind.kind == "f":
        return values.astype(kind)
    scale, zero = detail["quantization"]
    limits = np.iinfo(kind)
    return np.clip(np.round(values / (scale or 1.0)) + zero, limits.min, limits.max).astype(kind)


def _dequantise(values: np.ndarray, detail: dict) -> np.ndarray:
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    scale, zero = detail["quantization"]
    return ((values.astype(np.float32) - zero) * (scale or 1.0)).astype(np.float32)
