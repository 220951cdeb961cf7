"""Learning cues, and comparing them with action units."""

import json

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.narrative import learn as learning
from fer_tf.explain.narrative.agreement import Meshes, agreement
from fer_tf.explain.narrative.cues import CUES
from fer_tf.explain.narrative.learn import best_threshold, learn
from fer_tf.explain.narrative.thresholds import load_cues
from fer_tf.labels import ACTION_UNITS
from tests.explain.narrative.hand_made import CORNERS, moved, neutral_mesh, turned

FACES = 240


@pytest.fixture(scope="module")
def people():
    """Meshes with noise, half of them neutral and half smiling, as ``Meshes``."""
    random = np.random.default_rng(0)
    smiling = np.arange(FACES) % 2 == 1
    faces = [moved(neutral_mesh(), CORNERS, x=0.06 * smile, y=-0.06 * smile) for smile in smiling]
    points = [turned(face, *random.normal(0, 8, 3)) + random.normal(0, 0.3, face.shape) for face in faces]
    units = np.zeros((FACES, 24), np.float32)
    units[smiling, ACTION_UNITS.index(12)] = 0.8
    subjects = np.array([str(number // 8) for number in range(FACES)])
    return Meshes(np.stack(points), subjects, np.where(smiling, 3, 4), units, np.zeros(FACES, int))


@pytest.fixture
def only_smiles(monkeypatch):
    monkeypatch.setattr(learning, "CUES", tuple(cue for cue in CUES if cue.name == "smile"))


@pytest.mark.usefixtures("only_smiles")
def test_cues_are_learned_written_and_read(people, tmp_path):
    learned = learn(people.points, people.emotions, people.action_units, {"dataset": "made"})
    learned.save(tmp_path / "cues.json")
    read = load_cues(tmp_path / "cues.json")
    assert read.learned == {"dataset": "made", "faces": FACES, "neutral": FACES // 2}
    before, after = (reader.values(people.points)["smile"] for reader in (learned, read))
    np.testing.assert_allclose(after, before, atol=0.02)
    neutral = after[people.emotions == 4]
    # In spreads of neutral faces.
    assert np.median(neutral) == pytest.approx(0, abs=0.02)
    assert 1.4826 * np.median(np.abs(neutral)) == pytest.approx(1, abs=0.05)
    scores, intervals = agreement(read, people)
    assert scores["smile"] > 0.98
    assert scores["mesh_found"] == 1
    assert intervals["smile"][0] <= scores["smile"] <= intervals["smile"][1]


def test_other_neutral_faces_move_the_centre_only(people):
    ours = load_cues()
    nothing = np.full((FACES, 24), np.nan, np.float32)
    again = learn(people.points, people.emotions, nothing, {}, ours)
    for name, rule in again.rules.items():
        assert rule.weights == ours.rules[name].weights
        assert rule.threshold == ours.rules[name].threshold
    values = again.values(people.points)["smile"]
    assert abs(np.median(values[people.emotions == 4])) < 1e-6
    assert np.median(values[people.emotions == 3]) > 2


def test_too_little_to_learn_from_is_refused(people):
    with pytest.raises(InputError, match=r"0 neutral faces.*expected 30 or more.*choose a dataset"):
        learn(people.points, np.full(FACES, 3), people.action_units, {})
    with pytest.raises(InputError, match=r"inner_brows_raised: 0 faces show it.*--nofit"):
        learn(people.points, people.emotions, people.action_units, {})


def test_the_best_threshold_is_the_best_of_all():
    random = np.random.default_rng(1)
    values, there = random.normal(0, 1, 60).round(1), random.random(60) < 0.4
    values[there] += 1

    def balanced(threshold):
        named = values > threshold
        return (named[there].mean() + (~named[~there]).mean()) / 2

    edges = np.unique(values)
    assert balanced(best_threshold(values, there)) == pytest.approx(max(balanced(edge) for edge in edges))


def test_agreement_counts_what_is_known():
    absent = np.full((1, 468, 3), np.nan)
    points = np.concatenate([np.repeat(neutral_mesh()[None], 3, axis=0), absent])
    units = np.zeros((4, 24), np.float32)
    units[0] = np.nan
    meshes = Meshes(points, np.array(["a", "b", "c", "d"]), np.full(4, 4), units, np.array([0, 0, 5, 0]))
    scores, intervals = agreement(load_cues(), meshes)
    assert scores["mesh_found"] == 0.75
    # No face shows a smile: undefined, not zero; and four people are too few for an interval.
    assert np.isnan(scores["smile"])
    assert scores["smile_spared"] in (0, 1)
    assert np.isnan(intervals["smile_spared"]).all()


def test_damaged_cues_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"does not exist: learn cues"):
        load_cues(tmp_path / "none.json")
    for content in ("[]", "{}", '{"reference": [], "neutral": {}, "cues": {}, "learned": {}}'):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(InputError, match="no cues of this version"):
            load_cues(tmp_path / "bad.json")
    load_cues().save(tmp_path / "good.json")
    good = json.loads((tmp_path / "good.json").read_text())
    spread, unheard = (json.loads(json.dumps(good)) for _ in range(2))
    spread["cues"]["smile"]["spread"] = 0
    unheard["cues"]["smile"]["threshold"] = "high"
    good["cues"]["levitation"] = good["cues"]["smile"]
    for bad in (good, spread, unheard):
        (tmp_path / "bad.json").write_text(json.dumps(bad))
        with pytest.raises(InputError, match="no cues of this version"):
            load_cues(tmp_path / "bad.json")


def test_the_cues_in_the_box_say_where_they_come_from():
    cues = load_cues()
    assert cues.learned["dataset"] == "rendered_faces/standard,rendered_faces/units"
    assert cues.learned["split"] == "train"
    assert cues.learned["neutral"] > 1000
    assert set(cues.rules) == {cue.name for cue in CUES}
