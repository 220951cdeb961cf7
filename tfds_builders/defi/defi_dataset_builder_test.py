"""DeFi: sources merged, labels agreed on, classes balanced, a masked twin beside every picture, resumed builds."""

import collections
import contextlib
import csv
import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_tf.data.load import load, qualified
from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES, EMOTIONS
from fer_tf.studies.runs import dataset_of
from fer_tf.studies.safer.tables import paper_name
from fer_tf.synthesis.disguise.photo import Refused
from tfds_builders import commands, derived, names, registry
from tfds_builders.defi.defi_dataset_builder import TWIN
from tfds_builders.defi.options import DefiOptions, Merged
from tfds_builders.defi.parts import MASKS
from tfds_builders.disguised import parts
from tfds_builders.source import testing
from tfds_builders.source.dummy import rendered_face, write_picture
from tfds_builders.source.manifest import MANIFEST
from tfds_builders.source.testing import records, rejected

ROOT = Path(__file__).resolve().parent.parent.parent
TINY, OWN = "rendered_faces/tiny", "own_images/raw"
NAME, OWN_NAME = "defi/own_images.raw+rendered_faces.tiny", "defi/own_images.raw"
SHADES = {DISGUISES.index(kind): 10 * (1 + number) for number, kind in enumerate(MASKS.kinds)}
ALL = DefiOptions(balance=False)


@dataclasses.dataclass
class Painted:
    image: np.ndarray


class Painter:
    """Paints the top rows in the mask's shade; refuses dark pictures."""

    def __init__(self, dies_after=None):
        self.pictures, self.dies_after = 0, dies_after

    def __call__(self, images, disguise, seeds):
        outcomes = []
        for image in images:
            if self.pictures == self.dies_after:
                raise KeyboardInterrupt
            self.pictures += 1
            painted = image.copy()
            painted[:20] = SHADES[DISGUISES.index(disguise)]
            outcomes.append(Refused("too dark") if image.mean() < 30 else Painted(painted))
        return outcomes


@contextlib.contextmanager
def painting(painter):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "disguise_pictures", painter)
        patch.setattr("os.cpu_count", lambda: 1)  # fakes are not seen by other processes
        yield patch


def vote(**shares):
    return {f"votes_{word}": shares.get(word, 0) for word in EMOTIONS}


# Path -> what the table says of it.
FILM = {
    "agreed.png": {"emotion": "fear", **vote(fear=0.5, sadness=0.3)},
    "other.png": {"emotion": "fear", **vote(sadness=0.8)},
    "quarrel.png": {"emotion": "fear", **vote(fear=0.4, sadness=0.3)},
    "divided.png": {"emotion": "fear", **vote(fear=0.5, anger=0.5)},
    "nobody.png": {"emotion": "fear", **vote()},
    "unlabelled.png": {},
    "plain.png": {"emotion": "sadness"},
    "masked.png": {"emotion": "anger", "disguise": "gas_mask"},
    "hat.png": {"emotion": "anger", "disguise": "hat"},
    "dark.png": {"emotion": "disgust"},
}
# In no film: each has a split of its own.
SINGLE = {f"{number}.png": {"emotion": EMOTIONS[number % 7]} for number in range(40)}


def build_own(folder, pictures):
    """Builds own_images from a table: grey areas, one of them dark."""
    for number, path in enumerate(pictures):
        shade = 0 if path == "dark.png" else 100 + number
        write_picture(folder / "own" / path, np.full((30, 40, 3), (shade, shade, shade // 2), np.uint8))
    with (folder / "own" / MANIFEST).open("w", newline="") as file:
        table = csv.DictWriter(file, ["path", "sequence_id", "emotion", "disguise", *vote()], restval="")
        table.writeheader()
        table.writerows({"path": path, **known} for path, known in pictures.items())
    testing.build(OWN, folder / "own", folder)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory, rendered_faces):
    """Both sources and what is made of them."""
    folder = tmp_path_factory.mktemp("merged")
    shutil.copytree(rendered_faces, folder, dirs_exist_ok=True)
    build_own(folder, {path: {"sequence_id": "film", **known} for path, known in FILM.items()} | SINGLE)
    with painting(Painter()):
        text = commands.build_and_describe(NAME, str(folder), options=ALL)
    assert text.startswith(f"{NAME}/1.0.0: {folder}")
    return folder


def all_records(dataset, data_dir):
    built = registry.load_builder(dataset, data_dir)
    return {key: (split, record) for split in built.info.splits for key, record in records(built, split).items()}


def left_out(dataset, data_dir):
    return rejected(registry.load_builder(dataset, data_dir))


def test_every_picture_is_kept(data_dir):
    found, reasons = all_records(NAME, data_dir), left_out(NAME, data_dir)
    before = {
        f"{name}:{key}": record for name in (TINY, OWN) for key, (_, record) in all_records(name, data_dir).items()
    }
    bare = {key for key in found if not key.endswith(TWIN)}
    assert before.keys() == bare | {key for key in reasons if not key.endswith(TWIN)}
    for key in bare:
        record = found[key][1]
        changed = {"image", "image_id", "subject_id", "sequence_id", *(["emotion"] if "other" in key else [])}
        for name in record.keys() - changed:
            np.testing.assert_array_equal(record[name], before[key][name])
        expected = Image.fromarray(before[key]["image"]).resize((224, 224), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(record["image"], expected)
        prefix = key.partition("/")[0].encode() + b":"
        for name in ("subject_id", "sequence_id"):
            assert record[name] == (before[key][name] and prefix + before[key][name])
    metadata = registry.load_builder(NAME, data_dir).info.metadata
    assert metadata["sources"] == ["own_images/raw/1.0.0", "rendered_faces/tiny/1.0.0"]
    assert (metadata["consensus"], metadata["balance"], metadata["cut_faces"]) == (0.5, False, False)


def test_every_picture_has_a_twin_beside_it(data_dir):
    found, reasons = all_records(NAME, data_dir), left_out(NAME, data_dir)
    kinds = collections.Counter()
    for key in [key for key in found if not key.endswith(TWIN)]:
        if key + TWIN in reasons:
            kinds[reasons[key + TWIN]] += 1
            assert key + TWIN not in found
            continue
        (split, record), (twin_split, twin) = found[key], found[key + TWIN]
        assert twin_split == split
        assert twin["synthetic"]
        for name in twin.keys() - {"image", "image_id", "disguise", "synthetic"}:
            np.testing.assert_array_equal(twin[name], record[name])
        assert (twin["image"][:20] == SHADES[twin["disguise"]]).all()
        np.testing.assert_array_equal(twin["image"][20:], record["image"][20:])
        kinds[DISGUISES[twin["disguise"]]] += 1
    assert kinds["wears gas_mask already"] == 1
    assert kinds["too dark"] >= 1
    assert min(kinds[kind] for kind in MASKS.kinds) > 20
    assert f"{OWN}:hat.png{TWIN}" in found, "a hat goes with a mask"


def test_people_and_films_are_on_one_side(data_dir):
    sides = {}
    found = all_records(NAME, data_dir)
    for key, (split, record) in found.items():
        group = record["subject_id"] or record["sequence_id"] or key.removesuffix(TWIN)
        sides.setdefault(group, set()).add(split)
    assert {len(splits) for splits in sides.values()} == {1}
    assert len(sides) == 20 + 1 + len(SINGLE)
    assert set().union(*sides.values()) == {"train", "validation", "test"}


def test_what_the_annotators_do_not_agree_on_is_listed(data_dir):
    reasons = {key.removeprefix(f"{OWN}:"): reason for key, reason in left_out(NAME, data_dir).items()}
    assert {key: reason for key, reason in reasons.items() if not key.endswith(TWIN)} == {
        "quarrel.png": "40% of the annotators agree, expected 50%",
        "divided.png": "the annotators are divided between anger and fear",
        "nobody.png": "0% of the annotators agree, expected 50%",
        "unlabelled.png": "none of the seven emotions",
    }
    other = all_records(NAME, data_dir)[f"{OWN}:other.png"][1]
    assert (EMOTIONS[other["emotion"]], other["source_label"]) == ("sadness", b"fear")


def test_other_options_are_another_dataset(data_dir, tmp_path):
    with pytest.raises(InputError, match=r"built with other options .balance was False, now True"):
        commands.build_and_describe(NAME, str(data_dir), options=DefiOptions())
    build_own(tmp_path, {path: {"emotion": "fear", **vote(fear=0.9)} for path in FILM})
    with pytest.raises(InputError, match=r"no picture is left with --consensus=1, of 10: lower it"):
        registry.build(OWN_NAME, tmp_path, options=DefiOptions(consensus=1.0))


def test_classes_are_balanced_within_each_split(tmp_path):
    pictures = {path: {"sequence_id": "film", **known} for path, known in FILM.items()} | SINGLE
    build_own(tmp_path, pictures)
    with painting(Painter()):
        registry.build(OWN_NAME, tmp_path)
    counts = collections.defaultdict(collections.Counter)
    for key, (split, record) in all_records(OWN_NAME, tmp_path).items():
        counts[split][EMOTIONS[record["emotion"]]] += not key.endswith(TWIN)
    assert {len(set(of_split.values())) for of_split in counts.values()} == {1}
    assert len(counts["train"]) == 7
    some = counts["train"]["fear"]
    reasons = [reason for reason in left_out(OWN_NAME, tmp_path).values() if "train" in reason]
    assert some > 1
    assert reasons
    assert all(reason.startswith(f"left out for balance: train has {some} of ") for reason in reasons)


def test_a_killed_build_goes_on_where_it_was(tmp_path):
    build_own(tmp_path, SINGLE)
    with painting(Painter(dies_after=25)) as patch:
        patch.setattr(derived, "_PICTURES", 10)
        with pytest.raises(KeyboardInterrupt):
            registry.build(OWN_NAME, tmp_path, options=ALL)
    assert not registry.is_built(OWN_NAME, tmp_path)
    kept = len(list(tmp_path.rglob("defi/**/parts/*.npz")))
    assert kept > 0
    painter = Painter()
    with painting(painter) as patch:
        patch.setattr(derived, "_PICTURES", 10)
        registry.build(OWN_NAME, tmp_path, options=ALL)
        assert painter.pictures <= 40 - 10 * (kept - 1)
        assert not list(tmp_path.rglob("parts"))
        resumed, listed = all_records(OWN_NAME, tmp_path), left_out(OWN_NAME, tmp_path)
        registry.build(OWN_NAME, tmp_path, options=ALL)
    again = all_records(OWN_NAME, tmp_path)
    assert resumed.keys() == again.keys()
    assert listed == left_out(OWN_NAME, tmp_path)
    for key, (split, record) in resumed.items():
        assert split == again[key][0]
        for name, value in record.items():
            np.testing.assert_array_equal(value, again[key][1][name])


def test_twins_and_mixtures_keep_the_peoples_names(data_dir):
    plain = {record["subject_id"] for _, record in all_records(TINY, data_dir).values()}
    people = np.array(sorted({record["subject_id"] for _, record in all_records(NAME, data_dir).values()})).astype(str)
    expected = {f"rendered_faces:{subject.decode()}" for subject in plain}
    part = NAME.replace("/", ".")
    for dataset in (NAME, f"context/{part}", f"disguised/{part}-hat"):
        assert qualified(dataset, people) == expected
    assert qualified(TINY, np.array(sorted(plain)).astype(str)) == expected
    mixed = load(f"{NAME},{TINY}", "train", str(data_dir), fields=["subject_id"])
    assert {record["subject_id"].decode() for record in mixed.as_numpy_iterator()} - {""} <= expected


def test_rendered_faces_get_masks(tmp_path, monkeypatch):
    """The real masks, in this process."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    for number, word in enumerate(EMOTIONS):
        write_picture(tmp_path / "own" / word / "1.png", rendered_face(word, number))
    testing.build(OWN, tmp_path / "own", tmp_path)
    registry.build(OWN_NAME, tmp_path, options=ALL)
    found = {key: record for key, (_, record) in all_records(OWN_NAME, tmp_path).items()}
    twins = [key for key in found if key.endswith(TWIN)]
    assert len(found) == 7 + len(twins)
    assert len(twins) >= 6
    for key in twins:
        changed = (found[key]["image"] != found[key.removesuffix(TWIN)]["image"]).any(axis=2)
        assert changed[120:].mean() > 0.1, "over mouth and chin"
        assert changed[:60].mean() < 0.05


def test_one_merger_has_one_name():
    merged = Merged.from_name("rendered_faces.tiny+own_images.raw")
    assert merged.sources == (OWN, TINY)
    assert f"defi/{merged.name}" == NAME
    assert Merged.from_name("disguised.fer2013-hat_or_cap+sfew.raw").sources == (
        "disguised/fer2013-hat_or_cap",
        "sfew/raw",
    )
    assert names.original("context/defi.fabo.faces+fer2013") == "defi/fabo.faces+fer2013"
    assert names.original("disguised/defi.disguised.fer2013-hat+sfew-cap") == "defi/disguised.fer2013-hat+sfew"
    assert "defi/SOURCE+SOURCE" in commands.list_datasets().split()
    assert not any("+" in name for name in (*DISGUISES, *registry.builder_names()))


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("defi", r"defi/: expected defi/SOURCE or defi/SOURCE\+SOURCE, such as defi/fer2013"),
        ("defi/fer2013+", r"defi/fer2013\+: expected defi/SOURCE"),
        ("defi/fer2031", "no dataset is called 'fer2031'"),
        ("defi/fer2013+sfew.huge", "sfew has no configuration 'huge'"),
        ("defi/fer2013+fer2013", "fer2013 and fer2013 show the same people: name one of them"),
        ("defi/disguised.fer2013-hat+fer2013", "disguised/fer2013-hat and fer2013 show the same people"),
        ("defi/rendered_faces.demo+rendered_faces.tiny", "rendered_faces/demo and rendered_faces/tiny show the same"),
        ("defi/defi.fer2013", "defi/fer2013 is merged already: name its sources"),
        ("defi/sfew+disguised.defi.fer2013-hat", "defi/fer2013 is merged already"),
    ],
)
def test_names_that_cannot_be_are_refused(dataset, message, tmp_path):
    for function in (registry.load_builder, registry.build, registry.is_built):
        with pytest.raises(InputError, match=message):
            function(dataset, tmp_path)


def test_what_is_missing_or_out_of_range_is_named(tmp_path, rendered_faces):
    with pytest.raises(InputError, match=r"fer2013 is not built in .*: build it with `python -m tfds_builders fer2013"):
        registry.build("defi/fer2013+rendered_faces.tiny", tmp_path, options=DefiOptions(source_dir=rendered_faces))
    assert not list(tmp_path.rglob("incomplete.*"))
    command = [sys.executable, "-m", "tfds_builders", "defi/rendered_faces.tiny", f"--data_dir={tmp_path}"]
    failed = subprocess.run([*command, "--consensus=80"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stderr.strip()) == (1, "error: --consensus: expected a share 0..1, came 80")


@pytest.mark.parametrize("name", ["defi", "fabo"])
def test_the_papers_flagfile_names_a_dataset_that_can_be(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    dataset = dataset_of(f"experiments/safer/{name}.flags")
    registry.check_known(dataset)
    assert paper_name(dataset) == name
