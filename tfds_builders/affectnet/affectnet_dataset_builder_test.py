"""AffectNet: both layouts, both labellings, boxes of faces, wrong tables and files."""

import io

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.affectnet import dummy_data
from tfds_builders.affectnet.affectnet_dataset_builder import Builder
from tfds_builders.affectnet.layouts import read_number
from tfds_builders.source import testing
from tfds_builders.source.dummy import zip_folder
from tfds_builders.source.testing import build, records, rejected
from tfds_builders.source.tree import SourceTree

# By the dataset's own numbers.
NAMES = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")


class AffectnetTest(testing.SourceBuilderTestCase):
    """tfds's own tests, on the newer release."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "eight")
    SPLITS = {"train": 16, "test": 16}  # noqa: RUF012

    # Contempt is not among the seven classes.
    def test_download_and_prepare_as_dataset(self) -> None:
        self.SPLITS = {"train": 14, "test": 14}
        self.BUILDER_CONFIG_NAMES_TO_TEST = ("raw",)
        super().test_download_and_prepare_as_dataset()
        self.SPLITS = {"train": 16, "test": 16}
        self.BUILDER_CONFIG_NAMES_TO_TEST = ("eight",)
        super().test_download_and_prepare_as_dataset()


@pytest.fixture
def sets(tmp_path):
    dummy_data.write_source(tmp_path / "sets")
    return tmp_path / "sets"


@pytest.fixture
def tables(tmp_path):
    dummy_data.write_tables(tmp_path / "tables")
    return tmp_path / "tables"


def npy(value):
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value))
    return buffer.getvalue()


def table_rows(folder, table):
    lines = (folder / table).read_text().splitlines()[1:]
    return {cells[0]: int(cells[6]) for cells in (line.split(",") for line in lines)}


@pytest.mark.parametrize("packed", [False, True])
def test_numbers_of_the_sets_are_the_emotions(packed, sets, tmp_path):
    if packed:
        zip_folder(sets / "train_set", sets / "train_set.zip")
        zip_folder(sets / "val_set", sets / "val_set.zip")
    builder = build("affectnet/eight", sets, tmp_path / "data")
    dummy_data.write_source(tmp_path / "written")
    for split, folder in (("train", "train_set"), ("test", "val_set")):
        found = records(builder, split)
        assert sorted(found) == sorted(f"{folder}/images/{number}.jpg" for number in range(16))
        for key, record in found.items():
            number = int(np.load(str(tmp_path / "written" / key).replace("images", "annotations")[:-4] + "_exp.npy"))
            if number == 7:
                assert (record["emotion"], record["source_label"]) == (-1, b"Contempt")
            else:
                assert EMOTIONS[record["emotion"]] == NAMES[number] == record["source_label"].decode().lower()
            # Decoders of JPEG differ by a few steps; this is the one that reads records.
            original = tf.io.decode_jpeg((tmp_path / "written" / key).read_bytes())
            np.testing.assert_array_equal(record["image"], original)
    assert builder.info.metadata["cut_faces"]


def test_contempt_is_no_class_of_seven(sets, tmp_path):
    builder = build("affectnet/raw", sets, tmp_path)
    assert [len(records(builder, split)) for split in ("train", "test")] == [14, 14]
    assert set(rejected(builder)) == {
        f"{folder}/images/{n}.jpg" for folder in ("train_set", "val_set") for n in (14, 15)
    }
    assert set(rejected(builder).values()) == {"labelled 7 (Contempt), which is none of the 7 classes"}


def test_tables_are_read_with_what_is_no_emotion_rejected(tables, tmp_path):
    for config, kept in (("raw", range(7)), ("eight", range(8))):
        builder = build(f"affectnet/{config}", tables, tmp_path / "data")
        reasons = rejected(builder)
        for split, table in (("train", "training.csv"), ("test", "validation.csv")):
            rows = table_rows(tables, table)
            assert len(rows) == 22
            found = records(builder, split)
            assert found.keys() == {path for path, number in rows.items() if number in kept}
            for path, record in found.items():
                name = EMOTIONS[record["emotion"]] if record["emotion"] >= 0 else None
                assert name == (NAMES[rows[path]] if rows[path] < 7 else None)
            for path, number in rows.items():
                assert (path in reasons) == (number not in kept)
                if number == 9:
                    assert reasons[path] == f"labelled 9 (Uncertain), which is none of the {len(kept)} classes"
        assert not builder.info.metadata["cut_faces"]


def test_boxes_are_those_of_the_table(tables, tmp_path):
    path = tables / "training.csv"
    path.write_text(path.read_text().replace(",24,20,46,58,", ",0,0,5,5,", 1))
    found = [item for _, item in Builder(data_dir=str(tmp_path)).items(SourceTree(tables))]
    assert [item.box for item in found[:2]] == [(0, 0, 5, 5), dummy_data.BOX]
    assert [item.box for item in found[20:22]] == [None, None]  # no face
    builder = build("affectnet/faces", tables, tmp_path / "data")
    assert rejected(builder)[found[0].image_id] == "MTCNN finds no face where the dataset has one"
    assert {record["image"].shape for record in records(builder, "train").values()} == {(224, 224, 3)}


def test_half_unpacked_archives_are_refused(sets, tables, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"sets: expected 287,651 pictures of train, came 16: unpack .*--partial"):
        registry.build("affectnet/raw", tmp_path, sets)
    monkeypatch.setattr(Builder, "EXPECTED", {"train": 16, "test": 16})
    (sets / "train_set" / "annotations" / "3_exp.npy").unlink()
    with pytest.raises(InputError, match=r"expected 16 pictures of train, came 15: unpack"):
        registry.build("affectnet/raw", tmp_path, sets)
    assert rejected(build("affectnet/raw", sets, tmp_path))["train_set/images/3.jpg"] == "there is no such file"
    first = next(iter(table_rows(tables, "validation.csv")))
    (tables / "Manually_Annotated_Images" / first).unlink()
    with pytest.raises(InputError, match=r"tables: expected 22 pictures of test, came 21: unpack"):
        registry.build("affectnet/raw", tmp_path, tables)
    (tables / "validation.csv").unlink()
    with pytest.raises(InputError, match=r"expected the list of test, one file called validation\.csv, there is none"):
        registry.build("affectnet/raw", tmp_path, tables)
    (tables / "training.csv").unlink()
    with pytest.raises(InputError, match=r"tables holds no pictures of affectnet: ask the authors .*N_exp\.npy"):
        registry.build("affectnet/raw", tmp_path, tables)


def test_numbers_are_read_in_all_their_forms():
    for value in (7, "7", 7.0, [7], ["7"], np.uint8(7)):
        assert read_number(npy(value), "x") == 7


class _Planted:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def _pickled():
    buffer = io.BytesIO()
    np.save(buffer, np.array(_Planted(), dtype=object), allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy(11), "came 11"),
        (npy(-1), "came -1"),
        (npy(2.5), r"came 2\.5"),
        (npy(np.nan), "came nan"),
        (npy("joy"), "could not convert string to float"),
        (npy([1, 2]), "can only convert an array of size 1"),
        (npy(7)[:-3], "read|bytes|EOF"),
        (npy(7).replace(b"(), }", b"(99999999999999,), }", 1)[:128], r"\w"),
        (_pickled(), "Object arrays cannot be loaded"),
        (b"cposix\nsystem\n(S'false'\ntR.", "allow_pickle=False"),
        (b"", r"\w"),
    ],
)
def test_numbers_that_are_none_are_refused(content, reason):
    with pytest.raises(InputError, match=rf"^5_exp\.npy: expected one number 0\.\.10 in a \.npy file: .*{reason}"):
        read_number(content, "5_exp.npy")


def test_a_wrong_number_is_named_with_its_file(sets, tmp_path):
    np.save(sets / "val_set" / "annotations" / "5_exp.npy", np.array("12"))
    with pytest.raises(InputError, match=r"val_set/annotations/5_exp\.npy: expected one number 0\.\.10 .*: came '12'"):
        build("affectnet/raw", sets, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",0,-0.25", ",11,-0.25", r"line 2: expression: expected a whole number 0\.\.10, came '11'"),
        (",0,-0.25", ",happy,-0.25", r"line 2: expression: expected a whole number 0\.\.10, came 'happy'"),
        (",24,20,46,58,", ",left,20,46,58,", r"line 2: face_x: expected a number, came 'left'"),
        (",24,20,46,58,", ",24,20,46,", r"line 2: expected 9 cells, came 8"),
        (",expression,", ",emotion,", r"expected the columns subDirectory_filePath, .*, expression is missing"),
    ],
)
def test_wrong_tables_are_refused(old, new, message, tables, tmp_path):
    path = tables / "training.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=rf"training\.csv: {message}") as caught:
        build("affectnet/raw", tables, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_row_is_no_way_out_of_the_folder_nor_there_twice(tables, tmp_path):
    path = tables / "training.csv"
    lines = path.read_text().splitlines()
    outside = tmp_path / "outside.jpg"
    (tables / "Manually_Annotated_Images" / lines[1].split(",")[0]).rename(outside)
    climbing = f"../../outside.jpg,{lines[1].partition(',')[2]}"
    path.write_text("\n".join([lines[0], climbing, *lines[2:]]))
    assert rejected(build("affectnet/raw", tables, tmp_path / "data"))["../../outside.jpg"] == "there is no such file"
    path.write_text("\n".join([*lines, lines[5]]))
    with pytest.raises(InputError, match=r"training\.csv: line 24: .* stands there twice, first in line 6"):
        build("affectnet/raw", tables, tmp_path / "data")
