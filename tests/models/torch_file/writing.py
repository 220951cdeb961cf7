"""Files as torch.save writes them, byte by byte and without torch, and such as it would never write."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "u1": "ByteStorage"}


class Op:
    """Makes pickles out of their instructions."""

    MARK, EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT, TUPLE, TUPLE1, TUPLE2 = b"(", b")", b"]", b"}", b"t", b"\x85", b"\x86"
    REDUCE, BUILD, SETITEM, SETITEMS, PERSID, STOP, NONE = b"R", b"b", b"s", b"u", b"Q", b".", b"N"

    @staticmethod
    def name(module: str, name: str) -> bytes:
        return f"c{module}\n{name}\n".encode()

    @staticmethod
    def text(value: str) -> bytes:
        """As Python 2 wrote its str: bytes without an encoding."""
        data = value.encode("latin-1")
        return b"U" + bytes([len(data)]) + data

    @staticmethod
    def number(value: int) -> bytes:
        if 0 <= value < 2**31:
            return b"J" + struct.pack("<i", value)
        data = pickle.encode_long(value)
        return b"\x8a" + bytes([len(data)]) + data

    @classmethod
    def numbers(cls, values) -> bytes:
        return cls.MARK + b"".join(map(cls.number, values)) + cls.TUPLE


def storage(
    key: str, count: int, kind: str = "FloatStorage", module: str = "torch", tail: bytes | None = Op.NONE
) -> bytes:
    """A reference to a storage; ``tail`` is what old files have at its end."""
    head = Op.text("storage") + Op.name(module, kind) + Op.text(key) + Op.text("cuda:0") + Op.number(count)
    return Op.MARK + head + (tail or b"") + Op.TUPLE + Op.PERSID


def tensor(reference: bytes, offset: int, shape, stride, version: int = 1) -> bytes:
    """A call that builds a tensor, of torch 0.1 or of later ones."""
    arguments = reference + Op.number(offset) + Op.numbers(shape) + Op.numbers(stride)
    if version == 1:
        return Op.name("torch._utils", "_rebuild_tensor") + Op.MARK + arguments + Op.TUPLE + Op.REDUCE
    hooks = Op.name("collections", "OrderedDict") + Op.EMPTY_TUPLE + Op.REDUCE
    rest = b"\x89" + hooks + Op.TUPLE
    return Op.name("torch._utils", "_rebuild_tensor_v2") + Op.MARK + arguments + rest + Op.REDUCE


def dictionary(entries: dict[str, bytes], python2: bool = True) -> bytes:
    """An OrderedDict, by the way of Python 2 (a list of lists) or of Python 3."""
    start = Op.name("collections", "OrderedDict")
    if python2:
        pairs = b"".join(b"](" + Op.text(key) + value + b"e" for key, value in entries.items())
        return start + b"](" + pairs + b"e" + Op.TUPLE1 + Op.REDUCE
    items = b"".join(Op.text(key) + value for key, value in entries.items())
    # With attributes, as the state_dict of a module has.
    metadata = Op.EMPTY_DICT + Op.text("_metadata") + start + Op.EMPTY_TUPLE + Op.REDUCE + Op.SETITEM
    return start + Op.EMPTY_TUPLE + Op.REDUCE + Op.MARK + items + Op.SETITEMS + metadata + Op.BUILD


def contiguous(shape) -> tuple[int, ...]:
    return tuple(int(np.prod(shape[n + 1 :], dtype=np.int64)) for n in range(len(shape)))


def described(state: dict[str, np.ndarray], *, legacy: bool) -> bytes:
    """The instructions for a state_dict whose arrays have a storage each, numbered from 0."""
    entries = {}
    for number, (name, array) in enumerate(state.items()):
        kind = STORAGES[array.dtype.str[1:]]
        reference = storage(str(number), array.size, kind, tail=Op.NONE if legacy else None)
        entries[name] = tensor(reference, 0, array.shape, contiguous(array.shape), 1 if legacy else 2)
    return dictionary(entries, python2=legacy)


def wrapped(content: bytes) -> bytes:
    """A checkpoint around a state_dict."""
    entries = Op.text("epoch") + Op.number(90) + Op.text("arch") + Op.text("alexnet") + Op.text("state_dict") + content
    return Op.EMPTY_DICT + Op.MARK + entries + Op.SETITEMS


def legacy_file(
    content: bytes, storages: dict[str, np.ndarray], *, magic: int = MAGIC, version: int = PROTOCOL
) -> bytes:
    """The form before torch 1.6 around one pickle's instructions."""
    out = io.BytesIO()
    facts = {"protocol_version": version, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    for value in (magic, version, facts):
        pickle.dump(value, out, protocol=2)
    out.write(b"\x80\x02" + content + Op.STOP)
    pickle.dump(list(storages), out, protocol=2)
    for array in storages.values():
        out.write(struct.pack("<q", array.size) + array.tobytes())
    return out.getvalue()


def zip_file(
    content: bytes,
    storages: dict[str, np.ndarray],
    *,
    extra: dict[str, bytes] | None = None,
    compression=zipfile.ZIP_STORED,
) -> bytes:
    """The form since torch 1.6 around one pickle's instructions."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + content + Op.STOP)
        for key, array in storages.items():
            archive.writestr(f"archive/data/{key}", array.tobytes())
        archive.writestr("archive/version", b"3\n")
        for name, data in (extra or {}).items():
            archive.writestr(f"archive/{name}", data)
    return out.getvalue()


def write_state(path: Path, state: dict[str, np.ndarray], *, legacy: bool = True) -> Path:
    """Writes a checkpoint of these arrays, and returns the path."""
    arrays = {str(number): np.ascontiguousarray(array) for number, array in enumerate(state.values())}
    form = legacy_file if legacy else zip_file
    path.write_bytes(form(wrapped(described(state, legacy=legacy)), arrays))
    return path


class Runs:
    """Pickles as a call, which is how a hostile file runs something."""

    def __init__(self, function, *arguments):
        self._call = function, arguments

    def __reduce__(self):
        return self._call


def hostile(function, *arguments, nested: bool = False, protocol: int = 2) -> bytes:
    """What pickle makes of a call, alone or deep in a dictionary, without the header and the end."""
    value = Runs(function, *arguments)
    value = OrderedDict(weights={"a": [1, (2, value)]}) if nested else value
    data = pickle.dumps(value, protocol=protocol)
    return data[2:-1]
