"""FER+: FER-2013's faces, labelled anew by ten annotators each (Barsoum et al. 2016)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from tfds_builders import reporting
from tfds_builders.fer2013 import competition_csv, votes
from tfds_builders.ferplus import rules
from tfds_builders.record import make_record, record_features

RULES: dict[str, tuple[rules.Rule, str]] = {
    "majority": (rules.majority, "more than half of the votes, without those of a single annotator"),
    "distribution": (rules.distribution, "most votes, and the shares of the emotions"),
    "consensus": (rules.consensus(rules.HALF), "at least half of the votes"),
    "consensus_80": (rules.consensus(rules.FOUR_FIFTHS), "at least 80 % of the votes"),
}


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds FER+ from FER-2013's table and the table of votes."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(name=name, description=text) for name, (_, text) in RULES.items()
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "put fer2013.tar.gz or fer2013.csv there, from "
        "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge/data, "
        "and fer2013new.csv, from https://github.com/microsoft/FERPlus"
    )
    # See ``derived.shows_cut_faces``.
    CUT_FACES = True
    # The whole tables, usage -> rows.
    EXPECTED = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}  # noqa: RUF012

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=record_features(),
            supervised_keys=("image", "emotion"),
            homepage="https://arxiv.org/abs/1608.01041",
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        folder = Path(dl_manager.manual_dir)
        table, votes_file = competition_csv.find_table(folder), folder / votes.FILE
        if table is None or not votes_file.is_file():
            missing = " nor ".join(competition_csv.TABLES) if table is None else votes.FILE
            raise InputError(f"{folder} holds no {missing}: {self.MANUAL_DOWNLOAD_INSTRUCTIONS}")
        counts = votes.read_counts(votes_file, self.EXPECTED)
        self._rejected = reporting.RejectedList(self.data_dir)
        return {
            split: self._generate_examples(split, usage, table, counts)
            for split, usage in competition_csv.USAGES.items()
        }

    def _generate_examples(
        self, split: str, usage: str, table: Path, counts: np.ndarray
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        rule, _ = RULES[self.builder_config.name]
        rows = competition_csv.read_rows(table, usage, self.EXPECTED)
        for row in reporting.progress(rows, self.EXPECTED[usage], split):
            image_id = f"fer{row.index:07d}"
            label = rule(counts[row.index])
            if isinstance(label, str):
                self._rejected.add(image_id, f"{votes.FILE}, row {row.index + 1}", label)
                continue
            yield (
                image_id,
                make_record(
                    row.image, image_id, emotion=label.emotion, source_label=label.word, emotion_votes=label.shares
                ),
            )
