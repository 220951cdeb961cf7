"""EMOTIC: a record for each person, whose emotion and place are the file's; wrong files."""

import io

import numpy as np
import pytest
import tensorflow as tf
from scipy.io import savemat

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders import registry
from tfds_builders.emotic import annotations, dummy_data
from tfds_builders.emotic.annotations import read_people
from tfds_builders.emotic.dummy_data import frame, person
from tfds_builders.emotic.emotic_dataset_builder import Builder, only_emotion
from tfds_builders.source import testing
from tfds_builders.source.dummy import SIZE, zip_folder
from tfds_builders.source.testing import build, records, rejected

# Of the six people of each split.
EMOTION = ("anger", "fear", "happiness", None, "surprise", None)


class EmoticTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "person")
    SPLITS = {"train": 6, "validation": 6, "test": 6}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def pixels(path):
    return tf.io.decode_jpeg(path.read_bytes())


@pytest.mark.parametrize("packed", [False, True])
def test_every_person_is_a_record_with_the_whole_frame(packed, source, tmp_path):
    if packed:
        zip_folder(source / "emotic", source / "emotic.zip")
        zip_folder(source / "Annotations", source / "Annotations.zip")
        # A place with a folder for each dataset.
        source.rename(tmp_path / "emotic")
        source = tmp_path
    builder = build("emotic/raw", source, tmp_path / "data")
    dummy_data.write_source(tmp_path / "written")
    assert set(builder.info.splits) == {"train", "validation", "test"}
    for split, part in (("train", "train"), ("validation", "val"), ("test", "test")):
        found = records(builder, split)
        assert len(found) == 6
        for number in range(6):
            folder = ("mscoco", "ade20k", "framesdb")[number // 2]
            path = f"{folder}/images/{part}_{number // 2}.jpg"
            record = found[f"{path}#{1 + number % 2}"]
            name = EMOTIONS[record["emotion"]] if record["emotion"] >= 0 else None
            assert name == EMOTION[number]
            assert record["source_label"].decode() == ",".join(dummy_data.LABELS[number])
            assert record["sequence_id"].decode() == path
            assert record["gender"] == (1, 0)[number % 2]  # theirs: male, female
            assert record["age_group"] == (-1, 1, -1)[number % 3]  # theirs: kid, teenager, adult
            np.testing.assert_array_equal(record["image"], pixels(tmp_path / "written" / "emotic" / path))


def test_people_are_cut_out_where_they_stand(source, tmp_path):
    cut = records(build("emotic/person", source, tmp_path), "train")
    whole = records(build("emotic/raw", source, tmp_path), "train")
    for key, record in cut.items():
        frame_pixels = whole[key]["image"].astype(int)
        halves = [frame_pixels[:, :SIZE], frame_pixels[:, SIZE:]]
        mine, other = halves if key.endswith("#1") else halves[::-1]
        # Two decoders of JPEG differ by a few steps, two people by many.
        assert np.abs(record["image"] - mine).mean() < 2
        assert np.abs(record["image"] - other).mean() > 5


def test_faces_are_those_of_the_people_meant(source, tmp_path):
    builder = build("emotic/faces", source, tmp_path)
    found = records(builder, "train")
    assert {record["image"].shape for record in found.values()} == {(224, 224, 3)}
    one, other = found["mscoco/images/train_0.jpg#1"], found["mscoco/images/train_0.jpg#2"]
    assert np.abs(one["image"].astype(int) - other["image"]).mean() > 5
    assert not rejected(builder)


def test_boxes_are_held_to_the_frame(source, tmp_path):
    people = [
        person("train", 0, body_bbox=np.array([-50.4, -9, SIZE / 2, 500])),
        person("train", 1, body_bbox=np.array([1000, 0, 1100, 50])),
    ]
    others = {part: [frame(part, 0, [person(part, 0)])] for part in ("val", "test")}
    dummy_data.write_annotations(source, {"train": [frame("train", 0, people)], **others})
    builder = build("emotic/person", source, tmp_path)
    assert records(builder, "train")["mscoco/images/train_0.jpg#1"]["image"].shape == (SIZE, SIZE // 2, 3)
    reason = "the person's box lies outside of the picture"
    assert rejected(builder) == {"mscoco/images/train_0.jpg#2": reason}
    # A single frame and a single person, of which the reader makes no list.
    assert records(builder, "test").keys() == {"mscoco/images/test_0.jpg#1"}


def test_one_of_the_seven_and_no_other_is_an_emotion():
    assert EMOTIONS[only_emotion(["Peace", "Happiness", "Excitement"])] == "happiness"
    assert only_emotion(["Happiness", "Surprise"]) == -1
    assert only_emotion(["Peace"]) == -1
    # Close, but no emotion of the seven.
    assert only_emotion(["Aversion", "Annoyance", "Suffering"]) == -1
    assert {EMOTIONS[only_emotion([word])] for word in annotations.CATEGORIES if only_emotion([word]) >= 0} == {
        *("anger", "fear", "happiness", "sadness", "surprise")
    }


def test_frames_that_are_not_there_are_missed(source, tmp_path):
    (source / "emotic" / "ade20k" / "images" / "val_1.jpg").unlink()
    with pytest.raises(InputError, match=r"expected 6 pictures of validation, came 4: unpack .*--partial"):
        registry.build("emotic/raw", tmp_path, source)
    found = rejected(build("emotic/raw", source, tmp_path))
    assert found == dict.fromkeys(["ade20k/images/val_1.jpg#1", "ade20k/images/val_1.jpg#2"], "there is no such file")
    (source / "Annotations" / "Annotations.mat").unlink()
    with pytest.raises(InputError, match=r"source holds no pictures of emotic: ask the authors .*Annotations\.mat"):
        registry.build("emotic/raw", tmp_path, source)


def test_a_frame_that_climbs_out_is_not_read(source, tmp_path):
    (source / "secret.jpg").write_bytes((source / "emotic" / "mscoco" / "images" / "train_0.jpg").read_bytes())
    climbing = {**frame("train", 0, [person("train", 0)]), "folder": "mscoco/images/../../..", "filename": "secret.jpg"}
    frames = [climbing, frame("train", 1, [person("train", 0)])]
    others = {part: [frame(part, 0, [person(part, 0)])] for part in ("val", "test")}
    dummy_data.write_annotations(source, {"train": frames, **others})
    found = rejected(build("emotic/raw", source, tmp_path))
    assert found == {"mscoco/images/../../../secret.jpg#1": "there is no such file"}


def test_a_person_who_comes_twice_is_named(source, tmp_path):
    frames = [frame("train", 0, [person("train", 0)])] * 2
    others = {part: [frame(part, 0, [person(part, 0)])] for part in ("val", "test")}
    dummy_data.write_annotations(source, {"train": frames, **others})
    with pytest.raises(InputError, match=r"emotic: mscoco/images/train_0\.jpg#1 is there twice"):
        build("emotic/raw", source, tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"annotations_categories": {"categories": dummy_data.cell(("Joy",))}},
            r"categories: expected one of Affection, Anger, .*, came 'Joy'",
        ),
        ({"annotations_categories": {"categories": dummy_data.cell(())}}, "expected categories, came none"),
        ({"gender": "Woman"}, r"gender: expected one of Male, Female, came 'Woman'"),
        ({"age": 30.0}, r"age: expected text, came '30(\.0)?'"),
        ({"age": "Baby"}, r"age: expected one of Kid, Teenager, Adult, came 'Baby'"),
        ({"body_bbox": np.array([9.0, 0, 9, 5])}, r"body_bbox: expected x1 y1 x2 y2 in pixels, came"),
        ({"body_bbox": np.array([0.0, 0, np.inf, 5])}, r"body_bbox: expected x1 y1 x2 y2 in pixels, came"),
        ({"body_bbox": "left"}, r"body_bbox: expected x1 y1 x2 y2 in pixels, came left"),
    ],
)
def test_wrong_people_are_named(changes, message, source, tmp_path):
    frames = [frame("train", 0, [person("train", 0), person("train", 1, **changes)])]
    dummy_data.write_annotations(source, {"train": frames, "val": frames, "test": frames})
    with pytest.raises(InputError, match=rf"Annotations\.mat: train\(1\)\.person\(2\): {message}") as caught:
        build("emotic/raw", source, tmp_path)
    assert "\n" not in str(caught.value)


def mat(**arrays):
    buffer = io.BytesIO()
    savemat(buffer, arrays, do_compression=True)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no mat file", r"x: expected a MATLAB file of version 5 to 7: save it again with -v7"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n", r"version 5 to 7: save it again"),
        (mat(train=np.arange(999.0))[:-9], r"x is damaged or cut short \(.*\): download it again"),
        (mat(test=np.arange(3.0)), r"x: expected the variables train, val, test, train is missing"),
        (mat(train=np.arange(3.0)), r"x: train\(1\): folder: expected text, came 'None'"),
    ],
)
def test_files_that_are_no_annotations_are_refused(content, message):
    with pytest.raises(InputError, match=message):
        list(read_people(content, "x"))


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(annotations, "_MOST_UNPACKED", 1_000_000)
    content = mat(train=np.zeros(1_000_000))
    assert len(content) < 100_000
    with pytest.raises(InputError, match=r"it has more than 1,000,000 bytes when it is unpacked"):
        list(read_people(content, "x"))
