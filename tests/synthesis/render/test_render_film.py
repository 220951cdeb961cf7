"""Scenes of a film: what the frames of one share, what differs, and that the same is drawn behind the person."""

import collections
import dataclasses
import itertools

import numpy as np
import pytest

from fer_tf.labels import UNKNOWN
from fer_tf.synthesis.render.bias import Bias
from fer_tf.synthesis.render.labelled import BODY_LENGTH
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames

PEOPLE = 12
SINGLE = Plan(
    "film", seed=9, subjects={"train": PEOPLE}, images_per_subject=35, framing="context", disguised=0.4, size=64
)
FILM = dataclasses.replace(SINGLE, frames_per_scene=3)


def planned(plan):
    return [picture for person in range(PEOPLE) for picture in frames(plan, "train", person)]


@pytest.fixture(scope="module")
def film():
    return planned(FILM)


def by_scene(pictures):
    found = collections.defaultdict(list)
    for picture in pictures:
        found[picture.sequence_id].append(picture)
    return found


def test_pictures_come_in_whole_scenes(film):
    found = by_scene(film)
    # Five pictures of each emotion: a scene of three frames and one of two.
    assert collections.Counter(map(len, found.values())) == {3: 7 * PEOPLE, 2: 7 * PEOPLE}
    for pictures in found.values():
        assert [picture.number for picture in pictures] == list(range(len(pictures)))
    ordered = [name for name, _ in itertools.groupby(picture.sequence_id for picture in film)]
    assert len(ordered) == len(found), "no scene is taken up again"
    alone = planned(SINGLE)
    assert [(p.image_id, p.true_emotion) for p in film] == [(p.image_id, p.true_emotion) for p in alone]
    assert {(p.sequence_id, p.number) for p in alone} == {("", UNKNOWN)}
    for one, other in zip(film, alone, strict=True):
        if one.number == 0:
            assert one.frame == other.frame


def test_frames_share_the_scene_and_differ_in_the_person(film):
    for first, *others in by_scene(film).values():
        scene = first.frame
        assert scene.scene is None
        for picture in others:
            frame = picture.frame
            assert frame.scene == scene
            for name in ("subject", "light", "place", "bystanders", "disguise", "size"):
                assert getattr(frame, name) == getattr(scene, name)
            assert (picture.emotion, picture.true_emotion) == (first.emotion, first.true_emotion)
            assert frame.expression != scene.expression
            assert frame.expression.emotion == first.true_emotion
            assert frame.pose != scene.pose
            assert frame.seed != scene.seed
            assert dataclasses.replace(frame.camera, motion=0, motion_angle=0) == dataclasses.replace(
                scene.camera, motion=0, motion_angle=0
            )
            assert 0 < abs(frame.centre[0] - scene.centre[0]) < 0.1
            assert frame.centre[1] + BODY_LENGTH * frame.face_size >= 1 - 1e-9, "clothes reach the edge"


def test_injections_touch_whole_scenes():
    bias = Bias.from_mapping(
        {
            "place_emotion_correlation": 0.5,
            "noisy_group": "gender=female",
            "label_noise": 0.5,
            "shortcut_cue": "hair_style=bun",
            "shortcut_target": "emotion=fear",
            "shortcut_strength": 0.5,
        }
    )
    film = by_scene(planned(dataclasses.replace(FILM, bias=bias)))
    seen = collections.Counter()
    for pictures in film.values():
        assert len({(p.injected, p.emotion, p.frame.place, p.frame.subject.hair_style) for p in pictures}) == 1
        seen.update(pictures[0].injected)
    assert set(seen) == {"place_emotion_correlation", "label_noise", "shortcut"}
    assert len(film) * 0.4 < seen["place_emotion_correlation"] < len(film) * 0.6


def test_units_and_twins_have_scenes_too():
    units = by_scene(frames(dataclasses.replace(FILM, expressions="units"), "train", 0))
    assert [len(pictures) for pictures in units.values()] == [3] * 11 + [2]
    twins = frames(dataclasses.replace(FILM, twins=True), "train", 0)
    named = {picture.image_id: picture for picture in twins}
    bare = [picture for picture in twins if picture.twin_of]
    assert bare
    for picture in bare:
        worn = named[picture.twin_of]
        assert (picture.sequence_id, picture.number) == (worn.sequence_id, worn.number)
        assert picture.frame == dataclasses.replace(worn.frame, disguise=0)


def test_the_same_is_drawn_around_the_person(film):
    scene = next(p for p in by_scene(film).values() if p[0].frame.bystanders == 2 and not p[0].frame.disguise)
    clean = dataclasses.replace(scene[0].frame.camera, motion=0.0, noise=0.0, defocus=0.0, resolution=1.0)
    camera = dataclasses.replace(clean, jpeg_quality=100)
    drawn = [draw(dataclasses.replace(picture.frame, camera=camera)) for picture in scene]
    free = ~np.any([picture.person for picture in drawn], axis=0)
    # Away from the person's soft edge.
    free &= ~np.any([np.roll(~free, step, axis) for step in (-2, -1, 1, 2) for axis in (0, 1)], axis=0)
    assert free.mean() > 0.3
    for picture in drawn[1:]:
        np.testing.assert_array_equal(picture.image[free], drawn[0].image[free])
        assert (picture.image != drawn[0].image).any(axis=2)[~free].mean() > 0.3
