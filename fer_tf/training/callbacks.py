"""What happens at the end of each epoch: validate, keep the best, checkpoint, decide."""

import contextlib
import csv
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.training.checkpoints import save_checkpoint
from fer_tf.training.optimizers import OptimizerOptions, plateau_rate
from fer_tf.training.tasks import Judge


@contextlib.contextmanager
def averaged_weights(model: keras.Model):
    """Puts the running average of the weights into the model for the time of a ``with`` block."""
    # Mixed float16 wraps the optimizer for loss scaling.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    averages = getattr(optimizer, "_model_variables_moving_average", None)
    if not optimizer.use_ema or not averages:
        yield
        return
    # Kept as they are rather than swapped by sums (as Keras's SwapEMAWeights does), so
    # that training goes on with exactly the weights it had.
    variables = model.trainable_variables
    kept = [variable.numpy() for variable in variables]
    for variable, average in zip(variables, averages, strict=True):
        variable.assign(average)
    try:
        yield
    finally:
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)


def read_history(path: Path, epochs: int) -> list[dict[str, float]]:
    """Rows of ``history.csv`` that belong to the first ``epochs`` epochs."""
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return [row | {"epoch": int(row["epoch"])} for row in rows if row["epoch"] <= epochs]


class Validation(keras.callbacks.Callback):
    """Scores the averaged weights on the validation split and keeps the best model.

    Adds the judge's scores, as ``val_loss``, ``val_accuracy`` and so on, to the epoch's logs, for
    the callbacks that follow.

    Attributes:
        judge: with the scores of the last epoch.
    """

    def __init__(
        self,
        batches: tf.data.Dataset,
        judge: Judge,
        trained: keras.Model,
        kept: keras.Model,
        path: Path,
        monitor: str,
        best: float,
        whole: keras.Model | None = None,
    ):
        """Takes the batches of images, who judges them, and where the best model goes.

        Args:
            batches: inputs only, every one once.
            judge: of the logits in the same order.
            trained: the model in training, without what augments before it.
            kept: the model to score: ``trained`` itself, or its twin in float32.
            path: ``model.keras`` of the run.
            monitor: one of the task's monitors, higher is better.
            best: best value so far, of a run that is resumed.
            whole: the model to write, when ``kept`` is a part of it; by default ``kept``.
        """
        super().__init__()
        self._batches, self.judge, self._trained, self._kept = batches, judge, trained, kept
        self._path, self._monitor, self._best, self._whole = path, monitor, best, whole or kept

    def on_epoch_end(self, epoch, logs=None):
        with averaged_weights(self.model):
            if self._kept is not self._trained:
                self._kept.set_weights(self._trained.get_weights())
            logits = self._kept.predict(self._batches, verbose=0)
            logs.update({f"val_{name}": value for name, value in self.judge(logits).items()})
            if logs[self._monitor] > self._best:
                self._best = logs[self._monitor]
                # The suffix must stay .keras for Keras to accept it.
                partial = self._path.with_name("partial." + self._path.name)
                self._whole.save(partial)
                partial.replace(self._path)


class Progress(keras.callbacks.Callback):
    """Writes the history row and the checkpoint of each epoch, in this order.

    A row without its checkpoint is cut off on resuming, so a kill between the two
    loses an epoch and nothing else.
    """

    def __init__(self, run_dir: Path, history: list[dict[str, float]], learning_rate, shown: Sequence[str]):
        """Continues ``history``; ``learning_rate`` is called for the rate in use, ``shown`` is printed."""
        super().__init__()
        self._run_dir, self.history, self._learning_rate, self._shown = run_dir, history, learning_rate, shown
        self._started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        seconds, self._started = time.monotonic() - self._started, time.monotonic()
        row = {"epoch": epoch + 1, **logs, "learning_rate": float(self._learning_rate()), "seconds": seconds}
        self.history.append(row)
        partial = self._run_dir / "history.csv.partial"
        with partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerows(self.history)
        partial.replace(self._run_dir / "history.csv")
        save_checkpoint(self._run_dir / "checkpoints", epoch + 1, self.model)
        validation = ", ".join(f"{name[4:].replace('_', ' ')} {logs[name]:.4f}" for name in self._shown)
        print(
            f"epoch {epoch + 1}: loss {logs['loss']:.4f}, training accuracy {logs['accuracy']:.4f}; "
            f"validation {validation}",
            flush=True,
        )


class Decisions(keras.callbacks.Callback):
    """Plateau schedule and early stopping, both read off the history alone."""

    def __init__(self, progress: Progress, optimizer: OptimizerOptions, monitor: str, patience: int):
        """Stops after ``patience`` epochs without a better ``monitor``; 0 never stops."""
        super().__init__()
        self._progress, self._options, self._monitor, self._patience = progress, optimizer, monitor, patience

    def _scores(self) -> list[float]:
        return [row[self._monitor] for row in self._progress.history]

    def on_epoch_begin(self, epoch, logs=None):
        if self._options.schedule == "plateau":
            self.model.optimizer.learning_rate = plateau_rate(self._options, self._scores())

    def on_epoch_end(self, epoch, logs=None):
        if should_stop(self._scores(), self._patience):
            print(f"stopping: {self._monitor} has not risen for {self._patience} epochs", flush=True)
            self.model.stop_training = True


def should_stop(scores_so_far: list[float], patience: int) -> bool:
    """Whether the best score is ``patience`` or more epochs back; 0 never stops."""
    return bool(patience and scores_so_far and len(scores_so_far) - 1 - int(np.argmax(scores_so_far)) >= patience)
