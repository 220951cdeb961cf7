"""The flags of datasets that are read from archives."""

import dataclasses
from typing import Any

from tfds_builders.source.splits import read_split_file, read_subjects


@dataclasses.dataclass(frozen=True)
class SourceOptions:
    """What a user may add to a dataset's own files.

    Attributes:
        split_file: CSV with split and subject_id or image_id, in place of the dataset's own splits; what is not in it
            is left out.
        subjects: CSV with subject_id and any of gender, skin_tone and age_group.
        partial: takes an archive that has fewer pictures than the dataset, for trying things out.
    """

    split_file: str = ""
    subjects: str = ""
    partial: bool = False

    def describe(self) -> dict[str, Any]:
        """What stands in the dataset's metadata."""
        return dataclasses.asdict(self)

    def read_splits(self) -> tuple[str, dict[str, str]] | None:
        """See ``splits.read_split_file``; None without a file."""
        return read_split_file(self.split_file) if self.split_file else None

    def read_subjects(self) -> dict[str, dict[str, int]]:
        """See ``splits.read_subjects``; nothing without a file."""
        return read_subjects(self.subjects) if self.subjects else {}
