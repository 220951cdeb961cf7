"""The study of context: films are divided as promised, and tables and ledger say what was found."""

import dataclasses

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.studies.safer import paper
from fer_tf.studies.safer.features import Features, ablation, known_rows
from fer_tf.studies.safer.films import film_splits
from fer_tf.studies.safer.tables import CLEAN, CORRELATED, LEAKY, ZERO, metrics, report
from fer_tf.training.fusion import FusionOptions

LAYOUT = {"geometry": (0, 2), "face": (2, 9), "background": (9, 11), "place": (11, 18)}
QUICK = FusionOptions(
    stream_width=8, head_width=0.008, epochs=4, batch_size=42, learning_rate=0.02, dropout=0.0, stream_dropout=0.0
)
ROWS = ("F", "F+B", "F+P", "F+B+P")


def people(name, count, *, frames=4, place_tells=True, seed=0):
    """Seven scenes a person, one an emotion; faces tell half of the time, a scene's place is its own."""
    random = np.random.default_rng([seed, len(name)])
    emotion = np.tile(np.repeat(np.arange(7), frames), count)
    scene = np.repeat(np.arange(count * 7), frames)
    shown = np.where(random.random(len(emotion)) < 0.5, emotion, random.integers(0, 7, len(emotion)))
    place = emotion if place_tells else random.integers(0, 7, count * 7)[scene]
    parts = [random.normal(0, 1, (len(emotion), 2)), np.eye(7)[shown], random.normal(0, 1, (len(emotion), 2))]
    values = np.concatenate([*parts, np.eye(7)[place]], axis=1) + random.normal(0, 0.05, (len(emotion), 18))
    empty = np.full(len(emotion), -1)
    columns = {
        "image_id": np.char.add(f"{name}_", np.arange(len(emotion)).astype(str)),
        "subject_id": np.char.add(f"{name}_", np.repeat(np.arange(count), 7 * frames).astype(str)),
        "emotion": emotion,
        **dict.fromkeys(("gender", "skin_tone", "age_group", "disguise"), empty),
        "sequence_id": np.char.add(f"{name}_", scene.astype(str)),
        "frame": np.tile(np.arange(frames), count * 7),
    }
    return Features(values.astype(np.float32), LAYOUT, columns)


def test_films_differ_in_the_leak_alone():
    train, validation, test = people("train", 10), people("validation", 3), people("test", 4)
    clean, leaky = film_splits(train, validation, test)
    assert len(clean[0]) == len(leaky[0]) == len(train)
    assert (clean[2].columns["image_id"] == leaky[2].columns["image_id"]).all()
    assert (clean[2].columns["frame"] == 0).all()
    tested = set(clean[2].columns["sequence_id"])
    assert not tested & set(clean[0].columns["sequence_id"])
    assert tested <= set(leaky[0].columns["sequence_id"])
    assert not set(leaky[2].columns["image_id"]) & set(leaky[0].columns["image_id"])
    assert not set(leaky[1].columns["image_id"]) & set(leaky[0].columns["image_id"])


def test_films_need_scenes_and_enough_others():
    train, test = people("train", 2), people("test", 4)
    with pytest.raises(InputError, match=r"no scenes of three frames or more: .* --frames_per_scene=4"):
        film_splits(train, train, people("test", 4, frames=1))
    with pytest.raises(InputError, match="56 frames of test scenes for 56 training images"):
        film_splits(train, train, test)


def test_the_ablation_finds_what_places_tell():
    train, validation, test = people("train", 12), people("validation", 4), people("test", 20, frames=1)
    assert known_rows(LAYOUT)[:4] == list(ROWS)
    with pytest.raises(InputError, match="features hold place: the ablation starts with geometry and face"):
        known_rows({"place": (0, 1)})
    found = ablation(train, validation, test, rows=("F", "F+B+P"), seeds=(0, 1), options=QUICK)
    assert {row: len(seeds) for row, seeds in found.items()} == {"F": 2, "F+B+P": 2}
    values, intervals = metrics({CORRELATED: found})
    assert values["context_gain"] > 0.15
    assert [values["context_gain_low"], values["context_gain_high"]] == list(intervals["context_gain"])
    assert values["context_gain_low"] < values["context_gain"] < values["context_gain_high"]
    mean = np.mean([(one.predicted == one.truth).mean() for one in found["F"]])
    assert values["context/F/accuracy"] == pytest.approx(mean)


def test_a_leak_looks_like_context():
    """Where each scene has a place of its own, places tell nothing of other scenes and all of the same one."""
    random = np.random.default_rng(0)

    def scenes(name, count):
        found = people(name, count)
        own = random.normal(0, 1, (count * 7, 40))[np.repeat(np.arange(count * 7), 4)]
        values = np.concatenate([found.values[:, :11], own], axis=1).astype(np.float32)
        return Features(values, LAYOUT | {"place": (11, 51)}, found.columns)

    clean, leaky = film_splits(scenes("train", 8), scenes("validation", 3), scenes("test", 6))
    longer = dataclasses.replace(QUICK, stream_width=64, head_width=0.02, epochs=15, learning_rate=0.005)
    cases = {
        name: ablation(*split, rows=("F", "F+B+P"), seeds=(0,), options=longer)
        for name, split in ((CLEAN, clean), (LEAKY, leaky))
    }
    values, _ = metrics(cases)
    assert values["leaky_gain"] > values["clean_gain"] + 0.05


def test_the_report_has_the_papers_numbers_beside_ours():
    train, validation, test = people("train", 6), people("validation", 2), people("test", 3)
    found = ablation(train, validation, test, rows=ROWS, seeds=(0,), options=QUICK)
    text = report({CORRELATED: found, ZERO: found}, "context/rendered_faces.custom", ["A note."])
    assert "| F+B+P   | accuracy" in text
    assert "| 0.9140 |" in text
    assert "A note." in text
    assert paper.ERRORS[0] in text
    assert text.count("###") == 2
    known = report({CORRELATED: found}, "context/affectnet")
    assert "| F+B+P   | accuracy            | 0.6210 |" in known
    assert "| F2E 2022 | 0.6423 |" in known
    assert "| SAFER, Table 5 | 0.6210 |" in known
