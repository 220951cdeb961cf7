"""Models that need TensorFlow, behind the interface of ``litert.Runner``."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from export.graph import as_taken, probabilities
from export.litert import Inputs, named
from export.metadata import info_of, read_run
from export.model_info import ModelInfo
from fer_tf.data.images import resize
from fer_tf.errors import InputError
from fer_tf.models.weights import load_model


class KerasRunner:
    """Runs a Keras model that ends in logits."""

    def __init__(self, model: keras.Model, info: ModelInfo):
        """Keeps the model.

        Args:
            model: inputs by the names of ``info`` -> logits (B, labels).
            info: see ``metadata.info_of``.
        """
        self.info = info
        self._model = model

    def probabilities(self, images: Inputs) -> np.ndarray:
        """See ``Runner.probabilities``."""
        arrays = {
            name: resize(values, self.info.input_size).numpy() if values.ndim == 4 else values.astype(np.float32)
            for name, values in named(images, self.info.inputs).items()
        }
        logits = self._model.predict_on_batch(as_taken(self._model, arrays))
        return keras.ops.convert_to_numpy(probabilities(logits, self.info.task))


def load_keras(path: Path) -> KerasRunner:
    """Loads a ``.keras`` file; a run keeps what it knows of its training images beside it.

    Raises:
        InputError: it cannot be read.
    """
    model = load_model(path)
    return KerasRunner(model, info_of(model, read_run(path.parent)))


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
        if problem := self.info.problem(self._classify.structured_outputs["probabilities"].shape[-1]):
            raise InputError(f"SavedModel {path} does not fit what it says of itself: {problem}; export it again")

    def probabilities(self, images: Inputs) -> np.ndarray:
        """See ``Runner.probabilities``."""
        arrays = {name: tf.cast(values, tf.float32) for name, values in named(images, self.info.inputs).items()}
        return self._classify(**arrays)["probabilities"].numpy()
