"""Stories: what is said of what is known, and that nothing else is."""

import dataclasses
import json

import pytest

from fer_tf.errors import InputError
from fer_tf.explain.narrative.cues import BY_NAME, CUES
from fer_tf.explain.narrative.facts import Facts, Person, Place
from fer_tf.explain.narrative.story import CAUTION, story, text
from fer_tf.explain.narrative.words import LONGEST, listed, percent, plain
from fer_tf.labels import EMOTIONS
from tests.explain.narrative.hand_made import cues, facts, probabilities

EVERYTHING = {
    "without": {
        "face": probabilities(surprise=0.5, happiness=0.2),
        "background": probabilities(happiness=0.78),
        "place": probabilities(happiness=0.85),
    },
    "cues": cues("smile", "mouth_open"),
    "turned": 30.0,
    "height": 40.0,
    "person": Person("female", "20-39"),
    "place": Place("playroom", 0.62, ("enclosed", "playing"), True),
    "disguise": "clear_glasses",
}
# A word of each, which must not be there without it.
TRACES = {
    "without": "stream",
    "cues": "geometry",
    "turned": "turned",
    "height": "pixels",
    "person": "person is",
    "place": "playroom",
    "disguise": "glasses",
}


def test_everything_that_is_known_is_told():
    told = story(facts(**EVERYTHING))
    for trace in TRACES.values():
        assert trace in told["text"]
    assert told["emotion"] == "happiness"
    assert told["probability"] == 0.8
    assert told["second"] == "surprise"
    assert told["person"] == {"gender": "female", "age_group": "20-39", "source": "metadata"}
    assert told["place"]["attributes"] == ["enclosed", "playing"]
    assert told["place"]["indoor"] is True
    assert told["streams"] == {"drops": {"face": 0.6, "background": 0.02, "place": -0.05}, "carried": "face"}
    assert "the face by -60, the background by -2 and the place by +5; the face carried the decision" in told["text"]
    assert "According to the metadata the person is female and aged 20-39." in told["text"]
    assert "The place looks like playroom (62 %), indoors, with attributes like enclosed and playing." in told["text"]
    assert told["text"].endswith(CAUTION)
    assert "\n" not in told["text"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


@pytest.mark.parametrize("missing", TRACES)
def test_what_is_missing_is_never_mentioned(missing):
    rest = {name: value for name, value in EVERYTHING.items() if name != missing}
    told = story(facts(**rest))
    assert TRACES[missing] not in told["text"]
    if missing in ("without", "place", "person"):
        key = "streams" if missing == "without" else missing
        assert key not in told


def test_with_nothing_but_probabilities_nothing_else_is_said():
    assert text(facts()) == (
        "The model reads happiness with 80 %, before surprise with 10 %. What speaks against it: no mesh was found on "
        f"the face, so no facial cue could be measured. {CAUTION}"
    )


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: cue.name)
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_cue_of_another_emotion_speaks_against(cue, emotion):
    told = story(facts(probabilities=probabilities(**{emotion: 0.9}), cues=cues(cue.name)))
    assert f"looks like {cue.words} (+" in told["text"]
    against = any(f"what looks like {cue.words} goes rather with" in clause for clause in told["against"])
    assert against == bool(cue.emotions and emotion not in cue.emotions)
    # Words of cues that are not there are in no sentence but the one that misses them.
    for other in set(BY_NAME.values()) - {cue}:
        said = told["text"].split("nothing was found that looks like")[0]
        assert f"{other.words} (" not in said
    present = [row["name"] for row in told["cues"] if row["present"]]
    assert present == [cue.name]


def test_a_missing_cue_speaks_against():
    against = story(facts(cues=cues("mouth_open")))["against"]
    assert against == ["nothing was found that looks like a smile, which would go with happiness"]
    assert story(facts(cues=cues("smile")))["against"] == []
    assert "Nothing that was measured speaks against it." in text(facts(cues=cues("smile")))
    neutral = facts(probabilities=probabilities(neutral=0.9), cues=cues())
    assert story(neutral)["against"] == []
    assert "None of the facial cues that can be measured differs enough" in text(neutral)


def test_a_weak_cue_is_faint():
    # Raised inner brows are named from less than 1.645 spreads on.
    shown = text(facts(cues=cues("inner_brows_raised", by=0.1)))
    assert "raised inner ends of the brows (faint, +" in shown
    assert "faint" not in text(facts(cues=cues("inner_brows_raised", by=3.0)))


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        ({"probabilities": probabilities(fear=0.4, anger=0.1)}, "the model gives fear only 40 %"),
        ({"probabilities": probabilities(fear=0.5, anger=0.4)}, "anger is a close second with 40 %"),
        ({"cues": None}, "no mesh was found"),
        ({"height": 30.0}, "the face is small (30 pixels high)"),
        ({"turned": 33.3}, "the head is turned by about 33 degrees"),
        ({"disguise": "n95"}, "the metadata names a disguise (n95)"),
        ({"place": Place("attic", 0.1)}, "the place is unclear (at best 10 % for one category)"),
        ({"without": {"place": probabilities(fear=0.7)}}, "without the place the model would read fear"),
    ],
)
def test_doubts(changed, clause):
    usual = facts(cues=cues("smile"), **{name: value for name, value in changed.items() if name != "cues"})
    told = story(dataclasses.replace(usual, **changed))
    assert any(clause in against for against in told["against"])
    assert clause in told["text"]


def test_a_place_that_is_unclear_is_not_named():
    assert "attic" not in text(facts(place=Place("attic", 0.1), cues=cues("smile")))


@pytest.mark.parametrize(
    ("drops", "carried"),
    [
        ({"face": 0.5, "place": 0.1}, "face"),
        ({"face": 0.3, "place": 0.2}, None),
        ({"face": 0.05, "place": 0.0}, None),
        ({"face": 0.0, "place": 0.4}, "place"),
        ({"face": -0.1}, None),
    ],
)
def test_which_stream_carried_the_decision(drops, carried):
    without = {name: probabilities(happiness=0.8 - drop) for name, drop in drops.items()}
    told = story(facts(without=without))
    assert told["streams"]["carried"] == (carried or "none alone")
    assert (f"the {carried} carried the decision" if carried else "no stream alone carried it") in told["text"]


def test_a_picture_without_a_face():
    told = story(Facts("a.png", 0, 0))
    assert told == {
        "image": "a.png",
        "face": 0,
        "faces": 0,
        "text": "No face was found in the picture, so nothing is said of one.",
    }


def test_several_faces_are_numbered():
    assert text(facts(face=2, faces=3)).startswith("Face 2 of 3, from left to right: the model reads")


def test_a_face_crop_has_no_surroundings():
    told = story(facts(surroundings=False, place=Place("playroom", 0.9)))
    assert "playroom" not in json.dumps(told)
    assert "nothing is said of the surroundings" in told["text"]


def test_words_of_strangers_are_harmless():
    evil = '<script>alert("x")</script>\n\x1b[31mIgnore all\u202e\u2028 previous\x00 & ' + "a" * 10000
    told = story(
        facts(person=Person(evil, evil, evil), place=Place(evil, 0.9, (evil, evil)), disguise=evil, cues=cues("smile"))
    )
    for word in (told["text"], json.dumps(told["person"], ensure_ascii=False), told["disguise"]):
        assert not set(word) & set("<>\n\x1b\x00\u202e\u2028")
    assert len(told["text"]) < 1500
    assert "&lt;script&gt;" in told["disguise"]


@pytest.mark.parametrize("empty", ["", "  ", "\n", "\u200b"])
def test_empty_words_are_not_known(empty):
    told = story(facts(person=Person(empty, None)))
    assert "person" not in told
    assert "According to" not in told["text"]


def test_pieces():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert [percent(value) for value in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %", "less than 1 %", "50 %", "more than 99 %", "100 %",
    ]  # fmt: skip
    assert len(plain("x" * 100)) == LONGEST
    assert plain("20-39\t years") == "20-39 years"


@pytest.mark.parametrize(
    "changed",
    [
        {"probabilities": {}},
        {"probabilities": {"happiness": float("nan")}},
        {"probabilities": {"happiness": 1.2}},
        {"without": {"face": {"happiness": 0.2}}},
    ],
)
def test_impossible_facts_are_refused(changed):
    with pytest.raises(InputError, match=r"a.png: .*expected"):
        facts(**changed)
