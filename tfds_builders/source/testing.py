"""What the tests of all builders of downloaded datasets share."""

import csv
import importlib
import tempfile
from pathlib import Path
from unittest import mock

import tensorflow_datasets as tfds

from tfds_builders import registry
from tfds_builders.source.builder import PictureBuilder


class SourceBuilderTestCase(tfds.testing.DatasetBuilderTestCase):
    """tfds's own tests of a builder, on what the ``dummy_data.write_source`` beside it writes.

    Subclasses set ``DATASET_CLASS``, ``SPLITS`` (split -> pictures in the stand-in) and, for builders of more than
    pictures and faces, ``BUILDER_CONFIG_NAMES_TO_TEST``.
    """

    @classmethod
    def setUpClass(cls) -> None:
        """Writes the stand-in and takes its size for the official one."""
        cls._folder = tempfile.TemporaryDirectory()
        cls.EXAMPLE_DIR = cls._folder.name
        expected = write_source(cls.DATASET_CLASS, Path(cls.EXAMPLE_DIR))
        cls._expected = mock.patch.object(cls.DATASET_CLASS, "EXPECTED", expected)
        cls._expected.start()
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        """Removes the stand-in."""
        super().tearDownClass()
        cls._expected.stop()
        cls._folder.cleanup()


def write_source(builder: type[PictureBuilder], folder: Path) -> dict[str, int]:
    """Writes a dataset's stand-in; the official splits with their numbers of pictures."""
    return importlib.import_module(f"{builder.__module__.rpartition('.')[0]}.dummy_data").write_source(folder)


def build(dataset: str, source: Path, data_dir: Path, **options) -> tfds.core.DatasetBuilder:
    """Builds a dataset from a stand-in, of which there may be less than of the real one."""
    chosen = registry.options_class(dataset)(partial=True, **options)
    return registry.build(dataset, data_dir, source, chosen)


def records(builder: tfds.core.DatasetBuilder, split: str) -> dict[str, dict]:
    """``image_id`` -> record."""
    found = tfds.as_numpy(builder.as_dataset(split=split))
    return {record["image_id"].decode(): record for record in found}


def rejected(builder: tfds.core.DatasetBuilder) -> dict[str, str]:
    """``image_id`` -> reason."""
    with Path(builder.data_dir, "rejected.csv").open(newline="", encoding="utf-8") as file:
        return {row["image_id"]: row["reason"] for row in csv.DictReader(file)}
