"""The twin of another dataset: the same ids and labels, and everybody wears something."""

import collections
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from tfds_builders import registry, reporting
from tfds_builders.disguised.options import Twin, TwinOptions
from tfds_builders.disguised.parts import disguised_records
from tfds_builders.record import make_record, record_features


class Builder(tfds.core.GeneratorBasedBuilder):
    """Disguises the pictures of a built dataset; where it cannot be done, the record is left out."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    # Configurations are made from their names, so that twins of many datasets lie side by side.
    CONFIG_FORM = "SOURCE-DISGUISE"
    options: TwinOptions = TwinOptions()
    # Folder for finished parts, which outlives a killed build, and the one of the built datasets;
    # ``registry.build`` sets them.
    parts_dir: Path | None = None
    built_dir: Path | None = None

    @classmethod
    def config_named(cls, name: str) -> tfds.core.BuilderConfig:
        """The configuration of a name.

        Raises:
            InputError: the name has another form, or source or disguise are unknown.
        """
        twin = Twin.from_name(name)
        registry.check_known(twin.source)
        return tfds.core.BuilderConfig(name=twin.name, description=f"{twin.source} with {' or '.join(twin.kinds)}")

    @classmethod
    def options_class(cls, config: str) -> type | None:
        """See ``registry.options_class``."""
        del config  # all of them
        return TwinOptions

    @property
    def twin(self) -> Twin:
        """Whose twin it is, and what is worn."""
        return Twin.from_name(self.builder_config.name)

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=record_features(), supervised_keys=("image", "emotion"), metadata=tfds.core.MetadataDict()
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        del dl_manager  # nothing to fetch
        folder = self.options.source_dir or self.built_dir or Path(self.data_dir).parents[2]
        source = registry.load_builder(self.twin.source, folder)
        splits = self.options.chosen_splits(list(source.info.splits), self.twin.source)
        self._rejected = reporting.RejectedList(self.data_dir)
        facts = {"source": source.info.full_name, "disguises": list(self.twin.kinds)}
        self.info.metadata.update(self.options.describe() | facts)
        return {split: self._generate_examples(source, split) for split in splits}

    def _generate_examples(self, source: tfds.core.DatasetBuilder, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
        parts = self.parts_dir or Path(self.data_dir) / "parts"
        count = source.info.splits[split].num_examples
        records = disguised_records(_read(source, split), count, self.twin, self.options, parts)
        reasons: collections.Counter[str] = collections.Counter()
        some = False
        for record, outcome in reporting.progress(records, count, split):
            image_id = record.pop("image_id").decode()
            if isinstance(outcome, str):
                self._rejected.add(image_id, f"{self.twin.source}/{split}", outcome)
                reasons[outcome] += 1
                continue
            some = True
            yield image_id, self._record(outcome, image_id, record)
        if not some:
            counts = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(3))
            raise InputError(
                f"{self.twin.source}: no picture of {split} could be disguised: {counts}: "
                "choose another disguise, or leave the split out with --splits"
            )

    def _record(self, png: bytes, image_id: str, known: dict[str, Any]) -> dict[str, Any]:
        known = {name: value.decode() if isinstance(value, bytes) else value for name, value in known.items()}
        kind, _ = self.twin.drawn(self.options.seed, image_id)
        return make_record(png, image_id, **(known | {"disguise": DISGUISES.index(kind), "synthetic": True}))


def _read(source: tfds.core.DatasetBuilder, split: str) -> Iterator[dict[str, Any]]:
    """What every dataset has, one record after the other, in the order in which they are stored."""
    only = tfds.decode.PartialDecoding(dict.fromkeys(record_features(), True))
    read_config = tfds.ReadConfig(try_autocache=False)  # a cache would hold the whole split
    return iter(
        tfds.as_numpy(source.as_dataset(split=split, shuffle_files=False, decoders=only, read_config=read_config))
    )
