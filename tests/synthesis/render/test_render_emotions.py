"""Expressions: prototypes shine through, no table leads from units to label."""

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, EMOTIONS, PRESENT
from fer_tf.synthesis.render import emotions

COUNT = 120


@pytest.fixture(scope="module")
def drawn():
    return {
        name: [emotions.draw_expression(np.random.default_rng((index, n)), index) for n in range(COUNT)]
        for index, name in enumerate(EMOTIONS)
    }


def share(expressions, unit):
    """How often a unit is present."""
    return np.mean([expression.units.get(unit, 0) > PRESENT for expression in expressions])


def test_levels_go_there_and_back():
    assert [emotions.facs_letter(value) for value in (0, 0.01, 0.15, 0.2, 0.5, 0.9, 1)] == ["", *"AABCDE"]
    middles = [emotions.facs_intensity(letter) for letter in "ABCDE"]
    assert middles == sorted(middles)
    assert [emotions.facs_letter(value) for value in middles] == list("ABCDE")
    assert emotions.facs_intensity("c") == emotions.facs_intensity("C")
    assert emotions.facs_intensity("") == 0
    assert emotions.facs_letter(PRESENT) == "A" != emotions.facs_letter(PRESENT + 0.01)


def test_unknown_levels_are_refused():
    with pytest.raises(InputError, match=r"FACS level 'F': expected one of A, B, C, D, E"):
        emotions.facs_intensity("F")
    with pytest.raises(InputError, match=r"intensity 1\.2: expected 0\.\.1"):
        emotions.facs_letter(1.2)


def test_the_tables_name_known_units_and_emotions():
    assert list(emotions.VARIANTS) == list(EMOTIONS)
    for variants in emotions.VARIANTS.values():
        assert sum(variant.share for variant in variants) == pytest.approx(1)
        for variant in variants:
            assert {*variant.units, *variant.optional} <= set(ACTION_UNITS)
            assert not set(variant.units) & set(variant.optional)


def test_the_prototype_shows(drawn):
    for emotion, units in {
        "anger": (4, 7),
        "fear": (5, 1),
        "happiness": (12, 6),
        "sadness": (1, 15),
        "surprise": (1, 2),
    }.items():
        for unit in units:
            assert share(drawn[emotion], unit) > 0.6, (emotion, unit)
    assert np.mean([e.units.get(9, 0) + e.units.get(10, 0) > 0.3 for e in drawn["disgust"]]) > 0.85
    assert share(drawn["happiness"], 15) < 0.1
    assert share(drawn["anger"], 12) < 0.1


def test_neutral_is_nearly_nothing(drawn):
    assert np.mean([sum(e.units.values()) < 0.3 for e in drawn["neutral"]]) > 0.75
    assert np.mean([bool(e.units) for e in drawn["neutral"]]) > 0.2


def test_the_label_is_not_a_lookup(drawn):
    for name in set(EMOTIONS) - {"neutral"}:
        sets = [frozenset(unit for unit, value in e.units.items() if value > PRESENT) for e in drawn[name]]
        assert len(set(sets)) > 20, name
        commonest = max(sets.count(one) for one in sets)
        assert commonest < 0.3 * COUNT, name
    # Nothing but the first unit of a variant is in every picture.
    assert share(drawn["fear"], 1) < 1
    assert share(drawn["happiness"], 6) < 0.95


def test_traces_are_not_recorded_and_opposites_yield(drawn):
    for expressions in drawn.values():
        for expression in expressions:
            assert min(expression.units.values(), default=1) >= 0.02
            assert expression.units.get(5, 0) + expression.units.get(43, 0) <= 1.25
            assert list(expression.units) == sorted(expression.units)


def test_most_are_mildly_and_some_strongly_asymmetric(drawn):
    largest = [max(map(abs, e.asymmetry.values()), default=0) for name in EMOTIONS for e in drawn[name] if e.units]
    assert 0.04 < np.mean(np.array(largest) > 0.35) < 0.2
    assert np.median(largest) < 0.25
    leans = [lean for e in drawn["happiness"] for lean in e.asymmetry.values()]
    assert abs(np.mean(leans)) < 0.05
    assert all(not {25, 26, 27} & set(e.asymmetry) for e in drawn["surprise"])


def test_strength_scales_and_weak_is_weaker():
    def mean(strength):
        drawn = [emotions.draw_expression(np.random.default_rng(n), 3, strength) for n in range(60)]
        return np.mean([expression.units.get(12, 0) for expression in drawn])

    assert mean(0.0) < 0.02
    assert mean(0.3) < 0.5 * mean(0.9)
    strong = emotions.draw_expression(np.random.default_rng(0), 3)
    weak = emotions.weaken(strong, 0.5)
    assert weak.units == {unit: value / 2 for unit, value in strong.units.items()}
    assert weak.asymmetry == strong.asymmetry


def test_pose_stays_within_limits_and_tells_of_the_emotion():
    poses = {
        name: [emotions.draw_pose(np.random.default_rng(n), index, (20, 10, 8)) for n in range(200)]
        for index, name in enumerate(EMOTIONS)
    }
    yaws = [abs(pose.yaw) for pose in poses["neutral"]]
    assert max(yaws) == 20
    assert max(abs(pose.pitch) for pose in poses["sadness"]) == 10
    assert max(abs(pose.roll) for pose in poses["happiness"]) == 8
    pitch = {name: np.mean([pose.pitch for pose in drawn]) for name, drawn in poses.items()}
    assert pitch["sadness"] < pitch["neutral"] - 2 < pitch["surprise"]


def test_same_state_same_face():
    one, two = (emotions.draw_expression(np.random.default_rng(5), 2) for _ in range(2))
    assert one == two
    assert emotions.draw_pose(np.random.default_rng(5), 2) == emotions.draw_pose(np.random.default_rng(5), 2)


def test_the_impossible_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"emotion 7: expected 0\.\.6 \(anger, .*surprise\)"):
        emotions.draw_expression(rng, 7)
    with pytest.raises(InputError, match=r"strength 1\.5: expected 0\.\.1"):
        emotions.draw_expression(rng, 0, 1.5)
    with pytest.raises(InputError, match=r"yaw 50: expected -35\.\.35 degrees"):
        emotions.draw_pose(rng, 0, (50, 10, 10))
    with pytest.raises(InputError, match=r"factor -1: expected 0\.\.1"):
        emotions.weaken(emotions.draw_expression(rng, 0), -1)
