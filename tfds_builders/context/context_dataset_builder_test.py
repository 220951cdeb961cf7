"""Datasets with their situation: what is kept and added, what is listed, resumed builds, names, refusals."""

import csv
import dataclasses
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from fer_tf.data.load import load, qualified
from fer_tf.errors import InputError
from fer_tf.faces.streams import find_streams
from tfds_builders import commands, derived, names, registry
from tfds_builders.context import parts
from tfds_builders.context.context_dataset_builder import context_features
from tfds_builders.context.options import ContextOptions
from tfds_builders.record import record_features
from tfds_builders.rendered_faces.options import CustomOptions

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE, NAME = "rendered_faces/custom", "context/rendered_faces.custom"
PEOPLE = CustomOptions(
    seed=11, train_subjects=2, validation_subjects=1, test_subjects=0, images_per_subject=7, framing="context", size=128
)
EMPTY = np.full((128, 128, 3), 90, np.uint8)


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # fakes are not seen by other processes


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("context")
    registry.build(SOURCE, folder, options=dataclasses.replace(PEOPLE, frames_per_scene=2, images_per_subject=14))
    return folder


@pytest.fixture
def without_first(monkeypatch):
    """The first picture of every part shows nobody."""
    monkeypatch.setattr(parts, "find_streams", lambda images, *rest: find_streams([EMPTY, *images[1:]], *rest))


def records(dataset, data_dir, split):
    built = registry.load_builder(dataset, data_dir).as_dataset(split=split)
    return {record["image_id"].decode(): record for record in tfds.as_numpy(built)}


def rejected(data_dir, name=NAME):
    (path,) = (Path(data_dir) / name).rglob("rejected.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("without_first")
def test_labels_are_kept_and_streams_are_added(data_dir, tmp_path):
    options = ContextOptions(source_dir=str(data_dir))
    text = commands.build_and_describe(NAME, str(tmp_path), options=options)
    assert text.splitlines()[-1].split()[:2] == ["rejected", "2"]
    listed = {row["image_id"]: row for row in rejected(tmp_path)}
    assert {row["reason"] for row in listed.values()} == {"no face was found"}
    assert {row["source"] for row in listed.values()} == {f"{SOURCE}/train", f"{SOURCE}/validation"}
    assert list(registry.load_builder(NAME, tmp_path).info.splits) == ["train", "validation"]
    for split in ("train", "validation"):
        source, made = records(SOURCE, data_dir, split), records(NAME, tmp_path, split)
        assert made.keys() == source.keys() - listed.keys()
        assert len(source) - len(made) == 1
        for image_id, record in made.items():
            before = source[image_id]
            assert record.keys() == record_features().keys() | context_features().keys()
            for name in record_features().keys() - {"image"}:
                np.testing.assert_array_equal(record[name], before[name])
            assert record["place"] == before["place"] != b""
            assert record["sequence_id"]
            (direct,) = find_streams([before["image"]])
            for name in ("mesh", "face_box", "background_share", "faces"):
                np.testing.assert_array_equal(record[name], np.asarray(getattr(direct, name), record[name].dtype))
            for name in parts.PICTURES:
                assert record[name].shape == (224, 224, 3)
                assert np.abs(record[name].astype(int) - getattr(direct, name)).mean() < 3, "as JPEG keeps it"
    facts = registry.load_builder(NAME, tmp_path).info.metadata
    assert (facts["source"], facts["cut_faces"], facts["as_crops"]) == ("rendered_faces/custom/1.0.0", False, False)
    assert (facts["detector"], facts["remove"], facts["fill"]) == ("blazeface", "everyone", "mean")
    # As training reads it.
    fields = ["image", "face", "background", "mesh", "emotion", "place"]
    record = next(iter(load(NAME, "train", str(tmp_path), fields=fields).as_numpy_iterator()))
    assert sorted(record) == sorted(fields)
    assert record["face"].dtype == np.uint8
    encoded = next(iter(load(NAME, "train", str(tmp_path), fields=fields, decode_images=False).as_numpy_iterator()))
    assert Image.open(io.BytesIO(encoded["background"])).format == "JPEG"


def test_a_killed_build_goes_on(data_dir, tmp_path, monkeypatch):
    options = ContextOptions(splits="train", source_dir=str(data_dir))
    monkeypatch.setattr(derived, "_PICTURES", 8)
    looked = []

    def dies(images, settings):
        if len(looked) == 16:
            raise KeyboardInterrupt
        looked.extend(images)
        return find_streams(images, settings)

    monkeypatch.setattr(parts, "find_streams", dies)
    with pytest.raises(KeyboardInterrupt):
        registry.build(NAME, tmp_path, options=options)
    assert not registry.is_built(NAME, tmp_path)
    assert len(list(tmp_path.rglob("parts/*.npz"))) == 2
    looked.append(None)  # it lives
    monkeypatch.setattr(parts, "find_streams", lambda *given: looked.extend(given[0]) or find_streams(*given))
    registry.build(NAME, tmp_path, options=options)
    assert len(looked) == 16 + 1 + 28 - 16
    assert not list(tmp_path.rglob("parts"))
    # The same as in one go, with the parts of another size.
    monkeypatch.setattr(derived, "_PICTURES", 64)
    registry.build(NAME, tmp_path / "again", options=options)
    resumed, again = records(NAME, tmp_path, "train"), records(NAME, tmp_path / "again", "train")
    assert resumed.keys() == again.keys()
    for key, record in resumed.items():
        for name, value in record.items():
            np.testing.assert_array_equal(value, again[key][name])


def test_other_settings_make_other_parts(tmp_path):
    for settings in (ContextOptions(), ContextOptions(fill="blur"), ContextOptions(splits="test")):
        stream = [{"image": EMPTY, "image_id": b"a"}]
        made = list(parts.context_records(stream, 1, settings.settings(cut_faces=False), tmp_path))
        assert made == [({"image_id": b"a"}, parts.NO_FACE)]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_split_without_a_face_is_refused(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "find_streams", lambda images, _: [None] * len(images))
    message = r"no picture of train could be used: no face was found \(28\): try another --detector, --crops=yes"
    with pytest.raises(InputError, match=message):
        registry.build(NAME, tmp_path, options=ContextOptions(source_dir=str(data_dir)))


def test_cut_faces_need_no_detector(data_dir, tmp_path):
    options = ContextOptions(splits="validation", crops="yes", source_dir=str(data_dir))
    registry.build(NAME, tmp_path, options=options)
    source, made = (records(name, folder, "validation") for name, folder in ((SOURCE, data_dir), (NAME, tmp_path)))
    assert made.keys() == source.keys()
    assert registry.load_builder(NAME, tmp_path).info.metadata["as_crops"]
    for record in made.values():
        np.testing.assert_allclose(record["face_box"], [0, 0, 1, 1], atol=1e-6)
        np.testing.assert_array_equal(record["image"], record["face"])
    changed = dataclasses.replace(options, crops="auto")
    with pytest.raises(InputError, match=r"built with other options .crops was yes, now auto"):
        commands.build_and_describe(NAME, str(tmp_path), options=changed)


def test_what_a_source_says_of_itself():
    built = dataclasses.make_dataclass("Built", ["info"])
    info = dataclasses.make_dataclass("Info", ["metadata"])

    def cut(name, metadata=None):
        return derived.shows_cut_faces(name, built(info(metadata)))

    assert cut("fer2013")
    assert cut("disguised/fer2013-hat")
    assert not cut("rendered_faces/demo", {"framing": "faces"})
    assert cut("rendered_faces/custom", {"framing": "crops"})
    assert cut("disguised/rendered_faces.custom-hat", {"cut_faces": True})
    assert not cut("context/fer2013", {"cut_faces": False})
    assert ContextOptions(crops="no").settings(cut_faces=True).crops is False
    assert ContextOptions().settings(cut_faces=True).crops is True


@pytest.mark.parametrize(
    ("name", "source", "first"),
    [
        ("context/fer2013", "fer2013", "fer2013"),
        ("context/rendered_faces.demo", "rendered_faces/demo", "rendered_faces/demo"),
        ("context/disguised.fer2013-hat", "disguised/fer2013-hat", "fer2013"),
        ("context/disguised.rendered_faces.demo-hat", "disguised/rendered_faces.demo-hat", "rendered_faces/demo"),
        ("disguised/context.rendered_faces.demo-hat_or_cap", None, "rendered_faces/demo"),
        ("disguised/disguised.fer2013-hat-cap", None, "fer2013"),
        ("rendered_faces/demo", None, "rendered_faces/demo"),
    ],
)
def test_a_name_says_where_the_people_are_from(name, source, first, tmp_path):
    assert names.original(name) == first
    registry.check_known(name)
    if source:
        builder = registry.builder_class("context")(data_dir=str(tmp_path), config=registry._class_and_config(name)[1])
        assert builder.source_name == source
    assert qualified(name, np.array(["S1", ""])) == {f"{first.partition('/')[0]}:S1"}


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("context", "context/: expected context/SOURCE, such as context/fer2013"),
        ("context/fer2031", "no dataset is called 'fer2031': known are .*context, .*fer2013"),
        ("context/rendered_faces.huge", "rendered_faces has no configuration 'huge': known are demo"),
    ],
)
def test_unknown_sources_are_refused(dataset, message, tmp_path):
    for function in (registry.load_builder, registry.build, registry.is_built):
        with pytest.raises(InputError, match=message):
            function(dataset, tmp_path)


def test_what_the_source_lacks_is_named(tmp_path, data_dir):
    with pytest.raises(InputError, match=r"fer2013 is not built in .*: build it with `python -m tfds_builders fer2013"):
        registry.build("context/fer2013", tmp_path)
    options = ContextOptions(splits="exam", source_dir=str(data_dir))
    with pytest.raises(InputError, match=r"--splits: rendered_faces/custom has no split 'exam': known are .*train"):
        registry.build(NAME, tmp_path, options=options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crops": "maybe"}, "crops 'maybe': known are auto, yes, no"),
        ({"fill": "grey"}, "fill 'grey': known are mean, blur, inpaint"),
        ({"detector": "haar"}, "detector 'haar': known are mtcnn, blazeface"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ContextOptions(**options)


def test_the_command_works_on_all_cores(data_dir, tmp_path):
    assert "context/SOURCE" in commands.list_datasets().split()
    command = [sys.executable, "-m", "tfds_builders", NAME, f"--data_dir={tmp_path}", f"--source_dir={data_dir}"]
    refused = subprocess.run([*command, "--disguise_again"], cwd=ROOT, capture_output=True, text=True, check=False)
    message = f"error: --disguise_again: {NAME} does not take it, only disguised/SOURCE-DISGUISE"
    assert (refused.returncode, refused.stderr.strip()) == (1, message)
    flags = ["--splits=validation", "--fill=blur", "--remove=subject"]
    done = subprocess.run([*command, *flags], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "validation" in done.stderr, "a bar"
    assert "14/14" in done.stderr
    assert done.stdout.startswith(f"{NAME}/1.0.0: {tmp_path}")
    assert registry.load_builder(NAME, tmp_path).info.metadata["fill"] == "blur"
