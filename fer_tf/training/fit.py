"""Training one emotion model with one seed, from the start or from where it was killed."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.pipeline import InputOptions, TrainingInput, scoring_batches
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.models.registry import build
from fer_tf.training.callbacks import MONITORS, Decisions, Progress, Validation, read_history, should_stop
from fer_tf.training.checkpoints import restore_newest
from fer_tf.training.device import DeviceAugmented
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer
from fer_tf.training.tensorboard import TensorBoard

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
# Augmented pictures of the same few images, for TensorBoard.
SAMPLE_BATCHES = 3


@dataclasses.dataclass(frozen=True)
class FitOptions:
    """Length and manner of a training.

    Attributes:
        epochs: passes over the training images.
        train_split: what to train on: ``train``, or a slice of it such as ``train[:1000]``; never the test split.
        validation_split: split that early stopping and the choice of the best epoch see;
            never the test split.
        monitor: validation score that decides, one of ``MONITORS``.
        early_stopping_patience: epochs without a better score before stopping; 0 never.
        precision: of the computation, one of ``PRECISIONS``.
        jit_compile: compile the step with XLA; slower on CPUs for MobileNetV2.
        augment_on: ``host`` or ``device``.
        augment_backend: ``tensorflow`` or ``keras_cv``.
        verbose: 1 shows a progress bar, 0 one line an epoch.
    """

    epochs: int = 10
    train_split: str = "train"
    validation_split: str = "validation"
    monitor: str = "val_accuracy"
    early_stopping_patience: int = 0
    precision: str = "float32"
    jit_compile: bool = False
    augment_on: str = "host"
    augment_backend: str = "tensorflow"
    verbose: int = 1

    def __post_init__(self):
        if self.epochs < 1:
            raise InputError(f"epochs is {self.epochs}: it must be at least 1")
        if "test" in self.validation_split:
            raise InputError(
                f"validation_split is {self.validation_split!r}: choosing the best epoch on test would spoil the score"
            )
        if self.train_split.split("[")[0] != "train" or "+" in self.train_split:
            raise InputError(
                f"train_split is {self.train_split!r}: expected train or a slice of it such as train[:1000], "
                "other images would spoil the scores"
            )
        if self.early_stopping_patience < 0:
            raise InputError(f"early_stopping_patience is {self.early_stopping_patience}: it must not be negative")
        if self.monitor not in MONITORS:
            raise InputError(f"monitor is {self.monitor!r}: choose one of {', '.join(MONITORS)}")
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}: choose one of {', '.join(PRECISIONS)}")
        if self.augment_on not in ("host", "device"):
            raise InputError(f"augment_on is {self.augment_on!r}: choose host or device")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """Everything that decides how a training comes out, but the seed."""

    model: dict[str, object]
    inputs: InputOptions
    targets: TargetOptions
    augment: AugmentOptions
    optimizer: OptimizerOptions
    fit: FitOptions


def train(experiment: Experiment, seed: int, run_dir: Path) -> dict[str, object]:
    """Trains, or goes on training, into a run directory.

    Args:
        experiment: see ``Experiment``; ``model`` holds ``name`` and its options.
        seed: of weights, order, augmentation and dropout.
        run_dir: gets ``model.keras`` (best epoch), ``checkpoints``, ``history.csv``, ``tensorboard``.

    Returns:
        ``epochs``, ``best_epoch``, ``best`` (the monitored score there), ``duration_s`` of all
        epochs, also those before a kill, ``train_examples`` and ``parameters``.
    """
    keras.utils.set_random_seed(seed + 1)
    source = TrainingInput(experiment.inputs, experiment.targets, experiment.fit.train_split)
    keras.config.set_dtype_policy(experiment.fit.precision)
    try:
        model = build(**experiment.model, image_size=experiment.inputs.image_size, seed=seed)
        trainer = _compiled(model, experiment, source.steps_per_epoch)
    finally:
        keras.config.set_dtype_policy("float32")
    run_dir.mkdir(parents=True, exist_ok=True)
    done = restore_newest(run_dir / "checkpoints", trainer)
    history = read_history(run_dir / "history.csv", done)
    scores = [row[experiment.fit.monitor] for row in history]
    if done < experiment.fit.epochs and not should_stop(scores, experiment.fit.early_stopping_patience):
        _fit(trainer, model, source, experiment, seed, run_dir, history)
        scores = [row[experiment.fit.monitor] for row in history]
    return {
        "epochs": len(history),
        "best_epoch": int(np.argmax(scores)) + 1,
        "best": max(scores),
        "duration_s": round(sum(row.get("seconds", 0) for row in history), 1),
        "train_examples": source.num_examples,
        "parameters": model.count_params(),
    }


def _compiled(model: keras.Model, experiment: Experiment, steps: int) -> keras.Model:
    trainer = model
    if experiment.fit.augment_on == "device":
        operation = augmenter(experiment.augment, experiment.inputs.image_size, experiment.fit.augment_backend)
        trainer = DeviceAugmented(model, operation)
    trainer.compile(
        optimizer=make_optimizer(experiment.optimizer, steps, experiment.fit.epochs),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=experiment.fit.jit_compile,
    )
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def _in_float32(model: keras.Model, experiment: Experiment, seed: int) -> keras.Model:
    """The model to keep: half precision is for training, and TFLite cannot read it."""
    if experiment.fit.precision == "float32":
        return model
    unfilled = experiment.model | {"weights": "none"}
    return build(**unfilled, image_size=experiment.inputs.image_size, seed=seed)


def _fit(trainer, model, source, experiment, seed, run_dir, history) -> None:
    fit, done = experiment.fit, len(history)
    images, columns = scoring_batches(experiment.inputs, fit.validation_split)
    best = max((row[fit.monitor] for row in history), default=float("-inf"))
    kept = _in_float32(model, experiment, seed)
    validation = Validation(images, columns["emotion"], model, kept, run_dir / "model.keras", fit.monitor, best)
    progress = Progress(run_dir, history, lambda: trainer.optimizer.learning_rate)
    board = TensorBoard(run_dir / "tensorboard", validation, lambda: trainer.optimizer.learning_rate)
    if not done:
        operation = augmenter(experiment.augment, experiment.inputs.image_size, fit.augment_backend)
        samples = source.samples(8)
        board.write_samples([operation(samples, tf.constant([seed, -1 - n])).numpy() for n in range(SAMPLE_BATCHES)])
    batches = source.batches(
        seed,
        experiment.augment,
        first_epoch=done,
        augment_on=fit.augment_on,
        augment_backend=fit.augment_backend,
    )
    trainer.fit(
        batches,
        steps_per_epoch=source.steps_per_epoch,
        initial_epoch=done,
        epochs=fit.epochs,
        shuffle=False,  # the batches are shuffled already
        verbose=fit.verbose,
        callbacks=[
            validation,
            progress,
            board,
            Decisions(progress, experiment.optimizer, fit.monitor, fit.early_stopping_patience),
        ],
    )
