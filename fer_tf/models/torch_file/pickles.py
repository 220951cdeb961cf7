"""A pickle machine that cannot run anything.

Python's own Unpickler, even with ``find_class`` restricted, still hashes, resizes and builds what a
file tells it to, in C: a tuple nested deep enough ends the process. This one knows the two dozen
instructions that ``torch.save`` writes, makes only plain values, and calls only the functions that
it was given. ``pickletools`` takes the instructions apart, and executes none.
"""

import dataclasses
import io
import pickletools
import struct
from collections.abc import Callable, Mapping

from fer_tf.errors import InputError

# A ResNet-152 needs 40,000.
MOST_INSTRUCTIONS = 1_000_000


class Refused(InputError):
    """A file that is not read further; the message lacks the file's name."""


@dataclasses.dataclass(frozen=True)
class Function:
    """What a pickle may call, and how we do it."""

    name: str
    call: Callable


class _Mark:
    """Where a list of items begins on the stack."""


_MARK = _Mark()


def unpickle(
    stream: io.BufferedIOBase,
    names: Mapping[str, object] | None = None,
    persistent: Callable[[object], object] | None = None,
) -> object:
    """Reads one pickle, and leaves the stream behind it.

    Args:
        stream: at the pickle's first byte.
        names: ``module.name`` -> what the pickle gets for it: a ``Function`` or a value. No other is given.
        persistent: gets what stands for something outside the pickle, and returns that.

    Returns:
        numbers, text, bytes, tuples, lists and dictionaries with keys of text or whole numbers, and
        what ``names`` and ``persistent`` returned. Lists and dictionaries may hold themselves.

    Raises:
        Refused: an instruction or a name that is not allowed, or a damaged pickle.
    """
    machine = _Machine(names or {}, persistent)
    try:
        for number, (instruction, argument, _) in enumerate(pickletools.genops(stream)):
            if number == MOST_INSTRUCTIONS:
                raise Refused(f"its pickle has more than {MOST_INSTRUCTIONS:,} instructions")
            if instruction.name == "STOP":
                return machine.pop()
            machine.step(instruction.name, argument)
    except Refused:
        raise
    # What pickletools and the stack make of bytes that are no pickle.
    except (ValueError, IndexError, KeyError, TypeError, EOFError, OverflowError, struct.error) as error:
        raise Refused(f"its pickle is damaged or cut off ({shortened(error)})") from error
    raise Refused("its pickle is cut off")


def shortened(value: object) -> str:
    """A name or message out of a file, on one line and not longer than one."""
    return " ".join(str(value).encode("ascii", "backslashreplace").decode().split())[:120]


def checked_key(key: object) -> str | int:
    """A dictionary's key; other types could be made costly to hash."""
    if not isinstance(key, str | int):
        raise Refused(f"it has a dictionary with a key of type {type(key).__name__}: expected text")
    return key


class _Machine:
    def __init__(self, names, persistent):
        self._names, self._persistent = names, persistent
        self._stack, self._memo, self._copied = [], {}, 0

    def pop(self) -> object:
        value = self._stack.pop()
        if value is _MARK:
            raise ValueError("a mark where a value should be")
        return value

    def _pop_items(self) -> list:
        items = []
        while (value := self._stack.pop()) is not _MARK:
            items.append(value)
        return items[::-1]

    def step(self, name: str, argument: object) -> None:
        if name in _SKIPPED:
            return
        if name in _VALUES:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        elif name in _INSTRUCTIONS:
            _INSTRUCTIONS[name](self, argument)
        elif name == "INST":
            self._find(*argument.split(" ", 1))
        else:
            raise Refused(f"its pickle has the instruction {name}, which no file of weights needs")

    def _find(self, module: object, name: object) -> None:
        full = f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else "?"
        if full not in self._names:
            raise Refused(f"its pickle asks for {shortened(full)}, which no file of weights needs")
        self._stack.append(self._names[full])

    def _global(self, argument) -> None:
        self._find(*argument.split(" ", 1))

    def _stack_global(self, _) -> None:
        name, module = self.pop(), self.pop()
        self._find(module, name)

    def _reduce(self, _) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Function) or not isinstance(arguments, tuple):
            raise Refused(f"its pickle calls a {type(function).__name__}, which is no function")
        # One long list, passed again and again, would fill the memory.
        self._copied += len(arguments) + sum(len(value) for value in arguments if isinstance(value, list | tuple))
        if self._copied > MOST_INSTRUCTIONS:
            raise Refused(f"its pickle passes more than {MOST_INSTRUCTIONS:,} values to functions")
        try:
            self._stack.append(function.call(*arguments))
        except (TypeError, ValueError) as error:
            if isinstance(error, Refused):
                raise
            raise Refused(f"its pickle calls {function.name} with {len(arguments)} unfit arguments") from error

    def _build(self, _) -> None:
        # The attributes of an OrderedDict, where torch notes versions of layers.
        state, target = self.pop(), self._stack[-1]
        if not isinstance(state, dict) or not isinstance(target, dict):
            raise Refused(f"its pickle sets the state of a {type(target).__name__}, which no file of weights needs")

    def _persistent_id(self, _) -> None:
        if self._persistent is None:
            raise Refused("its pickle refers to something outside of it")
        self._stack.append(self._persistent(self.pop()))

    def _put(self, index) -> None:
        if self._stack[-1] is _MARK:
            raise ValueError("a mark in the memo")
        self._memo[index] = self._stack[-1]

    def _memoize(self, _) -> None:
        self._put(len(self._memo))

    def _get(self, index) -> None:
        self._stack.append(self._memo[index])

    def _mark(self, _) -> None:
        self._stack.append(_MARK)

    def _tuple(self, _) -> None:
        self._stack.append(tuple(self._pop_items()))

    def _extend(self, items: list) -> None:
        if not isinstance(self._stack[-1], list):
            raise TypeError(f"items for a {type(self._stack[-1]).__name__}")
        self._stack[-1].extend(items)

    def _set(self, items: list) -> None:
        if not isinstance(self._stack[-1], dict):
            raise TypeError(f"entries for a {type(self._stack[-1]).__name__}")
        for key, value in zip(items[::2], items[1::2], strict=True):
            self._stack[-1][checked_key(key)] = value


def _short_tuple(length: int):
    def build(machine: _Machine, _) -> None:
        items = [machine.pop() for _ in range(length)]
        machine._stack.append(tuple(items[::-1]))

    return build


def _one_entry(machine: _Machine, _) -> None:
    value, key = machine.pop(), machine.pop()
    machine._set([key, value])


_SKIPPED = {"PROTO", "FRAME"}
# Text of Python 2 comes as latin-1 from pickletools.
_VALUES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE", "SHORT_BINBYTES", "BINBYTES"),
}
_CONSTANTS = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
}
_INSTRUCTIONS = {
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "REDUCE": _Machine._reduce,
    "BUILD": _Machine._build,
    "BINPERSID": _Machine._persistent_id,
    "BINPUT": _Machine._put,
    "LONG_BINPUT": _Machine._put,
    "MEMOIZE": _Machine._memoize,
    "BINGET": _Machine._get,
    "LONG_BINGET": _Machine._get,
    "MARK": _Machine._mark,
    "TUPLE": _Machine._tuple,
    "TUPLE1": _short_tuple(1),
    "TUPLE2": _short_tuple(2),
    "TUPLE3": _short_tuple(3),
    "APPEND": lambda machine, _: machine._extend([machine.pop()]),
    "APPENDS": lambda machine, _: machine._extend(machine._pop_items()),
    "SETITEM": _one_entry,
    "SETITEMS": lambda machine, _: machine._set(machine._pop_items()),
}
