"""Rendered faces: every label exact, no archive needed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.labels import EMOTIONS, UNKNOWN
from fer_tf.synthesis.render.labelled import LabelledFrame
from fer_tf.synthesis.render.people import age_group
from fer_tf.synthesis.render.plan import PLANS, Plan, frames
from tfds_builders import reporting
from tfds_builders.record import make_record, record_features
from tfds_builders.rendered_faces.options import CustomOptions
from tfds_builders.rendered_faces.parts import drawn_subjects

_CUSTOM = "custom"
_MESH_POINTS = 468
_DESCRIPTIONS = {
    "demo": "2,000 faces of 200 people",
    "standard": "20,000 faces of 400 people",
    "units": "17,000 faces of 340 people, each action unit drawn by itself",
    "context": "4,000 people in scenes",
    "tiny": "140 small faces, for tests",
}


def truth_features() -> dict[str, tfds.features.FeatureConnector]:
    """What a rendered record holds beyond ``record.record_features``."""
    return {
        "true_emotion": tfds.features.Scalar(np.int32),
        "place": tfds.features.Text(),
        "hair_style": tfds.features.Text(),
        "pose": tfds.features.Tensor(shape=(3,), dtype=np.float32),
        "mesh": tfds.features.Tensor(shape=(_MESH_POINTS, 2), dtype=np.float32),
        "unit_masks": tfds.features.Image(shape=(None, None, 3), dtype=np.uint8, encoding_format="png"),
        "segments": tfds.features.Image(shape=(None, None, 1), dtype=np.uint8, encoding_format="png"),
        "injected": tfds.features.Text(),
        "twin_of": tfds.features.Text(),
    }


class Builder(tfds.core.GeneratorBasedBuilder):
    """Renders the faces; the same ones each time, on any number of cores."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    BUILDER_CONFIGS = [  # noqa: RUF012
        *(tfds.core.BuilderConfig(name=name, description=text) for name, text in _DESCRIPTIONS.items()),
        tfds.core.BuilderConfig(name=_CUSTOM, description="as its flags say"),
    ]
    # What ``rendered_faces/custom`` holds; the commands set it from their flags.
    options: CustomOptions = CustomOptions()
    # Folder for finished subjects, which outlives a killed build; ``registry.build`` sets it.
    parts_dir: Path | None = None

    @classmethod
    def options_class(cls, config: str) -> type | None:
        """See ``registry.options_class``."""
        return CustomOptions if config == _CUSTOM else None

    @property
    def plan(self) -> Plan:
        """What is drawn."""
        return self.options.plan() if self.builder_config.name == _CUSTOM else PLANS[self.builder_config.name]

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict({**record_features("jpeg"), **truth_features()}),
            supervised_keys=("image", "emotion"),
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        del dl_manager  # nothing to fetch
        reporting.RejectedList(self.data_dir)  # stays empty, but every dataset has the file
        plan = self.plan
        # What was injected stands beside the records.
        self.info.metadata.update(plan.describe())
        return {split: self._generate_examples(plan, split) for split, people in plan.subjects.items() if people}

    def _generate_examples(self, plan: Plan, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
        folder = self.parts_dir or Path(self.data_dir) / "parts"
        drawn = drawn_subjects(plan, split, folder)
        people = plan.subjects[split]
        for index, arrays in enumerate(reporting.progress(drawn, people, split, unit="people")):
            for number, labelled in enumerate(frames(plan, split, index)):
                yield labelled.image_id, _record(labelled, {kind: arrays[f"{kind}_{number}"] for kind in _KINDS})


_KINDS = ("image", "unit_masks", "segments", "mesh")


def _record(labelled: LabelledFrame, drawn: dict[str, np.ndarray]) -> dict[str, Any]:
    frame, subject = labelled.frame, labelled.frame.subject
    record = make_record(
        drawn["image"].tobytes(),
        labelled.image_id,
        subject_id=subject.subject_id,
        sequence_id=labelled.sequence_id,
        frame=labelled.number,
        emotion=labelled.emotion,
        source_label="" if labelled.emotion == UNKNOWN else EMOTIONS[labelled.emotion],
        action_units=frame.expression.intensities(),
        gender=subject.gender,
        skin_tone=subject.skin_tone,
        age_group=age_group(subject.age),
        disguise=frame.disguise,
        synthetic=True,
    )
    truth = {
        "true_emotion": labelled.true_emotion,
        "place": frame.place,
        "hair_style": subject.hair_style,
        "pose": np.array([frame.pose.yaw, frame.pose.pitch, frame.pose.roll], np.float32),
        "mesh": drawn["mesh"],
        "unit_masks": drawn["unit_masks"].tobytes(),
        "segments": drawn["segments"].tobytes(),
        "injected": ",".join(labelled.injected),
        "twin_of": labelled.twin_of,
    }
    return {**record, **truth}
