"""Models that need TensorFlow, behind the interface of ``litert.Runner``."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

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
            model: image (B, H, W, 3) -> logits (B, classes).
            info: see ``metadata.info_of``.
        """
        self.info = info
        self._model = model

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """See ``Runner.probabilities``."""
        logits = self._model.predict_on_batch(resize(images, self.info.input_size))
        return keras.ops.convert_to_numpy(keras.ops.softmax(logits, axis=-1))


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

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """See ``Runner.probabilities``."""
        return self._classify(image=tf.cast(images, tf.float32))["probabilities"].numpy()
