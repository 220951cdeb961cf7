"""Synthetic sets into datasets: what the sidecars say, crops, damaged and hostile folders."""

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, AGE_GROUPS, DISGUISES, EMOTIONS, GENDERS
from tfds_builders import commands, registry
from tfds_builders.synthetic_disguise import dummy_data, sidecar

RAW, FACES = "synthetic_disguise/raw", "synthetic_disguise/faces"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return dummy_data.write_set(tmp_path_factory.mktemp("made") / "set")


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made, tmp_path / "set")
    return tmp_path / "set"


def build(folder, name=RAW):
    return registry.build(name, folder.parent / "data", folder)


def records(builder, split):
    return {record["image_id"].decode(): record for record in tfds.as_numpy(builder.as_dataset(split=split))}


def rejected(builder):
    with Path(builder.data_dir, "rejected.csv").open(newline="") as file:
        return {row["image_id"]: row["reason"] for row in csv.DictReader(file)}


def one(folder, split="train", emotion="fear"):
    (picture,) = (folder / split / emotion).glob("*.png")
    return picture


def test_every_picture_comes_with_what_is_known_of_it(folder):
    builder = build(folder)
    assert builder.builder_config.name == "raw"
    assert list(builder.info.splits) == ["train", "test"]
    assert not rejected(builder)
    for split in ("train", "test"):
        found = records(builder, split)
        files = {str(path.relative_to(folder)): path for path in (folder / split).rglob("*.png")}
        assert found.keys() == files.keys()
        assert sorted(record["emotion"] for record in found.values()) == list(range(7))
        for key, record in found.items():
            facts = json.loads(files[key].with_suffix(".json").read_text())
            np.testing.assert_array_equal(record["image"], Image.open(files[key]))
            assert record["synthetic"]
            assert EMOTIONS[record["emotion"]] == record["source_label"].decode() == facts["emotion"]
            assert DISGUISES[record["disguise"]] == facts["disguise"]
            assert facts["disguise"] in dummy_data.OPTIONS.kinds(split)
            assert GENDERS[record["gender"]] == facts["gender"]
            assert AGE_GROUPS[record["age_group"]] == facts["age_group"]
            assert record["skin_tone"] == facts["skin_tone"]
            units = facts["details"]["action_units"]
            expected = [units.get(str(unit), 0.0) for unit in ACTION_UNITS]
            np.testing.assert_allclose(record["action_units"], expected, rtol=1e-6)


def test_faces_are_cut_to_224(folder):
    Image.new("RGB", (64, 64)).save(folder / "train" / "fear" / "black.png")
    builder = build(folder, FACES)
    assert rejected(builder) == {"train/fear/black.png": "MTCNN finds no face"}
    found = records(builder, "train")
    assert len(found) == 7
    for key, record in found.items():
        assert record["image"].shape == (224, 224, 3)
        # The face fills the crop: enlarged, it is not the whole picture.
        whole = np.asarray(Image.open(folder / key).resize((224, 224)))
        assert np.abs(whole.astype(int) - record["image"]).mean() > 5
    text = commands.build_and_describe(FACES, str(folder.parent / "data"))
    assert "rejected         1" in text


def test_a_picture_without_sidecar_has_its_emotion_only(folder):
    picture = folder / "test" / "anger" / "other.jpg"
    Image.new("L", (20, 30), 99).save(picture)
    record = records(build(folder), "test")["test/anger/other.jpg"]
    assert (record["image"].shape, record["emotion"]) == ((30, 20, 3), EMOTIONS.index("anger"))
    assert [record[name] for name in ("disguise", "gender", "skin_tone", "age_group")] == [-1] * 4
    assert np.isnan(record["action_units"]).all()
    assert record["synthetic"]


def test_one_split_is_enough(folder):
    shutil.rmtree(folder / "test")
    assert list(build(folder).info.splits) == ["train"]


def test_a_missing_class_is_named(folder):
    shutil.rmtree(folder / "test" / "sadness")
    one(folder, "test", "fear").unlink()
    with pytest.raises(InputError, match=r"set/test has no picture of fear, sadness: expected some of each") as caught:
        build(folder)
    assert "\n" not in str(caught.value)
    assert not registry.is_built(RAW, folder.parent / "data")


def test_a_class_of_which_nothing_can_be_used_is_named(folder):
    one(folder).write_bytes(b"\x89PNG\r\n\x1a\n no more")
    with pytest.raises(InputError, match=r"train: no picture of fear can be used, the first one is train/fear/fear_0"):
        build(folder)


def test_folders_of_others_are_not_followed(folder, tmp_path):
    (folder / "train" / "fear").rename(tmp_path / "elsewhere")
    (folder / "train" / "fear").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        InputError, match=r"no picture of fear can be used, .* fear is a link: expected a file or folder"
    ):
        build(folder)


def test_folders_that_are_none(tmp_path, folder):
    with pytest.raises(InputError, match=r"holds neither train nor test: make the folder with `python -m fer_tf.syn"):
        registry.build(RAW, tmp_path / "data", tmp_path)
    (folder / "train" / "boredom").mkdir()
    with pytest.raises(InputError, match=r"train/boredom: expected a folder for one of anger"):
        build(folder)
    with pytest.raises(InputError, match=r"--manual_dir: expected the folder .* synthetic_disguise, none was given"):
        registry.build(RAW, tmp_path / "data")


def test_damaged_and_hostile_files_are_listed(folder):
    fear = folder / "train" / "fear"
    good = one(folder)
    picture = good.read_bytes()
    (fear / "cut.png").write_bytes(picture[: len(picture) // 2])
    Image.new("1", (5000, 4)).save(fear / "wide.png")
    (fear / "link.png").symlink_to(good)
    (fear / "a;b.png").write_bytes(picture)
    (fear / "linked.png").write_bytes(picture)
    (fear / "linked.json").symlink_to("/etc/hostname")
    with (fear / "huge.png").open("wb") as file:
        file.truncate(65 << 20)
    (fear / "says.png").write_bytes(picture)
    (fear / "says.json").write_text('{"emotion": "anger"}')
    (fear / os.fsdecode(b"\xff.png")).write_bytes(picture)
    (fear / "notes.txt").write_text("not looked at")
    builder = build(folder)
    reasons = {key.removeprefix("train/fear/"): reason for key, reason in rejected(builder).items()}
    assert reasons.pop("cut.png").startswith("damaged picture")
    assert reasons == {
        "wide.png": "expected at most 4096 pixels a side, came 5000 x 4",
        "link.png": "link.png is a link: expected a file or folder",
        "linked.png": "linked.json is a link: expected a file or folder",
        "a;b.png": "expected a name of letters, digits and . _ - + ( )",
        "huge.png": "more than 64 MiB",
        "says.png": "says.json says emotion 'anger', the folder fear",
        r"\udcff.png": "expected a name of letters, digits and . _ - + ( )",
    }
    assert len(records(builder, "train")) == 7


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"a.json is not JSON \(JSONDecodeError\)"),
        ("[" * 100_000, r"a.json is not JSON \(RecursionError\)"),
        ("\x00", r"a.json is not JSON"),
        ("[1]", r"a.json: expected names and values, came list"),
        (" " * 1_000_001, r"a.json has more than 1,000,000 bytes"),
        ('{"emotion": ["fear"]}', r"a.json says emotion \['fear'\], the folder fear"),
        ('{"disguise": "hut"}', r"a.json: disguise: expected one of none, .*, came 'hut'"),
        ('{"disguise": {"a": 1}}', r"a.json: disguise: expected one of none"),
        ('{"gender": 1}', r"a.json: gender: expected one of female, male, came 1"),
        ('{"age_group": "old"}', r"a.json: age_group: expected one of 0-3"),
        ('{"skin_tone": 11}', r"a.json: skin_tone: expected 1\.\.10, came 11"),
        ('{"skin_tone": true}', r"a.json: skin_tone: expected 1\.\.10, came True"),
        ('{"subject_id": 7}', r"a.json: subject_id: expected a short text, came 7"),
        ('{"subject_id": "a\\nb"}', r"a.json: subject_id: expected a short text"),
        ('{"details": {"action_units": [1]}}', r"a.json: action_units: expected numbers of units with 0\.\.1"),
        ('{"details": {"action_units": {"99": 1}}}', r"action_units: .*came {'99': 1}"),
        ('{"details": {"action_units": {"12": 1.5}}}', r"action_units: .*came {'12': 1.5}"),
        ('{"details": {"action_units": {"12": NaN}}}', r"action_units: .*came {'12': nan}"),
    ],
)
def test_sidecars_that_cannot_be_used(tmp_path, content, message):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        sidecar.read_labels(path, "fear")
    assert "\n" not in str(caught.value)


def test_sidecars_may_know_nothing(tmp_path):
    path = tmp_path / "a.json"
    assert sidecar.read_labels(path, "fear") == {}
    path.write_text(json.dumps({"gender": None, "skin_tone": None, "details": {}, "more": [1, 2]}))
    assert sidecar.read_labels(path, "fear") == {}
