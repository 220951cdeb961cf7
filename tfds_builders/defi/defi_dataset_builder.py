"""DeFi by the protocol of "SAFER": other datasets merged, labels agreed on, classes balanced, every face masked too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from tfds_builders import registry, reporting
from tfds_builders.defi.options import DefiOptions, Merged
from tfds_builders.defi.parts import MASKS, masked_pairs
from tfds_builders.defi.selection import Candidate, candidate, left_out_for_balance, merged_id
from tfds_builders.derived import Record, read_records, shows_cut_faces, with_text
from tfds_builders.names import subject_prefix
from tfds_builders.record import make_record, record_features
from tfds_builders.source.splits import SHARES

# Ends the id of a twin, which begins with its original's.
TWIN = "#masked"


class Builder(tfds.core.GeneratorBasedBuilder):
    """Merges built datasets; the pictures that are left out are listed."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    # Configurations are made from their names, so that mergers of many datasets lie side by side.
    CONFIG_FORM = "SOURCE+SOURCE"
    options: DefiOptions = DefiOptions()
    # See ``derived.DerivedBuilder``.
    parts_dir: Path | None = None
    built_dir: Path | None = None

    @classmethod
    def config_named(cls, name: str) -> tfds.core.BuilderConfig:
        """The configuration of a name.

        Raises:
            InputError: see ``Merged.from_name``.
        """
        merged = Merged.from_name(name)
        return tfds.core.BuilderConfig(name=merged.name, description=f"{', '.join(merged.sources)}, with masked twins")

    @classmethod
    def options_class(cls, config: str) -> type | None:
        """See ``registry.options_class``."""
        del config  # all of them
        return DefiOptions

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=record_features(),
            supervised_keys=("image", "emotion"),
            homepage="https://arxiv.org/abs/2306.09372",
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        del dl_manager  # nothing to fetch
        folder = self.options.source_dir or self.built_dir or Path(self.data_dir).parents[2]
        names = Merged.from_name(self.builder_config.name).sources
        sources = {name: registry.load_builder(name, folder) for name in names}
        self._rejected = reporting.RejectedList(self.data_dir)
        self.info.metadata.update(
            self.options.describe()
            | {
                "sources": [source.info.full_name for source in sources.values()],
                "disguises": list(MASKS.kinds),
                "cut_faces": all(shows_cut_faces(name, source) for name, source in sources.items()),
            }
        )
        taken = self._taken(sources)
        if not taken:
            raise InputError(
                f"{self.builder_config.name}: no picture is left with --consensus={self.options.consensus:g}, of "
                f"{sum(_size(source) for source in sources.values()):,}: lower it, or name other sources"
            )
        splits = [split for split in SHARES if any(chosen.split == split for chosen in taken.values())]
        return {split: self._generate_examples(sources, split, taken) for split in splits}

    def _taken(self, sources: dict[str, tfds.core.DatasetBuilder]) -> dict[str, Candidate]:
        """Id -> picture that is taken; the others are listed."""
        found: dict[str, Candidate] = {}
        reading = _records(sources)
        for source, record in reporting.progress(reading, sum(map(_size, sources.values())), "reading"):
            image_id = merged_id(source, record["image_id"].decode())
            found[image_id] = candidate(source, record, self.options.consensus)
        left_out = {image_id: chosen.fault for image_id, chosen in found.items() if chosen.fault}
        found = {image_id: chosen for image_id, chosen in found.items() if not chosen.fault}
        if self.options.balance:
            left_out |= left_out_for_balance(found)
        for image_id, reason in left_out.items():
            self._rejected.add(image_id, image_id.partition(":")[0], reason)
        return {image_id: chosen for image_id, chosen in found.items() if image_id not in left_out}

    def _generate_examples(
        self, sources: dict[str, tfds.core.DatasetBuilder], split: str, taken: dict[str, Candidate]
    ) -> Iterator[tuple[str, Record]]:
        count = sum(chosen.split == split for chosen in taken.values())
        parts = self.parts_dir or Path(self.data_dir) / "parts"
        wanted = _merged(sources, split, taken)
        for record, pair in reporting.progress(masked_pairs(wanted, count, self.options.seed, parts), count, split):
            image_id = record.pop("image_id")
            yield image_id, make_record(pair.bare, image_id, **record)
            if isinstance(pair.masked, str):
                self._rejected.add(image_id + TWIN, image_id.partition(":")[0], pair.masked)
                continue
            twin = record | {"disguise": DISGUISES.index(pair.kind), "synthetic": True}
            yield image_id + TWIN, make_record(pair.masked, image_id + TWIN, **twin)


def _size(source: tfds.core.DatasetBuilder) -> int:
    return sum(split.num_examples for split in source.info.splits.values())


def _records(sources: dict[str, tfds.core.DatasetBuilder]) -> Iterator[tuple[str, Record]]:
    for name, source in sources.items():
        for split in source.info.splits:
            for record in read_records(source, split):
                yield name, record


def _merged(sources: dict[str, tfds.core.DatasetBuilder], split: str, taken: dict[str, Candidate]) -> Iterator[Record]:
    """Records of one split, named so that those of several datasets are told apart, with the emotion agreed on."""
    for source, record in _records(sources):
        image_id = merged_id(source, record["image_id"].decode())
        if image_id not in taken or taken[image_id].split != split:
            continue
        named = with_text(record) | {"image_id": image_id, "emotion": taken[image_id].emotion}
        for name in ("subject_id", "sequence_id"):
            named[name] = named[name] and subject_prefix(source) + named[name]
        yield named
