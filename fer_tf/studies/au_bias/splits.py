"""Who is trained on and who is tested in the experiments of "Uncovering the Bias in Facial Expressions"."""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import GENDERS, TONE_BANDS, UNKNOWN

MIXED = "mixed"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One of the paper's two questions.

    Attributes:
        name: ``gender`` or ``skin``.
        groups: the two groups; each is tested.
        trained_on: the training sets, in the order of the table: groups, or ``MIXED``.
        paper: (trained on, tested on) -> macro F1 and weighted F1 that the paper has.
    """

    name: str
    groups: tuple[str, str]
    trained_on: tuple[str, ...]
    paper: dict[tuple[str, str], tuple[float, float]]

    @property
    def of_paper(self) -> tuple[str, ...]:
        """The training sets that the paper has."""
        return tuple(dict.fromkeys(trained_on for trained_on, _ in self.paper))


GENDER = Comparison(
    "gender",
    GENDERS,
    (*GENDERS, MIXED),
    {
        ("female", "female"): (0.55, 0.55),
        ("female", "male"): (0.56, 0.58),
        ("male", "female"): (0.44, 0.45),
        ("male", "male"): (0.55, 0.59),
        (MIXED, "female"): (0.54, 0.55),
        (MIXED, "male"): (0.60, 0.63),
    },
)
# The paper trains on light skin alone; the other rows show how hard each test is in itself.
SKIN = Comparison(
    "skin",
    ("light", "dark"),
    ("light", "dark", MIXED),
    {("light", "light"): (0.63, 0.69), ("light", "dark"): (0.55, 0.62)},
)
COMPARISONS = {comparison.name: comparison for comparison in (GENDER, SKIN)}


@dataclasses.dataclass(frozen=True)
class SplitSizes:
    """How many people are trained on and tested, each seed drawing others.

    Attributes:
        gender_train_subjects: in each of the three training sets; the paper's number is 37.
        gender_test_subjects: of each gender, the same for all three; the paper's number is 10.
        skin_train_subjects: in each training set; the paper's number is 104, all light.
        skin_test_subjects: of each of light and dark; the paper has 19 dark.
    """

    gender_train_subjects: int = 37
    gender_test_subjects: int = 10
    skin_train_subjects: int = 104
    skin_test_subjects: int = 19

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if getattr(self, field.name) < 1:
                raise InputError(f"{field.name} is {getattr(self, field.name)}: it must be at least 1")

    def of(self, comparison: Comparison) -> tuple[int, int]:
        """People in a training set, and people of each group in the test."""
        return tuple(getattr(self, f"{comparison.name}_{part}_subjects") for part in ("train", "test"))


def groups_of_people(columns: dict[str, np.ndarray], comparison: Comparison) -> dict[str, np.ndarray]:
    """The people of each group, sorted by name.

    Args:
        columns: ``subject_id``, ``gender`` and ``skin_tone`` of every image.
        comparison: which groups.

    Returns:
        group -> text (people,); who is of no known group is in none.

    Raises:
        InputError: images of one person that disagree about the group.
    """
    subjects = np.asarray(columns["subject_id"]).astype(str)
    if comparison is GENDER:
        of_image = columns["gender"]
    else:
        light, dark = (np.isin(columns["skin_tone"], TONE_BANDS[band]) for band in comparison.groups)
        of_image = np.where(light, 0, np.where(dark, 1, UNKNOWN))
    found = {}
    for number, group in enumerate(comparison.groups):
        found[group] = np.unique(subjects[(of_image == number) & (subjects != "")])
    if both := sorted(set(found[comparison.groups[0]]) & set(found[comparison.groups[1]])):
        raise InputError(
            f"subject {both[0]} is {' in one image and '.join(comparison.groups)} in another: correct the labels"
        )
    return found


@dataclasses.dataclass(frozen=True)
class Split:
    """People of one comparison and seed.

    Attributes:
        train: training set -> text (people,).
        test: group -> text (people,), the same for all training sets.
    """

    train: dict[str, np.ndarray]
    test: dict[str, np.ndarray]


def draw_split(people: dict[str, np.ndarray], comparison: Comparison, train: int, test: int, seed: int) -> Split:
    """Draws the people of one seed.

    Test people are drawn first. A mixed training set takes half from each group's own; of an odd number
    the first group gives one less or one more, by the seed. Training sets that the paper does not have are
    left out where people do not suffice.

    Args:
        people: group -> who is in it.
        comparison: which groups and training sets.
        train: people in each training set.
        test: people of each group in the test.
        seed: another one draws others.

    Raises:
        InputError: a group has too few people; the message says how many there are.
    """
    random = np.random.default_rng([seed, list(COMPARISONS).index(comparison.name)])
    missing = {name: _missing(people, comparison, name, train, test) for name in comparison.trained_on}
    for name in comparison.of_paper:
        if missing[name]:
            raise InputError(
                f"{comparison.name}: to train on {train} subjects, {name}, and to test {test} of each group, people "
                f"are too few: {missing[name]}; ask for fewer with --{comparison.name}_train_subjects and "
                f"--{comparison.name}_test_subjects"
            )
    shuffled = {group: random.permutation(people[group]) for group in comparison.groups}
    own = {group: order[test : test + train] for group, order in shuffled.items()}
    first, second = comparison.groups
    half = (train + int(random.integers(2))) // 2
    mixed = np.concatenate([own[first][:half], own[second][: train - half]])
    return Split(
        {name: np.sort(mixed if name == MIXED else own[name]) for name, lack in missing.items() if not lack},
        {group: np.sort(order[:test]) for group, order in shuffled.items()},
    )


def described(splits: Sequence[tuple[int, Comparison, Split]]) -> list[dict[str, Any]]:
    """Who was drawn, for a file that anyone can check: names, and a digest that tells at a glance whether two agree.

    Args:
        splits: (seed, comparison, people).

    Returns:
        for each ``seed``, ``comparison``, ``train`` and ``test`` (names by training set and by group) and ``sha256`` of
        these two as JSON.
    """
    found = []
    for seed, comparison, split in splits:
        people = {
            part: {name: members.tolist() for name, members in groups.items()}
            for part, groups in (("train", split.train), ("test", split.test))
        }
        digest = hashlib.sha256(json.dumps(people, sort_keys=True).encode()).hexdigest()
        found.append({"seed": seed, "comparison": comparison.name, "sha256": digest, **people})
    return found


def _missing(people: dict[str, np.ndarray], comparison: Comparison, trained_on: str, train: int, test: int) -> str:
    """Groups of which a training set and the test would need more people than there are, in words; "" for none."""
    half = (train + 1) // 2
    needed = {group: test + (half if trained_on == MIXED else train * (group == trained_on)) for group in people}
    short = [group for group in comparison.groups if len(people[group]) < needed[group]]
    return " and ".join(f"there are {len(people[group])} of group {group!r}, {needed[group]} needed" for group in short)
