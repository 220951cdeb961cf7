"""Training one model with one seed, from the start or from where it was killed."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.data.action_units import ActionUnitOptions
from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.load import qualified
from fer_tf.data.pipeline import InputOptions, TrainingInput, check_apart, scoring_batches
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.models.registry import build, task_of
from fer_tf.training.callbacks import Decisions, Progress, Validation, read_history, should_stop
from fer_tf.training.checkpoints import restore_newest
from fer_tf.training.data_facts import people_behind, write_data_facts
from fer_tf.training.device import DeviceAugmented
from fer_tf.training.features import FeatureBatches, cached_features, split_model
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer
from fer_tf.training.tasks import MONITORS, Judge, Task, task_for
from fer_tf.training.tensorboard import TensorBoard

AUTO = "auto"
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
# Augmented pictures of the same few images, for TensorBoard.
SAMPLE_BATCHES = 3


@dataclasses.dataclass(frozen=True)
class FitOptions:
    """Length and manner of a training.

    Attributes:
        epochs: passes over the training images.
        train_split: what to train on: ``train``, or a slice of it such as ``train[:1000]``; never the test split.
        validation_dataset: dataset whose ``validation_split`` judges; empty: what is trained on.
        validation_split: split that early stopping and the choice of the best epoch see;
            never the test split.
        monitor: validation score that decides: ``auto`` is val_accuracy for emotions and
            val_macro_f1 for action units; or one of ``tasks.MONITORS`` that the task has.
        early_stopping_patience: epochs without a better score before stopping; 0 never.
        precision: of the computation, one of ``PRECISIONS``.
        jit_compile: compile the step with XLA; slower on CPUs for MobileNetV2.
        augment_on: ``host`` or ``device``.
        augment_backend: ``tensorflow`` or ``keras_cv``.
        cache_features: folder where the features of a frozen backbone are kept; they are computed once,
            without augmentation, and the head is trained on them. Empty: images, augmented.
        verbose: 1 shows a progress bar, 0 one line an epoch.
    """

    epochs: int = 10
    train_split: str = "train"
    validation_dataset: str = ""
    validation_split: str = "validation"
    monitor: str = AUTO
    early_stopping_patience: int = 0
    precision: str = "float32"
    jit_compile: bool = False
    augment_on: str = "host"
    augment_backend: str = "tensorflow"
    cache_features: str = ""
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
        if self.monitor not in (AUTO, *MONITORS):
            raise InputError(f"monitor is {self.monitor!r}: choose one of {', '.join(MONITORS)}")
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}: choose one of {', '.join(PRECISIONS)}")
        if self.augment_on not in ("host", "device"):
            raise InputError(f"augment_on is {self.augment_on!r}: choose host or device")
        if self.cache_features and (self.precision != "float32" or self.augment_on == "device"):
            raise InputError("cache_features goes with precision=float32 and augment_on=host: leave one out")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """Everything that decides how a training comes out, but the seed."""

    model: dict[str, object]
    inputs: InputOptions
    targets: TargetOptions | ActionUnitOptions
    augment: AugmentOptions
    optimizer: OptimizerOptions
    fit: FitOptions


def train(experiment: Experiment, seed: int, run_dir: Path) -> dict[str, object]:
    """Trains, or goes on training, into a run directory.

    Args:
        experiment: see ``Experiment``; ``model`` holds ``name`` and its options.
        seed: of weights, order, augmentation and dropout.
        run_dir: gets ``model.keras`` (best epoch), ``checkpoints``, ``history.csv``, ``tensorboard``,
            ``train_subjects.txt`` and, of action units, ``action_units.png``.

    Returns:
        ``task``, ``labels`` and, of action units, ``occurrences`` in training; ``epochs``,
        ``best_epoch``, ``monitor`` and ``best`` (its value there), ``duration_s`` of all epochs, also
        those before a kill, ``train_examples``, ``dataset_examples`` and ``parameters``.

    Raises:
        InputError: model, labels and options do not go together, or training and validation
            share subjects.
    """
    _check_task(experiment)
    keras.utils.set_random_seed(seed + 1)
    source = TrainingInput(experiment.inputs, experiment.targets, experiment.fit.train_split)
    task = task_for(source.targets)
    monitor = _monitor(experiment.fit, task)
    keras.config.set_dtype_policy(experiment.fit.precision)
    try:
        whole = build(**_model_options(experiment, task), seed=seed)
        model = _head_of(whole) if experiment.fit.cache_features else whole
        trainer = _compiled(model, experiment, task, source.steps_per_epoch)
    finally:
        keras.config.set_dtype_policy("float32")
    run_dir.mkdir(parents=True, exist_ok=True)
    done = restore_newest(run_dir / "checkpoints", trainer)
    history = read_history(run_dir / "history.csv", done)
    if not done:
        write_data_facts(run_dir, source, _people(experiment, source), experiment.targets)
    scores = [row[monitor] for row in history]
    if done < experiment.fit.epochs and not should_stop(scores, experiment.fit.early_stopping_patience):
        _fit(trainer, model, whole, source, task, experiment, seed, run_dir, history)
        scores = [row[monitor] for row in history]
    return task.facts | {
        "epochs": len(history),
        "best_epoch": int(np.argmax(scores)) + 1,
        "monitor": monitor,
        "best": max(scores),
        "duration_s": round(sum(row.get("seconds", 0) for row in history), 1),
        "train_examples": source.num_examples,
        "dataset_examples": source.dataset_counts,
        "parameters": whole.count_params(),
    }


def _people(experiment: Experiment, source: TrainingInput) -> set[str]:
    """Everybody that the model will have seen, with those of an earlier training that it goes on from."""
    return source.subjects | people_behind(str(experiment.model.get("weights", "none")))


def _check_task(experiment: Experiment) -> None:
    of_units = isinstance(experiment.targets, ActionUnitOptions)
    name = experiment.model["name"]
    if of_units != (task_of(name) == ACTION_UNIT_TASK):
        asked = "action units" if of_units else "emotions"
        raise InputError(f"model {name} does not learn {asked}: choose another model or other targets")


def _monitor(fit: FitOptions, task: Task) -> str:
    monitor = task.monitors[0] if fit.monitor == AUTO else fit.monitor
    if monitor not in task.monitors:
        raise InputError(f"monitor is {monitor!r}, which this task has not: choose one of {', '.join(task.monitors)}")
    return monitor


def _model_options(experiment: Experiment, task: Task) -> dict[str, object]:
    options = experiment.model | {"image_size": experiment.inputs.image_size}
    return options | ({} if task.units is None else {"outputs": len(task.units)})


def _compiled(model: keras.Model, experiment: Experiment, task: Task, steps: int) -> keras.Model:
    trainer = model
    if experiment.fit.augment_on == "device":
        operation = augmenter(experiment.augment, experiment.inputs.image_size, experiment.fit.augment_backend)
        trainer = DeviceAugmented(model, operation)
    trainer.compile(
        optimizer=make_optimizer(experiment.optimizer, steps, experiment.fit.epochs),
        loss=task.loss,
        metrics=[task.metric],
        jit_compile=experiment.fit.jit_compile,
    )
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def _in_float32(model: keras.Model, experiment: Experiment, task: Task, seed: int) -> keras.Model:
    """The model to keep: half precision is for training, and TFLite cannot read it."""
    if experiment.fit.precision == "float32":
        return model
    return build(**_model_options(experiment, task) | {"weights": "none"}, seed=seed)


def _head_of(whole: keras.Model) -> keras.Model:
    inner, head = split_model(whole)
    if inner.trainable_weights:
        raise InputError("cache_features needs a backbone that is not trained: use trainable=head")
    return head


def _fit(trainer, model, whole, source, task, experiment, seed, run_dir, history) -> None:
    fit, done, monitor = experiment.fit, len(history), _monitor(experiment.fit, task)
    data = _cached_data if fit.cache_features else _image_data
    batches, validated, columns = data(source, task, whole, experiment, seed, done)
    people = qualified(_validation_inputs(experiment).dataset, columns["subject_id"])
    check_apart(_people(experiment, source), people, fit.validation_split)
    judge = _able_judge(task, columns, whole, experiment, monitor)
    best = max((row[monitor] for row in history), default=float("-inf"))
    kept = _in_float32(model, experiment, task, seed)
    written = whole if fit.cache_features else kept
    path = run_dir / "model.keras"
    validation = Validation(validated, judge, model, kept, path, monitor, best, written)
    progress = Progress(run_dir, history, lambda: trainer.optimizer.learning_rate, task.monitors)
    board = TensorBoard(run_dir / "tensorboard", validation, lambda: trainer.optimizer.learning_rate, task.picture)
    if not done and not fit.cache_features:
        operation = augmenter(experiment.augment, experiment.inputs.image_size, fit.augment_backend)
        samples = source.samples(8)
        board.write_samples([operation(samples, tf.constant([seed, -1 - n])).numpy() for n in range(SAMPLE_BATCHES)])
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
            Decisions(progress, experiment.optimizer, monitor, fit.early_stopping_patience),
        ],
    )


def _able_judge(task: Task, columns: dict, whole: keras.Model, experiment: Experiment, monitor: str) -> Judge:
    """The judge, if it can tell epochs apart: now, and not after the first one.

    Raises:
        InputError: no image has a label, or the score that decides is undefined.
    """
    count, where = len(columns["image_id"]), _validation_inputs(experiment).dataset
    where = f"{where}, {experiment.fit.validation_split}"
    if not count:
        raise InputError(f"no image of {where} has a label that the model learns: choose another validation_dataset")
    judge = task.judge(columns)
    if np.isnan(judge(np.zeros((count, whole.output_shape[-1])))[monitor.removeprefix("val_")]):
        raise InputError(f"{monitor} is undefined on {where}: no image there shows what the model learns")
    return judge


def _validation_inputs(experiment: Experiment) -> InputOptions:
    dataset = experiment.fit.validation_dataset or experiment.inputs.dataset
    return dataclasses.replace(experiment.inputs, dataset=dataset)


def _image_data(source, task, whole, experiment, seed, done) -> tuple:
    """Training batches, validation inputs, and what is known of these."""
    fit = experiment.fit
    images, columns = scoring_batches(_validation_inputs(experiment), fit.validation_split, units=task.units)
    batches = source.batches(
        seed,
        experiment.augment,
        first_epoch=done,
        augment_on=fit.augment_on,
        augment_backend=fit.augment_backend,
    )
    return batches, images, columns


def _cached_data(source, task, whole, experiment, seed, done) -> tuple:
    """The same from cached features, without augmentation."""
    fit, inputs, parts = experiment.fit, experiment.inputs, []
    for options, split in ((inputs, fit.train_split), (_validation_inputs(experiment), fit.validation_split)):
        features, columns = cached_features(whole, options, split, fit.cache_features, verbose=True)
        rows = np.flatnonzero(source.targets.labelled(columns))
        parts.append((features, rows, {name: values[rows] for name, values in columns.items()}))
    (features, rows, labels), (validated, validation_rows, columns) = parts
    targets, _ = source.targets.of_batch(*(labels[name] for name in source.targets.fields))
    batches = FeatureBatches(features, rows, inputs.batch_size, targets.numpy(), seed, done)
    return batches, FeatureBatches(validated, validation_rows, inputs.batch_size), columns
