"""Files that would run something, or use up memory, are refused with nothing executed."""

import os
import pickle
import subprocess

import pytest

from fer_tf.models.torch_file import pickles
from tests.models.torch_file.refusing import NUMBERS, refusal
from tests.models.torch_file.writing import (
    MAGIC,
    PROTOCOL,
    Op,
    hostile,
    legacy_file,
    storage,
    tensor,
    wrapped,
    zip_file,
)


def _calls(trace) -> dict[str, tuple]:
    """Calls that leave a file behind, by what pickle calls their function."""
    return {
        "posix.system": (os.system, f"touch {trace}"),
        "eval": (eval, f"open({str(trace)!r}, 'w').close()"),
        "exec": (exec, f"open({str(trace)!r}, 'w').close()"),
        "subprocess.check_output": (subprocess.check_output, ["touch", str(trace)]),
        "open": (open, str(trace), "w"),
    }


@pytest.mark.parametrize("form", [legacy_file, zip_file])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("name", _calls("x"))
def test_what_would_run_something_is_refused_by_name(tmp_path, form, nested, protocol, name):
    trace = tmp_path / "trace"
    content = hostile(*_calls(trace)[name], nested=nested, protocol=protocol)
    # Alone, and in the middle of a checkpoint that is otherwise right.
    for data in (form(content, {}), form(wrapped(content), NUMBERS)):
        message = refusal(tmp_path, data)
        assert "its pickle asks for " in message
        # Python 2 and 3 call modules by different names.
        assert f".{name.split('.')[-1]}, which no file of weights needs" in message
    assert not trace.exists()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", _calls("x"))
def test_they_would_run_it(tmp_path, name):
    pickle.loads(b"\x80\x02" + hostile(*_calls(tmp_path / "trace")[name]) + b".")
    assert (tmp_path / "trace").exists()


def test_a_plain_pickle_is_refused(tmp_path):
    trace = tmp_path / "trace"
    call = b"\x80\x02" + hostile(os.system, f"touch {trace}") + b"."
    assert "asks for posix.system" in refusal(tmp_path, call)
    assert "it is a pickle, but not of torch.save" in refusal(tmp_path, pickle.dumps({"a": 1}, protocol=2))
    for where in range(3):
        pieces = [pickle.dumps(value, protocol=2) for value in (MAGIC, PROTOCOL, {})]
        pieces[where] = call
        assert "asks for posix.system" in refusal(tmp_path, b"".join(pieces))
    assert not trace.exists()


NUMBER = Op.number(1)
CALLED_WRONGLY = {
    "dotted names": (Op.name("torch", "_utils.os.system"), "its pickle asks for torch._utils.os.system"),
    "a module of torch": (Op.name("torch", "load"), "its pickle asks for torch.load"),
    "posix": (Op.name("posix", "system"), "its pickle asks for posix.system"),
    "long names on one line": (Op.name("a" * 999, "b"), "its pickle asks for " + "a" * 120 + ", which"),
    "INST": (Op.MARK + Op.text("x") + b"ios\nsystem\n", "its pickle asks for os.system"),
    "OBJ": (Op.MARK + Op.name("collections", "OrderedDict") + b"o", "the instruction OBJ"),
    "NEWOBJ": (Op.name("collections", "OrderedDict") + Op.EMPTY_TUPLE + b"\x81", "the instruction NEWOBJ"),
    "an extension": (b"\x82\x01", "the instruction EXT1"),
    "a call of data": (Op.text("x") + Op.EMPTY_TUPLE + Op.REDUCE, "its pickle calls a str, which is no function"),
    "a call of a type": (
        Op.name("torch", "FloatStorage") + Op.number(2**40) + Op.TUPLE1 + Op.REDUCE,
        "its pickle calls a StorageType",
    ),
    "a state for a tensor": (
        tensor(storage("0", 12), 0, (2,), (1,)) + Op.EMPTY_DICT + Op.BUILD,
        "sets the state of a Tensor",
    ),
    "too few arguments": (
        Op.name("torch._utils", "_rebuild_tensor") + NUMBER + Op.TUPLE1 + Op.REDUCE,
        "calls torch._utils._rebuild_tensor with 1 unfit arguments",
    ),
    "an odd OrderedDict": (
        Op.name("collections", "OrderedDict") + Op.EMPTY_LIST + NUMBER + b"a" + Op.TUPLE1 + Op.REDUCE,
        "calls collections.OrderedDict with 1 unfit arguments",
    ),
    "OrderedDict of a number": (
        Op.name("collections", "OrderedDict") + NUMBER + Op.TUPLE1 + Op.REDUCE,
        "a dictionary that cannot be",
    ),
    "a parameter of nothing": (
        Op.name("torch._utils", "_rebuild_parameter") + NUMBER + Op.TUPLE1 + Op.REDUCE,
        "a parameter that is no tensor",
    ),
    "a tensor of no storage": (tensor(NUMBER, 0, (1,), (1,)), "a tensor that cannot be"),
    "a key that is costly to hash": (Op.EMPTY_DICT + Op.EMPTY_TUPLE + NUMBER + Op.SETITEM, "a key of type tuple"),
    "an unknown memo": (b"h\x07", "its pickle is damaged or cut off"),
    "an empty stack": (Op.TUPLE2, "its pickle is damaged or cut off"),
    "no mark": (Op.TUPLE, "its pickle is damaged or cut off"),
    "an entry for a list": (Op.EMPTY_LIST + NUMBER + NUMBER + Op.SETITEM, "its pickle is damaged or cut off"),
    "half an entry": (Op.EMPTY_DICT + Op.MARK + NUMBER + Op.SETITEMS, "its pickle is damaged or cut off"),
    "a text without end": (b"X\xff\xff\xff\x7fabc", "its pickle is damaged or cut off"),
    "a reference to a number": (NUMBER + Op.PERSID, "refers to something that is no storage"),
    "a whole model": (Op.MARK + Op.text("module") + NUMBER + Op.TUPLE + Op.PERSID, "a whole model with its code"),
    "a list": (Op.EMPTY_LIST, "it holds a list and no tensors by name"),
    "nothing": (Op.EMPTY_DICT, "it holds a dict and no tensors by name"),
    "a number by name": (Op.EMPTY_DICT + Op.text("lr") + NUMBER + Op.SETITEM, "lr in it is a int: expected a tensor"),
}


@pytest.mark.parametrize("form", [legacy_file, zip_file])
@pytest.mark.parametrize(("content", "message"), CALLED_WRONGLY.values(), ids=CALLED_WRONGLY)
def test_tricks_are_refused(tmp_path, content, message, form):
    assert message in refusal(tmp_path, form(content, {}))


def test_pickles_that_would_fill_the_memory_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pickles, "MOST_INSTRUCTIONS", 1000)
    assert "more than 1,000 instructions" in refusal(tmp_path, legacy_file(NUMBER * 1001, {}))
    # A list that is passed again and again.
    numbers = Op.EMPTY_LIST + b"q\x01" + Op.MARK + NUMBER * 200 + b"e"
    again = (Op.name("torch", "Size") + b"h\x01" + Op.TUPLE1 + Op.REDUCE) * 10
    assert "more than 1,000 values to functions" in refusal(tmp_path, legacy_file(numbers + again, {}))


def test_deep_nests_and_wide_memos_do_no_harm(tmp_path):
    # Python's own Unpickler would make room for 2**31 entries, and hash down to the bottom.
    memo = Op.NONE + b"r\xff\xff\xff\x7f"
    assert "no tensors by name" in refusal(tmp_path, legacy_file(memo, {}))
    nest = Op.EMPTY_DICT + Op.EMPTY_TUPLE + Op.TUPLE1 * 500_000
    assert "key of type tuple" in refusal(tmp_path, legacy_file(nest + NUMBER + Op.SETITEM, {}))
    itself = Op.EMPTY_LIST + b"q\x01h\x01a"
    assert "it holds a list" in refusal(tmp_path, legacy_file(itself, {}))
