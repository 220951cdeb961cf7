"""Synthetic faces with disguises: the folder that ``fer_tf.synthesis.generate`` makes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from fer_tf.faces.crop import crop_face
from fer_tf.faces.detect import detect_faces
from fer_tf.labels import EMOTIONS, emotion_index
from tfds_builders import reporting
from tfds_builders.fer2013.class_folders import Picture, list_pictures
from tfds_builders.record import make_record, record_features
from tfds_builders.source.faces import CROP_SIZE, NO_FACE
from tfds_builders.source.pictures import as_rgb, decode
from tfds_builders.synthetic_disguise.sidecar import read_labels

SPLITS = ("train", "test")
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_NAME = re.compile(r"[\w .()+-]{1,200}", re.ASCII)
_LARGEST_SIDE = 4096
_LARGEST_FILE = 64 << 20  # bytes; a noisy picture of the largest size that is decoded has 50 million

Examples = Iterator[tuple[str, dict[str, Any]]]


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds the set from ``SPLIT/EMOTION/NAME.png`` and ``NAME.json``."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    BUILDER_CONFIGS = [  # noqa: RUF012
        tfds.core.BuilderConfig(name="raw", description="pictures as they were generated"),
        tfds.core.BuilderConfig(name="faces", description=f"MTCNN's crop, {CROP_SIZE} x {CROP_SIZE}"),
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "make the folder with `python -m fer_tf.synthesis.generate --source=… --output_dir=FOLDER` and give it as "
        "--manual_dir; it holds train/<emotion>/ and test/<emotion>/ with pictures and a .json beside each"
    )

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=record_features(), supervised_keys=("image", "emotion"))

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Examples]:
        folder = Path(dl_manager.manual_dir)
        splits = [split for split in SPLITS if (folder / split).is_dir()]
        if not splits:
            raise InputError(f"{folder} holds neither train nor test: {self.MANUAL_DOWNLOAD_INSTRUCTIONS}")
        pictures = {split: _list(folder, split) for split in splits}
        self._rejected = reporting.RejectedList(self.data_dir)
        return {split: self._generate_examples(split, pictures[split]) for split in splits}

    def _generate_examples(self, split: str, pictures: list[Picture]) -> Examples:
        # Emotion -> why its first picture was left out; None once one was kept.
        missing: dict[int, str | None] = {}
        for picture in reporting.progress(pictures, len(pictures), split):
            emotion = emotion_index(picture.word)
            try:
                record = self._record(picture, emotion)
            except InputError as error:
                self._rejected.add(_printable(picture.image_id), _printable(str(picture.path)), str(error))
                missing.setdefault(emotion, f"{_printable(picture.image_id)}: {error}")
                continue
            missing[emotion] = None
            yield picture.image_id, record
        for emotion, reason in missing.items():
            if reason:
                raise InputError(f"{split}: no picture of {EMOTIONS[emotion]} can be used, the first one is {reason}")

    def _record(self, picture: Picture, emotion: int) -> dict[str, Any]:
        """The record of a file; InputError with the reason where it cannot be used."""
        if not _NAME.fullmatch(picture.path.name):
            raise InputError("expected a name of letters, digits and . _ - + ( )")
        for path in (picture.path.parent.parent, picture.path.parent, picture.path, picture.path.with_suffix(".json")):
            if path.is_symlink():
                raise InputError(f"{path.name} is a link: expected a file or folder")
        if picture.path.stat().st_size > _LARGEST_FILE:
            raise InputError(f"more than {_LARGEST_FILE >> 20} MiB")
        known = read_labels(picture.path.with_suffix(".json"), EMOTIONS[emotion])
        image = decode(picture.path.read_bytes(), _LARGEST_SIDE)
        if self.builder_config.name == "faces":
            image = _face(image)
        return make_record(image, picture.image_id, emotion=emotion, source_label=picture.word, synthetic=True, **known)


def _list(folder: Path, split: str) -> list[Picture]:
    """Pictures of a split, at least one of each emotion."""
    files = [picture for picture in list_pictures(folder, split) if picture.path.suffix.lower() in _SUFFIXES]
    there = {emotion_index(file.word) for file in files}
    missing = [emotion for index, emotion in enumerate(EMOTIONS) if index not in there]
    if missing:
        raise InputError(
            f"{folder / split} has no picture of {', '.join(missing)}: expected some of each of {', '.join(EMOTIONS)}; "
            "make the rest with the command that began the folder"
        )
    return files


def _face(image: np.ndarray) -> np.ndarray:
    """MTCNN's largest face at its own box, as paper A cuts faces; uint8 (224, 224, 3)."""
    colour = as_rgb(image)
    (faces,) = detect_faces([colour], keep="largest")
    if not faces:
        raise InputError(NO_FACE)
    return crop_face(colour, faces[0].box, CROP_SIZE, margin=0.0)


def _printable(text: str) -> str:
    """Names of files may hold bytes that are no text."""
    return text.encode(errors="backslashreplace").decode()
