"""Building on Apache Beam's local runner gives the same records; ``make test-beam`` installs it."""

import sys

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from tfds_builders import commands, registry
from tfds_builders.sfew import dummy_data
from tfds_builders.source.options import SourceOptions
from tfds_builders.source.testing import build, records, rejected

LOCAL = {"beam_runner": "DirectRunner"}


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    Image.new("RGB", (90, 90)).save(tmp_path / "source" / "Train" / "Fear" / "Film_000001_00000001.png")
    (tmp_path / "source" / "Val" / "Sad" / "Film_000002_00000002.png").write_bytes(b"no picture")
    return tmp_path / "source"


def test_without_beam_the_extra_is_named(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    monkeypatch.delitem(sys.modules, "tfds_builders.source.beam", raising=False)
    with pytest.raises(InputError, match=r"--beam_runner needs Apache Beam .*pip install -e '\.\[beam\]'"):
        build("sfew/raw", source, tmp_path, **LOCAL)
    assert not registry.is_built("sfew/raw", tmp_path)


@pytest.mark.parametrize("dataset", ["sfew/raw", "sfew/faces"])
def test_records_and_rejects_are_those_of_one_machine(dataset, source, tmp_path):
    pytest.importorskip("apache_beam", reason="needs Apache Beam: make test-beam installs it")
    alone = build(dataset, source, tmp_path / "alone")
    spread = build(dataset, source, tmp_path / "spread", **LOCAL)
    for split in ("train", "test"):
        one, other = records(alone, split), records(spread, split)
        assert one.keys() == other.keys()
        for key, record in one.items():
            for name, value in record.items():
                np.testing.assert_array_equal(value, other[key][name], err_msg=name)
    missing = rejected(alone)
    assert missing
    lines = [
        line for path in sorted((tmp_path / "spread").rglob("rejected_*.csv")) for line in path.read_text().splitlines()
    ]
    assert sum(line.startswith(tuple(missing)) for line in lines) == len(missing)
    summary = commands.build_and_describe(dataset, str(tmp_path / "spread"), options=SourceOptions(partial=True))
    assert f"rejected {len(missing):>9}" in summary
