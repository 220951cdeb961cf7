"""The flags of datasets that are read from archives."""

import dataclasses
from typing import Any

import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from tfds_builders.source.splits import read_split_file, read_subjects


@dataclasses.dataclass(frozen=True)
class SourceOptions:
    """What a user may add to a dataset's own files.

    Attributes:
        split_file: CSV with split and subject_id or image_id, in place of the dataset's own splits; what is not in it
            is left out.
        subjects: CSV with subject_id and any of gender, skin_tone and age_group.
        beam_runner: Apache Beam runner to build with, such as DirectRunner (extra [beam]); without it this machine's
            cores do the work, and a killed build of faces goes on where it was.
        beam_options: flags of the runner, with spaces between them.
        partial: takes an archive that has fewer pictures than the dataset, for trying things out.
    """

    split_file: str = ""
    subjects: str = ""
    partial: bool = False
    beam_runner: str = ""
    beam_options: str = ""

    def describe(self) -> dict[str, Any]:
        """What stands in the dataset's metadata: what decides on its content."""
        return {name: value for name, value in dataclasses.asdict(self).items() if not name.startswith("beam_")}

    def download_config(self, manual_dir: str | None) -> tfds.download.DownloadConfig:
        """What tfds is told.

        Raises:
            InputError: Beam is asked for and not installed.
        """
        if not self.beam_runner:
            return tfds.download.DownloadConfig(manual_dir=manual_dir, try_download_gcs=False)
        try:
            from tfds_builders.source import beam
        except ImportError as error:
            raise InputError(f"--beam_runner needs Apache Beam ({error}): pip install -e '.[beam]'") from error
        return beam.download_config(self.beam_runner, self.beam_options, manual_dir)

    def read_splits(self) -> tuple[str, dict[str, str]] | None:
        """See ``splits.read_split_file``; None without a file."""
        return read_split_file(self.split_file) if self.split_file else None

    def read_subjects(self) -> dict[str, dict[str, int]]:
        """See ``splits.read_subjects``; nothing without a file."""
        return read_subjects(self.subjects) if self.subjects else {}
