"""What builders of downloaded datasets share: they say which pictures there are, this reads them."""

import abc
import collections
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from tfds_builders import reporting
from tfds_builders.record import make_record, record_features
from tfds_builders.source.clips import film_pictures, is_film
from tfds_builders.source.faces import CROP_SIZE, face_crops
from tfds_builders.source.items import MISSING, Item, by_split
from tfds_builders.source.options import SourceOptions
from tfds_builders.source.pictures import as_rgb, checked, decode
from tfds_builders.source.tree import SourceTree

Examples = Iterator[tuple[str, dict[str, Any]]]
_LARGEST_PICTURE = 64 << 20  # bytes


def face_configs(*labellings: tuple[str, str]) -> list[tfds.core.BuilderConfig]:
    """Configurations of a builder: every labelling with whole pictures and with faces.

    Args:
        *labellings: (name, what it is); ``""`` names the usual one, whose configurations are ``raw`` and ``faces``,
            those of another are ``NAME`` and ``NAME_faces``.
    """
    configs = []
    for name, text in labellings:
        end = f": {text}" if text else ""
        configs += [
            tfds.core.BuilderConfig(name=name or "raw", description=f"the dataset's pictures{end}"),
            tfds.core.BuilderConfig(
                name=f"{name}_faces" if name else "faces", description=f"MTCNN's crop, {CROP_SIZE} x {CROP_SIZE}{end}"
            ),
        ]
    return configs


class PictureBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builds a dataset from pictures in folders or zip archives.

    Builders set ``MANUAL_DOWNLOAD_INSTRUCTIONS``, ``HOMEPAGE``, ``EXPECTED`` and ``BUILDER_CONFIGS``, and have
    ``items``.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    BUILDER_CONFIGS = face_configs(("", ""))
    HOMEPAGE = ""
    # Official split -> what the archive holds of it, as ``counted`` counts; a smaller one was cut off or half unpacked.
    # Empty: unknown.
    EXPECTED: Mapping[str, int] = {}
    # What ``counted`` counts, in a word.
    COUNTED = "pictures"
    # See ``derived.shows_cut_faces``.
    CUT_FACES = False
    options: SourceOptions = SourceOptions()
    # Folder for finished parts, which outlives a killed build; ``registry.build`` sets it.
    parts_dir: Path | None = None

    @abc.abstractmethod
    def items(self, tree: SourceTree) -> Iterable[tuple[str, Item]]:
        """All pictures of the dataset with their official split, or ``items.BY_SUBJECT``.

        Args:
            tree: the user's folder.

        Raises:
            InputError: a file is missing or says what cannot be.
        """

    def counted(self, item: Item) -> str:
        """What ``EXPECTED`` counts, each once: by default the picture."""
        return item.image_id

    def source_folder(self, folder: Path) -> Path:
        """Where the dataset lies in the user's folder: whoever keeps all archives in one place has a folder for each.

        Args:
            folder: ``--manual_dir``.
        """
        return folder / self.name if (folder / self.name).is_dir() else folder

    def pictures(self, tree: SourceTree, items: list[Item]) -> Iterator[tuple[Item, bytes | np.ndarray | str]]:
        """Each item with the bytes of its PNG or JPEG, its pixels, or as text why there are none.

        Args:
            tree: the user's folder.
            items: of one split, without faults; those of a video one after the other, by ``frame``.
        """
        for file, group in itertools.groupby(items, key=lambda item: item.file):
            if is_film(file):
                yield from film_pictures(tree, list(group))
                continue
            for item in group:
                try:
                    yield item, checked(tree.read(file, _LARGEST_PICTURE))
                except InputError as error:
                    yield item, str(error)

    @classmethod
    def options_class(cls, config: str) -> type | None:
        """See ``registry.options_class``."""
        del config  # all of them
        return SourceOptions

    @property
    def labelling(self) -> str:
        """Name of the labelling, as given to ``face_configs``; the usual one is empty."""
        return self.builder_config.name.removesuffix("faces").removesuffix("_").removesuffix("raw")

    @property
    def expected(self) -> Mapping[str, int]:
        """As ``EXPECTED``, of this configuration."""
        return self.EXPECTED

    @property
    def shows_cut_faces(self) -> bool:
        """See ``derived.shows_cut_faces``; asked after ``items``."""
        return self.CUT_FACES or self.cuts_faces

    @property
    def cuts_faces(self) -> bool:
        """Whether the configuration is one with faces."""
        return self.builder_config.name.endswith("faces")

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=record_features(),
            supervised_keys=("image", "emotion"),
            homepage=self.HOMEPAGE,
            metadata=tfds.core.MetadataDict(),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Examples]:
        tree = SourceTree(self.source_folder(Path(dl_manager.manual_dir)))
        own_splits, subjects = self.options.read_splits(), self.options.read_subjects()
        found = list(self.items(tree))
        self._check_complete(tree, found)
        splits = by_split(self.name, found, own_splits, subjects)
        self._rejected = reporting.RejectedList(self.data_dir)
        self.info.metadata.update(self.options.describe() | {"cut_faces": self.shows_cut_faces})
        return {split: self._generate_examples(tree, split, items) for split, items in splits.items()}

    def _check_complete(self, tree: SourceTree, found: list[tuple[str, Item]]) -> None:
        if not found:
            raise InputError(f"{tree.folder} holds no pictures of {self.name}: {self.MANUAL_DOWNLOAD_INSTRUCTIONS}")
        if self.options.partial:
            return
        named, there = (collections.defaultdict(set) for _ in range(2))
        for split, item in found:
            named[split].add(self.counted(item))
            if item.fault != MISSING:
                there[split].add(self.counted(item))
        for split in {**self.expected, **named}:
            expected, came = max(len(named[split]), self.expected.get(split, 0)), len(there[split])
            if came < expected:
                raise InputError(
                    f"{tree.folder}: expected {expected:,} {self.COUNTED} of {split or self.name}, came {came:,}: "
                    "unpack or download it again, or take what is there with --partial"
                )

    def _generate_examples(self, tree: SourceTree, split: str, items: list[Item]) -> Any:
        usable = [item for item in items if not item.fault]
        for item in items:
            if item.fault:
                self._rejected.add(item.image_id, item.file, item.fault)
        if getattr(self.options, "beam_runner", ""):
            from tfds_builders.source.beam import Examples as BeamExamples

            rejected = Path(self.data_dir) / f"{Path(reporting.REJECTED_FILE).stem}_{split}"
            return BeamExamples(f"{self.name}/{self.builder_config.name}", tree.folder, usable, rejected)
        return self._read(tree, split, usable, len(items))

    def _read(self, tree: SourceTree, split: str, usable: list[Item], count: int) -> Examples:
        some = False
        outcomes = self._faces(tree, usable) if self.cuts_faces else self.pictures(tree, usable)
        for item, image in reporting.progress(outcomes, len(usable), split):
            if isinstance(image, str):
                self._rejected.add(item.image_id, item.file, image)
                continue
            some = True
            yield item.image_id, make_record(image, item.image_id, **item.known)
        if not some:
            where = Path(self.data_dir) / reporting.REJECTED_FILE
            raise InputError(f"{self.name}: no picture of {split} can be used, of {count}: see {where}")

    def _faces(self, tree: SourceTree, items: list[Item]) -> Iterator[tuple[Item, bytes | str]]:
        folder = self.parts_dir or Path(self.data_dir) / "parts"
        unread: list[tuple[Item, str]] = []

        def read() -> Iterator[tuple[Item, np.ndarray, Any]]:
            for item, image in self.pictures(tree, items):
                if isinstance(image, str):
                    unread.append((item, image))
                else:
                    yield item, as_rgb(decode(image) if isinstance(image, bytes) else image), item.box

        yield from face_crops(read(), len(items), folder)
        yield from unread
