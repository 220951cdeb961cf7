"""A finished picture and its truth: action units act where their masks say, and nowhere else."""

import dataclasses

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, DISGUISES
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.spec import Expression, Frame, Pose
from fer_tf.synthesis.render.truth import unit_mask

# Levels of 255 by which a pixel has changed; the metering of the light moves all by one or two.
CHANGED = 12


@pytest.fixture(scope="module")
def subject():
    person = draw_subject(np.random.default_rng(3), "somebody", gender=1, skin_tone=4, age_group=3)
    return dataclasses.replace(person, facial_hair="none", hair_style="crew_cut")


@pytest.fixture(scope="module")
def rest(subject):
    return draw(Frame(subject, place="studio"))


def levels(first, second):
    return np.abs(first.image.astype(int) - second.image).max(axis=2)


def background(*pictures):
    """Where no picture shows a person; pixels at the outline are shared with it."""
    anybody = np.any([picture.person for picture in pictures], axis=0).astype(np.uint8)
    return cv2.dilate(anybody, np.ones((7, 7), np.uint8)) == 0


@pytest.mark.parametrize("unit", ACTION_UNITS)
def test_a_unit_changes_its_own_region_and_nothing_else(subject, rest, unit):
    shown = draw(Frame(subject, Expression({unit: 1.0}), place="studio"))
    change = levels(shown, rest)
    region = unit_mask(shown.unit_masks, unit) | unit_mask(rest.unit_masks, unit)
    moved = change > CHANGED
    assert 0.02 < region.mean() < 0.2
    assert moved[region].sum() > 100, "it shows"
    # The rest is the shadow that the moved part throws on neck, collar and hairline.
    assert moved[region].sum() / moved.sum() > 0.88
    assert np.percentile(change[~region], 99) <= 6
    assert not change[background(shown, rest)].any()


def test_one_side_changes_one_side(subject, rest):
    shown = draw(Frame(subject, Expression({12: 1.0}, {12: 1.0}), place="studio"))
    moved = levels(shown, rest) > CHANGED
    middle = int(rest.mesh[1, 0])
    assert moved[:, middle:].sum() > 5 * moved[:, :middle].sum()


def test_the_mesh_lies_on_what_is_drawn(subject):
    expression = Expression({25: 0.5, 26: 1.0})
    straight = draw(Frame(subject, expression, place="studio"))
    turned = draw(Frame(subject, expression, Pose(yaw=20, roll=10), place="studio"))
    for picture in (straight, turned):
        # In an open mouth it is darker than on the chin below and the cheeks beside it.
        mouth, chin, cheek = (picture.mesh[list(points)].mean(axis=0) for points in ((13, 14), (199,), (50,)))
        light = [
            picture.image[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].mean() for x, y in (mouth, chin, cheek)
        ]
        assert light[0] < 0.7 * min(light[1:])
        assert picture.face[int(cheek[1]), int(cheek[0])]
        assert not picture.face[int(mouth[1]), int(mouth[0])]


def test_the_same_frame_is_the_same_picture(subject):
    frame = Frame(subject, Expression({4: 0.7}), place="office", bystanders=1, disguise=1, seed=9)
    first, second, other = draw(frame), draw(frame), draw(dataclasses.replace(frame, seed=10))
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("disguise", range(1, len(DISGUISES)), ids=DISGUISES[1:])
def test_a_disguise_changes_the_person_only(subject, rest, disguise):
    worn = draw(Frame(subject, place="studio", disguise=disguise))
    change = levels(worn, rest)
    assert (change > CHANGED).mean() > 0.003
    # Single hairs of a beard reach further than half-covered pixels.
    allowed = 0.001 if DISGUISES[disguise] == "beard" else 0.0
    assert (change[background(worn, rest)] > 0).mean() <= allowed
    np.testing.assert_array_equal(worn.mesh, rest.mesh)


@pytest.mark.parametrize(("size", "place"), [(48, "plain"), (320, "beach")])
def test_every_size_works(subject, size, place):
    picture = draw(Frame(subject, size=size, place=place))
    assert picture.image.shape == (size, size, 3)
    assert picture.unit_masks.shape == (size, size, 3)
    assert picture.face.shape == picture.person.shape == (size, size)


def test_an_unknown_unit_has_no_mask(rest):
    with pytest.raises(InputError, match="action unit 13: not known: known are 1, 2, 4"):
        unit_mask(rest.unit_masks, 13)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Expression({3: 0.5}), "action unit 3: not known: known are 1, 2, 4"),
        (lambda: Expression({4: 1.2}), r"action unit 4: intensity 1.2: expected 0..1"),
        (lambda: Expression({4: 1.0}, {4: 2.0}), r"asymmetry of action unit 4: 2.0: expected -1..1"),
        (lambda: Pose(yaw=50), r"yaw 50: expected -35..35 degrees"),
        (lambda: Pose(pitch=-21), r"pitch -21: expected -20..20 degrees"),
    ],
)
def test_impossible_faces_are_refused_by_name(make, message):
    with pytest.raises(InputError, match=message):
        make()
