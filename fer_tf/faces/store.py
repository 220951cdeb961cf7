"""Faces and meshes on disk: a folder of shards that only grows.

A shard is an npz file of flat arrays, without pickle, that is written beside its place and moved there
whole. So a killed run loses what it had not yet written, and no more. What cannot be read is found out by
the file's checksums, counts as missing and is deleted by the next process that writes.
"""

import contextlib
import dataclasses
import functools
import hashlib
import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from fer_tf.errors import InputError
from fer_tf.faces.face import Face, Mesh

_KEY_BYTES = 32
_SHARD_NAME = re.compile(r"shard_(\d{6,})\.npz")
# Shards in memory: of 256 images with one mesh each, 1.5 MB.
_SHARDS_KEPT = 4
_DAMAGE = (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found in one image.

    Attributes:
        faces: as the detector gave them.
        meshes: one for each face, None where there is none.
    """

    faces: list[Face]
    meshes: list[Mesh | None]


def image_key(image_id: str, image: np.ndarray) -> bytes:
    """32 bytes that stand for an image of this id with these pixels.

    Args:
        image_id: any text.
        image: any array.

    Raises:
        InputError: the id is no text.
    """
    if not isinstance(image_id, str):
        raise InputError(f"image_id {image_id!r}: expected text, came {type(image_id).__name__}: decode it")
    name = image_id.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(f"{len(name)} {image.dtype.str} {image.shape} ".encode() + name)
    digest.update(np.ascontiguousarray(image))
    return digest.digest()


class FaceStore:
    """The shards of one folder.

    Any number of processes may read; one at a time may write, which the caller sees to.
    Of each image 16 bytes stay in memory, and a few shards.
    """

    def __init__(self, folder: Path) -> None:
        """Lists what is in the folder; nothing is created."""
        self._folder = folder
        self._damaged: set[Path] = set()
        self._shard = functools.lru_cache(_SHARDS_KEPT)(self._load)
        self.refresh()

    def refresh(self) -> None:
        """Lists the folder again, after another process may have written."""
        self._shard.cache_clear()
        self._files: list[Path] = []
        self._shorts, self._places = np.empty(0, np.uint64), np.empty((0, 2), np.int32)
        for file in sorted(self._folder.glob("shard_*.npz"), key=lambda path: (len(path.name), path.name)):
            if _SHARD_NAME.fullmatch(file.name):
                self._add(file, self._keys(file))

    def find(self, key: bytes) -> Found | None:
        """What is stored under a key of ``image_key``, or None."""
        short = _short(np.frombuffer(key, np.uint8)[None])[0]
        first, last = np.searchsorted(self._shorts, short, "left"), np.searchsorted(self._shorts, short, "right")
        for number, row in self._places[first:last]:
            shard = self._shard(int(number))
            if shard is not None and shard.keys[row] == key:
                return shard.found[row]
        return None

    def write(self, found: Mapping[bytes, Found]) -> None:
        """Adds a shard; the caller holds the folder.

        Args:
            found: key of ``image_key`` -> what is to be stored.
        """
        for leftover in [*self._folder.glob("*.tmp"), *self._damaged]:
            leftover.unlink(missing_ok=True)
        if self._damaged:
            self._damaged.clear()
            self.refresh()
        numbers = [int(match[1]) for path in self._folder.iterdir() if (match := _SHARD_NAME.fullmatch(path.name))]
        path = self._folder / f"shard_{max(numbers, default=-1) + 1:06d}.npz"
        temporary = path.with_suffix(".tmp")
        arrays = _to_arrays(found)
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        self._add(path, arrays["keys"])

    def _add(self, file: Path, keys: np.ndarray) -> None:
        """Puts a shard into the index."""
        place = np.stack([np.full(len(keys), len(self._files)), np.arange(len(keys))], 1).astype(np.int32)
        self._files.append(file)
        shorts = np.concatenate([self._shorts, _short(keys)])
        order = np.argsort(shorts, kind="stable")
        self._shorts, self._places = shorts[order], np.concatenate([self._places, place])[order]

    def _keys(self, file: Path) -> np.ndarray:
        """uint8 (images, 32); none of a damaged file."""
        try:
            with _opened(file) as arrays:
                keys = arrays["keys"]
                if keys.dtype != np.uint8 or keys.shape[1:] != (_KEY_BYTES,):
                    raise ValueError(f"keys are {keys.dtype} {keys.shape}")
                return keys
        except _DAMAGE as error:
            self._report(file, error)
            return np.empty((0, _KEY_BYTES), np.uint8)

    def _load(self, number: int) -> "_Shard | None":
        try:
            with _opened(self._files[number]) as arrays:
                return _from_arrays(arrays)
        except _DAMAGE as error:
            self._report(self._files[number], error)
            return None

    def _report(self, file: Path, error: Exception) -> None:
        if file not in self._damaged:
            self._damaged.add(file)
            warnings.warn(f"{file} is damaged ({error}): its images are looked at again", stacklevel=2)


@dataclasses.dataclass(frozen=True)
class _Shard:
    keys: list[bytes]
    found: list[Found]


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[NpzFile]:
    """The arrays of a shard. ``np.load`` would take other kinds of files, and leaves damaged ones open."""
    with file.open("rb") as content, NpzFile(content, allow_pickle=False) as arrays:
        yield arrays


def _short(keys: np.ndarray) -> np.ndarray:
    """uint64 (n,): the first eight bytes; enough to find the place, where all are compared."""
    return np.ascontiguousarray(keys[:, :8]).view(np.uint64)[:, 0]


def _to_arrays(found: Mapping[bytes, Found]) -> dict[str, np.ndarray]:
    faces = [face for one in found.values() for face in one.faces]
    meshes = [mesh for one in found.values() for mesh in one.meshes]
    names = list(dict.fromkeys(name for face in faces for name in face.keypoints))
    missing = (np.nan, np.nan)
    points = [mesh.points for mesh in meshes if mesh is not None]
    return {
        "keys": np.frombuffer(b"".join(found), np.uint8).reshape(-1, _KEY_BYTES),
        "faces": np.array([len(one.faces) for one in found.values()], np.int32),
        "boxes": np.array([face.box for face in faces], np.float64).reshape(-1, 4),
        "scores": np.array([face.score for face in faces], np.float64),
        "keypoint_names": np.array(names, np.str_),
        "keypoints": np.array(
            [[face.keypoints.get(name, missing) for name in names] for face in faces], np.float64
        ).reshape(len(faces), len(names), 2),
        "mesh_sizes": np.array([0 if mesh is None else len(mesh.points) for mesh in meshes], np.int32),
        "mesh_scores": np.array([0.0 if mesh is None else mesh.score for mesh in meshes], np.float64),
        "mesh_points": np.concatenate([np.empty((0, 3), np.float32), *points]).astype(np.float32),
    }


def _from_arrays(arrays: Mapping[str, np.ndarray]) -> _Shard:
    """Raises one of ``_DAMAGE`` where the arrays do not fit together."""
    keys, counts, sizes = arrays["keys"], arrays["faces"], arrays["mesh_sizes"]
    # A view of the shard's array would keep all of it in memory for as long as one mesh lives.
    points = [part.copy() for part in np.split(arrays["mesh_points"], np.cumsum(sizes)[:-1])] if len(sizes) else []
    scores = arrays["mesh_scores"].tolist()
    meshes = [Mesh(part, score) if size else None for part, score, size in zip(points, scores, sizes, strict=True)]
    names = arrays["keypoint_names"].tolist()
    faces = [
        Face(tuple(box), score, {name: tuple(at) for name, at in zip(names, places, strict=True) if at[0] == at[0]})
        for box, score, places in zip(
            arrays["boxes"].tolist(), arrays["scores"].tolist(), arrays["keypoints"].tolist(), strict=True
        )
    ]
    if not len(faces) == len(meshes) == counts.sum() or len(counts) != len(keys) or len(points) != len(sizes):
        raise ValueError("its arrays do not fit together")
    ends = np.cumsum(counts).tolist()
    spans = zip([0, *ends[:-1]], ends, strict=True)
    return _Shard([row.tobytes() for row in keys], [Found(faces[a:b], meshes[a:b]) for a, b in spans])


def check_found(found: Sequence[Found], images: int) -> None:
    """Refuses results that are not one for each image, with one mesh or None for each face.

    Raises:
        InputError: says what came.
    """
    if len(found) != images:
        raise InputError(f"expected results for {images} images, came {len(found)}")
    for one in found:
        if len(one.faces) != len(one.meshes):
            raise InputError(f"expected a mesh or None for each of {len(one.faces)} faces, came {len(one.meshes)}")
