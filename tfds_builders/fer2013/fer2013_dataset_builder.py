"""FER-2013: 35,887 grey faces of 48 x 48 pixels in seven emotions, with FER+ votes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from fer_tf.labels import emotion_index
from tfds_builders import reporting
from tfds_builders.fer2013 import class_folders, competition_csv, votes
from tfds_builders.record import make_record, record_features
from tfds_builders.source.pictures import decode

# Faces have 48 pixels a side.
LARGEST_SIDE = 4096

Examples = Iterator[tuple[str, dict[str, Any]]]


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds FER-2013 from the competition's table or from class folders."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "put fer2013.tar.gz or fer2013.csv there, from "
        "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge/data, "
        "or train/<class>/ and test/<class>/ folders; fer2013new.csv (FER+ votes) beside it is read too, from "
        "https://github.com/microsoft/FERPlus"
    )
    # See ``derived.shows_cut_faces``.
    CUT_FACES = True
    # The whole table. A shorter one was cut off on the way.
    EXPECTED_ROWS = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}  # noqa: RUF012

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=record_features(), supervised_keys=("image", "emotion"), homepage="https://arxiv.org/abs/1307.0414"
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Examples]:
        self._rejected = reporting.RejectedList(self.data_dir)
        folder = Path(dl_manager.manual_dir)
        if archive := competition_csv.find_table(folder):
            return self._table_splits(archive, folder / votes.FILE)
        for root in (folder, folder / "fer2013"):
            if (root / "train").is_dir() and (root / "test").is_dir():
                return self._folder_splits(root)
        raise InputError(
            f"{folder} holds neither {', '.join(competition_csv.TABLES)} nor the folders train and test: "
            f"{self.MANUAL_DOWNLOAD_INSTRUCTIONS}"
        )

    def _table_splits(self, archive: Path, votes_file: Path) -> dict[str, Examples]:
        shares = votes.read_votes(votes_file, self.EXPECTED_ROWS) if votes_file.is_file() else None
        return {
            split: self._generate_examples(
                split, self.EXPECTED_ROWS[usage], self._table_records(archive, usage, shares)
            )
            for split, usage in competition_csv.USAGES.items()
        }

    def _folder_splits(self, root: Path) -> dict[str, Examples]:
        train, test = (class_folders.list_pictures(root, folder) for folder in ("train", "test"))
        held_out = round(len(train) * class_folders.VALIDATION_SHARE)  # about, the rule goes by content
        return {
            "train": self._generate_examples("train", len(train) - held_out, self._folder_records(train, False)),
            "validation": self._generate_examples("validation", held_out, self._folder_records(train, True)),
            "test": self._generate_examples("test", len(test), self._folder_records(test, None)),
        }

    def _generate_examples(self, split: str, expected: int, records: Iterator[dict[str, Any]]) -> Examples:
        for record in reporting.progress(records, expected, split):
            yield record["image_id"], record

    def _table_records(self, archive: Path, usage: str, shares: np.ndarray | None) -> Iterator[dict[str, Any]]:
        for row in competition_csv.read_rows(archive, usage, self.EXPECTED_ROWS):
            word = competition_csv.SOURCE_EMOTIONS[row.emotion]
            yield make_record(
                row.image,
                f"fer{row.index:07d}",
                emotion=emotion_index(word),
                source_label=word,
                emotion_votes=None if shares is None else shares[row.index],
            )

    def _folder_records(
        self, pictures: list[class_folders.Picture], validation: bool | None
    ) -> Iterator[dict[str, Any]]:
        for picture, content in class_folders.read_pictures(pictures, validation):
            try:
                image = decode(content, LARGEST_SIDE)
            except InputError as error:
                self._rejected.add(picture.image_id, picture.path, str(error))
                continue
            yield make_record(image, picture.image_id, emotion=emotion_index(picture.word), source_label=picture.word)
