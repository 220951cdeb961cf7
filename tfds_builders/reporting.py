"""What a build tells the user: progress, the images it rejected, what came out."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from tqdm import tqdm

from fer_tf.labels import EMOTIONS, UNKNOWN

REJECTED_FILE = "rejected.csv"
REJECTED_COLUMNS = ("image_id", "source", "reason")


def progress(items: Iterable, total: int, split: str, unit: str = "img") -> Iterator:
    """Passes items on and shows a bar with their number, rate and time to go.

    Args:
        items: what to pass on.
        total: how many are expected.
        split: the name shown before the bar.
        unit: what is counted.
    """
    # A log file gets a line now and then, a terminal a moving bar.
    interval = 0.2 if sys.stderr.isatty() else 10.0
    return iter(tqdm(items, total=total, desc=f"{split:<10}", unit=unit, mininterval=interval))


class RejectedList:
    """The images that a build left out, each with the reason, in ``rejected.csv``."""

    def __init__(self, directory: str | os.PathLike):
        """Starts an empty list: the file has its header even when nothing is rejected.

        Args:
            directory: the dataset's directory; under construction, the builder's ``data_dir``.
        """
        self._path = Path(directory) / REJECTED_FILE
        with self._path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(REJECTED_COLUMNS)

    def add(self, image_id: str, source: str | os.PathLike, reason: str) -> None:
        """Writes one line at once, so that a stopped build still shows it.

        Args:
            image_id: the id that the record would have had.
            source: the file or row in the source.
            reason: why it cannot be used.
        """
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow((image_id, os.fspath(source), " ".join(reason.split())))


def count_rejected(directory: str | os.PathLike) -> int:
    """Number of images listed in the ``rejected.csv`` of a built dataset, and in those by split that Beam writes."""
    count = 0
    for path in Path(directory).glob(f"{Path(REJECTED_FILE).stem}*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            count += sum(1 for _ in csv.reader(file)) - 1
    return count


def emotion_counts(builder: tfds.core.DatasetBuilder, split: str) -> dict[str, int]:
    """Number of records of each emotion in a split of a built dataset.

    Args:
        builder: a built dataset.
        split: the split's name.

    Returns:
        Emotion (or ``"unknown"``, only where there are any) -> number.
    """
    only_labels = tfds.decode.PartialDecoding({"emotion": True})
    batches = builder.as_dataset(split=split, decoders=only_labels).batch(4096)
    emotions = np.concatenate([batch["emotion"] for batch in tfds.as_numpy(batches)])
    counts = {name: int(np.sum(emotions == index)) for index, name in enumerate(EMOTIONS)}
    unknown = int(np.sum(emotions == UNKNOWN))
    return {**counts, "unknown": unknown} if unknown else counts


def summary(builder: tfds.core.DatasetBuilder) -> str:
    """A few lines on a built dataset: where it lies, counts by split and emotion, rejected images."""
    lines = [f"{builder.info.full_name}: {builder.data_dir}"]
    for split, info in builder.info.splits.items():
        counts = "  ".join(f"{name} {count:,}" for name, count in emotion_counts(builder, split).items())
        lines.append(f"  {split:<10} {info.num_examples:>7,}   {counts}")
    rejected_file = Path(builder.data_dir) / REJECTED_FILE
    lines.append(f"  {'rejected':<10} {count_rejected(builder.data_dir):>7,}   {rejected_file}")
    return "\n".join(lines)
