"""Disguises records in parts that are kept."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.photo import Refused, disguise_pictures
from tfds_builders.derived import Record, made_in_parts
from tfds_builders.disguised.options import Twin, TwinOptions
from tfds_builders.parts import encoded, without_repeats


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

    def decide(chunk: list[Record]) -> list[tuple[str, int] | str]:
        return [_job(record, twin, options) for record in chunk]

    for record, arrays in made_in_parts(records, count, decide, disguise_chunk, folder):
        picture = arrays.get("image")
        yield record, str(arrays["reason"]) if picture is None else picture.tobytes()


def _job(record: Record, twin: Twin, options: TwinOptions) -> tuple[str, int] | str:
    """Disguise and seed, or the reason why the picture gets none."""
    worn = int(record["disguise"])
    if worn > 0 and not options.disguise_again:
        return f"wears {DISGUISES[worn]} already"
    return twin.drawn(options.seed, record["image_id"].decode())


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
                arrays[f"image_{number}"] = encoded(".png", without_repeats(outcome.image))
    return arrays
