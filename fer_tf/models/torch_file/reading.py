"""Weights from a file of ``torch.save``, without torch and without executing anything of it."""

import io
import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fer_tf.errors import InputError
from fer_tf.models.torch_file.pickles import Refused, shortened, unpickle
from fer_tf.models.torch_file.tensors import NAMES, Storage, Storages, Tensor

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_MOST_PICKLE = 16 * 2**20
_ZIP_ERRORS = (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError, struct.error)


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Reads the named tensors of a model.

    Both forms are read: the zip that torch writes since 1.6, and the row of pickles before it, of
    Python 2 too. A checkpoint with the tensors under ``state_dict`` is taken for these.

    Args:
        path: such as ``alexnet_places365.pth.tar``.

    Returns:
        name -> array, read-only, of the type and shape in the file. ``module.``, which torch adds to
        the names of what it trained in parallel, is left out.

    Raises:
        InputError: no such file, another kind of file, a damaged one, or one that asks for
            anything else than tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"torch file {path} does not exist: give a file that torch.save wrote")
    try:
        with path.open("rb") as file:
            found = _read(file, path)
    except Refused as error:
        raise InputError(
            f"torch file {path} is refused, and nothing of it was executed: {error}; "
            "give a file that torch.save wrote of a model's state_dict()"
        ) from error
    except OSError as error:
        raise InputError(f"torch file {path} cannot be read: {shortened(error)}") from error
    return found


def _read(file: BinaryIO, path: Path) -> dict[str, np.ndarray]:
    head = file.read(512)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _read_zip(file)
    if _is_caffe(head, path):
        raise Refused(
            "it is a model of Caffe, which groups convolutions and normalises responses: the file of PyTorch is needed"
        )
    if head[257:262] == b"ustar":
        raise Refused("it is an archive of tar: unpack it first (.pth.tar of Places365 is only called so)")
    if not head.startswith(b"\x80"):
        raise Refused(f"it begins with {head[:8]!r}, and torch files with b'PK' or b'\\x80'")
    return _read_pickles(file)


def _is_caffe(head: bytes, path: Path) -> bool:
    """Whether it is a NetParameter: the network's name in field 1, then layers, inputs or a state."""
    if path.suffix == ".caffemodel":
        return True
    length = head[1] if head[:1] == b"\n" and len(head) > 2 else 0
    name, following = head[2 : 2 + length], head[2 + length : 3 + length]
    return (
        0 < length < 128 and name.isascii() and name.decode().isprintable() and following in (b"\x12", b"\x1a", b"\xa2")
    )


def _read_pickles(file: BinaryIO) -> dict[str, np.ndarray]:
    """The form before torch 1.6: five pickles, then each storage's length and bytes, little end first."""
    head = io.BytesIO(file.read(_MOST_PICKLE))
    if unpickle(head) != _MAGIC:
        raise Refused("it is a pickle, but not of torch.save")
    if unpickle(head) != _PROTOCOL:
        raise Refused(f"it is of another version of torch's form than {_PROTOCOL}")
    unpickle(head)  # sizes of C's types on the machine that wrote it, which change nothing
    storages = Storages()
    tensors = _tensors(unpickle(head, NAMES, storages.persistent))
    keys = unpickle(head)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refused("its list of storages is damaged")
    used = _used(tensors)
    file.seek(head.tell())
    for key in keys:
        if key not in storages.by_key:
            raise Refused(f"it lists storage {shortened(key)}, which no tensor uses")
        storage = storages.by_key[key]
        count = _exactly(file, 8)
        if int.from_bytes(count, "little", signed=True) != storage.count:
            raise Refused(f"storage {shortened(key)} has another length than its tensors say")
        if id(storage) in used:
            _fill(storage, _exactly(file, storage.size))
        else:
            file.seek(storage.size, io.SEEK_CUR)
    return _arrays(tensors)


def _used(tensors: dict[str, Tensor]) -> set[int]:
    """The storages that are wanted; an optimizer's, say, are not read."""
    return {id(tensor.storage.stored) for tensor in tensors.values()}


def _exactly(file: BinaryIO, size: int) -> bytes:
    position, end = file.tell(), file.seek(0, io.SEEK_END)
    if end - position < size:
        raise Refused(f"it is cut off: {size - (end - position):,} bytes or more are missing, download it again")
    file.seek(position)
    return file.read(size)


def _read_zip(file: BinaryIO) -> dict[str, np.ndarray]:
    """The form since torch 1.6: NAME/data.pkl and NAME/data/KEY in an archive without compression."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _read_archive(archive, file.seek(0, io.SEEK_END))
    except Refused:
        raise
    except _ZIP_ERRORS as error:
        raise Refused(f"its archive is damaged or cut off ({shortened(error)})") from error


def _read_archive(archive: zipfile.ZipFile, size: int) -> dict[str, np.ndarray]:
    names = set(archive.namelist())
    pickles = [name for name in names if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise Refused("it is a zip archive, but not of torch.save, which has one data.pkl")
    folder = pickles[0].removesuffix("data.pkl")
    if f"{folder}constants.pkl" in names:
        raise Refused("it is TorchScript, a program and not weights alone")
    if f"{folder}byteorder" in names and _member(archive, f"{folder}byteorder", 16) != b"little":
        raise Refused("its numbers have the big end first: save it anew on a common machine")
    storages = Storages()
    pickle = io.BytesIO(_member(archive, pickles[0], _MOST_PICKLE))
    tensors = _tensors(unpickle(pickle, NAMES, storages.persistent))
    used = _used(tensors)
    wanted = {key: storage for key, storage in storages.by_key.items() if id(storage) in used}
    # Entries that point at the same bytes would make much of a little.
    length = sum(storage.size for storage in wanted.values())
    if length > size:
        raise Refused(f"its storages would hold {length:,} bytes, more than the file's {size:,}")
    for key, storage in wanted.items():
        _fill(storage, _member(archive, f"{folder}data/{key}", storage.size))
    return _arrays(tensors)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if name not in archive.NameToInfo:
        raise Refused(f"it lacks {shortened(name)}")
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > most:
        raise Refused(f"{shortened(name)} is compressed or too long, {info.file_size:,} bytes")
    return archive.read(info)


def _fill(storage: Storage, data: bytes) -> None:
    if len(data) != storage.size:
        raise Refused(f"a storage has {len(data):,} bytes, and its tensors need {storage.size:,}")
    storage.values = np.frombuffer(data, storage.dtype)


def _tensors(content: object) -> dict[str, Tensor]:
    """The named tensors of what was pickled; nothing has been read for them."""
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not content:
        raise Refused(f"it holds a {type(content).__name__} and no tensors by name")
    found = {}
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise Refused(f"{shortened(key)} in it is a {type(value).__name__}: expected a tensor for each name")
        name = ".".join(part for part in key.split(".") if part != "module")
        if name in found:
            raise Refused(f"it has {shortened(name)} twice")
        found[name] = value
    return found


def _arrays(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    for name, tensor in tensors.items():
        if tensor.storage.stored.values is None:
            raise Refused(f"the numbers of {shortened(name)} are missing")
    return {name: tensor.array() for name, tensor in tensors.items()}
