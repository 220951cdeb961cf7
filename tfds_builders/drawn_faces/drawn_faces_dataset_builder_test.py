"""Drawn faces: what is recorded is what was drawn, and no person is in two splits."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from fer_tf.labels import ACTION_UNITS, DISGUISES, EMOTIONS, GENDERS
from tfds_builders import registry
from tfds_builders.drawn_faces import draw, people

QUIET = dict.fromkeys(people.DRAWN_UNITS, 0.0)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    builder = registry.build("drawn_faces/tiny", tmp_path_factory.mktemp("data"))
    splits = ("train", "validation", "test")
    return {split: list(tfds.as_numpy(builder.as_dataset(split=split))) for split in splits}


def test_splits_hold_other_people_and_every_emotion(records):
    assert {split: len(found) for split, found in records.items()} == {"train": 70, "validation": 35, "test": 35}
    people_of = {split: {record["subject_id"] for record in found} for split, found in records.items()}
    assert sum(len(ids) for ids in people_of.values()) == len(set().union(*people_of.values())) == 20
    for found in records.values():
        counts = np.bincount([record["emotion"] for record in found], minlength=len(EMOTIONS))
        assert len(set(counts)) == 1


def test_the_record_says_what_was_drawn(records):
    found = [record for split in records.values() for record in split]
    drawn = np.isin(ACTION_UNITS, people.DRAWN_UNITS)
    for record in found:
        assert record["image"].shape == (64, 64, 3)
        assert record["synthetic"]
        assert record["source_label"].decode() == EMOTIONS[record["emotion"]]
        assert record["image_id"].decode() == f"{record['subject_id'].decode()}_{EMOTIONS[record['emotion']]}"
        np.testing.assert_array_equal(np.isnan(record["action_units"]), ~drawn)
        assert 1 <= record["skin_tone"] <= 10
        assert record["age_group"] == -1
        assert not (DISGUISES[record["disguise"]] == "beard" and GENDERS[record["gender"]] == "female")
    assert {record["gender"] for record in found} == {0, 1}
    assert len({record["disguise"] for record in found}) == 5


def test_emotions_differ_in_their_units(records):
    def mean(emotion, unit):
        column = ACTION_UNITS.index(unit)
        values = [r["action_units"][column] for r in records["train"] if EMOTIONS[r["emotion"]] == emotion]
        return np.mean(values)

    assert mean("happiness", 12) > 0.4 > 0.2 > mean("sadness", 12)
    assert mean("sadness", 15) > 0.4 > 0.2 > mean("happiness", 15)
    assert mean("surprise", 26) > 0.3
    assert max(mean("neutral", unit) for unit in people.DRAWN_UNITS) < 0.15


def face(units=None, person_seed=3, rng_seed=5, worn="none", size=64):
    person = people.random_person(np.random.default_rng(person_seed))
    rng = np.random.default_rng(rng_seed)
    return draw.draw_face(person, {**QUIET, **(units or {})}, DISGUISES.index(worn), rng, size).astype(float)


@pytest.mark.parametrize("unit", people.DRAWN_UNITS)
def test_every_unit_shows(unit):
    # Same seed, same noise: what differs was moved by the unit. Parting comes with dropping the jaw.
    rest = {25: 1.0} if unit == 26 else {}
    changed = np.abs(face({**rest, unit: 1.0}) - face(rest)).max(axis=2) > 25
    assert changed.sum() >= 12


@pytest.mark.parametrize("worn", ["hat", "sunglasses", "clear_glasses", "beard"])
def test_every_disguise_shows(worn):
    changed = np.abs(face(worn=worn) - face()).max(axis=2) > 25
    assert changed.sum() >= 80


def test_the_same_seed_draws_the_same_face():
    np.testing.assert_array_equal(face(), face())
    assert np.abs(face() - face(rng_seed=6)).mean() > 5
    assert face(size=96).shape == (96, 96, 3)


def test_skin_follows_the_monk_scale():
    def cheek(tone):
        person = people.dataclasses.replace(people.random_person(np.random.default_rng(3)), skin_tone=tone)
        return draw.draw_face(person, QUIET, 0, np.random.default_rng(5))[36:42, 24:28].mean()

    brightness = [cheek(tone) for tone in (2, 4, 5, 6, 7, 8, 9, 10)]
    assert brightness == sorted(brightness, reverse=True)


def test_intensities_stay_in_range():
    rng = np.random.default_rng(0)
    for emotion in EMOTIONS:
        for _ in range(50):
            units = people.random_units(emotion, rng)
            assert set(units) == set(people.DRAWN_UNITS)
            assert all(0.0 <= value <= 1.0 for value in units.values())
