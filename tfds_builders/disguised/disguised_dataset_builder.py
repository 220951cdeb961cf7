"""The twin of another dataset: the same ids and labels, and everybody wears something."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from fer_tf.labels import DISGUISES
from tfds_builders import registry
from tfds_builders.derived import DerivedBuilder, Record
from tfds_builders.disguised.options import Twin, TwinOptions
from tfds_builders.disguised.parts import disguised_records
from tfds_builders.record import make_record, record_features


class Builder(DerivedBuilder):
    """Disguises the pictures of a built dataset; where it cannot be done, the record is left out."""

    # Configurations are made from their names, so that twins of many datasets lie side by side.
    CONFIG_FORM = "SOURCE-DISGUISE"
    DONE, ADVICE = "disguised", "choose another disguise, or leave the split out with --splits"
    options: TwinOptions = TwinOptions()

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

    @property
    def source_name(self) -> str:
        """See ``DerivedBuilder``."""
        return self.twin.source

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=record_features(), supervised_keys=("image", "emotion"), metadata=tfds.core.MetadataDict()
        )

    def facts(self, cut_faces: bool) -> dict[str, Any]:
        """See ``DerivedBuilder``."""
        del cut_faces  # they are disguised alike
        return {"disguises": list(self.twin.kinds)}

    def outcomes(self, records: Iterable[Record], count: int, folder: Path) -> Iterator[tuple[Record, bytes | str]]:
        """See ``DerivedBuilder``; what is made is the bytes of a PNG."""
        return disguised_records(records, count, self.twin, self.options, folder)

    def record(self, made: bytes, image_id: str, known: Record) -> Record:
        """See ``DerivedBuilder``."""
        kind, _ = self.twin.drawn(self.options.seed, image_id)
        return make_record(made, image_id, **(known | {"disguise": DISGUISES.index(kind), "synthetic": True}))
