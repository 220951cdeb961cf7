"""Rendered faces as a dataset: truth of every record, resumed builds, options, refusals."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, EMOTIONS
from fer_tf.synthesis.render.bias import Bias
from fer_tf.synthesis.render.plan import PLANS, Plan, frames
from fer_tf.synthesis.render.truth import unit_mask
from tfds_builders import commands, registry
from tfds_builders.rendered_faces import parts
from tfds_builders.rendered_faces.options import CustomOptions

ROOT = Path(__file__).resolve().parent.parent.parent
SPLITS = ("train", "validation", "test")
FEW = CustomOptions(seed=5, train_subjects=2, validation_subjects=1, test_subjects=0, images_per_subject=7, size=48)


@pytest.fixture(scope="module")
def records(rendered_faces):
    builder = registry.load_builder("rendered_faces/tiny", rendered_faces)
    return {split: list(tfds.as_numpy(builder.as_dataset(split=split))) for split in SPLITS}


def test_splits_hold_other_people_and_every_emotion(records):
    assert {split: len(found) for split, found in records.items()} == {"train": 70, "validation": 35, "test": 35}
    people = {split: {record["subject_id"] for record in found} for split, found in records.items()}
    assert sum(map(len, people.values())) == len(set().union(*people.values())) == 20
    for found in records.values():
        assert len(set(np.bincount([record["emotion"] for record in found], minlength=len(EMOTIONS)))) == 1


def test_the_record_says_what_was_planned(records):
    stored = {record["image_id"].decode(): record for found in records.values() for record in found}
    plan = PLANS["tiny"]
    for labelled in frames(plan, "train", 3):
        record, frame = stored[labelled.image_id], labelled.frame
        assert record["image"].shape == (plan.size, plan.size, 3)
        assert record["synthetic"]
        assert record["true_emotion"] == record["emotion"] == labelled.emotion
        assert (record["gender"], record["skin_tone"]) == (frame.subject.gender, frame.subject.skin_tone)
        assert record["disguise"] == frame.disguise
        assert record["place"].decode() == frame.place
        np.testing.assert_allclose(record["pose"], [frame.pose.yaw, frame.pose.pitch, frame.pose.roll], rtol=1e-6)
        np.testing.assert_array_equal(record["action_units"], frame.expression.intensities())


def test_the_truth_lies_on_the_face(records):
    for record in records["test"]:
        size = record["image"].shape[0]
        face, person = record["segments"][..., 0] == 2, record["segments"][..., 0] >= 1
        assert 0.03 < face.mean() < person.mean() < 0.95
        assert record["mesh"].shape == (468, 2)
        assert ((record["mesh"] > -size / 2) & (record["mesh"] < 1.5 * size)).all()
        if record["disguise"] == 0:
            brow = unit_mask(record["unit_masks"], 4)
            rows = np.nonzero(brow)[0]
            assert brow.any()
            assert rows.mean() < record["mesh"][1, 1], "AU 4 lies above the tip of the nose"
            assert not (brow & ~person).any()
    assert all(unit_mask(records["test"][0]["unit_masks"], unit).shape == (size, size) for unit in ACTION_UNITS)


def test_any_number_of_workers_draws_the_same_bytes(tmp_path):
    plan = FEW.plan()
    one, two = (list(parts.drawn_subjects(plan, "train", tmp_path / str(n), workers=n)) for n in (1, 2))
    for first, second in zip(one, two, strict=True):
        assert first.keys() == second.keys()
        assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_finished_subject_is_not_drawn_again(tmp_path):
    plan = dataclasses.replace(FEW.plan(), subjects={"train": 1})
    list(parts.drawn_subjects(plan, "train", tmp_path, workers=1))
    (file,) = tmp_path.rglob("*.npz")
    before = file.stat().st_mtime_ns
    list(parts.drawn_subjects(plan, "train", tmp_path, workers=1))
    assert file.stat().st_mtime_ns == before
    list(parts.drawn_subjects(dataclasses.replace(plan, seed=6), "train", tmp_path, workers=1))
    assert len(list(tmp_path.rglob("*.npz"))) == 2, "another plan has parts of its own"


def test_a_killed_build_goes_on(tmp_path):
    command = [sys.executable, "-m", "tfds_builders", "rendered_faces/custom", f"--data_dir={tmp_path}"]
    command += [f"--{name}={value}" for name, value in dataclasses.asdict(FEW).items() if value not in (False, "")]
    command += ["--train_subjects=6"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    done: list[Path] = []
    while process.poll() is None and not done:
        time.sleep(0.05)
        done = list(tmp_path.rglob("parts/*/train_*.npz"))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert done
    assert not registry.is_built("rendered_faces/custom", tmp_path)
    # A mark on a part shows that the next build takes it as it is.
    with np.load(done[0]) as arrays:
        marked = {**arrays, "mesh_0": np.full((468, 2), 7.0, np.float32)}
    with done[0].open("wb") as file:
        np.savez(file, **marked)
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "train           42" in text
    built = registry.load_builder("rendered_faces/custom", tmp_path)
    meshes = [record["mesh"] for record in tfds.as_numpy(built.as_dataset(split="train"))]
    assert sum((mesh == 7.0).all() for mesh in meshes) == 1
    assert not (tmp_path / "rendered_faces" / "custom" / "parts").exists()


def test_what_was_injected_stands_in_the_metadata(tmp_path):
    options = dataclasses.replace(
        FEW, noisy_group="gender=female", label_noise=1.0, group_shares='{"gender": {"female": 1.0}}'
    )
    builder = registry.build("rendered_faces/custom", tmp_path, options=options)
    read = registry.load_builder("rendered_faces/custom", tmp_path)
    assert read.info.metadata["bias"]["label_noise"] == 1.0
    assert Plan.from_mapping({name: read.info.metadata[name] for name in options.plan().describe()}) == options.plan()
    train = list(tfds.as_numpy(builder.as_dataset(split="train")))
    assert all(record["emotion"] != record["true_emotion"] for record in train)
    assert all(b"label_noise" in record["injected"] for record in train)
    assert not any(b"label_noise" in r["injected"] for r in tfds.as_numpy(builder.as_dataset(split="validation")))
    with pytest.raises(InputError, match=r"is built with other options .seed was 5, now 6"):
        commands.build_and_describe(
            "rendered_faces/custom", str(tmp_path), options=dataclasses.replace(options, seed=6)
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group_shares": "{"}, "--group_shares: expected JSON"),
        ({"group_shares": '{"gender": {"female": 0.5}}'}, "shares sum to 0.5: expected 1"),
        ({"weak_group": "gender=robot", "weak_factor": 0.5}, "gender 'robot': not known: known are female, male"),
        ({"shortcut_cue": "place=bar", "shortcut_target": "unit=99"}, "unit '99': not known: known are 1, 2, 4"),
        ({"label_noise": 1.5, "noisy_group": "gender=male"}, "label_noise 1.5: expected a number 0..1"),
        ({"size": 5}, "size 5: expected a whole number 32..1024"),
        ({"framing": "moon"}, "framing 'moon': known are faces, crops, context"),
    ],
)
def test_bad_options_are_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(FEW, **change).plan()


def test_fixed_datasets_take_no_options(tmp_path):
    with pytest.raises(InputError, match="rendered_faces/tiny takes no options"):
        registry.build("rendered_faces/tiny", tmp_path, options=FEW)
    command = [sys.executable, "-m", "tfds_builders", "rendered_faces/tiny", "--seed=3", f"--data_dir={tmp_path}"]
    failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.strip() == (
        "error: --seed: rendered_faces/tiny does not take it, only rendered_faces/custom and disguised/SOURCE-DISGUISE "
        "and defi/SOURCE+SOURCE"
    )


def test_options_cover_the_bias():
    names = {field.name for field in dataclasses.fields(CustomOptions)}
    assert {field.name for field in dataclasses.fields(Bias)} <= names


def test_pictures_of_single_units_have_units_and_no_emotion(tmp_path):
    few = dataclasses.replace(FEW, expressions="units", train_subjects=1, validation_subjects=0)
    registry.build("rendered_faces/custom", str(tmp_path), options=few)
    builder = registry.load_builder("rendered_faces/custom", str(tmp_path))
    found = list(tfds.as_numpy(builder.as_dataset(split="train")))
    assert len(found) == 7
    assert {(record["emotion"], record["source_label"]) for record in found} == {(-1, b"")}
    assert sum((record["action_units"] > 0).sum() for record in found) > 7


def test_scenes_of_a_film_are_named(tmp_path):
    few = dataclasses.replace(FEW, train_subjects=1, validation_subjects=0, images_per_subject=21, frames_per_scene=2)
    registry.build("rendered_faces/custom", str(tmp_path), options=few)
    built = registry.load_builder("rendered_faces/custom", str(tmp_path))
    found = {
        r["image_id"].decode(): (r["sequence_id"].decode(), r["frame"])
        for r in tfds.as_numpy(built.as_dataset())["train"]
    }
    planned = {p.image_id: (p.sequence_id, p.number) for p in frames(few.plan(), "train", 0)}
    assert found == planned
    assert sorted(number for _, number in found.values()) == [0] * 14 + [1] * 7
