"""Who is trained on and tested: sizes, sameness, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from fer_tf.data.load import dataset_names, qualified_names
from fer_tf.errors import InputError
from fer_tf.studies.au_bias.splits import (
    COMPARISONS,
    GENDER,
    MIXED,
    SKIN,
    SplitSizes,
    described,
    draw_split,
    groups_of_people,
)
from fer_tf.studies.runs import dataset_of
from tfds_builders import registry

FLAGFILES = Path(__file__).resolve().parents[3] / "experiments" / "au_bias"

WOMEN = np.array([f"w{n:02d}" for n in range(60)])
MEN = np.array([f"m{n:02d}" for n in range(47)])
PEOPLE = {"female": WOMEN, "male": MEN}


def test_the_papers_experiment_has_the_papers_sizes():
    assert SplitSizes().of(GENDER) == (37, 10)
    assert SplitSizes().of(SKIN) == (104, 19)
    split = draw_split(PEOPLE, GENDER, 37, 10, seed=0)
    assert {name: len(people) for name, people in split.train.items()} == {"female": 37, "male": 37, "mixed": 37}
    assert {name: len(people) for name, people in split.test.items()} == {"female": 10, "male": 10}
    assert set(split.train["female"]) | set(split.test["female"]) <= set(WOMEN)
    # All men there are.
    assert set(split.train["male"]) | set(split.test["male"]) == set(MEN)


def test_the_papers_flagfile_names_datasets_that_there_are():
    names = dataset_names(dataset_of(str(FLAGFILES / "grid.flags")))
    assert [name.partition("/")[0] for name in names] == ["ck_plus", "actor_study"]
    for name in names:
        registry.check_known(name)
    # One table of people may describe both: their names stay apart.
    both = [qualified_names(name, np.array(["S005"])).tolist() for name in names]
    assert both == [["ck_plus:S005"], ["actor_study:S005"]]


def test_nobody_is_trained_on_and_tested_and_mixed_takes_from_both():
    halves = []
    for seed in range(12):
        split = draw_split(PEOPLE, GENDER, 37, 10, seed)
        tested = set(np.concatenate(list(split.test.values())))
        assert not tested & set(np.concatenate(list(split.train.values())))
        mixed = set(split.train[MIXED])
        assert mixed <= set(split.train["female"]) | set(split.train["male"])
        halves.append(len(mixed & set(WOMEN)))
    assert set(halves) == {18, 19}


def test_the_seed_alone_decides():
    first, again, other = (draw_split(PEOPLE, GENDER, 37, 10, seed) for seed in (4, 4, 5))
    for name in first.train:
        assert (first.train[name] == again.train[name]).all()
    assert set(first.test["female"]) != set(other.test["female"])


def test_who_was_drawn_is_written_with_a_digest():
    splits = [(seed, GENDER, draw_split(PEOPLE, GENDER, 37, 10, seed)) for seed in (0, 0, 1)]
    first, again, other = described(splits)
    assert first == again
    assert first["sha256"] != other["sha256"]
    assert len(first["train"]["mixed"]) == 37
    assert set(first["test"]["male"]) == set(splits[0][2].test["male"])


def test_more_people_than_there_are_is_refused_with_their_number():
    with pytest.raises(InputError, match=r"to train on 38 subjects, male, .* there are 47 of group 'male', 48 needed"):
        draw_split(PEOPLE, GENDER, 38, 10, 0)
    with pytest.raises(InputError, match=r"there are 0 of group 'male'.*--gender_train_subjects"):
        draw_split({"female": WOMEN, "male": MEN[:0]}, GENDER, 1, 1, 0)


def test_the_papers_people_suffice_for_the_papers_row_of_skin():
    light, dark = np.array([f"l{n:03d}" for n in range(125)]), np.array([f"d{n:02d}" for n in range(19)])
    split = draw_split({"light": light, "dark": dark}, SKIN, 104, 19, 0)
    assert list(split.train) == ["light"]  # too few dark people for rows that only we have
    assert len(split.train["light"]) == 104
    assert len(split.test["dark"]) == 19
    with pytest.raises(InputError, match="there are 122 of group 'light', 123 needed"):
        draw_split({"light": light[:122], "dark": dark}, SKIN, 104, 19, 0)


def test_groups_come_from_the_records_and_unknown_people_are_in_none():
    columns = {
        "subject_id": np.array(["a", "a", "b", "c", "", "d"]),
        "gender": np.array([0, 0, 1, -1, 1, 1]),
        "skin_tone": np.array([5, 5, 6, 1, 9, -1]),
    }
    gender, skin = (groups_of_people(columns, comparison) for comparison in COMPARISONS.values())
    assert {name: people.tolist() for name, people in gender.items()} == {"female": ["a"], "male": ["b", "d"]}
    assert {name: people.tolist() for name, people in skin.items()} == {"light": ["a", "c"], "dark": ["b"]}
    columns["gender"][1] = 1
    with pytest.raises(InputError, match="subject a is female in one image and male in another"):
        groups_of_people(columns, GENDER)


def test_no_people_is_refused():
    with pytest.raises(InputError, match="skin_test_subjects is 0: it must be at least 1"):
        SplitSizes(skin_test_subjects=0)
