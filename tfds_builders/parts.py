"""Long work in parts, on all cores; each finished part is kept in a file, so that a killed build goes on."""

import concurrent.futures
import dataclasses
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# Parts that are made ahead of the one that is being written, for each process.
_AHEAD = 2


@dataclasses.dataclass(frozen=True)
class Part:
    """One part of the work.

    Attributes:
        path: the ``.npz`` file that keeps it; its name stands for the arguments.
        make: a function of a module, which returns named arrays (no objects).
        arguments: what it is called with; they are sent to another process.
    """

    path: Path
    make: Callable[..., dict[str, np.ndarray]]
    arguments: tuple[Any, ...]


def finished(parts: Iterable[Part], workers: int | None = None) -> Iterator[dict[str, np.ndarray]]:
    """Makes the parts that are not there yet.

    Args:
        parts: what is to be made; taken from the iterable as it is needed.
        workers: processes; one for each core by default, and with one nothing is started.
            Decides nothing but the time.

    Yields:
        The arrays of each part, in the order of the parts.
    """
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield from (_read(_kept(part)) for part in parts)
        return
    # Forking would copy the threads' locks of whoever has TensorFlow loaded.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, initializer=_use_one_thread) as pool:
        waiting: list[concurrent.futures.Future] = []
        try:
            for part in parts:
                waiting.append(pool.submit(_kept, part))
                if len(waiting) > workers * _AHEAD:
                    yield _read(waiting.pop(0).result())
            while waiting:
                yield _read(waiting.pop(0).result())
        finally:
            pool.shutdown(cancel_futures=True)


def _use_one_thread() -> None:
    cv2.setNumThreads(1)


def _kept(part: Part) -> Path:
    """The file of a part, made where it is not there."""
    if not part.path.is_file():
        arrays = part.make(*part.arguments)
        part.path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when complete: a file that is there is whole.
        unfinished = part.path.with_suffix(f".{os.getpid()}.tmp")
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)
        unfinished.replace(part.path)
    return part.path


def _read(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def encoded(suffix: str, pixels: np.ndarray, options: Iterable[int] = ()) -> np.ndarray:
    """A picture as the bytes of a file, which take less room in a part.

    Args:
        suffix: ``".jpg"`` or ``".png"``.
        pixels: uint8 (H, W) or (H, W, 3) RGB.
        options: of ``cv2.imencode``.

    Returns:
        uint8 (bytes,).
    """
    if pixels.ndim == 3:
        pixels = pixels[..., ::-1]  # cv2 takes blue first
    done, content = cv2.imencode(suffix, pixels, list(options))
    if not done:
        raise ValueError(f"cannot encode a picture of shape {pixels.shape} as {suffix}")
    return content.reshape(-1)


def without_repeats(image: np.ndarray) -> np.ndarray:
    """One channel of a grey picture: a third of the bytes, and the same when it is read.

    Args:
        image: uint8 (H, W, 3).

    Returns:
        uint8 (H, W), or the image where it has colour.
    """
    return image[..., 0] if (image == image[..., :1]).all() else image
