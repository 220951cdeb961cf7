"""DISFA: frames of the videos with their intensities, folds, damaged videos and tables."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS
from tfds_builders import registry
from tfds_builders.disfa import dummy_data
from tfds_builders.disfa.disfa_dataset_builder import FOLDS, UNITS, Builder
from tfds_builders.disfa.dummy_data import FRAMES, RATE, level, people
from tfds_builders.source import testing
from tfds_builders.source.dummy import write_film, zip_folder
from tfds_builders.source.testing import build, records, rejected

MIDDLES = (0.0, 0.075, 0.225, 0.45, 0.75, 0.95)


class DisfaTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("every_10th", "every_10th_faces")
    SPLITS = {"train": 2, "validation": 2, "test": 2}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def film(source, person):
    return source / "Videos_LeftCamera" / f"LeftVideo{person}_comp.avi"


def table(source, person, unit):
    return source / "ActionUnit_Labels" / person / f"{person}_au{unit}.txt"


def test_each_fold_is_a_split_of_nine_people():
    everyone = [person for fold in FOLDS.values() for person in fold]
    assert len(everyone) == len(set(everyone)) == 27
    assert {len(fold) for fold in FOLDS.values()} == {9}
    assert Builder.EXPECTED == {"train": 9, "validation": 9, "test": 9}


def test_frames_have_their_own_intensities(source, tmp_path):
    # Every frame another grey, so that no frame is taken for its neighbour.
    for person in people().values():
        greys = [np.full((64, 80, 3), (20 * frame, 10, 250 - 20 * frame), np.uint8) for frame in range(FRAMES)]
        write_film(film(source, person), greys, RATE)
    builder = build("disfa", source, tmp_path / "data")
    for split, person in people().items():
        found = records(builder, split)
        assert sorted(found) == [f"{person}/{frame:04d}" for frame in range(1, FRAMES + 1)]
        for record in found.values():
            frame = int(record["frame"])
            assert record["image"].shape == (64, 80, 3)
            assert np.abs(record["image"].mean((0, 1)) - (20 * (frame - 1), 10, 250 - 20 * (frame - 1))).max() < 6
            assert record["subject_id"].decode() == record["sequence_id"].decode() == person
            expected = [MIDDLES[level(frame, n)] if n in UNITS else np.nan for n in ACTION_UNITS]
            np.testing.assert_allclose(record["action_units"], expected, rtol=1e-6)


def test_every_tenth_frame(source, tmp_path):
    builder = build("disfa/every_10th", source, tmp_path / "data")
    for split in people():
        assert sorted(int(record["frame"]) for record in records(builder, split).values()) == [1, 11]


def test_a_frame_that_a_table_leaves_out_is_not_labelled_for_its_unit(source, tmp_path):
    person = people()["test"]
    table(source, person, 12).write_text("1,3\n")
    found = records(build("disfa/every_10th", source, tmp_path / "data"), "test")
    column = ACTION_UNITS.index(12)
    assert found[f"{person}/0001"]["action_units"][column] == pytest.approx(0.45)
    assert np.isnan(found[f"{person}/0011"]["action_units"][column])
    assert not np.isnan(found[f"{person}/0011"]["action_units"][ACTION_UNITS.index(25)])


def test_tables_may_be_packed_and_videos_not(source, tmp_path):
    zip_folder(source / "ActionUnit_Labels", source / "ActionUnit_Labels.zip")
    assert len(records(build("disfa/every_10th", source, tmp_path / "data"), "train")) == 2
    zip_folder(source / "Videos_LeftCamera", source / "Videos_LeftCamera.zip")
    with pytest.raises(InputError, match=r"comp\.avi can be read from the disk only: unpack Videos_LeftCamera\.zip"):
        build("disfa/every_10th", source, tmp_path / "other")


def test_damaged_videos_are_listed_with_one_reason(source, tmp_path):
    short, wrong = people()["train"], people()["validation"]
    write_film(film(source, short), [np.zeros((64, 80, 3), np.uint8)] * 5, RATE)
    film(source, wrong).write_bytes(b"#EXTM3U\nfile:///etc/passwd\n" * 20)
    split_file = tmp_path / "splits.csv"
    split_file.write_text("subject_id,split\n" + "".join(f"{person},train\n" for person in people().values()))
    builder = build("disfa/every_10th", source, tmp_path / "data", split_file=str(split_file))
    no_film = "not a video that can be read: expected AVI, MP4, MOV, MKV, MPEG or WMV"
    assert rejected(builder) == {
        f"{short}/0011": "the video ends or is damaged after 5 frames",
        f"{wrong}/0001": no_film,
        f"{wrong}/0011": no_film,
    }
    assert len(records(builder, "train")) == 3


def test_too_few_videos_are_refused(source, tmp_path):
    with pytest.raises(InputError, match=r"expected 9 videos of train, came 1: unpack .*--partial"):
        registry.build("disfa", tmp_path / "data", source)


def test_a_folder_of_something_else_says_what_is_expected(tmp_path):
    write_film(tmp_path / "source" / "film.avi", [np.zeros((64, 80, 3), np.uint8)], RATE)
    with pytest.raises(InputError, match=r"holds no pictures of disfa: ask for DISFA .*LeftVideoSN001_comp\.avi"):
        build("disfa", tmp_path / "source", tmp_path / "data")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,0\n2,six\n", r"_au12\.txt: line 2: intensity: expected a whole number 0\.\.5, came 'six'"),
        ("1,0\n2,6\n", r"_au12\.txt: line 2: intensity: expected a whole number 0\.\.5, came '6'"),
        ("1,0\n1,0\n", r"_au12\.txt: line 2: frame: expected every frame once, came '1'"),
        ("0,0\n", r"_au12\.txt: line 1: frame: expected a whole number 1\.\.200000, came '0'"),
        ("1\n", r"_au12\.txt: line 1: expected 2 cells \(frame intensity\), came 1"),
    ],
)
def test_tables_that_cannot_be_are_named_with_file_and_line(text, message, source, tmp_path):
    table(source, people()["train"], 12).write_text(text)
    with pytest.raises(InputError, match=message):
        build("disfa", source, tmp_path / "data")


def test_a_missing_table_and_a_stranger_are_named(source, tmp_path):
    path = table(source, people()["train"], 12)
    content = path.read_text()
    path.unlink()
    with pytest.raises(InputError, match=r"expected ActionUnit_Labels/SN002/SN002_au12\.txt, there is none: unpack"):
        build("disfa", source, tmp_path / "data")
    path.write_text(content)
    film(source, people()["test"]).rename(film(source, "SN099"))
    with pytest.raises(InputError, match=r"LeftVideoSN099_comp\.avi: expected a person of DISFA, .*, came SN099"):
        build("disfa", source, tmp_path / "data")
