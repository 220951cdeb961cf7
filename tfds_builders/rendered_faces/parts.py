"""Draws subjects on all cores; each finished one is kept in a file, so that a killed build goes on."""

import concurrent.futures
import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.picture import Picture, draw
from fer_tf.synthesis.render.plan import Plan, frames

# 95 keeps what pictures of faces hold and takes a fifth of a PNG's space.
_JPEG_QUALITY = 95
# Subjects that are drawn ahead of the one that is being written, for each process.
_AHEAD = 2


def drawn_subjects(plan: Plan, split: str, folder: Path, workers: int | None = None) -> Iterator[dict[str, np.ndarray]]:
    """Draws a split, one subject after the other.

    Args:
        plan: the dataset.
        split: "train", "validation" or "test".
        folder: where finished subjects are kept. Those of the same plan are used again.
        workers: processes; one for each core by default. Decides nothing but the time.

    Yields:
        For each subject in order, arrays named ``KIND_NUMBER`` for each of its frames: ``image``
        (bytes of a JPEG), ``unit_masks`` and ``segments`` (bytes of PNGs), ``mesh`` float32 (468, 2).
    """
    count = plan.subjects.get(split, 0)
    own = folder / _digest(plan)
    own.mkdir(parents=True, exist_ok=True)
    workers = min(workers or os.cpu_count() or 1, max(count, 1))
    # Forking would copy the threads' locks of whoever has TensorFlow loaded.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, initializer=_use_one_thread) as pool:
        waiting: list[concurrent.futures.Future] = []
        try:
            for index in range(count):
                waiting.append(pool.submit(_draw_subject, plan, split, index, own / f"{split}_{index:05d}.npz"))
                if len(waiting) > workers * _AHEAD:
                    yield _read(waiting.pop(0).result())
            while waiting:
                yield _read(waiting.pop(0).result())
        finally:
            pool.shutdown(cancel_futures=True)


def _digest(plan: Plan) -> str:
    return hashlib.sha256(json.dumps(plan.describe(), sort_keys=True).encode()).hexdigest()[:16]


def _use_one_thread() -> None:
    cv2.setNumThreads(1)


def _draw_subject(plan: Plan, split: str, index: int, path: Path) -> Path:
    if not path.is_file():
        arrays = {}
        for number, labelled in enumerate(frames(plan, split, index)):
            for kind, value in _encoded(draw(labelled.frame)).items():
                arrays[f"{kind}_{number}"] = value
        # Renamed when complete: a file that is there is whole.
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)
        unfinished.replace(path)
    return path


def _encoded(picture: Picture) -> dict[str, np.ndarray]:
    segments = picture.person.astype(np.uint8) + picture.face
    return {
        "image": _encode(".jpg", picture.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]),
        "unit_masks": _encode(".png", picture.unit_masks[..., ::-1], []),
        "segments": _encode(".png", segments, []),
        "mesh": picture.mesh.astype(np.float32),
    }


def _encode(suffix: str, pixels: np.ndarray, options: list[int]) -> np.ndarray:
    done, content = cv2.imencode(suffix, pixels, options)
    if not done:
        raise InputError(f"cannot encode a picture of shape {pixels.shape} as {suffix}")
    return content.reshape(-1)


def _read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
