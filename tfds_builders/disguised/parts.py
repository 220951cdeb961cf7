"""Disguises records in parts that are kept."""

import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.photo import Refused, disguise_pictures
from tfds_builders.disguised.options import Twin, TwinOptions
from tfds_builders.parts import Part, encoded, finished

# Pictures of a part: enough for the batches of the detectors, few enough to lose little to a kill.
_PICTURES = 64

Record = dict[str, Any]


def disguised_records(
    records: Iterable[Record], count: int, twin: Twin, options: TwinOptions, folder: Path
) -> Iterator[tuple[Record, bytes | str]]:
    """Disguises the picture of each record.

    Args:
        records: features of ``record.record_features``, image uint8 (H, W, 3).
        count: how many there are.
        twin: what is worn.
        options: seed, and whether those with a disguise get another.
        folder: where finished parts are kept. Those of the same pictures and options are used again.

    Yields:
        Each record without its image, in the order given; with the PNG of the disguised picture,
        or with the reason why there is none.
    """
    waiting: list[list[Record]] = []  # as far as the parts are ahead of what is yielded
    workers = min(os.cpu_count() or 1, -(-count // _PICTURES))
    parts = _parts(records, twin, options, folder, waiting)
    for arrays in finished(parts, workers):
        for number, record in enumerate(waiting.pop(0)):
            picture = arrays.get(f"image_{number}")
            yield record, str(arrays[f"reason_{number}"]) if picture is None else picture.tobytes()


def _parts(
    records: Iterable[Record], twin: Twin, options: TwinOptions, folder: Path, waiting: list[list[Record]]
) -> Iterator[Part]:
    stream = iter(records)
    while chunk := list(itertools.islice(stream, _PICTURES)):
        images = [record.pop("image") for record in chunk]
        jobs = [_job(record, twin, options) for record in chunk]
        waiting.append(chunk)
        yield Part(folder / f"{_digest(images, jobs)}.npz", disguise_chunk, (images, jobs))


def _job(record: Record, twin: Twin, options: TwinOptions) -> tuple[str, int] | str:
    """Disguise and seed, or the reason why the picture gets none."""
    worn = int(record["disguise"])
    if worn > 0 and not options.disguise_again:
        return f"wears {DISGUISES[worn]} already"
    return twin.drawn(options.seed, record["image_id"].decode())


def _digest(images: list[np.ndarray], jobs: list[tuple[str, int] | str]) -> str:
    """Of everything that decides what a part holds: a source that was built anew gets new parts."""
    digest = hashlib.sha256(json.dumps([jobs, [image.shape for image in images]]).encode())
    for image in images:
        digest.update(np.ascontiguousarray(image))
    return digest.hexdigest()[:32]


def disguise_chunk(images: list[np.ndarray], jobs: list[tuple[str, int] | str]) -> dict[str, np.ndarray]:
    """Makes one part.

    Args:
        images: uint8 (H, W, 3) each.
        jobs: disguise and seed of each, or a reason to leave it out.

    Returns:
        ``image_N``, the bytes of a PNG, or ``reason_N``, text, for each number.
    """
    arrays = {f"reason_{number}": np.array(job) for number, job in enumerate(jobs) if isinstance(job, str)}
    wanted = {number: job for number, job in enumerate(jobs) if not isinstance(job, str)}
    for kind in sorted({kind for kind, _ in wanted.values()}):
        numbers = [number for number, job in wanted.items() if job[0] == kind]
        outcomes = disguise_pictures(
            [images[number] for number in numbers], kind, [wanted[number][1] for number in numbers]
        )
        for number, outcome in zip(numbers, outcomes, strict=True):
            if isinstance(outcome, Refused):
                arrays[f"reason_{number}"] = np.array(outcome.reason)
            else:
                arrays[f"image_{number}"] = encoded(".png", _without_repeats(outcome.image))
    return arrays


def _without_repeats(image: np.ndarray) -> np.ndarray:
    """One channel of a grey picture: a third of the bytes, and the same when it is read."""
    return image[..., 0] if (image == image[..., :1]).all() else image
