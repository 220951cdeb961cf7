"""SFEW: official splits, films, aligned faces, wrong archives."""

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.sfew import dummy_data
from tfds_builders.sfew.sfew_dataset_builder import WORDS, Builder
from tfds_builders.source import faces, testing
from tfds_builders.source.dummy import zip_folder
from tfds_builders.source.testing import build, records, rejected


class SfewTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces")
    SPLITS = {"train": 14, "test": 14}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def test_emotions_films_and_pixels_are_the_files(source, tmp_path):
    builder = build("sfew/raw", source, tmp_path / "data")
    assert {"train", "test"} == set(builder.info.splits)
    for split, folder in (("train", "Train"), ("test", "Val")):
        found = records(builder, split)
        assert len(found) == 14
        for key, record in found.items():
            part, word, name = key.split("/")
            assert (part, word) == (folder, record["source_label"].decode())
            assert EMOTIONS[record["emotion"]][:3] == word.lower()[:3]
            assert record["sequence_id"].decode() == name.split("_")[0]
            np.testing.assert_array_equal(record["image"], Image.open(source / key))
    assert sorted({record["emotion"] for record in records(builder, "test").values()}) == list(range(7))


def test_archives_are_read_as_they_were_downloaded(source, tmp_path):
    unpacked = build("sfew/raw", source, tmp_path / "one")
    zip_folder(source / "Train", source / "Train.zip")
    zip_folder(source / "Val", source / "Val.zip")
    packed = build("sfew/raw", source, tmp_path / "other")
    for split in ("train", "test"):
        one, other = records(unpacked, split), records(packed, split)
        assert one.keys() == other.keys()
        assert all((one[key]["image"] == other[key]["image"]).all() for key in one)


def test_faces_are_cut_and_those_without_are_listed(source, tmp_path):
    Image.new("RGB", (90, 90)).save(source / "Train" / "Fear" / "Film_000001_00000001.png")
    builder = build("sfew/faces", source, tmp_path / "data")
    assert rejected(builder) == {"Train/Fear/Film_000001_00000001.png": "MTCNN finds no face"}
    assert {record["image"].shape for record in records(builder, "train").values()} == {(224, 224, 3)}


def test_a_killed_build_goes_on_to_the_same_records(source, tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # in this process, where it can be killed
    monkeypatch.setattr("tfds_builders.derived._PICTURES", 4)
    whole = build("sfew/faces", source, tmp_path / "whole")
    cut, done = faces.crop_chunk, []

    def cut_until_killed(images, boxes):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(len(images))
        return cut(images, boxes)

    monkeypatch.setattr(faces, "crop_chunk", cut_until_killed)
    with pytest.raises(KeyboardInterrupt):
        build("sfew/faces", source, tmp_path / "killed")
    assert not registry.is_built("sfew/faces", tmp_path / "killed")
    monkeypatch.setattr(faces, "crop_chunk", lambda *part: (done.append(len(part[0])), cut(*part))[1])
    again = build("sfew/faces", source, tmp_path / "killed")
    # 14 pictures a split make four parts: none is cut twice.
    assert len(done) == 8
    for split in ("train", "test"):
        one, other = records(whole, split), records(again, split)
        assert one.keys() == other.keys()
        assert all((one[key]["image"] == other[key]["image"]).all() for key in one)


def test_aligned_faces_have_their_own_folders(source, tmp_path):
    (source / "Train").rename(source / "Train_Aligned_Faces")
    (source / "Val").rename(source / "Val_Aligned_Faces_new")
    assert len(records(build("sfew/aligned", source, tmp_path), "test")) == 14
    with pytest.raises(InputError, match=r"source holds no pictures of sfew: ask the organisers .*Train_Aligned_Faces"):
        build("sfew/raw", source, tmp_path)


def test_a_half_unpacked_archive_is_refused(source, tmp_path):
    with pytest.raises(InputError, match=r"expected 958 pictures of train, came 14: unpack .*--partial") as caught:
        registry.build("sfew/raw", tmp_path, source)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_emotion_is_named(source, tmp_path):
    (source / "Val" / "Sad").rename(source / "Val" / "Bored")
    with pytest.raises(InputError, match=rf"Val/Bored/.*expected a folder for each of {WORDS[0]}, .*, came 'Bored'"):
        build("sfew/raw", source, tmp_path)
