"""CK+: FACS codes, emotions, which frames have them, people, wrong archives."""

from unittest import mock

import numpy as np
import pytest
from PIL import Image

from fer_tf.data.action_units import presence
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, EMOTIONS
from tfds_builders import registry
from tfds_builders.ck_plus import dummy_data
from tfds_builders.ck_plus.ck_plus_dataset_builder import EMOTION_WORDS, Builder
from tfds_builders.ck_plus.dummy_data import FRAMES, TAKES
from tfds_builders.source import testing
from tfds_builders.source.dummy import zip_folder
from tfds_builders.source.testing import build, records, rejected

SPLITS = {"train": 3, "validation": 2, "test": 2}
LABEL_FILES = {"FACS": 7, "Emotion": 6}
PEAK = "S006/001/S006_001_00000005.png"


class CkPlusTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces")
    SPLITS = SPLITS

    @classmethod
    def setUpClass(cls):
        cls._labels = mock.patch.object(Builder, "LABEL_FILES", LABEL_FILES)
        cls._labels.start()
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls._labels.stop()


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def everything(builder):
    return {key: record for split in builder.info.splits for key, record in records(builder, split).items()}


def unit(record, number):
    return float(record["action_units"][ACTION_UNITS.index(number)])


def test_the_last_frame_has_the_labels_of_its_sequence(source, tmp_path):
    builder = build("ck_plus", source, tmp_path / "data")
    assert {split: info.num_examples for split, info in builder.info.splits.items()} == SPLITS
    found = everything(builder)
    assert {key.rpartition("/")[0] for key in found} == set(TAKES)
    for key, record in found.items():
        sequence, _, name = key.rpartition("/")
        emotion, coded = TAKES[sequence]
        assert record["sequence_id"].decode() == sequence
        assert record["subject_id"].decode() == sequence[:4] == name[:4]
        assert record["frame"] == FRAMES
        assert record["source_label"].decode() == ("" if emotion is None else EMOTION_WORDS[emotion])
        shown = {n for n, value in zip(ACTION_UNITS, record["action_units"], strict=True) if value > 0}
        assert shown == set(coded) & set(ACTION_UNITS)
        np.testing.assert_array_equal(record["image"][..., 1], Image.open(source / "cohn-kanade-images" / key))
    emotions = {key[:8]: record["emotion"] for key, record in found.items()}
    assert {take: EMOTIONS[number] if number >= 0 else "" for take, number in emotions.items()} == {
        "S005/001": "disgust",
        "S005/002": "",  # no file
        "S006/001": "happiness",
        "S012/001": "",  # contempt
        "S012/003": "surprise",
        "S014/001": "anger",
        "S014/002": "fear",
    }


def test_intensities_are_middles_of_levels_and_one_without(source, tmp_path):
    (source / "FACS/S014/002/S014_002_00000005_facs.txt").unlink()
    found = {key[:8]: record for key, record in everything(build("ck_plus", source, tmp_path / "data")).items()}
    assert [unit(found["S006/001"], number) for number in (6, 12, 25, 1)] == pytest.approx([0.45, 0.95, 0.225, 0.0])
    assert unit(found["S005/001"], 25) == 1.0  # present, the intensity is not given
    assert unit(found["S005/001"], 9) == pytest.approx(0.75)
    assert presence(found["S005/001"]["action_units"])[ACTION_UNITS.index(25)] == 1
    # FACS A is a trace, which the project counts as absent.
    assert unit(found["S012/001"], 14) == pytest.approx(0.075)
    assert not presence(found["S012/001"]["action_units"]).any()
    assert np.isnan(found["S014/002"]["action_units"]).all()
    assert not any(np.isnan(record["action_units"]).any() for take, record in found.items() if take != "S014/002")


@pytest.mark.parametrize(("config", "frames"), [("last_k", {3, 4, 5}), ("after_onset", {3, 4, 5})])
def test_other_rules_give_the_labels_to_more_frames(config, frames, source, tmp_path):
    (source / "cohn-kanade-images/S014/002/S014_002_00000001.png").unlink()  # of four frames the second half is two
    found = everything(build(f"ck_plus/{config}", source, tmp_path / "data"))
    of_take = {take: {key: found[key] for key in found if key.startswith(take)} for take in TAKES}
    assert {int(record["frame"]) for record in of_take["S006/001"].values()} == frames
    assert {record["emotion"] for record in of_take["S006/001"].values()} == {EMOTIONS.index("happiness")}
    assert {unit(record, 12) for record in of_take["S006/001"].values()} == {unit(of_take["S006/001"][PEAK], 12)}
    assert len(of_take["S014/002"]) == {"last_k": 3, "after_onset": 2}[config]


def test_archives_are_read_as_they_were_downloaded(source, tmp_path):
    unpacked = everything(build("ck_plus", source, tmp_path / "one"))
    for folder, archive in (
        ("cohn-kanade-images", "cohn-kanade-images"),
        ("FACS", "FACS_labels"),
        ("Emotion", "Emotion_labels"),
        ("Landmarks", "Landmarks"),
    ):
        zip_folder(source / folder, source / f"{archive}.zip")
    packed = everything(build("ck_plus", source, tmp_path / "other"))
    assert unpacked.keys() == packed.keys()
    for key, record in unpacked.items():
        np.testing.assert_array_equal(record["image"], packed[key]["image"])
        np.testing.assert_array_equal(record["action_units"], packed[key]["action_units"])


def test_people_are_described_by_a_table(source, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("subject_id,gender,skin_tone\nS005,female,2\nS014,male,8\n")
    found = everything(build("ck_plus", source, tmp_path / "data", subjects=str(table)))
    told = {key[:4]: (record["gender"], record["skin_tone"]) for key, record in found.items()}
    assert told == {"S005": (0, 2), "S006": (-1, -1), "S012": (-1, -1), "S014": (1, 8)}
    table.write_text("subject_id,gender\n5,female\n")
    with pytest.raises(InputError, match=r"ck_plus: the table of subjects names no subject_id .*, such as 'S014'"):
        build("ck_plus", source, tmp_path / "other", subjects=str(table))


def test_landmarks_say_which_face_is_meant(source, tmp_path):
    elsewhere = "".join(f"{80 + n % 10} {80 + n // 10}\n" for n in range(68))
    (source / "Landmarks/S006/001/S006_001_00000005_landmarks.txt").write_text(elsewhere)
    builder = build("ck_plus/faces", source, tmp_path / "data")
    assert rejected(builder) == {PEAK: "MTCNN finds no face where the dataset has one"}
    assert {record["image"].shape for record in everything(builder).values()} == {(224, 224, 3)}


def test_a_sequence_that_is_cut_is_listed(source, tmp_path):
    (source / "cohn-kanade-images" / PEAK).unlink()
    builder = build("ck_plus", source, tmp_path / "data")
    reason = rejected(builder)["S006/001/S006_001_00000004.png"]
    assert reason.startswith("FACS/S006/001/S006_001_00000005_facs.txt is of frame 5, but the sequence ends with 4")
    assert len(everything(builder)) == 6


def test_archives_that_lack_something_are_refused(source, tmp_path):
    with pytest.raises(InputError, match=r"expected 593 files such as FACS/.*, came 7: add FACS_labels\.zip, or take"):
        registry.build("ck_plus", tmp_path, source)
    with (
        mock.patch.object(Builder, "LABEL_FILES", LABEL_FILES),
        pytest.raises(InputError, match=r"expected 593 sequences of ck_plus, came 7: unpack .*--partial") as caught,
    ):
        registry.build("ck_plus/last_k", tmp_path, source)
    assert "\n" not in str(caught.value)
    (source / "cohn-kanade-images").rename(source / "extended-images")
    with pytest.raises(InputError, match=r"source holds no pictures of ck_plus: ask for CK\+ .*cohn-kanade-images"):
        build("ck_plus", source, tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("FACS", "12 high\n", r"_facs\.txt: line 1: intensity: expected a whole number 0\.\.5, came 'high'"),
        ("FACS", "6 3\n12 6\n", r"_facs\.txt: line 2: intensity: expected a whole number 0\.\.5, came '6'"),
        ("FACS", "6 3\nlip corner\n", r"_facs\.txt: line 2: AU: expected a whole number 1\.\.99, came 'lip'"),
        ("FACS", "6 3\n6 4\n", r"_facs\.txt: line 2: AU: expected each action unit with one intensity, came '6'"),
        ("FACS", "6 3 1\n", r"_facs\.txt: line 1: expected 2 cells \(AU intensity\), came 3"),
        ("Emotion", "8\n", r"_emotion\.txt: line 1: emotion: expected a whole number 0\.\.7, came '8'"),
        ("Emotion", "", r"_emotion\.txt: expected one line with a number 0\.\.7, came 0 lines"),
        ("Landmarks", "1 2\n", r"_landmarks\.txt: expected 68 lines with x and y, came 1"),
    ],
)
def test_labels_that_cannot_be_are_named_with_file_and_line(file, text, message, source, tmp_path):
    (source / file / f"S006/001/S006_001_00000005_{file.lower()}.txt").write_text(text)
    with pytest.raises(InputError, match=message):
        build("ck_plus/faces", source, tmp_path)


def test_two_files_for_one_sequence_are_refused(source, tmp_path):
    (source / "Emotion/S006/001/S006_001_00000004_emotion.txt").write_text("5\n")
    with pytest.raises(
        InputError, match=r"00005_emotion\.txt: the sequence has .*00004_emotion\.txt already: keep one"
    ):
        build("ck_plus", source, tmp_path)
