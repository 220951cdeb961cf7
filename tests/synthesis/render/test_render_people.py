"""Subjects: parts go together, groups come as asked, the same state gives the same person."""

import dataclasses

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render import people
from fer_tf.synthesis.render.spec import FACIAL_HAIR, HAIR_STYLES, SHAPE_NAMES, Subject


def crowd(count, seed=0, **groups):
    rng = np.random.default_rng(seed)
    return [people.draw_subject(rng, str(number), **groups) for number in range(count)]


def luminance(colour):
    return float(np.dot(colour, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize(
    ("age", "group"), [(0, 0), (3.9, 0), (4, 1), (19, 1), (20, 2), (39, 2), (40, 3), (70, 4), (99, 4)]
)
def test_age_group_is_the_band_that_holds_the_years(age, group):
    assert people.age_group(age) == group


@pytest.mark.parametrize("age", [-1, float("nan")])
def test_no_age_no_group(age):
    with pytest.raises(InputError, match=r"age .*: expected years from 0 up"):
        people.age_group(age)


def test_same_state_same_person_and_next_one_differs():
    first, second = crowd(2)
    assert first == crowd(1)[0]
    assert first.shape != second.shape
    assert first.seed != second.seed


def test_everything_lies_in_its_range():
    for subject in crowd(150):
        assert len(subject.shape) == len(SHAPE_NAMES)
        assert max(map(abs, subject.shape)) <= 2.5
        assert 16 <= subject.age <= 85
        assert subject.age == int(subject.age)
        assert subject.hair_style in HAIR_STYLES
        assert subject.facial_hair in FACIAL_HAIR
        assert 0.4 <= subject.brow_weight <= 1.6
        for field in dataclasses.fields(Subject):
            if field.name.endswith("_colour"):
                assert all(0 <= value <= 255 for value in getattr(subject, field.name)), field.name
        assert all(0 <= getattr(subject, name) <= 1 for name in ("lip_redness", "lipstick", "freckles"))


def test_groups_come_as_asked_and_move_nothing_before_them():
    for subject in crowd(20, gender=0, skin_tone=9, age_group=4):
        assert (subject.gender, subject.skin_tone, people.age_group(subject.age)) == (0, 9, 4)
    as_drawn = crowd(1, seed=3)[0]
    asked = crowd(1, seed=3, gender=as_drawn.gender, skin_tone=as_drawn.skin_tone)[0]
    assert asked == as_drawn


def test_groups_are_uniform_where_nothing_is_asked():
    drawn = crowd(300)
    assert 0.44 < np.mean([subject.gender for subject in drawn]) < 0.56
    assert np.bincount([subject.skin_tone for subject in drawn], minlength=11)[1:].min() > 15


def test_parts_go_together():
    women, men = crowd(90, gender=0), crowd(90, gender=1)
    assert {subject.facial_hair for subject in women} == {"none"}
    assert {subject.facial_hair for subject in men} == set(FACIAL_HAIR)
    assert all(subject.lipstick == 0 for subject in men)
    assert 0.2 < np.mean([subject.lipstick > 0 for subject in women]) < 0.6
    old, young = crowd(50, gender=1, age_group=4), crowd(50, gender=1, age_group=1)
    losing = ("bald", "receding")
    assert sum(subject.hair_style in losing for subject in old) > 3 * sum(s.hair_style in losing for s in young)
    grey_old, grey_young = (np.median([luminance(s.hair_colour) for s in group]) for group in (old, young))
    assert grey_old > grey_young + 50
    dark, light = crowd(50, skin_tone=9, age_group=2), crowd(50, skin_tone=2, age_group=2)
    assert np.mean([luminance(s.hair_colour) for s in light]) > np.mean([luminance(s.hair_colour) for s in dark]) + 20
    assert np.mean([s.iris_colour[2] for s in light]) > np.mean([s.iris_colour[2] for s in dark]) + 20
    assert sum(s.hair_style == "afro" for s in dark) > sum(s.hair_style == "afro" for s in light)
    assert {s.hair_style for s in women} & {s.hair_style for s in men}


def test_another_style_is_never_the_refused_one():
    rng = np.random.default_rng(0)
    subject = crowd(1, gender=0)[0]
    assert "bob" not in {people.other_hair_style(rng, subject, "bob") for _ in range(60)}


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"gender": 2}, r"gender 2: expected 0\.\.1 \(female, male\)"),
        ({"skin_tone": 0}, r"skin_tone 0: expected 1\.\.10 \(Monk scale\)"),
        ({"age_group": 0}, r"age_group 0: drawn are 1 \(4-19\), .*4 \(70\+\); children are not"),
    ],
)
def test_groups_that_are_not_drawn_are_refused(groups, message):
    with pytest.raises(InputError, match=message):
        crowd(1, **groups)
