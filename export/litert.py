"""Running a TFLite file, with LiteRT alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from export.model_info import ModelInfo, read_embedded
from fer_tf.errors import InputError
from fer_tf.faces.crop import resize
from fer_tf.faces.geometry import au_distance_names, visible_feature_names
from fer_tf.faces.tflite import open_interpreter

# The input that is measured, and its shape; all others are pictures.
_GEOMETRY, _MEASURED = "geometry", (len(au_distance_names()) + len(visible_feature_names()),)
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


def named(given: Inputs, names: Sequence[str]) -> dict[str, np.ndarray]:
    """A batch by the names of a model's inputs.

    Args:
        given: name -> array (B, ...); of a model with one input the array alone will do.
        names: of the model's inputs.

    Raises:
        InputError: an input is missing, or they are not equally many.
    """
    if not isinstance(given, Mapping):
        if len(names) > 1:
            raise InputError(f"the model takes {', '.join(names)}: expected each by its name, came one array")
        given = {names[0]: given}
    if missing := [name for name in names if name not in given]:
        raise InputError(f"the model takes {', '.join(names)}: {missing[0]} is missing among {', '.join(given)}")
    arrays = {name: np.asarray(given[name]) for name in names}
    if len({len(values) for values in arrays.values()}) > 1:
        sizes = ", ".join(f"{len(values)} of {name}" for name, values in arrays.items())
        raise InputError(f"the model takes equally many of each input: came {sizes}")
    return arrays


class TFLiteRunner:
    """Runs a TFLite model that ``export.tflite`` wrote, float or integer."""

    def __init__(self, model: bytes | str | Path, threads: int = 1):
        """Loads the model.

        Args:
            model: contents of a ``.tflite`` file, or its path.
            threads: of the interpreter. On a busy machine two take thirty times as long as one, alone half.

        Raises:
            InputError: not a TFLite model, one that does not say what its outputs mean, whose order would be a
                guess, or one whose inputs or outputs are not as it says itself.
        """
        name = "the given bytes" if isinstance(model, bytes) else str(model)
        content = model if isinstance(model, bytes) else _read(Path(model))
        try:
            self._interpreter = open_interpreter(content, threads)
        except (ValueError, RuntimeError) as error:
            raise InputError(f"TFLite model {name} cannot be read: {' '.join(str(error).split())[:200]}") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        try:
            info = read_embedded(content)
        except InputError as error:
            raise InputError(f"TFLite model {name}: {error}") from error
        shapes = [tuple(int(side) for side in detail["shape"]) for detail in (*inputs, *outputs)]
        if info is None or len(outputs) != 1 or len(shapes[-1]) != 2:
            raise InputError(
                f"TFLite model {name} has inputs and outputs of shape {shapes} and does not say what they mean: "
                "expected a file that python -m export.tflite wrote"
            )
        if problem := info.problem(shapes[-1][1]):
            raise InputError(f"TFLite model {name} does not fit what it says of itself: {problem}; export it again")
        self.info = info
        self._inputs, self._output = _by_name(inputs, info, name), outputs[0]
        self._batch = None

    def probabilities(self, images: Inputs) -> np.ndarray:
        """See ``Runner.probabilities``."""
        arrays = {name: self._prepared(values) for name, values in named(images, self.info.inputs).items()}
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


def _by_name(details: list[dict], info: ModelInfo, model: str) -> dict[str, dict]:
    """The interpreter's inputs, which stand in an order of its own, as serving_default_NAME:0 or NAME."""
    found = {detail["name"].removeprefix("serving_default_").partition(":")[0]: detail for detail in details}
    if len(details) == len(info.inputs) == 1:
        found = {info.inputs[0]: details[0]}
    picture = (info.input_size, info.input_size, 3)
    expected = {name: _MEASURED if name == _GEOMETRY else picture for name in info.inputs}
    if {name: tuple(detail["shape"][1:]) for name, detail in found.items()} != expected:
        raise InputError(
            f"TFLite model {model} takes {', '.join(found)} and says that it takes {', '.join(info.inputs)}, pictures "
            f"of {info.input_size} pixels: export it again"
        )
    return {name: found[name] for name in info.inputs}


def _quantise(values: np.ndarray, detail: dict) -> np.ndarray:
    """Real numbers to a tensor's integers: round(x / scale) + zero point; floats stay, and pixels are bytes."""
    kind = np.dtype(detail["dtype"])
    if kind.kind == "f":
        return values.astype(kind)
    of_pixels = kind == np.uint8 and values.ndim == 4
    scale, zero = (1.0, 0) if of_pixels else detail["quantization"]
    limits = np.iinfo(kind)
    return np.clip(np.round(values / (scale or 1.0)) + zero, limits.min, limits.max).astype(kind)


def _dequantise(values: np.ndarray, detail: dict) -> np.ndarray:
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    scale, zero = detail["quantization"]
    return ((values.astype(np.float32) - zero) * (scale or 1.0)).astype(np.float32)
