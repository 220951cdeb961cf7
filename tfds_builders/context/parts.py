"""Takes the pictures of records apart, in parts that are kept."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer_tf.faces.streams import StreamSettings, find_streams
from tfds_builders.derived import Record, made_in_parts
from tfds_builders.parts import encoded, without_repeats

PICTURES = ("image", "face", "background")
NO_FACE = "no face was found"
# As the rendered faces: the three pictures of a record of a rendered scene take 30 kB, a fifth of PNGs.
_JPEG_QUALITY = 95


def context_records(
    records: Iterable[Record], count: int, settings: StreamSettings, folder: Path
) -> Iterator[tuple[Record, Record | str]]:
    """Makes the streams of each record's picture.

    Args:
        records: with ``image``, uint8 (H, W, 3).
        count: how many there are.
        settings: how.
        folder: where finished parts are kept. Those of the same pictures and settings are used again.

    Yields:
        Each record without its image, in the order given; with the fields of ``Streams``, pictures as the bytes
        of JPEGs, or with the reason why there are none.
    """
    decided = dataclasses.asdict(settings)
    for record, arrays in made_in_parts(records, count, lambda _: decided, stream_chunk, folder):
        yield record, _fields(arrays) if arrays else NO_FACE


def stream_chunk(images: list[np.ndarray], settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """Makes one part.

    Args:
        images: uint8 (H, W, 3) each.
        settings: of ``StreamSettings``.

    Returns:
        ``FIELD_N`` for each field of ``Streams`` and each number; nothing where there is no face.
    """
    arrays = {}
    for number, streams in enumerate(find_streams(images, StreamSettings(**settings))):
        for name, value in vars(streams).items() if streams else ():
            arrays[f"{name}_{number}"] = _jpeg(value) if name in PICTURES else np.array(value)
    return arrays


def _jpeg(image: np.ndarray) -> np.ndarray:
    return encoded(".jpg", without_repeats(image), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])


def _fields(arrays: dict[str, np.ndarray]) -> Record:
    return {name: array.tobytes() if name in PICTURES else array for name, array in arrays.items()}
