"""Reading prepared datasets: TFRecords in, dictionaries of record features out."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from tfds_builders.names import subject_prefix
from tfds_builders.record import record_features
from tfds_builders.registry import load_builder

# tf.data's autotuner wakes up in growing intervals and is joined when an iterator
# closes, which was seen to hold a run up by as long as the run itself had taken.
# Fixed numbers are as fast on the machines that we measured.
PARALLEL_CALLS = 2


def fixed_options() -> tf.data.Options:
    """tf.data options: no autotuning, results in a fixed order."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.deterministic = True
    return options


def dataset_names(dataset: str) -> list[str]:
    """The datasets in ``"a,b"``; one name is one dataset.

    Raises:
        InputError: an empty name, or the same twice.
    """
    names = [name.strip() for name in dataset.split(",")]
    if "" in names or len(set(names)) < len(names):
        raise InputError(f"dataset is {dataset!r}: expected one name, or several different ones with commas")
    return names


def load(
    dataset: str, split: str, data_dir: str, *, decode_images: bool = True, fields: Sequence[str] | None = None
) -> tf.data.Dataset:
    """Records of one split, in the order in which they are stored.

    Several datasets come evenly mixed, so that any stretch holds its share of each, in an order
    that follows from their sizes alone. Their records have the common features only, and
    ``image_id`` and ``subject_id`` begin with the name of the dataset (``qualified``).

    Args:
        dataset: name with optional config, such as ``"rendered_faces/demo"``, or several with commas.
        split: ``"train"``, ``"validation"``, ``"test"``; slices like ``"train[:100]"`` work too, of
            each dataset.
        data_dir: folder that ``python -m tfds_builders`` wrote to.
        decode_images: False leaves pictures, masks too, as encoded bytes, when few or none are wanted.
        fields: features to read, which is faster; None reads all.

    Returns:
        dataset of dictionaries, one for each record, with the features of
        ``tfds_builders.record``; image uint8 (H, W, 3).

    Raises:
        InputError: the dataset is not built or has no such split.
    """
    names = dataset_names(dataset)
    if len(names) == 1:
        return _load(dataset, split, data_dir, decode_images, fields)
    fields = fields or list(record_features())
    parts = [
        _load(name, split, data_dir, decode_images, fields).map(_with_name(name), num_parallel_calls=PARALLEL_CALLS)
        for name in names
    ]
    turns = tf.data.Dataset.from_tensor_slices(_turns([num_examples(name, split, data_dir) for name in names]))
    mixed = tf.data.Dataset.choose_from_datasets(parts, turns, stop_on_empty_dataset=False)
    return mixed.with_options(fixed_options())


def _load(name: str, split: str, data_dir: str, decode_images: bool, fields) -> tf.data.Dataset:
    builder = load_builder(name, data_dir)
    _check_split(builder, split)
    read_config = tfds.ReadConfig(
        interleave_cycle_length=4,
        num_parallel_calls_for_interleave_files=PARALLEL_CALLS,
        num_parallel_calls_for_decode=PARALLEL_CALLS,
        try_autocache=False,
        options=fixed_options(),
    )
    features = builder.info.features
    if missing := [field for field in fields or () if field not in features]:
        raise InputError(
            f"{name} has no field {missing[0]!r}: expected a dataset with {', '.join(fields)}; face, mesh and "
            "background are made by python -m tfds_builders context/SOURCE"
        )
    pictures = [field for field in features if isinstance(features[field], tfds.features.Image)]
    decoders = None if decode_images else {field: tfds.decode.SkipDecoding() for field in pictures}
    if fields is not None:
        kept = {name: decoder for name, decoder in (decoders or {}).items() if name in fields}
        decoders = tfds.decode.PartialDecoding(dict.fromkeys(fields, True), kept or None)
    return builder.as_dataset(split=split, shuffle_files=False, read_config=read_config, decoders=decoders)


def qualified(dataset: str, subjects: np.ndarray) -> set[str]:
    """Names of the known subjects that are unique among datasets: the builder's name before each.

    Configs of one dataset hold the same people, so the config's name is left out.

    Args:
        dataset: one dataset, or several with commas, whose subjects have their names already.
        subjects: text (N,), ``""`` where unknown.
    """
    known = np.unique(subjects)
    if len(dataset_names(dataset)) == 1:
        known = qualified_names(dataset, known)
    return set(known.tolist()) - {""}


def qualified_names(dataset: str, subjects: np.ndarray) -> np.ndarray:
    """The same of each image of one dataset, text (N,), ``""`` where unknown."""
    subjects = np.asarray(subjects).astype(str)
    return np.where(subjects == "", "", np.char.add(subject_prefix(dataset), subjects))


def _with_name(name: str):
    prefix = subject_prefix(name)

    def named(record: dict) -> dict:
        changed = {}
        if "image_id" in record:
            changed["image_id"] = tf.strings.join([f"{name}:", record["image_id"]])
        if "subject_id" in record:
            subject = record["subject_id"]
            changed["subject_id"] = tf.where(subject == "", "", tf.strings.join([prefix, subject]))
        return record | changed

    return named


def _turns(sizes: list[int]) -> np.ndarray:
    """Which dataset gives the next record, int64 (sum,): each spread evenly over the whole."""
    places = np.concatenate([(np.arange(size) + 0.5) / max(size, 1) for size in sizes])
    members = np.repeat(np.arange(len(sizes)), sizes)
    return members[np.argsort(places, kind="stable")].astype(np.int64)


def split_names(dataset: str, data_dir: str) -> list[str]:
    """Splits of one dataset, in the order in which it was built."""
    return list(load_builder(dataset, data_dir).info.splits)


def num_examples(dataset: str, split: str, data_dir: str) -> int:
    """Number of records in one split."""
    total = 0
    for name in dataset_names(dataset):
        builder = load_builder(name, data_dir)
        _check_split(builder, split)
        total += builder.info.splits[split].num_examples
    return total


def split_digest(dataset: str, split: str, data_dir: str) -> str:
    """SHA-256 over the files of one split, to tell in a run's record what it read."""
    digest = hashlib.sha256()
    for name in dataset_names(dataset):
        builder = load_builder(name, data_dir)
        _check_split(builder, split)
        for path in builder.info.splits[split.split("[")[0]].filepaths:
            with Path(path).open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def training_image_facts(dataset: str, data_dir: str, count: int = 200) -> dict[str, object]:
    """What photos must be made to look like, from the first training images.

    Args:
        dataset: name of a built dataset, with config.
        data_dir: folder of the built datasets.
        count: how many images to look at.

    Returns:
        ``crop_size``: side of the images, 0 where they differ or are not square;
        ``grayscale``: whether none of them has colour.

    Raises:
        InputError: the dataset is not built.
    """
    records = load(dataset, "train", data_dir, fields=["image"]).take(count)
    images = [record["image"] for record in records.as_numpy_iterator()]
    sides = {side for image in images for side in image.shape[:2]}
    return {
        "crop_size": sides.pop() if len(sides) == 1 else 0,
        "grayscale": bool(images) and all((image == image[..., :1]).all() for image in images),
    }


def dataset_options(dataset: str, data_dir: str) -> dict[str, object]:
    """What the first dataset's metadata say of how it was made, such as the fill of ``context/…``; {} where nothing."""
    return dict(load_builder(dataset_names(dataset)[0], data_dir).info.metadata or {})


def _check_split(builder: tfds.core.DatasetBuilder, split: str) -> None:
    known = sorted(builder.info.splits)
    if "+" in split:
        raise InputError(
            f"split {split!r} joins splits: name one of {', '.join(known)}, a slice like train[:10%] works"
        )
    if split.split("[")[0] not in known:
        raise InputError(f"split {split!r} is not in {builder.info.full_name}: choose one of {', '.join(known)}")
