import numpy as np
import pytest

from fer_tf.audit.shares import group_finding, group_shares
from fer_tf.labels import EMOTIONS
from tests.data.audit.made import collected


def by_name(shares) -> dict:
    return {(share.emotion, share.group): share for share in shares}


def test_shares_are_of_the_pictures_whose_group_is_known(tmp_path):
    made = collected(tmp_path, 6, emotion=[0, 0, 0, 0, 3, -1], gender=[0, 1, 1, -1, 0, 1])
    shares = by_name(group_shares(made))
    assert shares["anger", "male"].share == pytest.approx(2 / 3)
    assert (shares["anger", "male"].n, shares["all", "male"].n) == (3, 4)
    assert shares["all", "male"].share == 0.5
    assert shares["happiness", "male"].share == 0
    assert ("fear", "male") not in shares
    assert np.isnan(shares["anger", "male"].low)  # four people say nothing of others
    assert group_shares(collected(tmp_path, 3, emotion=[0, 1, 2])) == []


def test_intervals_are_of_people_and_not_of_their_pictures(tmp_path):
    # 40 people with 25 pictures each, all of one emotion.
    gender, emotion = np.repeat(np.arange(40) % 2, 25), np.zeros(1000, int)
    subjects = np.repeat([f"p{number}".encode() for number in range(40)], 25)
    people = by_name(group_shares(collected(tmp_path, 1000, emotion=emotion, gender=gender, subject_id=subjects)))
    nobody = by_name(group_shares(collected(tmp_path, 1000, emotion=emotion, gender=gender)))
    widths = [shares["anger", "male"].high - shares["anger", "male"].low for shares in (people, nobody)]
    # Of a share of a half: 2 * 1.96 * sqrt(0.25 / n) for n = 40 and 1000.
    assert widths == pytest.approx([0.31, 0.062], rel=0.15)


def test_a_group_that_misses_a_class_is_found_and_chance_is_not(tmp_path):
    rng = np.random.default_rng(0)
    emotion = np.tile(np.arange(7), 300)
    gender = rng.integers(0, 2, len(emotion))
    angry = EMOTIONS.index("anger")
    gender[emotion == angry] = rng.random(300) < 0.85
    finding = group_finding(group_shares(collected(tmp_path, len(emotion), emotion=emotion, gender=gender)), 0.1)
    assert finding.rows["emotion"].tolist() == ["anger", "anger"]
    assert sorted(finding.rows["group"].tolist()) == ["female", "male"]
    few = collected(tmp_path, 21, emotion=np.tile(np.arange(7), 3), gender=rng.integers(0, 2, 21))
    assert not len(group_finding(group_shares(few), 0.1))
