"""The folder on disk: layout, what is written beside a picture, going on, damage."""

import csv
import json
import os

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.synthesis.generate.folder import Folder
from fer_tf.synthesis.generate.requests import Request

SETTINGS = {"source": "fake", "plan": {"seed": 0, "shape": (1, 2)}, "filter": None}
REQUEST = Request("fear_0001_00", "test", "fear", "hat", 7)
OTHER = Request("fear_0001_01", "test", "fear", "hat", 8)
IMAGE = np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8)


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_picture_stands_with_what_decided_on_it(tmp_path):
    folder = Folder(tmp_path / "new" / "set", SETTINGS)
    assert not folder.is_accepted(REQUEST)
    folder.accept(REQUEST, IMAGE, {"seed": 7, "prompt": "ä hat"})
    assert folder.is_accepted(REQUEST)
    assert not folder.is_accepted(OTHER)
    path = tmp_path / "new" / "set" / "test" / "fear"
    np.testing.assert_array_equal(Image.open(path / "fear_0001_00.png"), IMAGE)
    facts = json.loads((path / "fear_0001_00.json").read_text())
    assert (facts["seed"], facts["prompt"]) == (7, "ä hat")
    assert facts["settings"] == {**SETTINGS, "plan": {"seed": 0, "shape": [1, 2]}}
    assert facts["settings_digest"] == folder.digest
    assert files(folder.path) == {
        *("settings.json", "rejected.csv", "test/fear/fear_0001_00.png", "test/fear/fear_0001_00.json")
    }


def test_rejects_are_listed_at_once_and_known_again(tmp_path):
    folder = Folder(tmp_path, SETTINGS)
    folder.reject(REQUEST, "two faces,\n found")
    with (tmp_path / "rejected.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["name", "reason"], ["test/fear/fear_0001_00", "two faces, found"]]
    assert folder.is_rejected(REQUEST)
    again = Folder(tmp_path, SETTINGS)
    assert again.is_rejected(REQUEST)
    assert not again.is_rejected(OTHER)


def test_a_line_that_a_kill_cut_off_is_made_again(tmp_path):
    Folder(tmp_path, SETTINGS).reject(REQUEST, "no faces")
    with (tmp_path / "rejected.csv").open("a") as file:
        file.write("test/fear/fear_0001_01,no fa")
    folder = Folder(tmp_path, SETTINGS)
    assert (folder.is_rejected(REQUEST), folder.is_rejected(OTHER)) == (True, False)
    folder.reject(OTHER, "dark")
    assert (tmp_path / "rejected.csv").read_text().splitlines()[1:] == [
        *("test/fear/fear_0001_00,no faces", "test/fear/fear_0001_01,dark")
    ]


def test_a_picture_is_there_only_when_all_of_it_is(tmp_path, monkeypatch):
    folder = Folder(tmp_path, SETTINGS)
    replace, moved = os.replace, []

    def dies(source, target):
        moved.append(str(target))
        if str(target).endswith(".png"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr("pathlib.os.replace", dies)
    with pytest.raises(KeyboardInterrupt):
        folder.accept(REQUEST, IMAGE, {})
    monkeypatch.undo()
    assert [path.rpartition(".")[2] for path in moved] == ["json", "png"]
    folder = Folder(tmp_path, SETTINGS)
    assert not folder.is_accepted(REQUEST)
    folder.accept(REQUEST, IMAGE, {})
    assert not [name for name in files(tmp_path) if name.endswith(".tmp")]


def test_other_settings_are_refused_by_name(tmp_path):
    Folder(tmp_path, SETTINGS)
    assert Folder(tmp_path, dict(reversed(SETTINGS.items()))).settings
    with pytest.raises(InputError) as caught:
        Folder(tmp_path, {**SETTINGS, "plan": {"seed": 1, "shape": [1, 2]}, "size": 64})
    assert str(caught.value) == (
        f"{tmp_path} was begun with other settings (plan.seed was 0, now 1; size was None, now 64): "
        "repeat them or choose another --output_dir"
    )
    many = {"source": "other", **{f"s{number}": number for number in range(9)}}
    with pytest.raises(InputError, match=r"; and 8 more\)"):
        Folder(tmp_path, many)


def test_folders_of_other_things_are_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_text("")
    with pytest.raises(InputError, match=r"holds holiday.jpg, but no settings.json: choose an empty folder"):
        Folder(tmp_path, SETTINGS)
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(InputError, match=r"settings.json is damaged"):
        Folder(tmp_path, SETTINGS)
    with pytest.raises(InputError, match=r"holiday.jpg cannot be used .*: choose another --output_dir"):
        Folder(tmp_path / "holiday.jpg", SETTINGS)


def test_a_damaged_list_of_rejects_is_refused(tmp_path):
    Folder(tmp_path, SETTINGS)
    (tmp_path / "rejected.csv").write_text("name,reason\nonly one\n")
    with pytest.raises(InputError, match=r"rejected.csv is not a list of name, reason"):
        Folder(tmp_path, SETTINGS)
    (tmp_path / "rejected.csv").write_bytes(b"\xff\xfe\n")
    with pytest.raises(InputError, match=r"cannot be used"):
        Folder(tmp_path, SETTINGS)


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    folder = Folder(tmp_path, SETTINGS)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(InputError, match=r"cannot be written .*No space left.*: the same command goes on from here"):
        folder.accept(REQUEST, IMAGE, {})
    assert not folder.is_accepted(REQUEST)
