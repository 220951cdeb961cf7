"""What TensorBoard shows of a run: curves, pictures of the scores, augmented samples."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.training.callbacks import Validation


class TensorBoard(keras.callbacks.Callback):
    """Writes each epoch's numbers, each group's main score, learning rate and a picture of the validation scores."""

    def __init__(self, folder: Path, validation: Validation, learning_rate, picture: str):
        """Takes the picture, and its name, from ``validation``, which must come before in the list."""
        super().__init__()
        self.writer = tf.summary.create_file_writer(str(folder))
        self._validation, self._learning_rate, self._picture = validation, learning_rate, picture

    def on_epoch_end(self, epoch, logs=None):
        with self.writer.as_default(step=epoch + 1):
            for name, value in logs.items():
                group = "validation" if name.startswith("val_") else "training"
                tf.summary.scalar(f"{group}/{name.removeprefix('val_')}", value)
            for name, value in self._validation.judge.by_group().items():
                if np.isfinite(value):
                    tf.summary.scalar(f"groups/{name}", value)
            tf.summary.scalar("training/learning_rate", float(self._learning_rate()))
            png = self._validation.judge.picture(f"validation, epoch {epoch + 1}")
            tf.summary.image(f"validation/{self._picture}", tf.io.decode_png(png, channels=3)[None])
        self.writer.flush()

    def write_samples(self, batches: list[np.ndarray]) -> None:
        """Writes augmented images as training sees them, one row of pictures a batch.

        Args:
            batches: each float32 (B, H, W, 3), 0..255.
        """
        with self.writer.as_default(step=0):
            for number, images in enumerate(batches):
                tf.summary.image(f"augmented/{number}", np.clip(images, 0, 255) / 255.0, max_outputs=len(images))
        self.writer.flush()
