"""Reads a dataset once and keeps of each picture a row of numbers."""

import dataclasses
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fer_tf.data.audit.measure import DIGEST, FACTS, measure
from fer_tf.data.audit.near import Thumbnails
from fer_tf.labels import GROUPS
from tfds_builders.parts import Part, finished

Record = Mapping[str, Any]
# Fields of a record that are kept as they are.
TEXTS = ("image_id", "subject_id", "sequence_id")
NUMBERS = ("emotion", *GROUPS)
FIELDS = ("image", *TEXTS, *NUMBERS, "emotion_votes")
# Pictures that are measured at a time, and lost at most when the process is killed.
_PICTURES = 64
_PARTS = "parts"


@dataclasses.dataclass(frozen=True)
class Collected:
    """What an audit knows of a dataset of N pictures.

    Attributes:
        splits: their names.
        split: int8 (N,), index in ``splits``.
        texts: each of ``TEXTS`` -> bytes (N,), empty where unknown.
        numbers: each of ``NUMBERS`` -> int8 (N,), -1 where unknown.
        votes: float32 (N, 7), NaN where there are none.
        facts: each of ``measure.FACTS`` -> float32 (N,).
        digests: bytes (N,), equal where shape and pixels are; empty where a picture cannot be read.
        reasons: number of a picture that cannot be read -> why.
        thumbnails: small pictures, in a file.
        detectors: what looked for faces.
        cut_faces: whether these are tight crops.
    """

    splits: tuple[str, ...]
    split: np.ndarray
    texts: dict[str, np.ndarray]
    numbers: dict[str, np.ndarray]
    votes: np.ndarray
    facts: dict[str, np.ndarray]
    digests: np.ndarray
    reasons: dict[int, str]
    thumbnails: Thumbnails
    detectors: tuple[str, ...]
    cut_faces: bool

    def __len__(self) -> int:
        return len(self.split)

    @property
    def readable(self) -> np.ndarray:
        """Bool (N,)."""
        return ~np.isnan(self.facts["height"])

    def ids(self, numbers: np.ndarray) -> list[str]:
        """The names of some pictures."""
        return [name.decode("utf-8", "replace") for name in self.texts["image_id"][numbers].tolist()]

    def split_names(self, numbers: np.ndarray) -> list[str]:
        """The splits of some pictures."""
        return [self.splits[number] for number in self.split[numbers].tolist()]


def collect(
    records: Mapping[str, Iterable[Record]],
    folder: Path,
    detectors: tuple[str, ...],
    *,
    cut_faces: bool = False,
    progress: Callable[[Iterable], Iterable] = iter,
    workers: int | None = None,
) -> Collected:
    """Measures every picture, on all cores. What a killed audit had measured is read again from the folder.

    Args:
        records: split -> its records with ``FIELDS``, the image encoded.
        folder: for small pictures and finished parts; made.
        detectors: see ``measure.find_faces``.
        cut_faces: whether these are tight crops.
        progress: passes on the records; ``tqdm`` shows a bar.
        workers: see ``parts.finished``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, waiting, thumbnails = _Rows(), [], Thumbnails(folder)
    every = ((index, record) for index, split in enumerate(records.values()) for record in split)
    parts = _parts(progress(every), folder / _PARTS, detectors, waiting)
    for arrays in finished(parts, workers or os.cpu_count()):
        thumbnails.append(arrays["thumbnails"])
        rows.add(waiting.pop(0), arrays)
    shutil.rmtree(folder / _PARTS, ignore_errors=True)
    return rows.collected(tuple(records), thumbnails, detectors, cut_faces)


def _parts(records: Iterable, folder: Path, detectors: tuple[str, ...], waiting: list[dict]) -> Iterator[Part]:
    stream = iter(records)
    while chunk := list(itertools.islice(stream, _PICTURES)):
        contents = [bytes(record["image"]) for _, record in chunk]
        waiting.append(_columns(chunk))
        digest = hashlib.sha256(repr((FACTS, detectors)).encode())
        for content in contents:
            digest.update(hashlib.sha256(content).digest())
        yield Part(folder / f"{digest.hexdigest()[:32]}.npz", measure, (contents, detectors))


def _columns(chunk: list[tuple[int, Record]]) -> dict[str, np.ndarray]:
    """What a part's records say, beside their pictures."""
    columns = {name: np.array([record[name] for _, record in chunk], np.bytes_) for name in TEXTS}
    columns |= {name: np.array([record[name] for _, record in chunk], np.int8) for name in NUMBERS}
    columns["split"] = np.array([split for split, _ in chunk], np.int8)
    columns["votes"] = np.array([record["emotion_votes"] for _, record in chunk], np.float32)
    return columns


class _Rows:
    """Columns that grow part by part."""

    def __init__(self):
        self._columns: dict[str, list[np.ndarray]] = {}
        self._reasons: dict[int, str] = {}
        self._count = 0

    def add(self, columns: dict[str, np.ndarray], measured: dict[str, np.ndarray]) -> None:
        unread = measured["reasons"] != b""
        for number in np.flatnonzero(unread).tolist():
            self._reasons[self._count + number] = measured["reasons"][number].decode()
        digests = np.ascontiguousarray(measured["digests"]).view(f"S{DIGEST}")[:, 0]
        for name, values in (columns | {"digests": digests, "facts": measured["facts"]}).items():
            self._columns.setdefault(name, []).append(values)
        self._count += len(unread)

    def collected(self, splits, thumbnails: Thumbnails, detectors, cut_faces: bool) -> Collected:
        columns = {name: np.concatenate(self._columns.pop(name)) for name in list(self._columns)}
        facts = columns["facts"]
        return Collected(
            splits=splits,
            split=columns["split"],
            texts={name: columns[name] for name in TEXTS},
            numbers={name: columns[name] for name in NUMBERS},
            votes=columns["votes"],
            facts={name: facts[:, number] for number, name in enumerate(FACTS)},
            digests=columns["digests"],
            reasons=self._reasons,
            thumbnails=thumbnails,
            detectors=detectors,
            cut_faces=cut_faces,
        )
