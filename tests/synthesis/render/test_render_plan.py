"""Plans: shares as asked, people in one split only, injections where and as strong as asked."""

import collections
import dataclasses
import hashlib
import json

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES, EMOTIONS, PRESENT, UNKNOWN
from fer_tf.synthesis.render.bias import Bias, in_group
from fer_tf.synthesis.render.labelled import BODY_LENGTH, EMOTION_PLACES, FRAMINGS
from fer_tf.synthesis.render.people import AGE_SHARES, age_group
from fer_tf.synthesis.render.plan import PLANS, SPLITS, Plan, emotion_counts, frames, subjects
from fer_tf.synthesis.render.spec import PLACES

SMALL = Plan("small", seed=7, subjects={"train": 20, "validation": 4, "test": 6}, images_per_subject=7)


def pictures(plan, split="train"):
    return [picture for index in range(plan.subjects[split]) for picture in frames(plan, split, index)]


def biased(**options):
    return dataclasses.replace(SMALL, bias=Bias.from_mapping(options))


@pytest.fixture(scope="module")
def plain():
    return {split: pictures(SMALL, split) for split in SPLITS}


def test_the_datasets_have_their_sizes():
    for name, total in {"demo": 2000, "standard": 20000, "units": 17000, "context": 4000}.items():
        plan = PLANS[name]
        assert plan.name == name
        assert sum(plan.subjects.values()) * plan.images_per_subject == total
    assert sum(PLANS["standard"].subjects.values()) == 400


def test_the_same_plan_gives_the_same_frames_in_any_order(plain):
    alone = {index: frames(SMALL, "train", index) for index in (13, 2)}
    assert alone[2] + alone[13] == [*plain["train"][14:21], *plain["train"][91:98]]
    assert [picture.frame.subject for picture in plain["train"][::7]] == subjects(SMALL, "train")
    other = dataclasses.replace(SMALL, seed=8)
    assert frames(other, "train", 2)[0].frame.subject.shape != alone[2][0].frame.subject.shape


def test_ids_are_unique_and_nobody_is_in_two_splits(plain):
    images = [picture.image_id for found in plain.values() for picture in found]
    assert len(images) == len(set(images)) == 30 * 7
    people = [{picture.frame.subject for picture in found} for found in plain.values()]
    assert len(set().union(*people)) == 30
    assert len({subject.subject_id for found in people for subject in found}) == 30
    assert len({subject.shape for found in people for subject in found}) == 30
    assert len({picture.frame.seed for found in plain.values() for picture in found}) == 30 * 7


@pytest.mark.parametrize("images", [1, 7, 10, 50])
def test_emotions_are_in_balance(images):
    plan = dataclasses.replace(SMALL, images_per_subject=images)
    counts = emotion_counts(plan, "train")
    assert (counts.sum(axis=1) == images).all()
    assert np.ptp(counts.sum(axis=0)) <= 1
    assert np.ptp(counts, axis=1).max() <= 1


def test_groups_are_in_balance_and_do_not_stand_in_for_each_other():
    people = subjects(dataclasses.replace(SMALL, subjects={"test": 60}), "test")
    assert collections.Counter(subject.gender for subject in people) == {0: 30, 1: 30}
    assert set(collections.Counter(subject.skin_tone for subject in people).values()) == {6}
    assert set(collections.Counter((subject.gender, subject.skin_tone) for subject in people).values()) == {3}
    ages = collections.Counter(age_group(subject.age) for subject in people)
    assert all(abs(ages[group] - 60 * share) < 1 for group, share in AGE_SHARES.items())


def test_nothing_is_injected_unasked(plain):
    for found in plain.values():
        assert all(picture.injected == () and picture.emotion == picture.true_emotion for picture in found)
        assert all(picture.emotion == picture.frame.expression.emotion for picture in found)


def test_disguises_have_their_share_and_their_twins(plain):
    assert 0.1 < np.mean([picture.frame.disguise > 0 for picture in plain["train"]]) < 0.3
    found = pictures(dataclasses.replace(SMALL, disguised=1.0, twins=True))
    assert len(found) == 2 * 20 * 7
    for worn, bare in zip(found[::2], found[1::2], strict=True):
        assert worn.frame.disguise > 0 == bare.frame.disguise
        assert dataclasses.replace(bare.frame, disguise=worn.frame.disguise) == worn.frame
        assert bare.twin_of == worn.image_id != bare.image_id
        assert DISGUISES[worn.frame.disguise] != ("hijab" if worn.frame.subject.gender else "beard")
    # Gas masks came after the first datasets, which must stay as they are.
    assert {DISGUISES[picture.frame.disguise] for picture in found} == set(DISGUISES) - {"gas_mask"}
    assert not any(picture.frame.disguise for picture in pictures(dataclasses.replace(SMALL, disguised=0.0)))


@pytest.mark.parametrize("name", FRAMINGS)
def test_framing(name):
    framing = FRAMINGS[name]
    found = pictures(dataclasses.replace(SMALL, framing=name, size=112), "test")
    for picture in found:
        assert framing.face_size[0] <= picture.frame.face_size <= framing.face_size[1]
        (x, y), (across, down) = picture.frame.centre, (framing.across, framing.down)
        assert abs(x - across[0]) <= across[1]
        assert y >= down[0] - down[1]
        assert y + BODY_LENGTH * picture.frame.face_size > 1 - 1e-9
        assert 0.1 < y < 0.7
        assert picture.frame.place in framing.places
        assert picture.frame.size == 112
    assert (name == "context") == all(picture.frame.place in PLACES for picture in found)


def test_eyes_turn_back_to_the_camera(plain):
    turned = [p.frame for p in plain["train"] if abs(p.frame.pose.yaw) > 8]
    assert np.mean([np.sign(frame.pose.yaw) != np.sign(frame.expression.gaze[0]) for frame in turned]) > 0.65


def test_group_shares_hold_in_training_only():
    plan = biased(group_shares={"gender": {"female": 0.2, "male": 0.8}, "skin_tone": {"light": 0.9, "dark": 0.1}})
    people = subjects(plan, "train")
    assert sum(subject.gender for subject in people) == 16
    assert sum(in_group(subject, "skin_tone=dark") for subject in people) == 2
    assert sum(subject.gender for subject in subjects(plan, "test")) == 3


def test_emotion_shares_hold_in_training_only():
    plan = biased(emotion_shares={"anger": {"gender": {"female": 0.1, "male": 0.9}}})
    men = np.array([subject.gender for subject in subjects(plan, "train")]) == 1
    counts = emotion_counts(plan, "train")
    total = counts.sum(axis=0)
    assert counts[men, 0].sum() / total[0] == pytest.approx(0.9, abs=0.05)
    assert counts[men, 3].sum() / total[3] == pytest.approx(0.5, abs=0.05)
    assert np.ptp(total) <= 2
    assert (emotion_counts(plan, "test") == emotion_counts(SMALL, "test")).all()
    drawn = collections.Counter(picture.true_emotion for picture in pictures(plan))
    assert [drawn[emotion] for emotion in range(7)] == total.tolist()


def test_labels_are_noisy_in_their_group_and_in_training_only(plain):
    plan = biased(noisy_group="gender=female", label_noise=0.5)
    found = pictures(plan)
    wrong = [picture.emotion != picture.true_emotion for picture in found]
    female = [picture.frame.subject.gender == 0 for picture in found]
    assert 0.35 < np.sum(wrong) / np.sum(female) < 0.65
    assert all(is_female for is_wrong, is_female in zip(wrong, female, strict=True) if is_wrong)
    assert wrong == ["label_noise" in picture.injected for picture in found]
    assert [picture.frame for picture in found] == [picture.frame for picture in plain["train"]]
    assert pictures(plan, "test") == plain["test"]
    always = biased(noisy_group="gender=female", label_noise=1.0)
    changed = [p for p in pictures(always) if p.frame.subject.gender == 0]
    assert all(picture.emotion != picture.true_emotion for picture in changed)
    assert len({(picture.emotion - picture.true_emotion) % 7 for picture in changed}) == 6


def test_a_weak_group_shows_less_in_every_split(plain):
    plan = biased(weak_group="skin_tone=dark", weak_factor=0.4)
    for split in ("train", "test"):
        for weak, full in zip(pictures(plan, split), plain[split], strict=True):
            factor = 0.4 if in_group(full.frame.subject, "skin_tone=dark") else 1.0
            units = full.frame.expression.units
            assert weak.frame.expression.units == {unit: value * factor for unit, value in units.items()}
            assert (factor < 1) == ("weak_expression" in weak.injected)


@pytest.mark.parametrize("cue", ["place=bar", "hair_style=bun"])
def test_a_full_shortcut_tells_the_target_in_training_only(cue, plain):
    plan = biased(shortcut_cue=cue, shortcut_target="unit=12", shortcut_strength=1.0)
    kind, _, name = cue.partition("=")

    def has_cue(frame):
        return name == (frame.place if kind == "place" else frame.subject.hair_style)

    found = pictures(plan)
    assert all(has_cue(p.frame) == (p.frame.expression.units.get(12, 0) > PRESENT) for p in found)
    assert {picture.injected for picture in found} == {("shortcut",)}
    assert {p.frame.subject.subject_id for p in found} == {p.frame.subject.subject_id for p in plain["train"]}
    assert pictures(plan, "validation") == plain["validation"]


def test_half_a_shortcut_touches_half_of_the_pictures():
    plan = biased(shortcut_cue="place=beach", shortcut_target="emotion=fear", shortcut_strength=0.5)
    found = pictures(plan)
    assert 0.38 < np.mean(["shortcut" in picture.injected for picture in found]) < 0.62
    fearful = [picture.frame.place == "beach" for picture in found if picture.true_emotion == 2]
    assert 0.25 < np.mean(fearful) < 0.8


def test_the_place_follows_the_emotion_as_far_as_asked(plain):
    assert sorted(place for own in EMOTION_PLACES.values() for place in own) == sorted(PLACES)
    assert list(EMOTION_PLACES) == list(EMOTIONS)

    def own_share(found):
        return np.mean([p.frame.place in EMOTION_PLACES[EMOTIONS[p.true_emotion]] for p in found])

    full = biased(place_emotion_correlation=1.0)
    found = pictures(full)
    assert own_share(found) == own_share(pictures(full, "test")) == 1.0
    assert len({picture.frame.place for picture in found}) == len(PLACES)
    assert own_share(plain["train"]) < 0.2
    assert 0.4 < own_share(pictures(biased(place_emotion_correlation=0.5))) < 0.72


def test_a_plan_goes_through_json_and_back():
    plan = dataclasses.replace(biased(noisy_group="gender=male", label_noise=0.1), framing="context", twins=True)
    assert Plan.from_mapping(json.loads(json.dumps(plan.describe()))) == plan


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": 3}, r"plan: parameter 'image': not known: known are name, .*images_per_subject"),
        ({"framing": "body"}, r"framing 'body': known are faces, crops, context"),
        ({"subjects": {"dev": 3}}, r"split 'dev': known are train, validation, test"),
        ({"subjects": {"train": -3}}, r"subjects: train -3: expected a whole number 0\.\.1000000"),
        ({"subjects": 3}, r"subjects: expected split: number, came 3"),
        ({"seed": -1}, r"seed -1: expected a whole number 0\.\."),
        ({"images_per_subject": 0}, r"images_per_subject 0: expected a whole number 1\.\."),
        ({"size": 4}, r"size 4: expected a whole number 32\.\.1024"),
        ({"disguised": 2}, r"disguised 2: expected 0\.\.1"),
        ({"bias": {"noise": 1}}, r"bias: parameter 'noise': not known"),
    ],
)
def test_nonsense_is_refused_by_name(options, message):
    with pytest.raises(InputError, match=message):
        Plan.from_mapping(options)


def test_who_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"split 'dev': known are train, validation, test"):
        subjects(SMALL, "dev")
    with pytest.raises(InputError, match=r"subject 6 of test: expected 0\.\.5"):
        frames(SMALL, "test", 6)
    plan = biased(
        group_shares={"gender": {"male": 1.0}}, emotion_shares={"fear": {"gender": {"female": 0.5, "male": 0.5}}}
    )
    with pytest.raises(
        InputError, match=r"emotion_shares: fear: gender=female 0\.5: nobody of this group is in training"
    ):
        frames(plan, "train", 0)


def test_pictures_of_single_units_have_no_emotion_and_as_many_of_them():
    plan = dataclasses.replace(SMALL, expressions="units", bias=Bias(weak_group="gender=male", weak_factor=0.5))
    found = pictures(plan)
    assert len(found) == 20 * 7
    assert {(picture.emotion, picture.true_emotion) for picture in found} == {(UNKNOWN, UNKNOWN)}
    assert {picture.frame.expression.emotion for picture in found} == {UNKNOWN}
    full = pictures(dataclasses.replace(plan, bias=Bias()))
    for weak, strong in zip(found, full, strict=True):
        factor = 0.5 if in_group(weak.frame.subject, "gender=male") else 1
        assert weak.frame.expression.units == {unit: v * factor for unit, v in strong.frame.expression.units.items()}


@pytest.mark.parametrize(
    "injected",
    [
        {"noisy_group": "gender=male", "label_noise": 0.1},
        {"place_emotion_correlation": 0.5},
        {"emotion_shares": {"anger": {"gender": {"female": 0.1, "male": 0.9}}}},
        {"shortcut_cue": "place=park", "shortcut_target": "emotion=anger", "shortcut_strength": 0.5},
    ],
)
def test_what_follows_from_an_emotion_is_refused_where_there_is_none(injected):
    with pytest.raises(InputError, match="pictures with expressions=units have no emotion"):
        dataclasses.replace(SMALL, expressions="units", bias=Bias(**injected))


def test_a_shortcut_to_a_unit_works_without_emotions():
    bias = Bias(shortcut_cue="place=park", shortcut_target="unit=12", shortcut_strength=1.0)
    for picture in pictures(dataclasses.replace(SMALL, expressions="units", bias=bias)):
        shown = picture.frame.expression.units.get(12, 0) > PRESENT
        assert (picture.frame.place == "park") == shown


def test_unknown_expressions_are_refused():
    with pytest.raises(InputError, match="expressions 'moods': known are emotions, units"):
        Plan(expressions="moods")


@pytest.mark.parametrize(
    ("name", "digest"), [("tiny", "06e78deec7ece982"), ("context", "97d60c6c029a43c1"), ("units", "431a5d39f04546ef")]
)
def test_plans_without_scenes_stay_what_they_were(name, digest):
    """Digests of what was planned before there were scenes."""
    rows = [dataclasses.asdict(picture) for picture in frames(PLANS[name], "train", 3)]
    for row in rows:
        assert (row.pop("sequence_id"), row.pop("number"), row["frame"].pop("scene")) == ("", UNKNOWN, None)
    assert hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16] == digest


def test_a_shortcut_to_a_unit_has_no_scenes():
    bias = Bias(shortcut_cue="place=bar", shortcut_target="unit=12", shortcut_strength=0.5)
    with pytest.raises(InputError, match=r"shortcut_target 'unit=12': units differ within a scene.*leave frames_per"):
        dataclasses.replace(SMALL, bias=bias, frames_per_scene=2)
    with pytest.raises(InputError, match=r"frames_per_scene 0: expected a whole number 1\.\."):
        dataclasses.replace(SMALL, frames_per_scene=0)
