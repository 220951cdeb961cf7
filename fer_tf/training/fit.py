"""Training one model with one seed, from the start or from where it was killed."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.data.action_units import ActionUnitOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.load import qualified
from fer_tf.data.options import InputOptions
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.scoring import check_apart, scoring_batches
from fer_tf.data.views import GEOMETRY, PLAIN
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK
from fer_tf.models.inputs import input_names
from fer_tf.models.registry import build, task_of
from fer_tf.models.safer.layers import MEASUREMENTS_LAYER
from fer_tf.training.callbacks import Decisions, Progress, Validation, read_history, should_stop
from fer_tf.training.checkpoints import restore_newest
from fer_tf.training.data_facts import people_behind, write_data_facts
from fer_tf.training.device import DeviceAugmented
from fer_tf.training.experiment import AUTO, Experiment, FitOptions
from fer_tf.training.features import FeatureBatches, cached_features, split_model
from fer_tf.training.mitigation.losses import EmotionAccuracy
from fer_tf.training.mitigation.networks import Mitigated, mitigated
from fer_tf.training.mitigation.options import DISCRIMINATIVE, INDEPENDENT, NONE, REWEIGHING
from fer_tf.training.optimizers import make_optimizer
from fer_tf.training.tasks import Judge, Task, task_for
from fer_tf.training.tensorboard import TensorBoard

# Options of models that name files of weights.
INITIAL_WEIGHTS = ("weights", "background_weights", "place_weights")
# Augmented pictures of the same few images, for TensorBoard.
SAMPLE_BATCHES = 3


def train(experiment: Experiment, seed: int, run_dir: Path) -> dict[str, object]:
    """Trains, or goes on training, into a run directory.

    Args:
        experiment: see ``Experiment``; ``model`` holds ``name`` and its options.
        seed: of weights, order, augmentation and dropout.
        run_dir: gets ``model.keras`` (best epoch), ``checkpoints``, ``history.csv``, ``tensorboard``,
            ``train_subjects.txt`` and, of action units, ``action_units.png``.

    Returns:
        ``task``, ``labels`` and, of action units, ``occurrences`` in training; with mitigation ``groups`` and
        ``examples_of_unknown_group``; ``epochs``, ``best_epoch``, ``monitor`` and ``best`` (its value there);
        ``duration_s`` of all epochs, also those before a kill; ``train_examples``, ``examples_per_epoch``,
        ``dataset_examples`` and ``parameters``.

    Raises:
        InputError: model, labels and options do not go together, or training and validation
            share subjects.
    """
    _check_task(experiment)
    keras.utils.set_random_seed(seed + 1)
    source = TrainingInput(
        experiment.inputs,
        experiment.targets,
        experiment.fit.train_split,
        mixing=experiment.mixing,
        grouping=experiment.mitigation.grouping(),
    )
    task = task_for(source.targets)
    monitor = _monitor(experiment.fit, task)
    keras.config.set_dtype_policy(experiment.fit.precision)
    try:
        whole = build(**_model_options(experiment, task), seed=seed)
        _look(source, whole, experiment)
        model = _head_of(whole) if experiment.fit.cache_features else whole
        parts = _mitigated(model, experiment, task, source, seed)
        model = parts.predicting
        trainer = _compiled(parts, experiment, task, source.steps_per_epoch)
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
    return (
        task.facts
        | {
            "epochs": len(history),
            "best_epoch": int(np.argmax(scores)) + 1,
            "monitor": monitor,
            "best": max(scores),
            "duration_s": round(sum(row.get("seconds", 0) for row in history), 1),
            "train_examples": source.num_examples,
            "examples_per_epoch": source.per_epoch,
            "dataset_examples": source.dataset_counts,
            "parameters": whole.count_params(),
        }
        | _group_facts(experiment, source)
    )


def _group_facts(experiment: Experiment, source: TrainingInput) -> dict[str, object]:
    if experiment.mitigation.mitigation == NONE:
        return {}
    return {"groups": source.targets.groups, "examples_of_unknown_group": source.targets.unknown}


def _look(source: TrainingInput, whole: keras.Model, experiment: Experiment) -> None:
    """Makes the training images what the model looks at, and the model know what is usual among them."""
    source.views = input_names(whole)
    if source.views == PLAIN:
        return
    if experiment.fit.augment_on == "device":
        raise InputError(f"augment_on=device is for models of one picture, which {whole.name} is not: use host")
    if GEOMETRY in source.views:
        whole.get_layer(MEASUREMENTS_LAYER).adapt(source.measurements())


def _people(experiment: Experiment, source: TrainingInput) -> set[str]:
    """Everybody that the model will have seen, with those of an earlier training that it goes on from."""
    initial = [str(experiment.model.get(name, "none")) for name in INITIAL_WEIGHTS]
    return source.subjects.union(*map(people_behind, initial))


def _check_task(experiment: Experiment) -> None:
    of_units = isinstance(experiment.targets, ActionUnitOptions)
    name = experiment.model["name"]
    if of_units != (task_of(name) == ACTION_UNIT_TASK):
        asked = "action units" if of_units else "emotions"
        raise InputError(f"model {name} does not learn {asked}: choose another model or other targets")
    strategy, mixing = experiment.mitigation.mitigation, experiment.mixing.mixing_ratio
    if of_units and strategy != NONE:
        raise InputError(f"mitigation {strategy} is for models of emotions, which {name} is not: leave it out")
    if experiment.fit.cache_features and (strategy != NONE or mixing is not None):
        raise InputError("cache_features shows every image once: leave mitigation and mixing_ratio out")
    if strategy == DISCRIMINATIVE and experiment.targets.loss == "class_weighted":
        raise InputError(f"mitigation {strategy} corrects a prior that loss=class_weighted changes: choose one")
    if strategy in (DISCRIMINATIVE, REWEIGHING) and mixing is not None:
        raise InputError(
            f"mitigation {strategy} counts images, which mixing_ratio shows unequally often: leave one out"
        )
    if strategy in (DISCRIMINATIVE, INDEPENDENT) and experiment.fit.precision != "float32":
        raise InputError(f"mitigation {strategy} goes with precision=float32, not {experiment.fit.precision}")


def _monitor(fit: FitOptions, task: Task) -> str:
    monitor = task.monitors[0] if fit.monitor == AUTO else fit.monitor
    if monitor not in task.monitors:
        raise InputError(f"monitor is {monitor!r}, which this task has not: choose one of {', '.join(task.monitors)}")
    return monitor


def _model_options(experiment: Experiment, task: Task) -> dict[str, object]:
    options = experiment.model | {"image_size": experiment.inputs.image_size}
    return options | ({} if task.units is None else {"outputs": len(task.units)})


def _mitigated(model: keras.Model, experiment: Experiment, task: Task, source: TrainingInput, seed: int) -> Mitigated:
    plain = Mitigated(model, model, task.loss, None)
    if experiment.mitigation.mitigation == NONE:
        return plain
    steps = source.steps_per_epoch * experiment.fit.epochs
    return mitigated(model, experiment.mitigation, source.targets.counts, steps, seed=seed) or plain


def _compiled(parts: Mitigated, experiment: Experiment, task: Task, steps: int) -> keras.Model:
    trainer = parts.trained
    if experiment.fit.augment_on == "device":
        operation = augmenter(experiment.augment, experiment.inputs.image_size, experiment.fit.augment_backend)
        trainer = DeviceAugmented(trainer, operation)
    trainer.compile(
        optimizer=make_optimizer(experiment.optimizer, steps, experiment.fit.epochs),
        loss=parts.loss,
        metrics=[EmotionAccuracy(parts.logits) if parts.logits else task.metric],
        jit_compile=experiment.fit.jit_compile,
    )
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def _in_float32(model: keras.Model, experiment: Experiment, task: Task, seed: int) -> keras.Model:
    """The model to keep: half precision is for training, and TFLite cannot read it."""
    if experiment.fit.precision == "float32":
        return model
    # From the same initial weights: what they are decides how some networks are built.
    return build(**_model_options(experiment, task), seed=seed)


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
        if samples is not None:
            looks = [operation(samples, tf.constant([seed, -1 - n])).numpy() for n in range(SAMPLE_BATCHES)]
            board.write_samples(looks)
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
    judged, views = _validation_inputs(experiment), source.views
    images, columns = scoring_batches(judged, fit.validation_split, units=task.units, views=views)
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
