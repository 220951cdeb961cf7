"""Storages and the tensors in them, as a torch file describes them before its numbers are read."""

import dataclasses

import numpy as np

from fer_tf.models.torch_file.pickles import Function, Refused, checked_key, shortened

# AlexNet for Places365 has 0.23 GiB.
MOST_BYTES = 4 * 2**30

_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


@dataclasses.dataclass(frozen=True)
class StorageType:
    """A class such as torch.FloatStorage."""

    dtype: np.dtype


@dataclasses.dataclass
class Storage:
    """A row of numbers.

    Attributes:
        dtype: of a number.
        count: how many.
        values: the numbers, once they are read.
        whole: the storage that this is a part of, in some old files.
        start: where it begins there.
    """

    dtype: np.dtype
    count: int
    values: np.ndarray | None = None
    whole: "Storage | None" = None
    start: int = 0

    @property
    def size(self) -> int:
        """In bytes."""
        return self.count * self.dtype.itemsize

    @property
    def stored(self) -> "Storage":
        """What is in the file: itself, or what it is a part of."""
        return self.whole or self


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A view into a storage; offset and stride in numbers, not bytes."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self) -> np.ndarray:
        """The numbers, read-only, once the storage is read."""
        start = self.storage.stored.values[self.storage.start + self.offset :]
        # The stride of a single one may be any number.
        strides = [step * start.itemsize * (size > 1) for size, step in zip(self.shape, self.stride, strict=True)]
        return np.lib.stride_tricks.as_strided(start, self.shape, strides, writeable=False)


class Storages:
    """All that a file's pickle mentions, by key."""

    def __init__(self):
        self.by_key: dict[str, Storage] = {}
        self._bytes = 0

    def persistent(self, reference: object) -> Storage:
        """What the pickle's references to something outside stand for.

        Args:
            reference: ``("storage", type, key, device, count)``, in old files with a part of it, or None, at the end.
        """
        if isinstance(reference, tuple) and reference[:1] == ("module",):
            raise Refused("it holds a whole model with its code and not its weights alone")
        if not isinstance(reference, tuple) or len(reference) not in (5, 6) or reference[0] != "storage":
            raise Refused("its pickle refers to something that is no storage")
        _, kind, key, _, count = reference[:5]
        if not isinstance(kind, StorageType) or not isinstance(key, str) or not _is_count(count):
            raise Refused("it describes a storage that cannot be")
        found = self._storage(key, kind.dtype, count)
        part = reference[5] if len(reference) == 6 else None
        return found if part is None else _part(found, part)

    def _storage(self, key: str, dtype: np.dtype, count: int) -> Storage:
        if key not in self.by_key:
            self.by_key[key] = Storage(dtype, count)
            self._bytes += self.by_key[key].size
            if self._bytes > MOST_BYTES:
                raise Refused(f"it says that it holds {shortened(self._bytes)} bytes: at most {MOST_BYTES} are read")
        found = self.by_key[key]
        if (found.dtype, found.count) != (dtype, count):
            raise Refused(f"it describes storage {shortened(key)} in two ways")
        return found


def _part(whole: Storage, part: object) -> Storage:
    """A part of a storage: its own key, where it begins and how long it is."""
    if not isinstance(part, tuple) or len(part) != 3 or not all(map(_is_count, part[1:])):
        raise Refused("it describes a part of a storage that cannot be")
    _, start, count = part
    if start + count > whole.count:
        raise Refused(f"it describes a part of a storage beyond its {shortened(whole.count)} numbers")
    return Storage(whole.dtype, count, whole=whole, start=start)


def _tensor(storage, offset, shape, stride, *_) -> Tensor:
    """What torch's _rebuild_tensor does; the rest of version 2 is of no account for numbers."""
    sizes_fit = isinstance(shape, tuple) and isinstance(stride, tuple) and len(shape) == len(stride) <= 16
    if not isinstance(storage, Storage) or not sizes_fit or not all(map(_is_count, (offset, *shape, *stride))):
        raise Refused("it describes a tensor that cannot be")
    count, last = 1, offset
    for size, step in zip(shape, stride, strict=True):
        count *= size
        last += (size - 1) * step
    # A stride of 0 would make a tensor of any size from one number.
    if not 0 < count <= storage.count or last >= storage.count:
        raise Refused(
            f"it describes a tensor of shape {shortened(shape)} in a storage of {shortened(storage.count)} numbers"
        )
    return Tensor(storage, offset, shape, stride)


def _parameter(data, *_) -> Tensor:
    if not isinstance(data, Tensor):
        raise Refused("it describes a parameter that is no tensor")
    return data


def _dictionary(pairs=()) -> dict:
    """An OrderedDict; Python 2 passes its items as a list of lists."""
    if not isinstance(pairs, list | tuple):
        raise Refused("it describes a dictionary that cannot be")
    return {checked_key(key): value for key, value in pairs}


def _shape(sizes=()) -> tuple:
    if not isinstance(sizes, list | tuple):
        raise Refused("it describes a shape that cannot be")
    return tuple(sizes)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


# Everything that a file may ask for.
NAMES = {
    name: Function(name, call)
    for name, call in {
        "collections.OrderedDict": _dictionary,
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_parameter": _parameter,
        "torch.Size": _shape,
    }.items()
} | {
    f"{module}.{name}": StorageType(np.dtype(dtype))
    for module in ("torch", "torch.cuda")
    for name, dtype in _DTYPES.items()
}
