"""Cartoon faces drawn on the spot: every label exact, no archive needed."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.labels import EMOTIONS
from tfds_builders import reporting
from tfds_builders.drawn_faces import draw, people
from tfds_builders.record import make_record, record_features

_SEED = 20240


@dataclasses.dataclass
class DrawnFacesConfig(tfds.core.BuilderConfig):
    """How many people a split has; each shows every emotion once."""

    train: int = 0
    validation: int = 0
    test: int = 0


class Builder(tfds.core.GeneratorBasedBuilder):
    """Draws the faces; the same ones each time."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    BUILDER_CONFIGS = [  # noqa: RUF012
        DrawnFacesConfig(name="demo", description="2,100 faces", train=200, validation=50, test=50),
        DrawnFacesConfig(name="tiny", description="140 faces, for tests", train=10, validation=5, test=5),
    ]

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=record_features(), supervised_keys=("image", "emotion"))

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        del dl_manager  # nothing to fetch
        reporting.RejectedList(self.data_dir)  # stays empty, but every dataset has the file
        config = self.builder_config
        first = 0
        splits = {}
        # People are numbered through all splits, so that nobody is in two.
        for split in ("train", "validation", "test"):
            count = getattr(config, split)
            splits[split] = self._generate_examples(split, range(first, first + count))
            first += count
        return splits

    def _generate_examples(self, split: str, numbers: range) -> Iterator[tuple[str, dict[str, Any]]]:
        pairs = ((number, emotion) for number in numbers for emotion in range(len(EMOTIONS)))
        for number, emotion in reporting.progress(pairs, len(numbers) * len(EMOTIONS), split):
            person = people.random_person(np.random.default_rng((_SEED, number)))
            # A generator of its own for each picture: none depends on how many came before.
            rng = np.random.default_rng((_SEED, number, emotion))
            units = people.random_units(EMOTIONS[emotion], rng)
            disguise = people.random_disguise(person, rng)
            subject_id = f"person{number:04d}"
            image_id = f"{subject_id}_{EMOTIONS[emotion]}"
            yield (
                image_id,
                make_record(
                    draw.draw_face(person, units, disguise, rng),
                    image_id,
                    subject_id=subject_id,
                    emotion=emotion,
                    source_label=EMOTIONS[emotion],
                    action_units=people.unit_columns(units),
                    gender=person.gender,
                    skin_tone=person.skin_tone,
                    disguise=disguise,
                    synthetic=True,
                ),
            )
