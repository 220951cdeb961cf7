"""Which pictures DeFi takes: agreement of annotators, sides of people and copies, balance."""

import collections

import numpy as np
import pytest

from tfds_builders.defi.selection import Candidate, agreed_emotion, left_out_for_balance, split_of
from tfds_builders.source.splits import SHARES

NO_VOTES = np.full(7, np.nan)


def test_too_many_are_left_out_by_their_ids():
    pictures = {f"fear{number}": Candidate("train", 2) for number in range(9)}
    pictures |= {f"anger{number}": Candidate("train", 0) for number in range(9)}
    pictures |= {f"sad{number}": Candidate("train", 5) for number in range(4)} | {"only": Candidate("test", 0)}
    reasons = left_out_for_balance(pictures)
    assert collections.Counter(key[:-1] for key in reasons) == {"fear": 5, "anger": 5}
    assert set(reasons.values()) == {"left out for balance: train has 4 of sadness"}
    assert left_out_for_balance(dict(reversed(pictures.items()))) == reasons
    assert {key[-1] for key in reasons if key.startswith("fear")} != set("45678"), "not by name or order"


@pytest.mark.parametrize(
    ("emotion", "votes", "consensus", "expected", "fault"),
    [
        (2, NO_VOTES, 0.5, 2, ""),
        (-1, NO_VOTES, 0.0, -1, "none of the seven emotions"),
        (2, [0, 0, 0, np.float32(0.7), 0, 0, 0], 0.7, 3, ""),
        (2, [0.5, 0, 0, 0, 0, 0, 0], 0.5, 0, ""),
        (2, [0.49, 0, 0, 0, 0, 0, 0], 0.5, 0, "49% of the annotators agree, expected 50%"),
        (2, [0.5, 0.5, 0, 0, 0, 0, 0], 0.5, 0, "the annotators are divided between anger and disgust"),
        (2, np.zeros(7), 0.0, 0, "0% of the annotators agree, expected 0%"),
    ],
)
def test_agreement(emotion, votes, consensus, expected, fault):
    assert agreed_emotion(emotion, np.array(votes, np.float32), consensus) == (expected, fault)


def test_copies_are_on_one_side_whatever_they_are_called():
    def record(value, subject=b"", film=b"", shape=(8, 8, 3)):
        return {"image": np.full(shape, value, np.uint8), "subject_id": subject, "sequence_id": film}

    splits = [split_of("fer2013", record(value)) for value in range(250)]
    assert splits == [split_of("sfew/faces", record(value)) for value in range(250)]
    assert [splits.count(split) / 250 for split in SHARES] == pytest.approx(list(SHARES.values()), abs=0.06)
    assert len({split_of("ck_plus/raw", record(value, b"S1", b"%d" % value)) for value in range(50)}) == 1
    assert len({split_of("sfew/raw", record(value, b"", b"film")) for value in range(50)}) == 1
    # One name in two datasets is two people.
    people = [
        [split_of(name, record(0, b"S%d" % number)) for number in range(100)] for name in ("ck_plus/raw", "disfa/raw")
    ]
    assert people[0] != people[1]
    assert split_of("ck_plus/raw", record(0, b"S1")) == split_of("disguised/ck_plus.faces-hat", record(9, b"S1"))
