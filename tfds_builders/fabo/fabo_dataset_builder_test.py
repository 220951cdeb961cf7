"""FABO: the apex of each clip, by people; tables, folders, what is none of the seven emotions, wrong tables."""

import csv

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from tfds_builders.fabo import dummy_data
from tfds_builders.fabo.fabo_dataset_builder import LETTERS, OUTSIDE, Builder, apex
from tfds_builders.source import testing
from tfds_builders.source.dummy import write_film, write_picture, zip_folder
from tfds_builders.source.films import Film
from tfds_builders.source.manifest import MANIFEST
from tfds_builders.source.testing import build, records, rejected

NAME = "fabo/raw"
FILM = "videos/S001_happiness.avi"


class FaboTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces")
    SPLITS = {"train": 20, "validation": 20, "test": 20}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def write_table(source, *rows):
    with (source / MANIFEST).open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def all_records(builder):
    return {key: (split, record) for split in builder.info.splits for key, record in records(builder, split).items()}


def test_the_apex_of_a_clip_is_its_middle_third():
    # Fifteen frames a second of 45: two frames in three, and of these the middle third.
    assert apex(Film(15, 45)) == [15, 16, 18, 19, 21, 22, 24, 25, 27, 28]
    assert apex(Film(10, 9)) == [3, 4, 5]
    assert apex(Film(30, 30), 4, 11) == [4, 7, 10]
    assert apex(Film(5, 9)) == [3, 4, 5], "no more than there are"
    assert [apex(Film(30, frames)) for frames in (1, 2)] == [[0], [0]]


def test_frames_labels_and_people_are_the_manifests(source, tmp_path):
    found = all_records(build(NAME, source, tmp_path / "data"))
    assert len(found) == 60
    by_word = {}
    for key, (_, record) in found.items():
        film, _, number = key.partition("#")
        assert film == record["sequence_id"].decode()
        assert int(number) == record["frame"]
        subject, word = film.removeprefix("videos/").removesuffix(".avi").split("_")
        assert (record["subject_id"].decode(), record["source_label"].decode()) == (subject, word)
        by_word.setdefault(word, set()).add(int(record["emotion"]))
        # Of twenty frames a second ten are taken, all where the clip shows the apex.
        apex_frame = dummy_data.clip(word, dummy_data.SUBJECTS.index(subject))[15]
        assert np.abs(record["image"].astype(float) - apex_frame).mean() < 4
    expected = {"N": "neutral", "happiness": "happiness", "Sr": "surprise"}
    assert by_word == {word: {EMOTIONS.index(name)} for word, name in expected.items()} | {"boredom": {-1}}
    frames = {record["frame"] for key, (_, record) in found.items() if key.startswith(FILM)}
    assert frames == {10, 12, 14, 16, 18}


def test_nobody_is_in_two_splits(source, tmp_path):
    people = {}
    for split, record in all_records(build(NAME, source, tmp_path)).values():
        people.setdefault(record["subject_id"].decode(), set()).add(split)
    assert people == {"S001": {"train"}, "S003": {"test"}, "S014": {"validation"}}


def test_the_manifest_may_tell_the_apex(source, tmp_path):
    write_picture(source / "frame.png", np.full((8, 8, 3), 9, np.uint8))
    write_table(
        source,
        ("path", "subject_id", "emotion", "apex_start", "apex_end", "gender"),
        (FILM, "S001", "H", 12, 15, "female"),
        ("frame.png", "S001", "Ax", "", "", ""),
    )
    found = records(build(NAME, source, tmp_path), "train")
    assert found.keys() == {f"{FILM}#000012", f"{FILM}#000014", "frame.png"}
    assert found[f"{FILM}#000014"]["gender"] == 0
    assert (found["frame.png"]["emotion"], found["frame.png"]["source_label"]) == (-1, b"Ax")


def test_folders_say_person_and_emotion(source, tmp_path):
    for film in (source / "videos").iterdir():
        subject, word = film.stem.split("_")
        (source / subject / word).mkdir(parents=True)
        film.rename(source / subject / word / "clip.avi")
    (source / MANIFEST).unlink()
    found = all_records(build(NAME, source, tmp_path))
    assert len(found) == 60
    assert found["S003/Sr/clip.avi#000014"][0] == "test"
    assert found["S003/Sr/clip.avi#000014"][1]["emotion"] == EMOTIONS.index("surprise")
    assert found["S003/boredom/clip.avi#000014"][1]["emotion"] == -1
    (source / "S003" / "Sr").rename(source / "S003" / "wide")
    with pytest.raises(InputError, match=r"S003/wide/clip\.avi: expected SUBJECT/EMOTION/clip\.avi, the emotion one"):
        build(NAME, source, tmp_path)


def test_letters_are_the_papers():
    assert set(LETTERS.values()) == set(EMOTIONS)
    letters = {letter for letter in (*LETTERS, *OUTSIDE) if len(letter) < 3}
    assert letters == {"n", "s", "sr", "h", "f", "a", "b", "p", "ax", "d"}


def test_a_damaged_video_is_listed_and_a_packed_one_refused(source, tmp_path):
    (source / FILM).write_bytes(b"RIFF" + bytes(100))
    assert rejected(build(NAME, source, tmp_path / "data")) == {FILM: "not a video that can be read"}
    zip_folder(source / "videos", source / "videos.zip")
    with pytest.raises(InputError, match=r"videos\.zip: videos/S001_N\.avi can be read from the disk only: unpack"):
        build(NAME, source, tmp_path / "data")


@pytest.mark.parametrize(
    ("columns", "cells", "message"),
    [
        ("path,subject_id,emotion", f"{FILM},S1,bored", r"line 2: emotion: expected one of neutral, .*, came 'bored'"),
        ("path,subject_id,emotion", f"{FILM},,H", r"line 2: subject_id: expected some text"),
        ("path,subject_id", f"{FILM},S1", r"line 2: emotion: expected some text, came 'nothing'"),
        ("path,subject_id,emotion,split", f"{FILM},S1,H,test", r"column 'split' is unknown"),
        (
            "path,subject_id,emotion,apex_start",
            f"{FILM},S1,H,3",
            r"line 2: apex_end: expected .* at least 3",
        ),
        (
            "path,subject_id,emotion,apex_start,apex_end",
            f"{FILM},S1,H,3,2",
            r"line 2: apex_end: .* at least 3, came",
        ),
        (
            "path,subject_id,emotion,apex_start,apex_end",
            f"{FILM},S1,H,3,30",
            r"line 2: apex_end: expected a frame of the video, which has 30, counted from 0, came '30'",
        ),
        (
            "path,subject_id,emotion,frame",
            f"{FILM},S1,H,3",
            r"line 2: frame: expected nothing, because .*video",
        ),
        ("path,subject_id,emotion,apex_end", "a.png,S1,H,3", r"line 2: apex_end: expected nothing, because .*picture"),
        ("path,subject_id,emotion", "../a.avi,S1,H", r"line 2: path: expected a path"),
        ("path,subject_id,emotion", f"{FILM},S1,H\n{FILM},S1,F", r"line 3: path: .* stands in line 2 already"),
    ],
)
def test_wrong_manifests_are_named_with_their_line(columns, cells, message, source, tmp_path):
    write_picture(source / "a.png", np.zeros((8, 8, 3), np.uint8))
    (source / MANIFEST).write_text(f"{columns}\n{cells}\n")
    with pytest.raises(InputError, match=rf"manifest\.csv: .*{message}"):
        build(NAME, source, tmp_path / "data")


def test_an_empty_folder_says_what_is_expected(tmp_path):
    write_film(tmp_path / "source" / "clip.avi", [np.zeros((8, 8, 3), np.uint8)], 10)
    with pytest.raises(InputError, match=r"clip\.avi: expected SUBJECT/EMOTION/clip\.avi.*or give manifest\.csv"):
        build(NAME, tmp_path / "source", tmp_path / "data")
    (tmp_path / "source" / "clip.avi").rename(tmp_path / "source" / "clip.txt")
    with pytest.raises(InputError, match=r"source holds no pictures of fabo: ask for FABO with its signed release"):
        build(NAME, tmp_path / "source", tmp_path / "data")
