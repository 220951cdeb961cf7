"""Faces of a dataset, kept beside it, so that nothing is detected twice."""

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_tf.commandline import only_process
from fer_tf.errors import InputError
from fer_tf.faces.detect import KEEP, MIN_SCORES
from fer_tf.faces.store import FaceStore, Found, check_found, image_key

# To be raised when what this package finds changes; results of other numbers are never served.
_VERSION = 1
_BATCH = 32
# Results that are lost at most when the process is killed.
_SHARD = 256
# Packages that hold the networks.
_PACKAGES = ("mtcnn", "mediapipe")


@dataclasses.dataclass(frozen=True)
class FaceSettings:
    """How faces are looked for; see ``detect_faces`` and ``find_meshes``.

    Attributes:
        detector: mtcnn or blazeface.
        min_size: smallest face in pixels of its height.
        min_score: least confidence, 0..1; None for the detector's own.
        keep: all, largest or best.
        mesh: whether the mesh of each face is found too.
    """

    detector: str = "mtcnn"
    min_size: float = 20
    min_score: float | None = None
    keep: str = "all"
    mesh: bool = True

    def __post_init__(self) -> None:
        least = MIN_SCORES.get(self.detector)
        if least is None or self.keep not in KEEP:
            raise InputError(
                f"detector {self.detector!r}, keep {self.keep!r}: "
                f"expected {' or '.join(MIN_SCORES)}, and one of {', '.join(KEEP)}"
            )
        # The same settings have one form, so that they have one folder.
        object.__setattr__(self, "min_size", float(self.min_size))
        object.__setattr__(self, "min_score", float(least if self.min_score is None else self.min_score))

    def describe(self) -> dict[str, Any]:
        """The settings and the versions of what they are used with, as plain JSON values."""
        versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
        return {**dataclasses.asdict(self), "fer_tf.faces": _VERSION, **versions}

    def find(self, images: Sequence[np.ndarray]) -> list[Found]:
        """Faces and meshes of some images, uint8 (H, W, 3) RGB each."""
        # Imported here: whoever reads stored results needs no networks.
        from fer_tf.faces.detect import detect_faces
        from fer_tf.faces.mesh import find_meshes

        faces = detect_faces(
            images, detector=self.detector, min_size=self.min_size, min_score=self.min_score, keep=self.keep
        )
        meshes = find_meshes(images, faces) if self.mesh else [[None] * len(found) for found in faces]
        return [Found(*both) for both in zip(faces, meshes, strict=True)]


def analyse_dataset(
    examples: Iterable[tuple[str, np.ndarray]],
    folder: Path,
    settings: FaceSettings = FaceSettings(),
    *,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Iterator[tuple[str, Found]]:
    """Faces and meshes of every image of a dataset, from the folder where they were found before.

    Args:
        examples: id and uint8 (H, W, 3) RGB image each, in any order.
        folder: beside the dataset, such as ``<built dataset>/faces``; made when something is written.
        settings: how faces are looked for.
        progress: passes on the examples; ``tqdm`` shows a bar.

    Yields:
        id and what was found, in the order of the examples.

    Raises:
        InputError: see ``analyse``.
    """
    yield from analyse(progress(examples), folder, settings.describe(), settings.find)


def analyse(
    examples: Iterable[tuple[str, np.ndarray]],
    folder: Path,
    settings: Mapping[str, Any],
    analyse_batch: Callable[[list[np.ndarray]], Sequence[Found]],
    *,
    batch_size: int = _BATCH,
    shard_size: int = _SHARD,
) -> Iterator[tuple[str, Found]]:
    """Calls a function for the images that the folder does not know with these settings, and keeps what it says.

    An image is known by its id, its shape and its pixels. Ids never become file names. New results
    are written in shards, the last when the generator ends or is closed; a shard that cannot be
    read is reported by a warning and found again. Memory does not grow with the dataset
    but for 16 bytes an image.

    Args:
        examples: id and image each.
        folder: of all settings' results; each has a folder of its own inside.
        settings: plain JSON values that decide the results, with versions.
        analyse_batch: from a list of images to what was found in each.
        batch_size: images that are read, and at most given to ``analyse_batch``, at a time.
        shard_size: images in a file, and lost at most when the process is killed.

    Yields:
        id and what was found, in the order of the examples.

    Raises:
        InputError: something is new and another process is writing there; the folder is a file; an id is no
            text; or ``analyse_batch`` gave something else than one result for each image.
    """
    folder = Path(folder) / _settings_name(settings)
    for parent in (folder, *folder.parents):
        if parent.exists() and not parent.is_dir():
            raise InputError(f"{parent} is a file: expected a folder for what was found, name another")
    store = FaceStore(folder)
    pending: dict[bytes, Found] = {}
    with contextlib.ExitStack() as held:
        writing = False
        examples = iter(examples)
        while batch := list(itertools.islice(examples, batch_size)):
            keys = [image_key(image_id, image) for image_id, image in batch]
            known = {key: pending.get(key) or store.find(key) for key in keys}
            if not writing and None in known.values():
                held.enter_context(only_process(folder))
                writing = True
                _write_settings(folder, settings)
                held.callback(_write, store, pending)
                # Whoever held the folder before may have found them.
                store.refresh()
                known = {key: store.find(key) for key in keys}
            new = {key: image for key, (_, image) in zip(keys, batch, strict=True) if known[key] is None}
            if new:
                found = list(analyse_batch(list(new.values())))
                check_found(found, len(new))
                fresh = dict(zip(new, found, strict=True))
                known |= fresh
                pending |= fresh
            if len(pending) >= shard_size:
                _write(store, pending)
            yield from ((image_id, known[key]) for (image_id, _), key in zip(batch, keys, strict=True))


def _write(store: FaceStore, pending: dict[bytes, Found]) -> None:
    if pending:
        store.write(pending)
        pending.clear()


def _settings_name(settings: Mapping[str, Any]) -> str:
    return hashlib.sha256(_settings_text(settings).encode()).hexdigest()[:16]


def _settings_text(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True, indent=1)


def _write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """For people who wonder what the folder holds; nothing reads it."""
    temporary = folder / "settings.json.tmp"
    temporary.write_text(_settings_text(settings) + "\n")
    temporary.replace(folder / "settings.json")
