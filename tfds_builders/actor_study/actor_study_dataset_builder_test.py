"""Actor Study: the manifest's labels, cameras, and manifests that are wrong."""

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS
from tfds_builders.actor_study import dummy_data
from tfds_builders.actor_study.actor_study_dataset_builder import Builder
from tfds_builders.actor_study.dummy_data import rows, write_manifest
from tfds_builders.source import testing
from tfds_builders.source.dummy import zip_folder
from tfds_builders.source.testing import build, records, rejected


class ActorStudyTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces")
    SPLITS = {"train": 2, "validation": 2, "test": 2}  # noqa: RUF012


@pytest.fixture
def source(tmp_path):
    dummy_data.write_source(tmp_path / "source")
    return tmp_path / "source"


def units(record, *numbers):
    return [record["action_units"][ACTION_UNITS.index(number)] for number in numbers]


def test_labels_and_pixels_are_the_manifests(source, tmp_path):
    builder = build("actor_study", source, tmp_path / "data")
    for split, actor in zip(("train", "validation", "test"), dummy_data.ACTORS, strict=True):
        found = records(builder, split)
        assert sorted(found) == [f"frames/{actor}_centre_{frame:05d}.png" for frame in dummy_data.FRAMES]
        for key, record in found.items():
            assert record["subject_id"].decode() == actor
            assert record["sequence_id"].decode() == f"{actor}/centre"
            assert record["frame"] == int(key[-9:-4])
            assert record["emotion"] == -1
            np.testing.assert_array_equal(record["image"], Image.open(source / key))
        first, last = (found[key] for key in sorted(found))
        # 0, 0.3, nothing; 1, FACS A, FACS E.
        np.testing.assert_allclose(units(first, 1, 4, 12), [0, 0.3, np.nan], rtol=1e-6)
        np.testing.assert_allclose(units(last, 1, 4, 12), [1, 0.075, 0.95], rtol=1e-6)
        assert np.isnan(first["action_units"]).sum() == len(ACTION_UNITS) - 2


def test_all_cameras_of_a_person_are_on_one_side(source, tmp_path):
    builder = build("actor_study/all_cameras", source, tmp_path / "data")
    for split, actor in zip(("train", "validation", "test"), dummy_data.ACTORS, strict=True):
        found = records(builder, split).values()
        assert {record["sequence_id"].decode() for record in found} == {f"{actor}/centre", f"{actor}/left"}
        assert len(found) == 4


def test_a_packed_manifest_is_read_with_its_pictures(source, tmp_path):
    unpacked = records(build("actor_study", source, tmp_path / "one"), "train")
    zip_folder(source, tmp_path / "actors.zip")
    source.mkdir()
    (tmp_path / "actors.zip").rename(source / "actors.zip")
    packed = records(build("actor_study", source, tmp_path / "other"), "train")
    assert unpacked.keys() == packed.keys()
    assert all((unpacked[key]["image"] == packed[key]["image"]).all() for key in packed)


def test_a_camera_without_a_name_is_the_centre(source, tmp_path):
    write_manifest(source, [row[:3] + [""] + row[4:] for row in rows()])
    found = records(build("actor_study", source, tmp_path / "data"), "test")
    assert len(found) == 4
    assert {record["sequence_id"].decode() for record in found.values()} == {dummy_data.ACTORS[2]}


def test_pictures_that_are_missing_or_damaged(source, tmp_path):
    missing, damaged = rows()[0][0], rows()[1][0]
    (source / missing).unlink()
    (source / damaged).write_bytes(b"no picture")
    (source / "more").mkdir()
    Image.new("RGB", (90, 90)).save(source / "more/kept.png")
    write_manifest(source, [*rows(), ["./more/../more/kept.png", "actor01", 1, "centre", "", "", "", ""]])
    builder = build("actor_study", source, tmp_path / "data")
    assert rejected(builder) == {missing: "the picture is not there", damaged: "not a picture that can be read"}
    assert list(records(builder, "train")) == ["more/kept.png"]


def changed(line, column, value):
    found = rows()
    found[line][column] = value
    return found


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (changed(1, 0, "frames/none.png"), r"line 3: path: expected a picture that is there, .*'frames/none\.png'"),
        (changed(1, 0, "../outside.png"), r"line 3: path: expected a picture that is there, .*'\.\./outside\.png'"),
        (changed(1, 0, "/etc/passwd"), r"line 3: path: expected a picture that is there, .*'/etc/passwd'"),
        (changed(4, 0, "frames//actor01_centre_00000.png"), r"line 6: path: expected every picture once \(line 2 has"),
        (changed(0, 1, ""), r"line 2: subject: expected some text, came ''"),
        (changed(0, 2, "1.5"), r"line 2: frame: expected a whole number 0\.\.2\.14748e\+09, came '1\.5'"),
        (
            changed(5, 4, "maybe"),
            r"line 7: AU1: expected a number 0\.\.1, a FACS level A to E, or nothing, came 'maybe'",
        ),
        (changed(5, 6, "3"), r"line 7: AU12: expected a number 0\.\.1, a FACS level A to E, or nothing, came '3'"),
        ([row[:3] + ["Left"] + row[4:] for row in rows()], r"camera: expected centre .*came left: .*/all_cameras"),
        ([], r"source holds no pictures of actor_study: ask the authors"),
    ],
)
def test_lines_that_cannot_be_are_named(lines, message, source, tmp_path):
    (tmp_path / "outside.png").write_bytes((source / rows()[0][0]).read_bytes())
    write_manifest(source, lines)
    with pytest.raises(InputError, match=message) as caught:
        testing.registry.build("actor_study", tmp_path / "data", source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("path", "subject", "frame", "view", *"abcd"), r"manifest\.csv: expected the columns .*camera is missing"),
        (("path", "subject", "frame", "camera", *"abcd"), r"expected a column for each action unit, .*came none"),
        (
            ("path", "subject", "frame", "camera", "AU1", "au01", "c", "d"),
            r"manifest\.csv: expected one column for each action unit, came several for AU1",
        ),
    ],
)
def test_tables_that_are_no_manifest_are_refused(columns, message, source, tmp_path):
    write_manifest(source, rows(), columns)
    with pytest.raises(InputError, match=message):
        build("actor_study", source, tmp_path / "data")


def test_a_folder_without_a_manifest_says_what_is_expected(source, tmp_path):
    (source / "manifest.csv").unlink()
    with pytest.raises(
        InputError, match=r"expected the table of the pictures, one file called manifest\.csv, there is"
    ):
        build("actor_study", source, tmp_path / "data")
