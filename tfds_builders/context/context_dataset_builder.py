"""Another dataset for networks that look at the situation too: frame, face with mesh, background, place."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from fer_tf.faces.mesh import POINTS
from fer_tf.faces.streams import SIDE
from tfds_builders import registry
from tfds_builders.context.options import ContextOptions
from tfds_builders.context.parts import PICTURES, context_records
from tfds_builders.derived import DerivedBuilder, Record
from tfds_builders.names import source_from, source_part
from tfds_builders.record import make_record, record_features


def context_features() -> dict[str, tfds.features.FeatureConnector]:
    """What a record holds beyond ``record.record_features``; there ``image`` is the whole frame, resized."""
    return {
        **{name: _picture() for name in PICTURES},
        "background_share": tfds.features.Scalar(np.float32),
        "mesh": tfds.features.Tensor(shape=(POINTS, 3), dtype=np.float32),
        "face_box": tfds.features.Tensor(shape=(4,), dtype=np.float32),
        "faces": tfds.features.Scalar(np.int32),
        "place": tfds.features.Text(),
    }


def _picture() -> tfds.features.Image:
    return tfds.features.Image(shape=(SIDE, SIDE, 3), dtype=np.uint8, encoding_format="jpeg")


class Builder(DerivedBuilder):
    """Takes the pictures of a built dataset apart; one without a face is left out."""

    # Configurations are made from their names, so that those of many datasets lie side by side.
    CONFIG_FORM = "SOURCE"
    DONE, ADVICE = "used", "try another --detector, --crops=yes for faces that are cut out, or other --splits"
    ALSO_READ = ("place",)
    options: ContextOptions = ContextOptions()

    @classmethod
    def config_named(cls, name: str) -> tfds.core.BuilderConfig:
        """The configuration of a name.

        Raises:
            InputError: there is no name, or the source is unknown.
        """
        if not name:
            raise InputError(
                "context/: expected context/SOURCE, such as context/fer2013 or context/rendered_faces.context"
            )
        source = source_from(name)
        registry.check_known(source)
        return tfds.core.BuilderConfig(name=source_part(source), description=f"{source} with its situation")

    @classmethod
    def options_class(cls, config: str) -> type | None:
        """See ``registry.options_class``."""
        del config  # all of them
        return ContextOptions

    @property
    def source_name(self) -> str:
        """See ``DerivedBuilder``."""
        return source_from(self.builder_config.name)

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict({**record_features("jpeg"), **context_features()}),
            supervised_keys=("image", "emotion"),
            metadata=tfds.core.MetadataDict(),
        )

    def facts(self, cut_faces: bool) -> dict[str, Any]:
        """See ``DerivedBuilder``."""
        self._settings = self.options.settings(cut_faces)
        return {"as_crops": self._settings.crops}

    def outcomes(self, records: Iterable[Record], count: int, folder: Path) -> Iterator[tuple[Record, Record | str]]:
        """See ``DerivedBuilder``; what is made is the fields of ``Streams``."""
        return context_records(records, count, self._settings, folder)

    def record(self, made: Record, image_id: str, known: Record) -> Record:
        """See ``DerivedBuilder``."""
        place = known.pop("place", "")
        common = make_record(made.pop("image"), image_id, **known)
        numbers = {"background_share": np.float32(made["background_share"]), "faces": np.int32(made["faces"])}
        return {**common, **made, **numbers, "place": place}
