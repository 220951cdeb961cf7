"""The loop: tries, rejects, batches, references, going on after a kill."""

import csv
import io
import json

import numpy as np
import pytest
from generate_fakes import FakeSource, face, one_face_each
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate import filter as filters
from fer_tf.synthesis.generate import run
from fer_tf.synthesis.generate.folder import Folder
from fer_tf.synthesis.generate.plan import GROUPS, Plan, PlanOptions
from fer_tf.synthesis.generate.requests import Reference

OPTIONS = PlanOptions(per_class=2, train_disguises="hat", test_disguises="cap")


@pytest.fixture(autouse=True)
def detector(monkeypatch):
    monkeypatch.setattr(filters, "detect_faces", one_face_each)


def make(path, source, plan=None, **options):
    return run.make_set(source, plan or Plan(OPTIONS), Folder(path, {"of": "test"}), **options)


def pictures(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*.png")}


def rejected(path):
    with (path / "rejected.csv").open(newline="") as file:
        return {row["name"]: row["reason"] for row in csv.DictReader(file)}


def test_every_slot_gets_a_picture(tmp_path):
    source = FakeSource()
    line = make(tmp_path, source)
    assert line == f"28 pictures in {tmp_path}, rejected ones are listed in {tmp_path}/rejected.csv"
    assert pictures(tmp_path).keys() == {
        f"{split}/{emotion}/{emotion}_000{number}_00.png"
        for split in ("train", "test")
        for emotion in EMOTIONS
        for number in range(2)
    }
    assert source.references == [None] * len(source.references)
    facts = json.loads((tmp_path / "test/fear/fear_0001_00.json").read_text())
    assert facts["versions"]["numpy"] == np.__version__
    assert np.asarray(Image.open(tmp_path / "test/fear/fear_0001_00.png"))[0, 0, 0] == facts["details"]["shade"]
    expected = {"source": "fake", "split": "test", "emotion": "fear", "disguise": "cap", "name": "fear_0001_00"}
    unknown = dict.fromkeys(("reference", "subject_id", "gender", "skin_tone", "age_group"))
    assert expected | unknown == {name: facts[name] for name in expected | unknown}


def test_groups_are_written_as_words(tmp_path):
    plan = Plan(OPTIONS, groups=GROUPS)
    make(tmp_path, FakeSource(groups=GROUPS), plan)
    slot = plan.slots[0]
    facts = json.loads((tmp_path / f"{plan.request(slot, 0).path}.json").read_text())
    assert facts["gender"] == ("female", "male")[slot.gender]
    assert facts["skin_tone"] == slot.skin_tone
    assert facts["age_group"] == ("0-3", "4-19", "20-39", "40-69", "70+")[slot.age_group]


def test_what_is_refused_or_rejected_is_tried_again(tmp_path, monkeypatch):
    def two_faces(images):
        # On dark pictures.
        return [[face()] * (2 if image.mean() < 100 else 1) for image in images]

    monkeypatch.setattr(filters, "detect_faces", lambda images, **_: two_faces(images))
    source = FakeSource(refuses=("anger_0000_00", "anger_0000_01"))
    make(tmp_path, source, attempts=50)
    reasons = rejected(tmp_path)
    assert reasons["train/anger/anger_0000_00"] == reasons["train/anger/anger_0000_01"] == "too plain"
    assert set(reasons.values()) == {"too plain", "2 faces were found, expected one"}
    kept = pictures(tmp_path)
    assert len(kept) == 28
    assert not {f"{name}.png" for name in reasons} & kept.keys()
    assert len(source.asked) == len(set(source.asked)) == 28 + len(reasons)


def test_what_is_missing_in_the_end_is_named(tmp_path):
    source = FakeSource(refuses=[f"fear_0001_{attempt:02d}" for attempt in range(4)])
    with pytest.raises(InputError) as caught:
        make(tmp_path, source, attempts=3)
    assert str(caught.value) == (
        "2 of 28 pictures are missing after 3 attempts each (fear in train, fear in test): the reasons are in "
        f"{tmp_path}/rejected.csv; raise --attempts to go on, or use the folder as it is"
    )
    assert len(pictures(tmp_path)) == 26
    source.asked.clear()
    make(tmp_path, source, attempts=5)
    assert source.asked == [f"{split}/fear/fear_0001_0{n}" for n in (3, 4) for split in ("train", "test")]
    # Fewer tries than it took: all is there all the same.
    source.asked.clear()
    make(tmp_path, source, attempts=1)
    assert not source.asked


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_killed_run_goes_on_and_ends_the_same(tmp_path, batch_size):
    refuses = ("anger_0001_00", "sadness_0000_00")
    make(tmp_path / "whole", FakeSource(refuses))
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "killed", FakeSource(refuses, dies_after=7), batch_size=batch_size)
    before = {**pictures(tmp_path / "killed"), **rejected(tmp_path / "killed")}
    assert len(before) == 7 // batch_size * batch_size
    source = FakeSource(refuses)
    make(tmp_path / "killed", source)
    assert pictures(tmp_path / "killed") == pictures(tmp_path / "whole")
    assert rejected(tmp_path / "killed") == rejected(tmp_path / "whole")
    assert not {f"{name}.png" for name in source.asked} & before.keys()
    assert len(source.asked) == 28 + 4 - len(before)


def png(shade):
    content = io.BytesIO()
    Image.new("L", (9, 8), shade).save(content, format="png")
    return content.getvalue()


@pytest.mark.parametrize("ahead", [5, 512])
def test_references_are_read_for_their_split(tmp_path, monkeypatch, ahead):
    monkeypatch.setattr(run, "_READ_AHEAD", ahead)
    found = [Reference(f"{emotion}{number}", emotion) for emotion in EMOTIONS for number in range(3)]
    plan = Plan(OPTIONS, references={"train": found, "test": found})
    asked, given = [], {}

    def read(split, image_ids):
        asked.append((split, *image_ids))
        return {image_id: png(len(image_id) + 100 * (split == "test")) for image_id in image_ids}

    class Source(FakeSource):
        needs_references = True

        def images(self, requests, references):
            given.update(zip((request.path for request in requests), references, strict=True))
            return super().images(requests, references)

    make(tmp_path, Source(), plan, read_references=read, batch_size=3)
    for slot in plan.slots:
        request = plan.request(slot, 0)
        picture = given[request.path]
        assert (picture.shape, picture.dtype) == ((8, 9, 3), np.uint8)
        assert (picture == len(request.reference) + 100 * (slot.split == "test")).all()
    if ahead == 512:
        assert [split for split, *_ in asked] == ["train", "test"], "one pass each"


def test_a_source_may_refuse_all(tmp_path):
    class Source(FakeSource):
        def images(self, requests, references):
            return [Refused("no")] * len(requests)

    with pytest.raises(InputError, match=r"28 of 28 pictures are missing after 2 attempts each"):
        make(tmp_path, Source(), attempts=2)
    assert len(rejected(tmp_path)) == 56
