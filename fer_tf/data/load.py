"""Reading prepared datasets: TFRecords in, dictionaries of record features out."""

import hashlib
from pathlib import Path

import tensorflow as tf
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
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


def load(dataset: str, split: str, data_dir: str, *, decode_images: bool = True) -> tf.data.Dataset:
    """Records of one split, in the order in which they are stored.

    Args:
        dataset: name with optional config, such as ``"rendered_faces/demo"``.
        split: ``"train"``, ``"validation"``, ``"test"``; slices like ``"train[:100]"`` work too.
        data_dir: folder that ``python -m tfds_builders`` wrote to.
        decode_images: False leaves the encoded bytes, when only labels are wanted.

    Returns:
        dataset of dictionaries, one for each record, with the features of
        ``tfds_builders.record``; image uint8 (H, W, 3).

    Raises:
        InputError: the dataset is not built or has no such split.
    """
    builder = load_builder(dataset, data_dir)
    _check_split(builder, split)
    read_config = tfds.ReadConfig(
        interleave_cycle_length=4,
        num_parallel_calls_for_interleave_files=PARALLEL_CALLS,
        num_parallel_calls_for_decode=PARALLEL_CALLS,
        try_autocache=False,
        options=fixed_options(),
    )
    decoders = None if decode_images else {"image": tfds.decode.SkipDecoding()}
    return builder.as_dataset(split=split, shuffle_files=False, read_config=read_config, decoders=decoders)


def num_examples(dataset: str, split: str, data_dir: str) -> int:
    """Number of records in one split."""
    builder = load_builder(dataset, data_dir)
    _check_split(builder, split)
    return builder.info.splits[split].num_examples


def split_digest(dataset: str, split: str, data_dir: str) -> str:
    """SHA-256 over the files of one split, to tell in a run's record what it read."""
    builder = load_builder(dataset, data_dir)
    _check_split(builder, split)
    digest = hashlib.sha256()
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
    records = load(dataset, "train", data_dir).take(count)
    images = [record["image"] for record in records.as_numpy_iterator()]
    sides = {side for image in images for side in image.shape[:2]}
    return {
        "crop_size": sides.pop() if len(sides) == 1 else 0,
        "grayscale": bool(images) and all((image == image[..., :1]).all() for image in images),
    }


def _check_split(builder: tfds.core.DatasetBuilder, split: str) -> None:
    known = sorted(builder.info.splits)
    if "+" in split:
        raise InputError(
            f"split {split!r} joins splits: name one of {', '.join(known)}, a slice like train[:10%] works"
        )
    if split.split("[")[0] not in known:
        raise InputError(f"split {split!r} is not in {builder.info.full_name}: choose one of {', '.join(known)}")
