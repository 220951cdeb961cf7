"""Cues of hand-made meshes: what moves, and what must not matter."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.explain.narrative.cues import BY_NAME, CUES
from fer_tf.explain.narrative.frontal import RIGID, average_face, frontal
from fer_tf.explain.narrative.measures import MEASURES, measure
from fer_tf.explain.narrative.thresholds import load_cues
from fer_tf.labels import ACTION_UNITS, EMOTIONS
from tests.explain.narrative.hand_made import (
    BROWS,
    CHIN,
    CORNERS,
    FOREHEAD,
    LOWER_LIP,
    moved,
    neutral_mesh,
    turned,
    value,
)

NEUTRAL = neutral_mesh()
MOVED = {
    "smile": moved(NEUTRAL, CORNERS, x=0.06, y=-0.06),
    "mouth_corners_down": moved(NEUTRAL, CORNERS, y=0.06),
    "inner_brows_raised": moved(NEUTRAL, (*BROWS, *FOREHEAD), y=-0.08),
    # Unit 4 draws the brows together, too, and the skin above follows.
    "brows_lowered": moved(NEUTRAL, (*BROWS, *FOREHEAD), x=-0.03, y=0.08),
    "mouth_open": moved(NEUTRAL, (*LOWER_LIP, *CHIN), y=0.2),
    "jaw_dropped": moved(NEUTRAL, (*LOWER_LIP, *CHIN), y=0.3),
}


@pytest.mark.parametrize("cue", MOVED)
def test_a_feature_that_moves_is_its_cue(cue):
    assert value(MOVED[cue], cue) > value(NEUTRAL, cue) + 1
    assert value(MOVED[cue], cue) > load_cues().rules[cue].threshold


@pytest.mark.parametrize(
    ("cue", "other"),
    [("smile", "mouth_corners_down"), ("inner_brows_raised", "brows_lowered"), ("brows_lowered", "inner_brows_raised")],
)
def test_the_opposite_is_further_away_than_a_neutral_face(cue, other):
    assert value(MOVED[other], cue) < value(NEUTRAL, cue)


def test_a_mouth_says_nothing_of_brows():
    for cue in ("inner_brows_raised", "brows_lowered"):
        assert value(MOVED["jaw_dropped"], cue) == pytest.approx(value(NEUTRAL, cue), abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        lambda points: points * 3.7,
        lambda points: points * 0.2,
        lambda points: points + np.array([500.0, -80.0, 30.0]),
        lambda points: turned(points, roll=35),
        lambda points: turned(points, yaw=30, pitch=-20, roll=10),
    ],
    ids=["large", "small", "elsewhere", "tilted", "turned"],
)
def test_size_place_and_turn_of_the_head_do_not_matter(change):
    for cue in load_cues().rules:
        assert value(change(MOVED["smile"]), cue) == pytest.approx(value(MOVED["smile"], cue), abs=1e-6)


def test_the_turn_of_a_head_is_measured():
    _, angles = frontal(
        np.stack([NEUTRAL, turned(NEUTRAL, yaw=30), turned(NEUTRAL, roll=30)]), average_face(NEUTRAL[None])
    )
    assert angles[1] - angles[0] > 20
    assert angles[2] == pytest.approx(angles[0], abs=1e-6)


def test_a_mirror_image_has_the_same_cues():
    mirrored = NEUTRAL.copy()
    mirrored[:, 0] = 224 - mirrored[:, 0]
    # The measures of a mirror image of the mesh, with right and left points exchanged, are those of the mesh: the
    # renderer's average face is symmetric, so that its nearest points are the exchanged ones.
    nearest = np.linalg.norm(mirrored[:, None] - NEUTRAL[None], axis=-1).argmin(axis=0)
    smile = MOVED["smile"].copy()
    smile[:, 0] = 224 - smile[:, 0]
    assert value(smile[nearest], "smile") == pytest.approx(value(MOVED["smile"], "smile"), abs=0.05)


def test_without_a_mesh_there_is_no_value_and_no_cue():
    absent = np.full((468, 3), np.nan)
    values = load_cues().values(np.stack([absent, NEUTRAL, np.zeros((468, 3))]))
    for of_cue in values.values():
        assert np.isnan(of_cue[[0, 2]]).all()
        assert not np.isnan(of_cue[1])
    readings, angle = load_cues().read(absent)
    assert readings == ()
    assert np.isnan(angle)


def test_reading_one_mesh_agrees_with_reading_many():
    readings, _ = load_cues().read(MOVED["smile"])
    assert {reading.cue: reading.value for reading in readings} == pytest.approx(
        {cue: of_cue[0] for cue, of_cue in load_cues().values(MOVED["smile"][None]).items()}
    )
    assert next(reading for reading in readings if reading.cue == "smile").clear


@pytest.mark.parametrize("shape", [(468, 3), (1, 68, 3), (1, 468, 2)])
def test_what_is_no_mesh_is_refused(shape):
    with pytest.raises(InputError, match=r"expected meshes of shape \(N, 468 or more, 3\).*fer_tf.faces.mesh"):
        frontal(np.zeros(shape), np.zeros((len(RIGID), 3)))


def test_irises_do_no_harm():
    with_irises = np.concatenate([NEUTRAL, np.zeros((10, 3))])
    assert value(with_irises, "smile") == pytest.approx(value(NEUTRAL, "smile"))


def test_every_cue_is_made_of_known_things():
    found = measure(NEUTRAL[None])
    assert set(found) == set(MEASURES)
    for cue in CUES:
        assert {*cue.measures, cue.shown_by} <= set(MEASURES)
        assert set(cue.emotions) <= set(EMOTIONS) - {"neutral"}
        assert {*cue.units, *cue.unless} <= set(ACTION_UNITS)


def drawn(cue, **units):
    intensities = np.zeros((1, 24))
    for unit, intensity in units.items():
        intensities[0, ACTION_UNITS.index(int(unit[2:]))] = intensity
    return BY_NAME[cue].drawn(intensities)[0]


def test_what_drawn_units_say():
    assert drawn("smile", AU12=0.5) == 1
    assert drawn("smile", AU12=0.3) == 0  # FACS B
    assert drawn("mouth_open", AU26=0.4) == 1
    assert drawn("brows_lowered", AU4=0.8) == 1
    assert drawn("brows_lowered", AU4=0.8, AU1=0.2) == 0
    nan = float("nan")
    assert np.isnan(drawn("smile", AU12=nan))
    assert drawn("mouth_open", AU26=nan, AU25=0.8) == 1
    assert np.isnan(drawn("mouth_open", AU26=nan))
    assert drawn("brows_lowered", AU4=nan, AU1=0.8) == 0
    assert np.isnan(drawn("brows_lowered", AU4=0.8, AU1=nan))
    assert drawn("brows_lowered", AU4=0.0, AU1=nan) == 0
