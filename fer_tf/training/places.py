"""Trains the small place network on the place labels of a dataset, such as the rendered scenes."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fer_tf.data.images import resize_uint8
from fer_tf.data.load import PARALLEL_CALLS, dataset_names, load, num_examples, qualified, split_digest
from fer_tf.errors import InputError
from fer_tf.models.place_cnn import place_cnn
from fer_tf.models.place_network import names_file
from fer_tf.training.optimizers import OptimizerOptions, make_optimizer
from fer_tf.training.record import environment, read_json, write_json
from tfds_builders.registry import load_builder

# Largest shift, as part of the side, and largest change of brightness, as part of it.
_SHIFT, _BRIGHTNESS = 1 / 8, 0.25


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
    if validation_split:
        num_examples(dataset, validation_split, data_dir)  # refused before the training, not after it
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
    batches = _Batches(images, _numbers(places, categories), batch_size, seed)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=verbose)  # the batches are shuffled
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
        "train_split": train_split,
        "validation_split": validation_split,
        "split_sha256": split_digest(dataset, train_split, data_dir),
        # So that nobody who is tested later was seen here.
        "subjects": sorted(_people(dataset, train_split, data_dir)),
    }
    del images, batches
    if validation_split:
        images, places = _labelled(dataset, validation_split, data_dir, image_field, label_field, image_size)
        facts |= _scores(model, images, places, categories)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    write_json(names_file(path), facts | environment())
    return facts


def trained_place_network(dataset: str, data_dir: str, path: Path, **options) -> Path:
    """The place network in a file; trained by ``train_place_network`` where it is not there, or is of other pictures.

    Args:
        dataset: see ``train_place_network``, like the rest.
        data_dir: see there.
        path: see there.
        **options: see there.

    Raises:
        InputError: see there.
    """
    split = options.get("train_split", "train")
    asked = options | {"dataset": dataset, "train_split": split, "split_sha256": split_digest(dataset, split, data_dir)}
    before = read_json(names_file(path)) if path.is_file() else {}
    if any(before.get(name) != value for name, value in asked.items()):
        facts = train_place_network(dataset, data_dir, path, **options)
        score = facts.get("accuracy")
        print(f"place network: {'not scored' if score is None else f'validation accuracy {score:.3f}'}, {path}")
    return path


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
    # All black stands for no background.
    records = records.filter(lambda record: (record[label_field] != "") & (tf.reduce_max(record[image_field]) > 0))
    records = records.map(
        lambda record: (resize_uint8(record[image_field], size), record[label_field]), num_parallel_calls=PARALLEL_CALLS
    )
    images, places = [], []
    for image, place in records.as_numpy_iterator():
        images.append(image)
        places.append(place.decode())
    return np.stack(images) if images else np.zeros((0, size, size, 3), np.uint8), places


def _people(dataset: str, split: str, data_dir: str) -> set[str]:
    records = load(dataset, split, data_dir, fields=["subject_id"])
    return qualified(dataset, np.array([record["subject_id"].decode() for record in records.as_numpy_iterator()]))


def _numbers(places: Sequence[str], categories: Sequence[str]) -> np.ndarray:
    """Each place's number, int32 (N,), -1 where it is none of the categories."""
    number = {name: n for n, name in enumerate(categories)}
    return np.array([number.get(place, -1) for place in places], np.int32)


class _Batches(keras.utils.PyDataset):
    """Mirrored, shifted, brighter and darker pictures, which follow from seed, epoch and number of the batch alone.

    In NumPy: the graph of ``data.augment`` takes longer to build than this network to train on a small set.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, size: int, seed: int):
        super().__init__()
        self._images, self._labels, self._size, self._seed, self._epoch = images, labels, size, seed, 0
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._labels) // self._size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._order[index * self._size : (index + 1) * self._size]
        random = np.random.default_rng([self._seed, self._epoch, index])
        return np.stack([_changed(self._images[row], random) for row in rows]), self._labels[rows]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = np.random.default_rng([self._seed, self._epoch]).permutation(len(self._labels))


def _changed(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A picture uint8 (size, size, 3) as another view of the place might look, float32 0..255."""
    size, most = len(image), round(len(image) * _SHIFT)
    down, right = random.integers(0, 2 * most + 1, 2)
    padded = np.pad(image, ((most, most), (most, most), (0, 0)), "reflect")
    view = padded[down : down + size, right : right + size]
    if random.random() < 0.5:
        view = view[:, ::-1]
    return np.clip(view * np.float32(random.uniform(1 - _BRIGHTNESS, 1 + _BRIGHTNESS)), 0, 255)


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
