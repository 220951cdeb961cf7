"""A user's own folder: class folders, tables, videos, splits that no copy crosses, wrong labels and tables."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, DISGUISES, EMOTIONS
from tfds_builders import commands, registry
from tfds_builders.own_images import dummy_data
from tfds_builders.own_images.options import OwnOptions
from tfds_builders.own_images.own_images_dataset_builder import Builder
from tfds_builders.source import films, testing
from tfds_builders.source.dummy import rendered_face, write_film, write_picture, zip_folder
from tfds_builders.source.manifest import MANIFEST
from tfds_builders.source.splits import SHARES, subject_split
from tfds_builders.source.testing import build, records, rejected

NAME = "own_images/raw"


class OwnImagesTest(testing.SourceBuilderTestCase):
    """tfds's own tests."""

    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ("raw", "faces")
    SPLITS = dict.fromkeys(SHARES, 10)


@pytest.fixture
def source(tmp_path):
    return tmp_path / "source"


def all_records(builder):
    return {key: (split, record) for split in builder.info.splits for key, record in records(builder, split).items()}


def write_manifest(folder, *rows, name=MANIFEST):
    """Writes dictionaries, and a picture of its own for each path that is none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.DictWriter(text, list(dict.fromkeys(column for row in rows for column in row)), restval="")
    table.writeheader()
    table.writerows(rows)
    (folder / name).write_text(text.getvalue())
    for number, row in enumerate(rows):
        path = folder / row["path"]
        if path.suffix == ".png" and ".." not in path.parts and not path.exists():
            write_picture(path, np.full((8, 8, 3), number, np.uint8))


def test_folders_of_splits_and_classes(source, tmp_path):
    dummy_data.write_source(source)
    builder = build(NAME, source, tmp_path / "data")
    assert list(builder.info.splits) == sorted(SHARES)
    for key, (split, record) in all_records(builder).items():
        folder, word, name = key.split("/")
        assert folder == split
        assert record["source_label"].decode() == word
        assert EMOTIONS[record["emotion"]][:3] == word.lower()[:3]
        if name.endswith(".png"):
            np.testing.assert_array_equal(record["image"], Image.open(source / key))
            assert (record["sequence_id"], record["frame"]) == (b"", -1)
        else:
            assert record["sequence_id"].decode() == f"{folder}/{word}/clip.avi"
            assert key == f"{folder}/{word}/clip.avi#{record['frame']:06d}"


def test_frames_of_a_video_are_taken_by_the_second(source, tmp_path):
    dummy_data.write_source(source)
    for rate, expected in ((1.0, [0, 10, 20]), (4.0, [0, 2, 5, 7, 10, 12, 15, 17, 20, 22]), (100.0, list(range(25)))):
        builder = build(NAME, source, tmp_path / f"{rate}", frames_per_second=rate)
        frames = {record["frame"]: record["image"] for record in records(builder, "test").values()}
        frames.pop(-1)
        assert sorted(frames) == expected
        # The film is of happiness for a second, then of sadness.
        for number, image in frames.items():
            shown = rendered_face("happiness" if number < 10 else "sadness", 2)
            assert np.abs(image.astype(float) - shown).mean() < 4
    assert np.abs(rendered_face("happiness", 2).astype(float) - rendered_face("sadness", 2)).mean() > 4
    with pytest.raises(InputError, match=r"built with other options .frames_per_second was 100.0, now 2"):
        commands.build_and_describe(
            NAME, str(tmp_path / "100.0"), options=OwnOptions(frames_per_second=2, partial=True)
        )


@pytest.mark.parametrize("end", ["avi", "mov", "mp4", "webm"])
def test_videos_of_all_kinds(end, source, tmp_path):
    write_film(source / "Fear" / f"clip.{end}", [np.full((32, 32, 3), 60 * second, np.uint8) for second in range(4)], 2)
    ((_, found),) = by_splits(build(NAME, source, tmp_path)).items()
    frames = {record["frame"]: record["image"] for record in found.values()}
    assert {number: round(image.mean() / 60) for number, image in frames.items()} == {0: 0, 2: 2}
    assert max(abs(image.mean() - 60 * number) for number, image in frames.items()) < 12


def by_splits(builder):
    return {split: records(builder, split) for split in builder.info.splits}


def test_without_splits_copies_stay_together(source, tmp_path):
    for number in range(60):
        picture = np.full((8, 8, 3), number, np.uint8)
        write_picture(source / "Happy" / f"{number}.png", picture)
        write_picture(source / "joy" / f"copy_of_{number}.png", picture)
    film = [np.full((32, 32, 3), 5, np.uint8)] * 30
    write_film(source / "sad" / "one.avi", film, 10)
    write_film(source / "sad" / "two.avi", film, 10)
    found = all_records(build(NAME, source, tmp_path))
    assert len(found) == 126
    splits = {key: split for key, (split, _) in found.items()}
    assert all(splits[f"Happy/{number}.png"] == splits[f"joy/copy_of_{number}.png"] for number in range(60))
    assert len({split for key, split in splits.items() if key.startswith("sad/")}) == 1
    shares = [list(splits.values()).count(split) / 126 for split in SHARES]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.1)
    assert min(shares) > 0


def test_a_manifest_has_all_fields(source, tmp_path):
    full = {
        "path": "a/1.png",
        "emotion": "Angry",
        "subject_id": "Ann",
        "sequence_id": "walk",
        "frame": 7,
        "gender": "Female",
        "skin_tone": 9,
        "age_group": "20-39",
        "disguise": "hat",
        "synthetic": 1,
        "AU1": 1,
        "AU12": 0.3,
        "AU43": "",
        **{f"votes_{word}": share for word, share in zip(EMOTIONS, (0.5, 0.25, 0, 0, 0, 0, 0.1), strict=True)},
    }
    write_manifest(source, full, {"path": "2.png"}, {"path": "3.png", "emotion": "joy", "source_label": "laughs"})
    found = {key: record for key, (_, record) in all_records(build(NAME, source, tmp_path)).items()}
    record, empty, third = found["a/1.png"], found["2.png"], found["3.png"]
    assert (record["emotion"], record["source_label"], record["subject_id"]) == (0, b"Angry", b"Ann")
    assert (record["sequence_id"], record["frame"], record["gender"], record["skin_tone"]) == (b"walk", 7, 0, 9)
    assert (record["age_group"], record["disguise"], record["synthetic"]) == (2, DISGUISES.index("hat"), True)
    units = dict(zip(ACTION_UNITS, record["action_units"].tolist(), strict=True))
    assert {unit: value for unit, value in units.items() if not np.isnan(value)} == pytest.approx({1: 1, 12: 0.3})
    assert record["emotion_votes"].tolist() == pytest.approx([0.5, 0.25, 0, 0, 0, 0, 0.1])
    assert (empty["emotion"], empty["subject_id"], empty["gender"], empty["disguise"]) == (-1, b"", -1, -1)
    assert np.isnan(empty["action_units"]).all()
    assert np.isnan(empty["emotion_votes"]).all()
    assert (third["emotion"], third["source_label"]) == (3, b"laughs")


def test_people_then_sequences_then_copies_decide_the_split(source, tmp_path):
    people = [{"path": f"{number}.png", "subject_id": f"S{number % 20}"} for number in range(60)]
    walks = [{"path": f"w{number}.png", "sequence_id": f"W{number % 20}"} for number in range(60)]
    copies = [{"path": f"c{number}.png"} for number in range(2)]
    for copy in copies:
        write_picture(source / copy["path"], np.full((9, 9, 3), 200, np.uint8))
    write_manifest(source, *people, *walks, *copies)
    found = all_records(build(NAME, source, tmp_path))
    for name in ("subject_id", "sequence_id"):
        groups = {}
        for split, record in found.values():
            if record[name]:
                groups.setdefault(record[name].decode(), set()).add(split)
        assert len(groups) == 20
        assert {group: {subject_split("own_images", group)} for group in groups} == groups
        assert len(set().union(*groups.values())) > 1
    assert found["c0.png"][0] == found["c1.png"][0]


def test_a_manifest_may_split_and_name_single_frames(source, tmp_path):
    write_film(source / "v.avi", [rendered_face("neutral")] * 5, 1)
    frames = [{"path": "v.avi", "frame": number, "AU4": number / 4, "split": "train"} for number in (3, 1)]
    write_manifest(source, *frames, {"path": "t.png", "split": "Test", "sequence_id": "v.avi"})
    found = all_records(build(NAME, source, tmp_path))
    assert {key: split for key, (split, _) in found.items()} == {
        "v.avi#000001": "train",
        "v.avi#000003": "train",
        "t.png": "test",
    }
    values = {key: record["action_units"][2] for key, (_, record) in found.items() if key != "t.png"}
    assert values == pytest.approx({"v.avi#000001": 0.25, "v.avi#000003": 0.75})


def test_archives_are_read_but_not_videos_in_them(source, tmp_path):
    dummy_data.write_source(source)
    unpacked = all_records(build(NAME, source, tmp_path / "one"))
    (tmp_path / "packed").mkdir()
    zip_folder(source, tmp_path / "packed" / "mine.zip")
    with pytest.raises(
        InputError, match=r"mine\.zip: source/.*/clip\.avi can be read from the disk only: unpack mine\.zip"
    ):
        build(NAME, tmp_path / "packed", tmp_path / "other")
    dummy_data.write_source(source)
    for film in source.rglob("*.avi"):
        film.unlink()
    zip_folder(source, tmp_path / "packed" / "mine.zip")
    packed = all_records(build(NAME, tmp_path / "packed", tmp_path / "other"))
    assert packed.keys() == {key for key in unpacked if key.endswith(".png")}
    assert all((packed[key][1]["image"] == unpacked[key][1]["image"]).all() for key in packed)


def test_what_cannot_be_read_is_listed(source, tmp_path):
    dummy_data.write_source(source)
    (source / "test" / "Fear").mkdir()
    (source / "test" / "Fear" / "notes.txt").write_text("not a picture")
    (source / "test" / "Fear" / "list.avi").write_text("#EXTM3U\nfile:///etc/passwd\n")
    (source / "test" / "Fear" / "cut.avi").write_bytes((source / "test" / "Happy" / "clip.avi").read_bytes()[:3000])
    Image.new("1", (30_000, 30_000)).save(source / "test" / "Fear" / "huge.png")
    listed = rejected(build(NAME, source, tmp_path / "data"))
    assert listed["test/Fear/notes.txt"] == "not a picture that can be read"
    assert listed["test/Fear/list.avi"].startswith("not a video that can be read")
    assert "pixels" in listed["test/Fear/huge.png"]
    assert {key.partition("#")[0] for key in listed} == {
        f"test/Fear/{name}" for name in ("notes.txt", "list.avi", "cut.avi", "huge.png")
    }


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"path": "1.png", "emotion": "bored"}], r"line 2: emotion: expected one of anger, .*, came 'bored'"),
        ([{"path": "../1.png"}], r"line 2: path: expected a path .*stays in the manifest's folder, came '\.\./1\.png'"),
        ([{"path": "/etc/hosts"}], r"line 2: path: expected a path .*came '/etc/hosts'"),
        ([{"path": "a\\1.jpg"}], r"line 2: path: expected a path with /"),
        ([{"path": "no.jpg"}], r"line 2: path: expected a file below .*source, came 'no\.jpg'"),
        ([{"path": ""}], r"line 2: path: expected some text, came ''"),
        ([{"path": "1.png"}, {"path": "./1.png"}], r"manifest\.csv: line 3: path: 1\.png stands in line 2 already"),
        ([{"path": "1.png", "AU12": "yes"}], r"line 2: AU12: expected a number 0\.\.1, came 'yes'"),
        ([{"path": "1.png", "AU12": 3}], r"line 2: AU12: expected a number 0\.\.1, came '3'"),
        (
            [{"path": "1.png", "AU3": 1}],
            r"column 'AU3' is unknown, take it away or correct it: known are path, emotion",
        ),
        ([{"path": "1.png", "gender": "f"}], r"line 2: gender: expected one of female, male, came 'f'"),
        ([{"path": "1.png", "skin_tone": 11}], r"line 2: skin_tone: expected a whole number 1\.\.10, came '11'"),
        ([{"path": "1.png", "split": "exam"}], r"line 2: split: expected one of train, validation, test, came 'exam'"),
        ([{"path": "1.png", "split": "test"}, {"path": "2.png"}], r"line 3: split: .* in every line, or in none"),
        ([{"path": "1.png", "votes_fear": 1}], r"line 2: votes_anger: expected a number 0\.\.1, came 'nothing'"),
        (
            [{"path": "1.png", **{f"votes_{word}": 1 for word in EMOTIONS}}],
            r"line 2: votes_anger to votes_surprise: expected shares .* at most 1 together, came 7",
        ),
    ],
)
def test_wrong_manifests_are_named_with_their_line(rows, message, source, tmp_path):
    write_manifest(source, *rows)
    with pytest.raises(InputError, match=message) as caught:
        build(NAME, source, tmp_path / "data")
    assert "\n" not in str(caught.value)


def test_wrong_folders_are_named(source, tmp_path):
    with pytest.raises(InputError, match=r"--manual_dir: .*give the folder of your pictures"):
        registry.build(NAME, tmp_path, source)
    source.mkdir()
    (source / "notes.txt").touch()
    with pytest.raises(InputError, match=r"source holds no pictures of own_images: give the folder of your pictures"):
        build(NAME, source, tmp_path)
    write_picture(source / "Happy" / "1.png", rendered_face("happiness"))
    for wrong, message in (
        ("Boredom/1.png", r"Boredom/1\.png: expected a folder for one of anger, .*, came 'Boredom'"),
        ("1.png", r"source/1\.png: expected pictures in a folder for each of anger"),
        ("train/Sad/1.png", r"expected all class folders in one folder, or all in train, validation, test"),
        ("old/Sad/1.png", r"expected all class folders in one folder"),
    ):
        write_picture(source / wrong, rendered_face("sadness"))
        with pytest.raises(InputError, match=message):
            build(NAME, source, tmp_path / "data")
        (source / wrong).unlink()
    with pytest.raises(InputError, match=r"--frames_per_second: expected more than 0, at most 1000, came 0"):
        OwnOptions(frames_per_second=0)


def test_a_video_is_read_frame_by_frame(tmp_path, monkeypatch):
    write_film(tmp_path / "v.avi", [rendered_face("neutral")] * 10, 5)
    assert films.describe(tmp_path / "v.avi") == films.Film(5.0, 10)
    grabbed = []
    opened = films.cv2.VideoCapture(str(tmp_path / "v.avi"))

    class Counting:
        def __init__(self, *_):
            pass

        def __getattr__(self, name):
            grabbed.append(name)
            return getattr(opened, name)

    monkeypatch.setattr(films.cv2, "VideoCapture", Counting)
    frames = films.film_frames(tmp_path / "v.avi", iter(range(3, 20, 3)))
    assert next(frames).shape == (96, 96, 3)
    assert grabbed.count("grab") == 4
    found = list(frames)
    assert [isinstance(frame, str) for frame in found] == [False, False, True, True, True]
    assert found[-1] == "the video ends or is damaged after 10 frames"
