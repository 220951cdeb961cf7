"""Resizes pictures and puts masks on them, in parts that are kept."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from fer_tf.labels import DISGUISES
from tfds_builders.derived import Record, made_in_parts
from tfds_builders.disguised.options import GROUPS, Twin
from tfds_builders.disguised.parts import disguise_chunk
from tfds_builders.parts import encoded, without_repeats

SIDE = 224
MASKS = Twin("", ("surgical_mask", "cloth_mask", "n95"))
_WORN = {DISGUISES.index(kind) for kind in GROUPS["mask"]}


class Pair(NamedTuple):
    """A picture as the bytes of a PNG, the same with a mask, or why there is none, and which mask."""

    bare: bytes
    masked: bytes | str
    kind: str


def masked_pairs(records: Iterable[Record], count: int, seed: int, folder: Path) -> Iterator[tuple[Record, Pair]]:
    """Makes the picture and its twin of each record.

    Args:
        records: features of ``record.record_features``, image uint8 (H, W, 3), ``image_id`` of the merged dataset.
        count: how many there are.
        seed: of the masks.
        folder: where finished parts are kept. Those of the same pictures and masks are used again.

    Yields:
        Each record without its image, in the order given, with its pair.
    """

    def decide(chunk: list[Record]) -> list[tuple[str, int] | str]:
        return [_mask(record, seed) for record in chunk]

    for record, arrays in made_in_parts(records, count, decide, pair_chunk, folder):
        picture = arrays.get("image")
        masked = str(arrays["reason"]) if picture is None else picture.tobytes()
        yield record, Pair(arrays["bare"].tobytes(), masked, MASKS.drawn(seed, record["image_id"])[0])


def _mask(record: Record, seed: int) -> tuple[str, int] | str:
    """Which mask and its look, or the reason why there can be none. Glasses and hats go with one."""
    worn = int(record["disguise"])
    return f"wears {DISGUISES[worn]} already" if worn in _WORN else MASKS.drawn(seed, record["image_id"])


def pair_chunk(images: list[np.ndarray], jobs: list[tuple[str, int] | str]) -> dict[str, np.ndarray]:
    """Makes one part.

    Args:
        images: uint8 (H, W, 3) each.
        jobs: of ``disguised.parts.disguise_chunk``.

    Returns:
        ``bare_N``, the bytes of the resized picture's PNG, and what ``disguise_chunk`` makes of it.
    """
    resized = [np.array(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR)) for image in images]
    bare = {f"bare_{number}": encoded(".png", without_repeats(image)) for number, image in enumerate(resized)}
    return bare | disguise_chunk(resized, jobs)
