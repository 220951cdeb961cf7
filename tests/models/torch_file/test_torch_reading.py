"""Files of torch.save are read as torch reads them; damaged ones and others are refused."""

import zipfile

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.torch_file import tensors
from fer_tf.models.torch_file.reading import read_state_dict
from tests.models.torch_file.refusing import NUMBERS, read, refusal
from tests.models.torch_file.writing import (
    Op,
    described,
    dictionary,
    legacy_file,
    storage,
    tensor,
    write_state,
    zip_file,
)

RNG = np.random.default_rng(0)
STATE = {
    "features.module.0.weight": RNG.normal(size=(4, 3, 2, 2)).astype("f4"),
    "features.module.0.bias": RNG.normal(size=4).astype("f8"),
    "module.bn.num_batches_tracked": np.array(7, "i8"),
    "half": RNG.normal(size=(1, 5)).astype("f2"),
}


@pytest.mark.parametrize("legacy", [True, False])
def test_both_forms_give_the_arrays_that_were_written(tmp_path, legacy):
    found = read_state_dict(write_state(tmp_path / "a.pth.tar", STATE, legacy=legacy))
    assert list(found) == ["features.0.weight", "features.0.bias", "bn.num_batches_tracked", "half"]
    for ours, written in zip(found.values(), STATE.values(), strict=True):
        assert ours.dtype == written.dtype
        np.testing.assert_array_equal(ours, written)
        assert not ours.flags.writeable


@pytest.mark.parametrize("form", [legacy_file, zip_file])
def test_a_state_dict_that_is_not_wrapped_is_read_too(tmp_path, form):
    arrays = {str(number): array for number, array in enumerate(STATE.values())}
    found = read(tmp_path, form(described(STATE, legacy=form is legacy_file), arrays))
    np.testing.assert_array_equal(found["half"], STATE["half"])


def test_views_share_a_storage(tmp_path):
    whole = storage("0", 12)
    content = dictionary({"turned": tensor(whole, 2, (3, 2), (1, 4)), "rest": tensor(whole, 8, (4,), (1,))})
    found = read(tmp_path, legacy_file(content, NUMBERS))
    np.testing.assert_array_equal(found["turned"], [[2, 6], [3, 7], [4, 8]])
    np.testing.assert_array_equal(found["rest"], [8, 9, 10, 11])


def test_parts_of_storages_and_parameters_of_old_files_are_read(tmp_path):
    part = Op.MARK + Op.text("1") + Op.number(4) + Op.number(6) + Op.TUPLE
    inner = tensor(storage("0", 12, module="torch.cuda", tail=part), 1, (5,), (1,))
    parameter = (
        Op.name("torch._utils", "_rebuild_parameter") + Op.MARK + inner + b"\x88" + Op.NONE + Op.TUPLE + Op.REDUCE
    )
    found = read(tmp_path, legacy_file(dictionary({"a": parameter}), NUMBERS))
    np.testing.assert_array_equal(found["a"], [5, 6, 7, 8, 9])


def test_storages_of_an_optimizer_are_passed_over(tmp_path):
    state, moment = tensor(storage("1", 2), 0, (2,), (1,)), tensor(storage("0", 12), 0, (12,), (1,))
    content = Op.EMPTY_DICT + Op.MARK + Op.text("optimizer") + moment
    content += Op.text("state_dict") + dictionary({"a": state}) + Op.SETITEMS
    found = read(tmp_path, legacy_file(content, NUMBERS | {"1": np.array([5, 6], "f4")}))
    np.testing.assert_array_equal(found["a"], [5, 6])
    found = read(tmp_path, zip_file(content, {"1": np.array([5, 6], "f4")}))
    np.testing.assert_array_equal(found["a"], [5, 6])


OUT_OF_BOUNDS = {
    "too long": tensor(storage("0", 12), 0, (13,), (1,)),
    "an offset": tensor(storage("0", 12), 6, (7,), (1,)),
    "an offset alone": tensor(storage("0", 12), 12, (), ()),
    "a stride": tensor(storage("0", 12), 0, (2,), (12,)),
    "a huge stride": tensor(storage("0", 12), 0, (2, 2), (1, 2**62)),
    "a huge size": tensor(storage("0", 12), 0, (2**40, 2**40), (1, 1)),
    "a size from nothing": tensor(storage("0", 12), 0, (2**40,), (0,)),
    "an empty one": tensor(storage("0", 12), 0, (0, 2**63), (1, 1)),
    "below zero": tensor(storage("0", 12), -1, (1,), (1,)),
    "a stride below zero": tensor(storage("0", 12), 11, (2,), (-1,)),
    "more strides": tensor(storage("0", 12), 0, (2,), (1, 1)),
    "yes for a size": Op.name("torch._utils", "_rebuild_tensor")
    + (
        Op.MARK
        + storage("0", 12)
        + Op.number(0)
        + b"\x88"
        + Op.TUPLE1
        + Op.number(1)
        + Op.TUPLE1
        + Op.TUPLE
        + Op.REDUCE
    ),
    "a part": tensor(storage("0", 12, tail=Op.MARK + Op.text("1") + Op.numbers((8, 5))[1:]), 0, (1,), (1,)),
}


@pytest.mark.parametrize("content", OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_tensors_beyond_their_storage_are_refused(tmp_path, content):
    for form in (legacy_file, zip_file):
        message = refusal(tmp_path, form(dictionary({"a": content}), NUMBERS))
        assert "it describes a tensor" in message or "it describes a part of a storage" in message


def test_the_stride_of_a_single_row_is_of_no_account(tmp_path):
    found = read(tmp_path, legacy_file(dictionary({"a": tensor(storage("0", 12), 3, (1, 2), (2**70, 1))}), NUMBERS))
    np.testing.assert_array_equal(found["a"], [[3, 4]])


@pytest.mark.parametrize("count", [2**31, 2**62, 2**200])
def test_sizes_that_no_network_has_are_refused(tmp_path, count):
    content = dictionary({"a": tensor(storage("0", count), 0, (1,), (1,))})
    assert f"bytes: at most {tensors.MOST_BYTES} are read" in refusal(tmp_path, legacy_file(content, NUMBERS))
    many = {str(n): tensor(storage(str(n), 2**28), 0, (1,), (1,)) for n in range(5)}
    assert "at most" in refusal(tmp_path, zip_file(dictionary(many), NUMBERS))


def test_a_storage_described_twice_must_be_the_same(tmp_path):
    one = tensor(storage("0", 12), 0, (1,), (1,))
    for other in (storage("0", 11), storage("0", 12, "DoubleStorage")):
        content = dictionary({"a": one, "b": tensor(other, 0, (1,), (1,))})
        assert "it describes storage 0 in two ways" in refusal(tmp_path, legacy_file(content, NUMBERS))


@pytest.mark.parametrize("legacy", [True, False])
def test_files_that_are_cut_off_say_so_wherever_that_is(tmp_path, legacy):
    whole = write_state(tmp_path / "whole", STATE, legacy=legacy).read_bytes()
    for length in [1, 2, 5, 40, *range(60, len(whole), 37), len(whole) - 1]:
        refusal(tmp_path, whole[:length])
    assert len(read(tmp_path, whole)) == len(STATE)


def test_lost_bytes_are_counted(tmp_path):
    whole = legacy_file(dictionary({"a": tensor(storage("0", 12), 0, (12,), (1,))}), NUMBERS)
    assert "it is cut off: 5 bytes or more are missing, download it again" in refusal(tmp_path, whole[:-5])


def test_any_byte_may_be_wrong(tmp_path):
    """Each either reads or is refused; nothing else is raised."""
    for legacy in (True, False):
        whole = bytearray(write_state(tmp_path / "whole", STATE, legacy=legacy).read_bytes())
        for _ in range(400):
            changed = whole.copy()
            changed[RNG.integers(len(whole))] = RNG.integers(256)
            try:
                read(tmp_path, bytes(changed))
            except InputError:
                continue


def _tar() -> bytes:
    return b"sys_info".ljust(257, b"\0") + b"ustar\x0000"


OTHER_FILES = {
    "text": (b"<html>404</html>", r"it begins with b'<html>40', and torch files with b'PK'"),
    "empty": (b"", "it begins with b''"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "it begins with"),
    "tar": (_tar(), "it is an archive of tar: unpack it first"),
    # A NetParameter: its name, then its first layer (field 100) or, in old files, field 2.
    "caffe": (b"\n\x07AlexNet\xa2\x06\x20\n\x04data", "it is a model of Caffe, which groups convolutions"),
    "old caffe": (b"\n\x07AlexNet\x12\x20\n\x04data", "the file of PyTorch is needed"),
}


@pytest.mark.parametrize(("data", "message"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_other_files_are_named(tmp_path, data, message):
    assert message in refusal(tmp_path, data)


def test_a_file_called_caffemodel_is_one(tmp_path):
    path = tmp_path / "alexnet_places365.caffemodel"
    path.write_bytes(b"\xa2\x06\x20\n\x04data")
    with pytest.raises(InputError, match=r"it is a model of Caffe.*the file of PyTorch is needed"):
        read_state_dict(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no\.pth does not exist: give a file that torch\.save wrote"):
        read_state_dict(tmp_path / "no.pth")


GOOD = dictionary({"a": tensor(storage("0", 12, tail=None), 0, (12,), (1,))})
ARCHIVES = {
    "TorchScript": (lambda: zip_file(GOOD, NUMBERS, extra={"constants.pkl": b""}), "it is TorchScript"),
    "a big end": (lambda: zip_file(GOOD, NUMBERS, extra={"byteorder": b"big"}), "numbers have the big end first"),
    "compression": (lambda: zip_file(GOOD, NUMBERS, compression=zipfile.ZIP_DEFLATED), "is compressed or too long"),
    "no storage": (lambda: zip_file(GOOD, {}), "it lacks archive/data/0"),
    "a short storage": (
        lambda: zip_file(GOOD, {"0": NUMBERS["0"][1:]}),
        "a storage has 44 bytes, and its tensors need 48",
    ),
    "a long storage": (lambda: zip_file(GOOD, {"0": np.ones(13, "f4")}), "compressed or too long, 52 bytes"),
    "two pickles": (lambda: zip_file(GOOD, NUMBERS, extra={"more/data.pkl": b""}), "which has one data.pkl"),
}


@pytest.mark.parametrize(("make", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_archives_that_are_not_of_torch_save_are_refused(tmp_path, make, message):
    assert message in refusal(tmp_path, make())


def test_old_files_with_other_storages_than_described_are_refused(tmp_path):
    good = dictionary({"a": tensor(storage("0", 12), 0, (12,), (1,))})
    assert "the numbers of a are missing" in refusal(tmp_path, legacy_file(good, {}))
    assert "lists storage 9, which no tensor uses" in refusal(
        tmp_path, legacy_file(good, NUMBERS | {"9": NUMBERS["0"]})
    )
    assert "storage 0 has another length" in refusal(tmp_path, legacy_file(good, {"0": NUMBERS["0"][1:]}))
    assert "another version of torch's form" in refusal(tmp_path, legacy_file(good, NUMBERS, version=1002))
    twice = dictionary(
        {"module.a": tensor(storage("0", 12), 0, (1,), (1,)), "a": tensor(storage("0", 12), 0, (1,), (1,))}
    )
    assert "it has a twice" in refusal(tmp_path, legacy_file(twice, NUMBERS))
