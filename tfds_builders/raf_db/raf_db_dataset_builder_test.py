"""RAF-DB: labels and people as they were written, official splits, aligned faces, compound emotions, wrong files."""

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.raf_db import attributes, dummy_data
from tfds_builders.raf_db.raf_db_dataset_builder import COMPOUND_WORDS, Builder
from tfds_builders.source import testing
from tfds_builders.source.dummy import zip_folder
from tfds_builders.source.testing import build, records, rejected
from tfds_builders.source.tree import SourceTree

LIST = "EmoLabel/list_patition_label.txt"
# The dataset's own numbers.
WORDS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
NUMBERS = dict(zip("1234567", WORDS, strict=True))


class RafDbTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces", "aligned")
    SPLITS = {"train": 14, "test": 7}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def pixels(path):
    # Decoders of JPEG differ by a few steps; this is the one that reads records.
    return tf.io.decode_jpeg(path.read_bytes())


@pytest.mark.parametrize("packed", [False, True])
def test_labels_people_and_pixels_are_the_files(packed, source, tmp_path):
    if packed:
        zip_folder(source / "basic", source / "RAF-DB.zip")
    builder = build("raf_db/raw", source, tmp_path / "data")
    dummy_data.write_source(tmp_path / "written")
    written = tmp_path / "written" / "basic"
    lines = (written / LIST).read_text().splitlines()
    assert set(builder.info.splits) == {"train", "test"}
    found = {split: records(builder, split) for split in ("train", "test")}
    assert {split: len(some) for split, some in found.items()} == {"train": 14, "test": 7}
    for line in lines:
        name, number = line.split()
        split = name.split("_")[0]
        record = found[split][name]
        assert EMOTIONS[record["emotion"]] == NUMBERS[number] == record["source_label"].decode().lower()
        count = int(name[len(split) + 1 : -4])
        assert record["gender"] == {0: 1, 1: 0, 2: -1}[count % 3]  # theirs: 0 male, 1 female, 2 unsure
        assert record["age_group"] == count % 5
        np.testing.assert_array_equal(record["image"], pixels(written / "Image" / "original" / name))
    assert not builder.info.metadata["cut_faces"]


def test_aligned_faces_are_cut_already(source, tmp_path):
    builder = build("raf_db/aligned", source, tmp_path)
    found = records(builder, "test")
    assert sorted(found) == [f"test_{number:04d}.jpg" for number in range(1, 8)]
    assert {record["image"].shape for record in found.values()} == {(76, 76, 3)}
    assert builder.info.metadata["cut_faces"]


def test_compound_emotions_are_none_of_the_seven(source, tmp_path):
    with pytest.raises(InputError, match=r"holds no pictures of raf_db: .* the folder compound with the same"):
        build("raf_db/compound", source, tmp_path)
    dummy_data.write_compound(source)
    found = records(build("raf_db/compound", source, tmp_path / "data"), "train")
    assert [found[key]["source_label"].decode() for key in sorted(found)] == list(COMPOUND_WORDS)
    assert {record["emotion"] for record in found.values()} == {-1}
    cut = records(build("raf_db/compound_aligned", source, tmp_path / "data"), "test")
    assert {record["image"].shape for record in cut.values()} == {(76, 76, 3)}
    # The basic ones beside them are told apart.
    assert len(records(build("raf_db/raw", source, tmp_path / "data"), "train")) == 14


def test_the_face_of_the_landmarks_is_cut(source, tmp_path):
    people = source / "basic" / "Annotation" / "manual"
    far = people / "train_00003_manu_attri.txt"
    far.write_text("200 200\n220 200\n210 210\n202 220\n218 220\n1\n1\n1\n")
    (people / "train_00004_manu_attri.txt").unlink()
    items = {item.image_id: item for _, item in Builder(data_dir=str(tmp_path)).items(SourceTree(source))}
    assert items["train_00001.jpg"].box == (25.0, 31.0, 44.0, 44.0)
    assert items["train_00003.jpg"].box == (190.0, 190.0, 40.0, 40.0)
    assert items["train_00004.jpg"].box is None
    assert "gender" not in items["train_00004.jpg"].known
    builder = build("raf_db/faces", source, tmp_path / "data")
    assert rejected(builder) == {"train_00003.jpg": "MTCNN finds no face where the dataset has one"}
    assert {record["image"].shape for record in records(builder, "train").values()} == {(224, 224, 3)}


def test_a_half_unpacked_archive_is_refused(source, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"expected 12,271 pictures of train, came 14: unpack .*--partial"):
        registry.build("raf_db/raw", tmp_path, source)
    monkeypatch.setattr(Builder, "EXPECTED", {"train": 14, "test": 7})
    (source / "basic" / "Image" / "original" / "test_0002.jpg").unlink()
    with pytest.raises(InputError, match=r"expected 7 pictures of test, came 6: unpack"):
        registry.build("raf_db/raw", tmp_path, source)
    assert rejected(build("raf_db/raw", source, tmp_path)) == {"test_0002.jpg": "there is no such file"}
    zip_folder(source / "basic" / "Image" / "aligned", source / "basic" / "Image" / "aligned.zip")
    with pytest.raises(InputError, match=r"expected 14 pictures of train, came 0: unpack"):
        registry.build("raf_db/aligned", tmp_path, source)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("test_0008.jpg 8", r"line 22: label: expected a whole number 1\.\.7, came '8'"),
        ("test_0008.jpg x", r"line 22: label: expected a whole number 1\.\.7, came 'x'"),
        ("test_0008.jpg", r"line 22: expected 2 cells \(file label\), came 1"),
        ("valid_0008.jpg 1", r"line 22: file: expected train_NUMBER\.jpg or test_NUMBER\.jpg, came 'valid_0008\.jpg'"),
        ("test_0001.jpg 2", r"line 22: file 'test_0001\.jpg' stands there twice, first in line 15"),
        ("test_0001.jpg \udcff", r"expected text: 'utf-8' codec can't decode"),
    ],
)
def test_wrong_lists_are_refused(line, message, source, tmp_path):
    with (source / "basic" / LIST).open("a", errors="surrogateescape") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=rf"list_patition_label\.txt: {message}") as caught:
        build("raf_db/raw", source, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1\n1\n1\n", "3\n1\n1\n", r"line 6: gender: expected a whole number 0\.\.2, came '3'"),
        ("1\n1\n1\n", "1\n3\n1\n", r"line 7: race: expected a whole number 0\.\.2, came '3'"),
        ("1\n1\n1\n", "1\n1\nold\n", r"line 8: age: expected a whole number 0\.\.4, came 'old'"),
        ("1\n1\n1\n", "1\n1\n", r"expected 5 lines of landmarks .*, came 7 lines with 2 2 2 2 2 1 1 words"),
        ("36.000\t", "left\t", r"line 1: x: expected a number, came 'left'"),
    ],
)
def test_wrong_attributes_are_refused(old, new, message, source, tmp_path):
    path = source / "basic" / "Annotation" / "manual" / "train_00001_manu_attri.txt"
    content = path.read_text()
    assert content.endswith("1\n1\n1\n")
    path.write_text(content.replace(old, new))
    with pytest.raises(InputError, match=rf"train_00001_manu_attri\.txt: {message}"):
        build("raf_db/raw", source, tmp_path)
    assert attributes.read_attributes(content.encode(), "x")[0] == {"gender": 0, "age_group": 1}
