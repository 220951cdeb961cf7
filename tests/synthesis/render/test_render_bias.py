"""Bias: what can be asked for, how it is described, and what is refused."""

import json

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.synthesis.render.bias import (
    EVERYONE,
    Bias,
    attribute_value,
    in_group,
    split_cue,
    split_group,
    split_target,
)
from fer_tf.synthesis.render.people import draw_subject

EVERYTHING = {
    "group_shares": {"gender": {"female": 0.2, "male": 0.8}, "skin_tone": {"light": 0.9, "dark": 0.1}},
    "emotion_shares": {"anger": {"gender": {"female": 0.1, "male": 0.9}}, "fear": {"skin_tone": {"7": 0.5, "8": 0.5}}},
    "noisy_group": "age_group=70+",
    "label_noise": 0.3,
    "weak_group": "gender=female",
    "weak_factor": 0.5,
    "shortcut_cue": "hair_style=bun",
    "shortcut_target": "unit=12",
    "shortcut_strength": 0.8,
    "place_emotion_correlation": 0.4,
}


def test_description_goes_through_json_and_back():
    bias = Bias.from_mapping(EVERYTHING)
    assert Bias.from_mapping(json.loads(json.dumps(bias.describe()))) == bias
    assert bias.describe() == EVERYTHING
    assert Bias.from_mapping({}) == Bias()


def test_groups_hold_whom_they_name():
    subject = draw_subject(np.random.default_rng(0), "one", gender=1, skin_tone=6, age_group=3)
    for group in ("gender=male", "skin_tone=6", "skin_tone=dark", "age_group=40-69"):
        assert in_group(subject, group), group
    for group in ("", "gender=female", "skin_tone=5", "skin_tone=light", "age_group=70+"):
        assert not in_group(subject, group), group
    assert [attribute_value(subject, name) for name in ("gender", "skin_tone", "age_group")] == [1, 6, 3]
    assert split_group("skin_tone=light")[1] == (1, 2, 3, 4, 5)


def test_cue_and_target_are_read():
    assert split_cue("place=beach") == ("place", "beach")
    assert split_target("emotion=anger") == ("emotion", 0)
    assert split_target("unit=12") == ("unit", 12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label_nois": 1}, r"parameter 'label_nois': not known: known are group_shares, .*label_noise"),
        ({"label_noise": 1.5}, r"label_noise 1\.5: expected a number 0\.\.1"),
        ({"label_noise": "much"}, r"label_noise 'much': expected a number 0\.\.1"),
        ({"weak_factor": -1}, r"weak_factor -1: expected a number 0\.\.1"),
        ({"label_noise": 0.1}, r"noisy_group: empty, though its amount is set"),
        ({"weak_factor": 0.5}, r"weak_group: empty, though its amount is set"),
        ({"place_emotion_correlation": float("nan")}, r"place_emotion_correlation nan: expected a number 0\.\.1"),
        ({"group_shares": 3}, r"group_shares: expected names with values \(a JSON object\), came 3"),
        ({"group_shares": {"race": {}}}, r"attribute 'race': not known: known are gender, skin_tone, age_group"),
        ({"group_shares": {"gender": {"man": 1}}}, r"gender 'man': not known: known are female, male"),
        ({"group_shares": {"age_group": {"0-3": 1}}}, r"age_group '0-3': not known: known are 4-19, .*70\+"),
        ({"group_shares": {"gender": {"male": 0.7}}}, r"group_shares: gender: shares sum to 0\.7: expected 1"),
        ({"group_shares": {"gender": {"male": -0.5, "female": 1.5}}}, r"gender: male -0\.5: expected a number 0\.\.1"),
        ({"group_shares": {"skin_tone": {"light": 0.5, "3": 0.5}}}, r"groups overlap: light, 3: give bands or single"),
        ({"emotion_shares": {"joy": {}}}, r"emotion 'joy': not known: known are anger, .*surprise"),
        ({"emotion_shares": {"fear": {}}}, r"emotion_shares: fear: expected one attribute, came none"),
        ({"emotion_shares": {"fear": {"gender": {"male": 0.9}}}}, r"fear: gender: shares sum to 0\.9: expected 1"),
        ({"noisy_group": "male"}, r"group 'male': expected attribute=value, such as gender=female"),
        ({"noisy_group": "skin_tone=11"}, r"skin_tone '11': not known: known are light, dark, 1, .*10"),
        ({"weak_group": 3}, r"group: expected text, came 3"),
        ({"shortcut_cue": "place=moon", "shortcut_target": "unit=1"}, r"place 'moon': not known: known are bar, "),
        ({"shortcut_cue": "hair_style=plait", "shortcut_target": "unit=1"}, r"hair_style 'plait': not known: .*bald"),
        (
            {"shortcut_cue": "hat", "shortcut_target": "unit=1"},
            r"shortcut_cue 'hat': expected place=NAME or hair_style",
        ),
        ({"shortcut_cue": "place=bar", "shortcut_target": "unit=3"}, r"unit '3': not known: known are 1, 2, 4, .*43"),
        ({"shortcut_cue": "place=bar"}, r"shortcut_target '': expected emotion=NAME or unit=NUMBER"),
        ({"shortcut_strength": 0.5}, r"shortcut_cue '': expected place=NAME or hair_style=NAME"),
    ],
)
def test_nonsense_is_refused_by_name(options, message):
    with pytest.raises(InputError, match=message):
        Bias.from_mapping(options)


def test_shares_may_miss_the_sum_by_rounding():
    Bias(group_shares={"age_group": {"4-19": 0.3333333, "20-39": 0.3333333, "40-69": 0.3333334}})


def test_everyone_is_a_group_and_nobody_is_not():
    subject = draw_subject(np.random.default_rng(0), "s", gender=0, skin_tone=3, age_group=2)
    assert in_group(subject, EVERYONE)
    assert not in_group(subject, "")
    Bias(weak_group=EVERYONE, weak_factor=0.5)
    with pytest.raises(InputError, match="group 'everybody': expected attribute=value"):
        Bias(weak_group="everybody", weak_factor=0.5)
