"""Trains the small place network on the place labels of a dataset, such as the rendered scenes."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.images import resize_uint8
from fer_tf.data.load import PARALLEL_CALLS, dataset_names, fixed_options, load
from fer_tf.errors import InputError
from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.place_network import names_file
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer
from fer_tf.training.record import environment, write_json
from tfds_builders.registry import load_builder

# A place has no pose: mirrored and cut it is still one. Its colours say much, so they change little.
_AUGMENT = AugmentOptions(
    rotation_probability=0.0,
    grayscale_probability=0.0,
    jitter_saturation=0.1,
    jitter_hue=0.0,
    equalise_probability=0.0,
    autocontrast_probability=0.0,
    cutout_probability=0.0,
)


def train_place_network(
    dataset: str,
    data_dir: str,
    path: str | Path,
    *,
    image_field: str = "background",
    label_field: str = "place",
    image_size: int = 96,
    epochs: int = 10,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
    seed: int = 0,
    train_split: str = "train",
    validation_split: str = "validation",
    verbose: int = 0,
) -> dict[str, object]:
    """Trains ``place_cnn`` and saves it with the names of its places.

    All pictures of both splits are held in memory, 27 kB each at 96 pixels. The last epoch is kept:
    the validation split chooses nothing.

    Args:
        dataset: a built dataset whose records have text ``label_field``, ``""`` where unknown.
        data_dir: folder of the built datasets.
        path: ``.keras`` file to write; ``place_network.names_file(path)`` is written beside it.
        image_field: picture to look at, uint8 (H, W, 3); ``background`` has no people in it.
        label_field: the place's name.
        image_size: side of the network's input in pixels.
        epochs: passes over the labelled pictures.
        batch_size: pictures in a batch.
        learning_rate: highest rate of AdamW with a cosine schedule.
        seed: of weights, order and augmentation.
        train_split: what to learn from.
        validation_split: what is scored afterwards; "" scores nothing.
        verbose: as Keras has it.

    Returns:
        what the JSON beside the model holds: ``categories``, ``accuracy`` and ``mean_class_accuracy`` on
        the validation split (None where undefined; a place that training lacks counts as missed),
        ``n_train``, ``n_validation`` and the arguments.

    Raises:
        InputError: a dataset without such pictures or labels, too few of them, or an option out of range.
    """
    path = Path(path)
    _check_options(path, image_size=image_size, epochs=epochs, batch_size=batch_size)
    for name in dataset_names(dataset):
        _check_fields(name, data_dir, image_field, label_field)
    images, places = _labelled(dataset, train_split, data_dir, image_field, label_field, image_size)
    categories = sorted(set(places))
    if len(categories) < 2 or len(places) < batch_size:
        raise InputError(
            f"{dataset}, {train_split}, has {len(places)} pictures of {len(categories)} places in {label_field!r}: "
            f"at least {batch_size} of 2 places are needed, choose a dataset with place labels"
        )
    keras.utils.set_random_seed(seed)
    model = place_cnn(classes=len(categories), image_size=image_size, seed=seed)
    steps = len(places) // batch_size
    model.compile(
        make_optimizer(OptimizerOptions(learning_rate=learning_rate, ema_momentum=0.0), steps, epochs),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,  # XLA is slower for convolutions on CPUs, and takes long to start
    )
    batches = _batches(images, _numbers(places, categories), image_size, batch_size, seed)
    # Shuffled already.
    model.fit(batches, epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=verbose)
    facts = {
        "categories": categories,
        "dataset": dataset,
        "image_field": image_field,
        "label_field": label_field,
        "image_size": image_size,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "n_train": len(places),
    }
    del images, batches
    if validation_split:
        images, places = _labelled(dataset, validation_split, data_dir, image_field, label_field, image_size)
        facts |= {"validation_split": validation_split} | _scores(model, images, places, categories)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    write_json(names_file(path), facts | environment())
    return facts


def _check_options(path: Path, **numbers: int) -> None:
    if path.suffix != ".keras":
        raise InputError(f"path is {path}: expected the name of a .keras file to write")
    for name, value in numbers.items():
        if value < 1:
            raise InputError(f"{name} is {value}: it must be at least 1")


def _check_fields(dataset: str, data_dir: str, image_field: str, label_field: str) -> None:
    known = list(load_builder(dataset, data_dir).info.features)
    for field in (image_field, label_field):
        if field not in known:
            raise InputError(
                f"{dataset} has no field {field!r}, which a place network learns from: "
                f"choose a dataset with place labels, or one of its fields {', '.join(sorted(known))}"
            )


def _labelled(dataset, split, data_dir, image_field, label_field, size) -> tuple[np.ndarray, list[str]]:
    """Pictures uint8 (N, size, size, 3) with a known place, and the places."""
    records = load(dataset, split, data_dir, fields=[image_field, label_field])
    records = records.filter(lambda record: record[label_field] != "")
    records = records.map(
        lambda record: (resize_uint8(record[image_field], size), record[label_field]), num_parallel_calls=PARALLEL_CALLS
    )
    images, places = [], []
    for image, place in records.as_numpy_iterator():
        images.append(image)
        places.append(place.decode())
    return np.stack(images) if images else np.zeros((0, size, size, 3), np.uint8), places


def _numbers(places: Sequence[str], categories: Sequence[str]) -> np.ndarray:
    """Each place's number, int32 (N,), -1 where it is none of the categories."""
    number = {name: n for n, name in enumerate(categories)}
    return np.array([number.get(place, -1) for place in places], np.int32)


def _batches(images: np.ndarray, labels: np.ndarray, size: int, batch_size: int, seed: int) -> tf.data.Dataset:
    """Endless augmented batches; the order of each epoch follows from the seed."""
    operation = augmenter(_AUGMENT, size)

    def batch(step, rows):
        chosen = tf.numpy_function(lambda r: images[r], [rows], tf.uint8)
        chosen.set_shape((batch_size, size, size, 3))
        return operation(chosen, tf.stack([seed, tf.cast(step, tf.int32)])), tf.gather(labels, rows)

    rows = tf.data.Dataset.range(len(labels)).shuffle(len(labels), seed=seed, reshuffle_each_iteration=True)
    rows = rows.batch(batch_size, drop_remainder=True).repeat()
    return rows.enumerate().map(batch, num_parallel_calls=PARALLEL_CALLS).prefetch(2).with_options(fixed_options())


def _scores(model: keras.Model, images: np.ndarray, places: Sequence[str], categories: Sequence[str]) -> dict:
    if not places:
        return {"n_validation": 0, "accuracy": None, "mean_class_accuracy": None}
    chosen = model.predict(images, batch_size=256, verbose=0).argmax(axis=1)
    hits = chosen == _numbers(places, categories)
    by_place = [float(hits[np.array(places) == place].mean()) for place in sorted(set(places))]
    return {
        "n_validation": len(places),
        "accuracy": float(hits.mean()),
        "mean_class_accuracy": float(np.mean(by_place)),
    }
