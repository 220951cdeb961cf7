"""Plans: counts, balance, what is the same for the same seed, references."""

import collections
import dataclasses

import pytest

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, GENDERS, UNKNOWN
from fer_tf.synthesis.generate.plan import GROUPS, Plan, PlanOptions
from fer_tf.synthesis.generate.requests import OPEN_KINDS, Reference, Request

FEMALE, MALE = range(2)


def counts(values):
    return collections.Counter(values)


def some_references(each=4, **known):
    return [Reference(f"{emotion}{number}", emotion, **known) for emotion in EMOTIONS for number in range(each)]


def test_the_default_is_paper_a_s_two_sets():
    slots = Plan(PlanOptions()).slots
    table = {split: counts(slot.emotion for slot in slots if slot.split == split) for split in ("train", "test")}
    assert table["train"] == {
        **{"anger": 16, "happiness": 16, "neutral": 15, "sadness": 15, "surprise": 17, "fear": 20, "disgust": 18}
    }
    assert table["test"] == {
        **{"anger": 14, "happiness": 14, "neutral": 12, "sadness": 14, "surprise": 12, "fear": 8, "disgust": 15}
    }
    assert (table["train"].total(), table["test"].total()) == (117, 89)


def test_every_emotion_has_every_disguise_equally_often():
    slots = [slot for slot in Plan(PlanOptions(per_class=19)).slots if slot.split == "train"]
    for emotion in EMOTIONS:
        worn = counts(slot.disguise for slot in slots if slot.emotion == emotion)
        assert worn.keys() == set(OPEN_KINDS)
        assert set(worn.values()) == {2, 3}
    assert set(counts(slot.disguise for slot in slots).values()) == {16, 17}


def test_splits_can_be_disjoint_in_kind():
    plan = Plan(PlanOptions(per_class=4, train_disguises="hat, sunglasses", test_disguises="turban"))
    worn = {split: {slot.disguise for slot in plan.slots if slot.split == split} for split in ("train", "test")}
    assert worn == {"train": {"hat", "sunglasses"}, "test": {"turban"}}


def test_groups_are_in_balance_and_fit_the_disguise():
    slots = Plan(PlanOptions(per_class=40), groups=GROUPS).slots
    for split in ("train", "test"):
        people = [slot for slot in slots if slot.split == split]
        assert {slot.gender for slot in people if slot.disguise == "hijab"} == {FEMALE}
        assert {slot.gender for slot in people if slot.disguise == "beard"} == {MALE}
        shares = {group: counts(getattr(slot, group) for slot in people) for group in GROUPS}
        assert shares["skin_tone"] == dict.fromkeys(range(1, 11), 28)
        assert 120 < shares["gender"][FEMALE] < 160
        assert shares["age_group"].keys() == {2, 3, 4}, "nobody below 20"
        for emotion in EMOTIONS:
            of_emotion = counts(slot.gender for slot in people if slot.emotion == emotion)
            assert min(of_emotion.values()) > 10, "no emotion stands for a gender"
    only = Plan(PlanOptions(per_class=2), groups=("gender",)).slots
    assert {slot.skin_tone for slot in only} == {slot.age_group for slot in only} == {UNKNOWN}


def test_requests_follow_from_the_seed_and_nothing_else():
    plans = [Plan(PlanOptions(seed=seed, per_class=3), groups=GROUPS) for seed in (0, 0, 1)]
    requests = [[plan.request(slot, attempt) for slot in plan.slots for attempt in (0, 1)] for plan in plans]
    assert requests[0] == requests[1]
    assert len({request.seed for request in requests[0]}) == len({request.path for request in requests[0]}) == 84
    assert not {request.seed for request in requests[0]} & {request.seed for request in requests[2]}
    assert {r.path: r.seed for r in requests[0]}["train/anger/anger_0000_00"] == 1386554051, "on every machine"
    # A try is like the one before it, but for the seed.
    first, second = requests[0][:2]
    assert dataclasses.replace(second, name=first.name, seed=first.seed) == first


def test_references_are_of_the_emotion_and_not_repeated_before_all_were_taken():
    references = {"train": some_references(each=5), "test": some_references(each=2)}
    plan = Plan(PlanOptions(per_class=4), references=references)
    taken = collections.defaultdict(list)
    for slot in plan.slots:
        request = plan.request(slot, 0)
        assert request.reference.startswith(slot.emotion)
        assert (request.gender, request.subject_id) == (UNKNOWN, ""), "the person is another one"
        tries = 5 if slot.split == "train" else 2
        assert len({plan.request(slot, attempt).reference for attempt in range(tries)}) == tries
        taken[slot.split, slot.emotion].append(request.reference)
    assert all(len(set(taken["train", emotion])) == 4 for emotion in EMOTIONS)
    assert all(set(counts(taken["test", emotion]).values()) == {2} for emotion in EMOTIONS)
    assert taken["train", "anger"] != [f"anger{number}" for number in range(4)], "random order"


def test_several_pictures_of_one_reference():
    references = dict.fromkeys(("train", "test"), some_references(each=30))
    plan = Plan(PlanOptions(per_class=40, images_per_reference=20), references=references)
    for emotion in EMOTIONS:
        taken = [plan.request(slot, 0).reference for slot in plan.slots if slot.split == "train"]
        of_emotion = counts(reference for reference in taken if reference.startswith(emotion))
        assert list(of_emotion.values()) == [20, 20]


def test_who_keeps_the_person_keeps_the_groups():
    known = {"subject_id": "s1", "gender": MALE, "skin_tone": 7, "age_group": 2}
    references = dict.fromkeys(("train", "test"), some_references(**known))
    options = PlanOptions(per_class=2, train_disguises="hat", test_disguises="beard")
    plan = Plan(options, references=references)
    assert plan.request(plan.slots[0], 0).gender == UNKNOWN
    plan = Plan(options, references=references, keeps_person=True)
    request = plan.request(plan.slots[0], 0)
    assert {name: getattr(request, name) for name in known} == known


def test_references_suit_disguise_and_asked_gender():
    both = [Reference(f"{r.image_id}{GENDERS[g][0]}", r.emotion, gender=g) for r in some_references() for g in (0, 1)]
    plan = Plan(
        PlanOptions(per_class=8, train_disguises="hijab,hat", test_disguises="beard,cap"),
        groups=("gender",),
        references=dict.fromkeys(("train", "test"), both),
    )
    for slot in plan.slots:
        assert plan.request(slot, 0).reference.endswith(GENDERS[slot.gender][0])


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([r for r in some_references() if r.emotion != "disgust"], r"for train have none of disgust that could wear"),
        (some_references(gender=FEMALE), r"for train have none of \w+ that could wear beard: choose another --dataset"),
    ],
)
def test_missing_references_are_named(found, message):
    with pytest.raises(InputError, match=message):
        Plan(PlanOptions(per_class=8), references=dict.fromkeys(("train", "test"), found))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, r"--seed: expected 0 or more, came -1"),
        ({"per_class": -1}, r"--per_class: expected 0\.\.100000, came -1"),
        ({"images_per_reference": 0}, r"--images_per_reference: expected 1 or more, came 0"),
        ({"train_counts": "1,2"}, r"--train_counts: expected 7 numbers .* for anger, .*, came '1,2'"),
        ({"test_counts": "1,2,3,0,5,6,7"}, r"--test_counts: expected 7 numbers 1\.\."),
        ({"test_counts": "1,2,3,²,5,6,7"}, r"--test_counts: expected 7 numbers"),
        ({"train_disguises": "hat,hut"}, r"--train_disguises: expected different words of hat, .*, came 'hat,hut'"),
        ({"train_disguises": "hat,hat"}, r"--train_disguises: expected different words"),
        ({"test_disguises": "none"}, r"--test_disguises: expected different words"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        PlanOptions(**options)


def test_a_request_knows_its_words():
    with pytest.raises(ValueError, match="emotion 'angry': expected one of anger"):
        Request("a", "train", "angry", "hat", 0)
