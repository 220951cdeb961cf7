"""Twins of datasets: ids and labels kept, what cannot be disguised is listed, resumed builds, refusals."""

import collections
import csv
import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from fer_tf.data.load import num_examples
from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.photo import Refused
from tfds_builders import commands, derived, registry
from tfds_builders.disguised import parts
from tfds_builders.disguised.options import Twin, TwinOptions
from tfds_builders.record import record_features

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE, NAME = "rendered_faces/tiny", "disguised/rendered_faces.tiny-sunglasses_or_surgical_mask"
KINDS = {DISGUISES.index("surgical_mask"): 10, DISGUISES.index("sunglasses"): 20}
CHANGED = ("image", "disguise", "synthetic")


@dataclasses.dataclass
class Painted:
    image: np.ndarray


class Painter:
    """Paints the top rows in the disguise's shade, the corner by the seed; refuses dark pictures."""

    def __init__(self, dies_after=None):
        self.pictures, self.dies_after = 0, dies_after

    def __call__(self, images, disguise, seeds):
        outcomes = []
        for image, seed in zip(images, seeds, strict=True):
            if self.pictures == self.dies_after:
                raise KeyboardInterrupt
            self.pictures += 1
            painted = image.copy()
            painted[:4] = KINDS[DISGUISES.index(disguise)]
            painted[0, 0] = seed % 251
            outcomes.append(Refused("too dark") if is_dark(image) else Painted(painted))
        return outcomes


def is_dark(image):
    return image[:20].mean() < 60


@pytest.fixture
def painter(monkeypatch):
    painter = Painter()
    monkeypatch.setattr(parts, "disguise_pictures", painter)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # fakes are not seen by other processes
    return painter


@pytest.fixture
def data_dir(tmp_path, rendered_faces):
    shutil.copytree(rendered_faces, tmp_path, dirs_exist_ok=True)
    return tmp_path


def records(dataset, data_dir, split):
    built = registry.load_builder(dataset, data_dir).as_dataset(split=split)
    return {record["image_id"].decode(): record for record in tfds.as_numpy(built)}


def rejected(data_dir, name=NAME):
    (path,) = (Path(data_dir) / name).rglob("rejected.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_everything_but_the_picture_is_kept(data_dir, painter):
    text = commands.build_and_describe(NAME, str(data_dir), options=TwinOptions(seed=3))
    left_out = {row["image_id"]: row for row in rejected(data_dir)}
    assert text.splitlines()[-1].split()[:2] == ["rejected", str(len(left_out))]
    reasons = collections.Counter()
    for split in ("train", "validation", "test"):
        source, twin = records(SOURCE, data_dir, split), records(NAME, data_dir, split)
        assert source.keys() == twin.keys() | {key for key, row in left_out.items() if row["source"].endswith(split)}
        assert not twin.keys() & left_out.keys()
        for image_id, record in twin.items():
            before = source[image_id]
            assert record.keys() == record_features().keys()
            for name in record.keys() - set(CHANGED):
                np.testing.assert_array_equal(record[name], before[name])
            assert record["synthetic"]
            assert (record["image"][1:4] == KINDS[record["disguise"]]).all()
            np.testing.assert_array_equal(record["image"][4:], before["image"][4:])
        for image_id in source.keys() - twin.keys():
            worn, reason = source[image_id]["disguise"], left_out[image_id]["reason"]
            assert reason == (f"wears {DISGUISES[worn]} already" if worn > 0 else "too dark")
            assert worn > 0 or is_dark(source[image_id]["image"])
            reasons["worn" if worn > 0 else reason] += 1
    assert min(reasons["worn"], reasons["too dark"]) > 0, "both were met"
    info = registry.load_builder(NAME, data_dir).info
    assert info.metadata["source"] == "rendered_faces/tiny/1.0.0"
    assert info.metadata["disguises"] == ["sunglasses", "surgical_mask"]
    assert (info.metadata["seed"], info.metadata["disguise_again"]) == (3, False)


def test_each_picture_gets_its_own_draw():
    one, both = Twin("fer2013", ("hat",)), Twin("fer2013", ("hat", "cap"))
    ids = [f"fer{number:07d}" for number in range(400)]
    draws = [both.drawn(0, image_id) for image_id in ids]
    assert 160 < sum(kind == "hat" for kind, _ in draws) < 240
    assert len({look for _, look in draws}) == len(ids)
    assert [both.drawn(1, image_id) for image_id in ids] != draws
    # Whatever comes before a picture, and whatever else it might have got.
    assert [both.drawn(0, image_id) for image_id in reversed(ids)] == draws[::-1]
    assert [one.drawn(0, image_id)[1] for image_id in ids] == [look for _, look in draws]
    # Never to change, or a twin that is built again is another one.
    assert both.drawn(0, "fer0000007") == ("cap", 3459490258)


def test_a_killed_build_goes_on(data_dir, monkeypatch, painter):
    options = TwinOptions(splits="train", disguise_again=True)
    monkeypatch.setattr(derived, "_PICTURES", 20)
    monkeypatch.setattr(parts, "disguise_pictures", Painter(dies_after=50))
    with pytest.raises(KeyboardInterrupt):
        registry.build(NAME, data_dir, options=options)
    assert not registry.is_built(NAME, data_dir)
    assert len(list(data_dir.rglob("parts/*.npz"))) == 2
    monkeypatch.setattr(parts, "disguise_pictures", painter)
    registry.build(NAME, data_dir, options=options)
    assert painter.pictures == 70 - 2 * 20
    assert list(registry.load_builder(NAME, data_dir).info.splits) == ["train"]
    resumed, listed = records(NAME, data_dir, "train"), rejected(data_dir)
    assert not list(data_dir.rglob("parts"))
    # The same as in one go.
    registry.build(NAME, data_dir, options=options)
    assert painter.pictures == 30 + 70, "finished parts go with the build"
    again = records(NAME, data_dir, "train")
    assert resumed.keys() == again.keys()
    assert all(np.array_equal(record["image"], again[key]["image"]) for key, record in resumed.items())
    assert listed == rejected(data_dir)


def test_other_options_make_other_parts(data_dir, tmp_path, painter):
    source = registry.load_builder(SOURCE, data_dir)
    twin = Twin(SOURCE, ("sunglasses",))
    for options in (TwinOptions(seed=1), TwinOptions(seed=2), TwinOptions(seed=1)):
        stream = tfds.as_numpy(source.as_dataset(split="test"))
        assert len(list(parts.disguised_records(stream, 35, twin, options, tmp_path / "kept"))) == 35
    assert len(list((tmp_path / "kept").iterdir())) == 2
    changed = ({**r, "image": r["image"] // 2} for r in tfds.as_numpy(source.as_dataset(split="test")))
    list(parts.disguised_records(changed, 35, twin, TwinOptions(seed=1), tmp_path / "kept"))
    assert len(list((tmp_path / "kept").iterdir())) == 3, "a source that was built anew"


@pytest.mark.usefixtures("painter")
def test_those_in_disguise_are_disguised_again_when_asked(data_dir):
    registry.build(NAME, data_dir, options=TwinOptions(splits="test", disguise_again=True))
    source, twin = (records(dataset, data_dir, "test") for dataset in (SOURCE, NAME))
    worn = {key for key, record in source.items() if record["disguise"] > 0 and not is_dark(record["image"])}
    assert worn
    assert worn <= twin.keys()
    assert {row["reason"] for row in rejected(data_dir)} <= {"too dark"}


@pytest.mark.usefixtures("painter")
def test_twins_of_twins_and_sources_elsewhere(tmp_path, rendered_faces):
    options = TwinOptions(splits="test", source_dir=rendered_faces)
    registry.build("disguised/rendered_faces.tiny-sunglasses", tmp_path, options=options)
    second = "disguised/disguised.rendered_faces.tiny-sunglasses-surgical_mask"
    registry.build(second, tmp_path, options=TwinOptions(disguise_again=True))
    first = records("disguised/rendered_faces.tiny-sunglasses", tmp_path, "test")
    twin = records(second, tmp_path, "test")
    assert twin.keys() <= first.keys()
    assert {record["disguise"] for record in twin.values()} == {DISGUISES.index("surgical_mask")}
    assert {record["disguise"] for record in first.values()} == {DISGUISES.index("sunglasses")}
    with pytest.raises(InputError, match=r"built with other options .seed was 0, now 1.*another --data_dir keeps both"):
        commands.build_and_describe(second, str(tmp_path), options=TwinOptions(seed=1, disguise_again=True))


@pytest.mark.parametrize(
    ("name", "source", "kinds"),
    [
        ("fer2013-hat", "fer2013", ("hat",)),
        ("rendered_faces.tiny-cap_or_hat", "rendered_faces/tiny", ("hat", "cap")),
        ("disguised.fer2013-hat-clear_glasses", "disguised/fer2013-hat", ("clear_glasses",)),
        (
            "disguised.rendered_faces.tiny-hat-cap",
            "disguised/rendered_faces.tiny-hat",
            ("cap",),
        ),
        ("fer2013-any", "fer2013", DISGUISES[1:]),
    ],
)
def test_a_name_says_what_a_twin_is(name, source, kinds):
    twin = Twin.from_name(name)
    assert (twin.source, twin.kinds) == (source, kinds)
    assert Twin.from_name(twin.name) == twin


def test_one_twin_has_one_name():
    assert Twin.from_name("fer2013-cap_or_hat").name == "fer2013-hat_or_cap"
    assert Twin.from_name("fer2013-" + "_or_".join(DISGUISES[1:])).name == "fer2013-any"
    masks = Twin.from_name("fer2013-mask").kinds
    assert {"surgical_mask", "cloth_mask", "n95"} <= set(masks)
    assert not {"make_up", "scarf"} & set(masks)


def test_no_word_can_be_read_in_two_ways():
    for word in (*DISGUISES, *registry.builder_names()):
        assert not any(mark in word for mark in ("-", "_or_", "."))


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("disguised", "disguised/: expected disguised/SOURCE-DISGUISE, such as disguised/fer2013-surgical_mask"),
        ("disguised/fer2013", "disguised/fer2013: expected disguised/SOURCE-DISGUISE"),
        ("disguised/fer2013-", "expected disguised/SOURCE-DISGUISE"),
        ("disguised/fer2013-halo", "disguise 'halo' is not known: known are hat, cap"),
        ("disguised/fer2013-none", "disguise 'none' is not known"),
        ("disguised/fer2031-hat", "no dataset is called 'fer2031': known are .*context, .*fer2013"),
        ("disguised/rendered_faces.huge-hat", "rendered_faces has no configuration 'huge': known are demo"),
    ],
)
def test_unknown_twins_are_refused(dataset, message, tmp_path):
    for function in (registry.load_builder, registry.build, registry.is_built):
        with pytest.raises(InputError, match=message):
            function(dataset, tmp_path)


def test_what_the_source_lacks_is_named(tmp_path, rendered_faces):
    with pytest.raises(InputError, match=r"fer2013 is not built in .*: build it with `python -m tfds_builders fer2013"):
        registry.build("disguised/fer2013-hat", tmp_path)
    options = TwinOptions(splits="test,exam", source_dir=rendered_faces)
    with pytest.raises(InputError, match=r"--splits: rendered_faces/tiny has no split 'exam': known are .*train"):
        registry.build(NAME, tmp_path, options=options)
    assert not list(tmp_path.rglob("incomplete.*"))


def test_a_split_without_a_face_is_refused(tmp_path, rendered_faces, monkeypatch, painter):
    monkeypatch.setattr(parts, "disguise_pictures", lambda images, *_: [Refused("no face")] * len(images))
    with pytest.raises(InputError, match=r"no picture of test could be disguised: no face \(\d+\), wears .*--splits"):
        registry.build(NAME, tmp_path, options=TwinOptions(splits="test", source_dir=rendered_faces))


def test_rendered_faces_get_masks(data_dir):
    """The real parts, in this process."""
    name = "disguised/rendered_faces.tiny-surgical_mask"
    text = commands.build_and_describe(name, str(data_dir), options=TwinOptions(splits="test", seed=2))
    assert text.startswith(f"{name}/1.0.0: {data_dir}")
    source, twin = records(SOURCE, data_dir, "test"), records(name, data_dir, "test")
    bare = {key for key, record in source.items() if record["disguise"] == 0}
    assert twin.keys() <= bare
    assert len(twin) > 0.8 * len(bare)
    assert len(rejected(data_dir, name)) == 35 - len(twin)
    for key, record in twin.items():
        changed = (record["image"] != source[key]["image"]).any(axis=2)
        mouth_x, mouth_y = source[key]["mesh"][13].astype(int)
        assert changed[mouth_y, mouth_x]
        assert changed.mean() < 0.5
    # By name, as training and scoring read it.
    assert num_examples(name, "test", str(data_dir)) == len(twin)


def test_it_is_listed():
    assert "disguised/SOURCE-DISGUISE" in commands.list_datasets().split()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--size=32"], "--size: disguised/rendered_faces.tiny-hat does not take it, only rendered_faces/custom"),
        (["--splits=exam"], "--splits: rendered_faces/tiny has no split 'exam': known are train, validation, test"),
    ],
)
def test_flags_belong_to_datasets(flags, message, tmp_path, rendered_faces):
    command = [sys.executable, "-m", "tfds_builders", "disguised/rendered_faces.tiny-hat", f"--data_dir={tmp_path}"]
    command += [f"--source_dir={rendered_faces}", *flags]
    failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stderr.strip()) == (1, f"error: {message}")
