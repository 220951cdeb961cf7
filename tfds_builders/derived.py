"""Datasets that are made from another built one, picture by picture: ``disguised`` and ``context``."""

import abc
import collections
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from tfds_builders import registry, reporting
from tfds_builders.names import original
from tfds_builders.parts import Part, finished
from tfds_builders.record import record_features

# Pictures of a part: enough for the batches of the detectors, few enough to lose little to a kill.
_PICTURES = 64

Record = dict[str, Any]


class DerivedBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Goes through the splits of the source; what cannot be used is listed. Builders say what is made."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012 (tfds reads it from the class)
    # What is done with a picture, and what to do where it can be done with none, for messages.
    DONE, ADVICE = "used", "leave the split out with --splits"
    # Fields beyond the common ones that are read where the source has them.
    ALSO_READ: tuple[str, ...] = ()
    # Of a class with ``splits``, ``source_dir`` and ``describe``; the commands set it from their flags.
    options: Any
    # Folder for finished parts, which outlives a killed build, and the one of the built datasets;
    # ``registry.build`` sets them.
    parts_dir: Path | None = None
    built_dir: Path | None = None

    @property
    @abc.abstractmethod
    def source_name(self) -> str:
        """The dataset that this one is made from."""

    @abc.abstractmethod
    def facts(self, cut_faces: bool) -> dict[str, Any]:
        """What stands in the metadata beside the options.

        Args:
            cut_faces: ``shows_cut_faces`` of the source.
        """

    @abc.abstractmethod
    def outcomes(self, records: Iterable[Record], count: int, folder: Path) -> Iterator[tuple[Record, Any]]:
        """Each record without its image, with what was made of it or, as text, why there is nothing.

        Args:
            records: of the source, image uint8 (H, W, 3).
            count: how many there are.
            folder: where finished parts are kept.
        """

    @abc.abstractmethod
    def record(self, made: Any, image_id: str, known: Record) -> Record:
        """The record to be stored.

        Args:
            made: from ``outcomes``.
            image_id: of the picture.
            known: what else the source says, text decoded.
        """

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        del dl_manager  # nothing to fetch
        folder = self.options.source_dir or self.built_dir or Path(self.data_dir).parents[2]
        source = registry.load_builder(self.source_name, folder)
        splits = _chosen_splits(self.options.splits, list(source.info.splits), self.source_name)
        self._rejected = reporting.RejectedList(self.data_dir)
        cut_faces = shows_cut_faces(self.source_name, source)
        facts = {"source": source.info.full_name, "cut_faces": cut_faces, **self.facts(cut_faces)}
        self.info.metadata.update(self.options.describe() | facts)
        return {split: self._generate_examples(source, split) for split in splits}

    def _generate_examples(self, source: tfds.core.DatasetBuilder, split: str) -> Iterator[tuple[str, Record]]:
        parts = self.parts_dir or Path(self.data_dir) / "parts"
        count = source.info.splits[split].num_examples
        outcomes = self.outcomes(read_records(source, split, self.ALSO_READ), count, parts)
        reasons: collections.Counter[str] = collections.Counter()
        some = False
        for record, outcome in reporting.progress(outcomes, count, split):
            image_id = record.pop("image_id").decode()
            if isinstance(outcome, str):
                self._rejected.add(image_id, f"{self.source_name}/{split}", outcome)
                reasons[outcome] += 1
                continue
            some = True
            yield image_id, self.record(outcome, image_id, with_text(record))
        if not some:
            counts = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common(3))
            raise InputError(f"{self.source_name}: no picture of {split} could be {self.DONE}: {counts}: {self.ADVICE}")


def with_text(record: Record) -> Record:
    """The fields of a record that was read, with their bytes as text."""
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in record.items()}


def shows_cut_faces(dataset: str, built: tfds.core.DatasetBuilder) -> bool:
    """Whether the pictures are faces that were cut out tightly, as FER-2013's are.

    Args:
        dataset: its name.
        built: the same, built.
    """
    facts = built.info.metadata or {}
    if "cut_faces" in facts or "framing" in facts:
        return bool(facts.get("cut_faces", facts.get("framing") == "crops"))
    return getattr(registry.builder_class(original(dataset).partition("/")[0]), "CUT_FACES", False)


def made_in_parts(
    records: Iterable[Record],
    count: int,
    decide: Callable[[list[Record]], Any],
    make: Callable[[list[np.ndarray], Any], dict[str, np.ndarray]],
    folder: Path,
) -> Iterator[tuple[Record, dict[str, np.ndarray]]]:
    """Makes something of the picture of each record, on all cores, in parts that are kept.

    Args:
        records: with ``image``, uint8 (H, W, 3).
        count: how many there are.
        decide: from the records of a part to all that decides, beside their pictures, what is made: JSON values.
        make: a function of a module; from the pictures of a part and what was decided to arrays named ``KIND_NUMBER``.
        folder: where finished parts are kept. Those of the same pictures and decisions are used again.

    Yields:
        Each record without its image, in the order given, with its arrays: kind -> array.
    """
    waiting: list[list[Record]] = []  # as far as the parts are ahead of what is yielded
    workers = min(os.cpu_count() or 1, -(-count // _PICTURES))
    for arrays in finished(_parts(records, decide, make, folder, waiting), workers):
        for number, record in enumerate(waiting.pop(0)):
            end = f"_{number}"
            yield record, {name.removesuffix(end): array for name, array in arrays.items() if name.endswith(end)}


def _parts(records: Iterable[Record], decide, make, folder: Path, waiting: list[list[Record]]) -> Iterator[Part]:
    stream = iter(records)
    while chunk := list(itertools.islice(stream, _PICTURES)):
        images = [record.pop("image") for record in chunk]
        decided = decide(chunk)
        waiting.append(chunk)
        yield Part(folder / f"{_digest(images, decided)}.npz", make, (images, decided))


def _digest(images: list[np.ndarray], decided: Any) -> str:
    """Of everything that decides what a part holds: a source that was built anew gets new parts."""
    digest = hashlib.sha256(json.dumps([decided, [image.shape for image in images]]).encode())
    for image in images:
        digest.update(np.ascontiguousarray(image))
    return digest.hexdigest()[:32]


def _chosen_splits(asked: str, known: list[str], source: str) -> list[str]:
    """The splits that are made, with commas; all of the source where nothing is asked."""
    chosen = [word.strip() for word in asked.split(",") if word.strip()] or known
    for split in chosen:
        if split not in known:
            raise InputError(f"--splits: {source} has no split {split!r}: known are {', '.join(known)}")
    return chosen


def read_records(source: tfds.core.DatasetBuilder, split: str, also: Sequence[str] = ()) -> Iterator[Record]:
    """Records of a built dataset in the order in which they are stored.

    Args:
        source: the dataset.
        split: which part of it.
        also: fields beyond the common ones that are read where the source has them.
    """
    fields = [*record_features(), *(name for name in also if name in source.info.features)]
    only = tfds.decode.PartialDecoding(dict.fromkeys(fields, True))
    read_config = tfds.ReadConfig(try_autocache=False)  # a cache would hold the whole split
    return iter(
        tfds.as_numpy(source.as_dataset(split=split, shuffle_files=False, decoders=only, read_config=read_config))
    )
