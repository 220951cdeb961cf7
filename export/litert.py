"""Running a TFLite file, with LiteRT alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from export.model_info import ModelInfo, read_embedded
from fer_tf.errors import InputError
from fer_tf.faces.crop import resize
from fer_tf.faces.tflite import open_interpreter
from fer_tf.labels import EMOTIONS

Inputs = np.ndarray | Mapping[str, np.ndarray]


class Runner(Protocol):
    """A model that can be called.

    Attributes:
        info: labels, inputs, and what photos must look like.
    """

    info: ModelInfo

    def probabilities(self, images: Inputs) -> np.ndarray:
        """Probabilities of a batch.

        Args:
            images: uint8 or float (B, H, W, 3), RGB 0..255, any size; of a model with several
                inputs, each by its name, measurements as float (B, numbers).

        Returns:
            float32 (B, labels); rows of emotions sum to 1 (int8 models: within rounding).
        """
        ...


class TFLiteRunner:
    """Runs a TFLite model, float or integer, ours or another with the same output."""

    def __init__(self, model: bytes | str | Path, threads: int = 1):
        """Loads the model.

        Args:
            model: contents of a ``.tflite`` file, or its path.
            threads: of the interpreter. On a busy machine two take thirty times as long as one, alone half.

        Raises:
            InputError: not a TFLite model, or one whose inputs or outputs are not as it says itself; one that
                says nothing must take an image and give the emotions.
        """
        name = "the given bytes" if isinstance(model, bytes) else str(model)
        content = model if isinstance(model, bytes) else _read(Path(model))
        try:
            self._interpreter = open_interpreter(content, threads)
        except (ValueError, RuntimeError) as error:
            raise InputError(f"TFLite model {name} cannot be read: {' '.join(str(error).split())[:200]}") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        info = read_embedded(content)
        shapes = [tuple(int(side) for side in detail["shape"]) for detail in (*inputs, *outputs)]
        expected = len(info.inputs) if info else 1
        if len(outputs) != 1 or len(shapes[-1]) != 2 or len(inputs) != expected or not _has_picture(shapes[:-1]):
            raise InputError(
                f"TFLite model {name} has inputs and outputs of shape {shapes}: "
                "expected one image (1, size, size, 3) and one row of probabilities (1, classes)"
            )
        if info is None:
            info = ModelInfo(input_size=shapes[0][1], crop_size=shapes[0][1])
        if len(info.labels) != shapes[-1][1]:
            raise InputError(
                f"TFLite model {name} has {shapes[-1][1]} outputs and no labels of its own: "
                f"expected the {len(EMOTIONS)} emotions"
            )
        self.info = info
        self._inputs, self._output = _by_name(inputs, info.inputs), outputs[0]
        self._batch = None

    def probabilities(self, images: Inputs) -> np.ndarray:
        """See ``Runner.probabilities``."""
        given = images if isinstance(images, Mapping) else {self.info.inputs[0]: images}
        arrays = {name: self._prepared(np.asarray(given[name])) for name in self._inputs}
        batch = len(next(iter(arrays.values())))
        if self._batch != batch:
            for name, detail in self._inputs.items():
                self._interpreter.resize_tensor_input(detail["index"], arrays[name].shape)
            self._interpreter.allocate_tensors()
            self._batch = batch
        for name, detail in self._inputs.items():
            self._interpreter.set_tensor(detail["index"], _quantise(arrays[name], detail))
        self._interpreter.invoke()
        return _dequantise(self._interpreter.get_tensor(self._output["index"]), self._output)

    def _prepared(self, values: np.ndarray) -> np.ndarray:
        return resize(values, self.info.input_size) if values.ndim == 4 else values.astype(np.float32)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"TFLite model {path} does not exist: write it with python -m export.tflite")
    return path.read_bytes()


def _has_picture(shapes: list[tuple[int, ...]]) -> bool:
    return any(len(shape) == 4 for shape in shapes)


def _by_name(details: list[dict], names: tuple[str, ...]) -> dict[str, dict]:
    """The interpreter's inputs, which stand in an order of its own, as serving_default_NAME:0 or NAME."""
    if len(details) == 1:
        return {names[0]: details[0]}
    found = {detail["name"].removeprefix("serving_default_").partition(":")[0]: detail for detail in details}
    return {name: found[name] for name in names}


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
