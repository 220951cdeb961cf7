"""CAER-S: official splits, both spellings, boxes of faces, wrong archives and lists."""

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.caer_s import dummy_data
from tfds_builders.caer_s.caer_s_dataset_builder import WORDS, Builder
from tfds_builders.source import faces, testing
from tfds_builders.source.dummy import zip_folder
from tfds_builders.source.testing import build, records, rejected
from tfds_builders.source.tree import SourceTree


class CaerSTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces")
    SPLITS = {"train": 14, "test": 14}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


@pytest.mark.parametrize("packed", [False, True])
def test_emotions_and_pixels_are_the_files(packed, source, tmp_path):
    (source / "train" / "Anger").rename(source / "train" / "Angry")
    if packed:
        (source / "CAER-S").mkdir()
        for split in ("train", "test"):
            (source / split).rename(source / "CAER-S" / split)
        zip_folder(source / "CAER-S", source / "CAER-S.zip")
    builder = build("caer_s/raw", source, tmp_path / "data")
    dummy_data.write_source(tmp_path / "written")
    assert {"train", "test"} == set(builder.info.splits)
    for split in ("train", "test"):
        found = records(builder, split)
        assert len(found) == 14
        assert {record["emotion"] for record in found.values()} == set(range(7))
        for key, record in found.items():
            part, word, _ = key.split("/")
            label = record["source_label"].decode()
            assert (part, label) == (split, "Angry" if key.startswith("train/Anger/") else word)
            assert EMOTIONS[record["emotion"]][:3] == word.lower()[:3]
            np.testing.assert_array_equal(record["image"], Image.open(tmp_path / "written" / key))


def test_boxes_are_those_of_the_lists(source, tmp_path):
    dummy_data.write_boxes(source)
    found = {item.image_id: item.box for _, item in Builder(data_dir=str(tmp_path)).items(SourceTree(source))}
    left, top, right, bottom = dummy_data.BOX
    assert len(found) == 28
    for image_id, box in found.items():
        assert box == ((left, top, right - left, bottom - top) if image_id.endswith("0001.png") else None)


def test_the_face_in_the_box_is_cut(source, tmp_path):
    dummy_data.write_boxes(source)
    path = source / "train.txt"
    path.write_text(path.read_text().replace("train/Fear/0001.png,2,24,20,70,78", "train/Fear/0001.png,2,0,0,9,9"))
    builder = build("caer_s/faces", source, tmp_path / "data")
    assert rejected(builder) == {"train/Fear/0001.png": faces.NO_SUCH_FACE}
    assert {record["image"].shape for record in records(builder, "test").values()} == {(224, 224, 3)}


def test_a_half_unpacked_archive_is_refused(source, tmp_path):
    with pytest.raises(InputError, match=r"expected 49,007 pictures of train, came 14: unpack .*--partial"):
        registry.build("caer_s/raw", tmp_path, source)
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match=r"--manual_dir: .* caer_s, .*other is empty: get CAER-S from"):
        registry.build("caer_s/raw", tmp_path, tmp_path / "other")
    (tmp_path / "other" / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match=r"other holds no pictures of caer_s: get CAER-S from .*train/Anger/0001\.png"):
        registry.build("caer_s/raw", tmp_path, tmp_path / "other")


def test_a_folder_that_is_no_emotion_is_named(source, tmp_path):
    (source / "test" / "Sad").rename(source / "test" / "Bored")
    with pytest.raises(InputError, match=rf"test/Bored/.*expected a folder for each of {WORDS[0]}, .*, came 'Bored'"):
        build("caer_s/raw", source, tmp_path)


def test_both_spellings_with_the_same_names_are_two_pictures_for_one_id(source, tmp_path):
    (source / "train" / "Angry").mkdir()
    (source / "train" / "Angry" / "0001.png").write_bytes((source / "train" / "Anger" / "0001.png").read_bytes())
    with pytest.raises(InputError, match=r"train/Anger/0001\.png is there twice \(train/Angry/0001\.png\)"):
        build("caer_s/raw", source, tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("train/Sad/0002.png,4,1,1,9,9", r"line 8: class: expected 5, the number of Sad, came '4'"),
        ("train/Bored/0001.png,4,1,1,9,9", r"line 8: expected a folder for each of Anger, .*, came 'Bored'"),
        ("test/Sad/0002.png,5,1,1,9,9", r"line 8: path: expected train/CLASS/NUMBER\.png, came 'test/Sad/0002\.png'"),
        ("../train/Sad/0002.png,5,1,1,9,9", r"line 8: path: expected train/CLASS/NUMBER\.png"),
        ("train/Sad/0002.png,5,1,1,1,9", r"line 8: x2: expected a number of at least 2, came '1'"),
        ("train/Sad/0002.png,5,1,1,9,x", r"line 8: y2: expected a number of at least 2, came 'x'"),
        ("train/Sad/0002.png,5,1,1", r"line 8: expected 6 cells, came 4"),
        ("train/Sad/0001.png,5,1,1,9,9", r"line 8: path 'train/Sad/0001\.png' stands there twice, first in line 6"),
    ],
)
def test_wrong_lists_of_boxes_are_refused(line, message, source, tmp_path):
    dummy_data.write_boxes(source)
    with (source / "train.txt").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=rf"train\.txt: {message}") as caught:
        build("caer_s/raw", source, tmp_path)
    assert "\n" not in str(caught.value)
