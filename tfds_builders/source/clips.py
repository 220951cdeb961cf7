"""Videos of a user's folder as items: some frames of each, which share a sequence."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from tfds_builders.source.films import Film, describe, film_frames
from tfds_builders.source.items import Item
from tfds_builders.source.tree import SourceTree

ENDINGS = (".avi", ".mov", ".mp4", ".webm")


def is_film(name: str) -> bool:
    """Whether a file is a video, by the end of its name."""
    return PurePosixPath(name).suffix.lower() in ENDINGS


def sampled(film: Film, per_second: float, start: int = 0, end: int | None = None) -> list[int]:
    """Numbers of evenly spaced frames, from 0: all of them where the film has no more a second.

    Args:
        film: of ``describe``.
        per_second: how many frames are wanted of each second.
        start: first frame that is taken.
        end: frame before which it ends; by default the film's own end.
    """
    end = film.frames if end is None else min(end, film.frames)
    step = max(film.rate / per_second, 1.0)
    # Of a step such as 25 / 10 every second and every third frame in turn.
    numbers = (start + int(index * step) for index in range(max(math.ceil((end - start) / step), 0)))
    return [number for number in numbers if number < end]


def film_items(
    tree: SourceTree, file: str, image_id: str, known: Mapping[str, Any], choose: Callable[[Film], Sequence[int]]
) -> list[Item]:
    """Items of a video's frames; they share a ``sequence_id``, by default the film's own name.

    Args:
        tree: the user's folder.
        file: name of the video in it.
        image_id: of the film; a frame's is followed by ``#`` and its number.
        known: fields for ``record.make_record`` that all frames have.
        choose: from what the film says of itself to the numbers of the frames that are wanted, rising.

    Returns:
        The items, or where the video cannot be read one with the reason as its ``fault``.

    Raises:
        InputError: the video is in an archive.
    """
    path = tree.path(file)
    try:
        film = describe(path)
    except InputError as error:
        return [Item(image_id, file, known, fault=str(error))]
    return [
        Item(f"{image_id}#{number:06d}", file, {"sequence_id": image_id, **known, "frame": number})
        for number in choose(film)
    ]


def film_pictures(tree: SourceTree, items: Sequence[Item]) -> Iterator[tuple[Item, np.ndarray | str]]:
    """See ``PictureBuilder.pictures``.

    Args:
        tree: the user's folder.
        items: of one video, in the order of their ``frame``.
    """
    wanted = [item.known["frame"] for item in items]
    yield from zip(items, film_frames(tree.path(items[0].file), wanted), strict=True)
