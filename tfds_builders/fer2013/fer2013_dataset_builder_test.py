"""FER-2013 from table, archive and folders; damaged sources; the real archive where it is at hand."""

import csv
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.fer2013 import class_folders, competition_csv, dummy_data, votes
from tfds_builders.fer2013.fer2013_dataset_builder import Builder


@pytest.fixture(autouse=True)
def small_table(monkeypatch):
    monkeypatch.setattr(Builder, "EXPECTED_ROWS", dummy_data.ROWS)


def build(folder):
    return registry.build("fer2013", folder / "data", folder)


def records(builder, split):
    found = tfds.as_numpy(builder.as_dataset(split=split))
    return {record["image_id"].decode(): record for record in found}


@pytest.mark.parametrize("write", [dummy_data.write_table, dummy_data.write_archive])
def test_table_and_archive_give_every_row(write, tmp_path):
    write(tmp_path, dummy_data.table_lines())
    dummy_data.write_votes(tmp_path, dummy_data.votes_lines())
    builder = build(tmp_path)
    found = {split: records(builder, split) for split in ("train", "validation", "test")}
    assert {split: len(found[split]) for split in found} == {"train": 14, "validation": 7, "test": 7}
    joined = {**found["train"], **found["validation"], **found["test"]}
    for index, image in enumerate(dummy_data.noise_images()):
        record = joined[f"fer{index:07d}"]
        np.testing.assert_array_equal(record["image"], np.repeat(image[..., None], 3, axis=2))
    words = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    for index, (name, word) in enumerate(zip(words, competition_csv.SOURCE_EMOTIONS, strict=True)):
        record = found["validation"][f"fer{14 + index:07d}"]
        assert (EMOTIONS[record["emotion"]], record["source_label"].decode()) == (name, word)


def test_votes_are_shares_of_all_annotators(tmp_path):
    dummy_data.write_table(tmp_path, dummy_data.table_lines())
    dummy_data.write_votes(tmp_path, dummy_data.votes_lines())
    found = records(build(tmp_path), "train")
    # Of nine votes: 1 neutral, 5 anger, 2 disgust, 1 contempt.
    expected = dict.fromkeys(EMOTIONS, 0.0) | {"anger": 5 / 9, "disgust": 2 / 9, "neutral": 1 / 9}
    np.testing.assert_allclose(found["fer0000000"]["emotion_votes"], list(expected.values()), rtol=1e-6)
    np.testing.assert_array_equal(found["fer0000001"]["emotion_votes"], np.zeros(7))
    np.testing.assert_array_equal(found["fer0000002"]["emotion_votes"], np.eye(7)[EMOTIONS.index("happiness")])


def test_without_votes_they_are_missing(tmp_path):
    dummy_data.write_table(tmp_path, dummy_data.table_lines())
    builder = build(tmp_path)
    assert np.isnan([record["emotion_votes"] for record in records(builder, "test").values()]).all()
    assert Path(builder.data_dir, "rejected.csv").read_text().strip() == "image_id,source,reason"


def test_other_column_order_and_quotes_are_read(tmp_path):
    rows = [line.split(",") for line in dummy_data.table_lines()]
    path = dummy_data.write_table(tmp_path, [f'{usage},{emotion},"{pixels}"' for emotion, pixels, usage in rows])
    found = list(competition_csv.read_rows(path, "PublicTest", dummy_data.ROWS))
    assert [(row.index, row.emotion) for row in found] == [(14 + n, n) for n in range(7)]
    np.testing.assert_array_equal(found[0].image, dummy_data.noise_images()[14])


def test_nothing_there_names_archive_and_source(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match=r"holds neither .*fer2013.tar.gz .* put .* https://www.kaggle.com/c/chall"):
        build(tmp_path)


def change(row, column, value):
    lines = dummy_data.table_lines()
    cells = lines[row].split(",")
    cells[column] = value
    lines[row] = ",".join(cells)
    return lines


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (change(17, 0, "9"), r"fer2013.csv: row 17: expected an emotion 0\.\.6, came 9: .* download"),
        (change(2, 0, "-1"), r"row 2: expected an emotion 0\.\.6, came -1"),
        (change(3, 1, "1 2 3"), r"row 3: expected 2304 pixels, came 3"),
        (change(3, 1, ""), r"row 3: expected 2304 pixels, came 0"),
        (change(4, 1, "300 " * 2304), r"row 4: expected pixels 0\.\.255, came 300"),
        (change(5, 1, "1 " * 2303 + "x"), r"row 5: expected pixels as numbers"),
        (change(6, 2, "Private"), r"row 6: expected a Usage of Training, PublicTest, PrivateTest, came 'Private'"),
        (change(7, 1, "1,2"), r"row 7: expected 3 columns, came 4"),
        (dummy_data.table_lines()[:-2], r"not the whole table: it has 14 of 14 Training, .* 5 of 7 PrivateTest rows"),
        (dummy_data.table_lines()[1:], r"expected the columns emotion,pixels,Usage, came '0,"),
        ([], r"expected the columns emotion,pixels,Usage, came ''"),
        (["emotion,pixels,Usage", "1" * 100_000], r"line of more than 65536 bytes"),
    ],
)
def test_a_damaged_table_is_refused(lines, message, tmp_path):
    dummy_data.write_table(tmp_path, lines)
    with pytest.raises(InputError, match=message) as caught:
        build(tmp_path)
    assert "\n" not in str(caught.value)
    assert not registry.is_built("fer2013", tmp_path / "data")


@pytest.mark.parametrize("share", [0.0005, 0.5, 0.9995])
def test_a_truncated_archive_is_refused(share, tmp_path):
    path = dummy_data.write_archive(tmp_path, dummy_data.table_lines())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"fer2013.tar.gz is damaged or cut short after \d+ of 28 rows .*: download"):
        build(tmp_path)


def test_a_damaged_byte_in_the_archive_is_noticed(tmp_path):
    path = dummy_data.write_archive(tmp_path, dummy_data.table_lines())
    content = bytearray(path.read_bytes())
    content[-8] ^= 1  # in the check sum
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged or cut short"):
        build(tmp_path)


def test_only_the_one_expected_member_is_read(tmp_path):
    dummy_data.write_archive(tmp_path, dummy_data.table_lines(), member="../../fer2013.csv")
    with pytest.raises(InputError, match=r"holds no plain file fer2013/fer2013.csv"):
        build(tmp_path)
    with tarfile.open(tmp_path / "fer2013.tar.gz", "w:gz") as archive:
        link = tarfile.TarInfo("fer2013/fer2013.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    with pytest.raises(InputError, match=r"holds no plain file fer2013/fer2013.csv"):
        build(tmp_path)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda lines: lines[:-1], r"fer2013new.csv: expected 28 rows, one for each of fer2013.csv, came 27"),
        (lambda lines: [*lines[:5], "x" * 200_000], r"is damaged after row 4 \(field larger"),
        (lambda lines: lines[1:], r"expected the FER\+ table, the columns Usage, anger,.* are missing"),
        (lambda lines: [*lines[:-1], lines[-1].replace("10", "x")], r"row 28: expected PrivateTest and ten whole"),
        (lambda lines: [*lines[:-1], lines[-1].replace("10", "0")], r"row 28: .* not all zero"),
        (lambda lines: [lines[0], *lines[:0:-1]], r"row 1: expected Training and"),
        (lambda lines: [*lines[:-1], lines[-1] + ",1"], r"row 28: expected PrivateTest and ten whole"),
        (lambda lines: [*lines[:-1], lines[-1][:-2]], r"row 28: expected PrivateTest and ten whole"),
    ],
)
def test_damaged_votes_are_refused(edit, message, tmp_path):
    path = dummy_data.write_votes(tmp_path, edit(dummy_data.votes_lines()))
    with pytest.raises(InputError, match=message):
        votes.read_votes(path, dummy_data.ROWS)


def test_class_folders_with_unreadable_pictures(tmp_path):
    dummy_data.write_class_folders(tmp_path)
    train = tmp_path / "train"
    (train / "happy" / "notes.txt").write_text("not a picture")
    picture = (train / "sad" / "0.png").read_bytes()
    (train / "sad" / "cut.png").write_bytes(picture[: len(picture) // 2])
    (tmp_path / "test" / "fear" / ".DS_Store").write_text("hidden")
    (tmp_path / "test" / "__MACOSX").mkdir()
    colour = np.zeros((20, 30, 3), np.uint8)
    colour[..., 0] = 200
    Image.fromarray(colour).save(tmp_path / "test" / "fear" / "colour.png")
    builder = build(tmp_path)
    found = {split: records(builder, split) for split in ("train", "validation", "test")}
    assert len(found["train"]) + len(found["validation"]) == 84
    assert len(found["test"]) == 8
    assert 2 <= len(found["validation"]) <= 20
    for image_id, record in found["train"].items():
        assert record["source_label"].decode() == image_id.split("/")[1]
        original = np.asarray(Image.open(tmp_path / image_id))
        np.testing.assert_array_equal(record["image"], np.repeat(original[..., None], 3, axis=2))
    np.testing.assert_array_equal(found["test"]["test/fear/colour.png"]["image"], colour)
    with Path(builder.data_dir, "rejected.csv").open() as file:
        rejected = {row["image_id"]: row for row in csv.DictReader(file)}
    assert set(rejected) == {"train/happy/notes.txt", "train/sad/cut.png"}
    assert rejected["train/happy/notes.txt"]["reason"] == "not a picture that can be read"
    assert rejected["train/sad/cut.png"]["reason"].startswith("damaged picture")
    assert rejected["train/sad/cut.png"]["source"] == str(train / "sad" / "cut.png")


def test_the_validation_rule_is_fixed():
    contents = [str(number).encode() for number in range(2000)]
    chosen = [number for number, content in enumerate(contents) if class_folders.is_validation(content)]
    # Worked out with `printf N | sha256sum`: these digests begin below 0x199a.
    assert chosen[:3] == [9, 39, 49]
    assert 160 <= len(chosen) <= 240


def test_an_unknown_class_folder_is_refused(tmp_path):
    dummy_data.write_class_folders(tmp_path, train_per_class=1)
    (tmp_path / "train" / "hapy").mkdir()
    with pytest.raises(InputError, match=r"train/hapy: expected a folder for one of anger, .*: rename it or move"):
        build(tmp_path)
    shutil.rmtree(tmp_path / "test")
    (tmp_path / "test").mkdir()
    shutil.rmtree(tmp_path / "train" / "hapy")
    with pytest.raises(InputError, match=r"test: expected a folder for each of anger, .*, came none"):
        build(tmp_path)


@pytest.mark.shared
def test_the_real_archive_has_its_rows_and_votes(shared, monkeypatch):
    monkeypatch.undo()
    archive = shared / "data" / "fer2013.tar.gz"
    if not archive.is_file():
        pytest.skip(f"needs {archive.name} in the development data")
    expected = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}
    assert expected == Builder.EXPECTED_ROWS
    rows = list(competition_csv.read_rows(archive, "PrivateTest", expected))
    assert [row.index for row in rows] == list(range(32298, 35887))
    counts = np.bincount([row.emotion for row in rows])
    assert np.abs(counts - [491, 55, 528, 879, 594, 416, 626]).max() <= 12
    shares = votes.read_votes(shared / "data" / "fer2013new.csv", expected)
    assert shares.shape == (35887, 7)
    labels = [competition_csv.SOURCE_EMOTIONS[row.emotion] for row in rows]
    happy = shares[32298:][[label == "Happy" for label in labels]].mean(axis=0)
    assert EMOTIONS[happy.argmax()] == "happiness"
    assert happy.max() > 0.8
