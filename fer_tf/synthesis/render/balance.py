"""Shares of people and of their pictures, met to the last one instead of by chance."""

from collections.abc import Mapping, Sequence

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import AGE_GROUPS, EMOTIONS, GENDERS, SKIN_TONES
from fer_tf.synthesis.render.bias import GROUP_VALUES, Shares
from fer_tf.synthesis.render.people import AGE_SHARES

# Attribute -> group -> share, where nothing else is asked.
DEFAULT_SHARES: dict[str, Shares] = {
    "skin_tone": dict.fromkeys(map(str, SKIN_TONES), 1 / len(SKIN_TONES)),
    "gender": dict.fromkeys(GENDERS, 1 / len(GENDERS)),
    "age_group": {AGE_GROUPS[index]: share for index, share in AGE_SHARES.items()},
}


def group_values(rng: np.random.Generator, people: int, group_shares: Mapping[str, Shares]) -> dict[str, np.ndarray]:
    """Gender, skin tone and age group of so many people.

    Each attribute is spread evenly over the others, so that none stands in for another by chance.

    Args:
        rng: decides who gets what.
        people: how many.
        group_shares: as ``Bias.group_shares``; attributes that are missing take ``DEFAULT_SHARES``.

    Returns:
        Attribute -> int (people,) of stored values. Their numbers are the shares asked for,
        rounded by largest remainder.
    """
    values: dict[str, np.ndarray] = {}
    order = np.arange(people)
    for attribute, default in DEFAULT_SHARES.items():
        counts = _value_counts(rng, attribute, group_shares.get(attribute, default), people)
        values[attribute] = np.empty(people, np.int64)
        values[attribute][order] = _spread(rng, counts)
        # The next attribute is laid out evenly along people sorted by those before it.
        order = np.lexsort(list(values.values()))
    shuffled = rng.permutation(people)
    return {attribute: of_all[shuffled] for attribute, of_all in values.items()}


def emotion_counts(
    values: Mapping[str, np.ndarray],
    images_per_subject: int,
    emotion_shares: Mapping[str, Mapping[str, Shares]],
) -> np.ndarray:
    """How many pictures of each emotion each person has.

    Args:
        values: from ``group_values``.
        images_per_subject: on average.
        emotion_shares: as ``Bias.emotion_shares``; an emotion that is missing is shown by all alike.

    Returns:
        int (people, 7), ordered as ``labels.EMOTIONS``. Emotions are in balance over all people, and
        where nothing is asked every person has exactly ``images_per_subject``.

    Raises:
        InputError: a share for a group that has no people.
    """
    people = len(values["gender"])
    # Pictures of one emotion that a person has, and how many of the person's kind come before.
    rate = np.full((people, len(EMOTIONS)), images_per_subject / len(EMOTIONS))
    rank = np.repeat(np.arange(people)[:, None], len(EMOTIONS), axis=1)
    for emotion, attributes in emotion_shares.items():
        column = EMOTIONS.index(emotion)
        ((attribute, shares),) = attributes.items()
        factor = np.zeros(people)
        for group, share in shares.items():
            members = np.isin(values[attribute], GROUP_VALUES[attribute][group])
            if share > 0 and people and not members.any():
                raise InputError(
                    f"emotion_shares: {emotion}: {attribute}={group} {share:g}: "
                    "nobody of this group is in training: give it a share in group_shares, or more subjects"
                )
            factor[members] = share * people / max(members.sum(), 1)
            rank[members, column] = np.arange(members.sum())
        rate[:, column] *= factor
    # Rounded so that sums over people are right; the emotions' offsets make each person's sum
    # right as well where all rates are equal (Hermite's identity). 1e-9 is for floating point.
    offset = np.arange(len(EMOTIONS)) / len(EMOTIONS) + 1e-9
    return (np.floor((rank + 1) * rate + offset) - np.floor(rank * rate + offset)).astype(int)


def _value_counts(rng: np.random.Generator, attribute: str, shares: Shares, people: int) -> dict[int, int]:
    """People of each stored value; a band's people are shared evenly among its tones."""
    counts: dict[int, int] = {}
    for group, members in zip(shares, _rounded(rng, list(shares.values()), people), strict=True):
        values = GROUP_VALUES[attribute][group]
        counts.update(zip(values, _rounded(rng, [1 / len(values)] * len(values), members), strict=True))
    return counts


def _rounded(rng: np.random.Generator, shares: Sequence[float], total: int) -> list[int]:
    """Whole numbers in the given shares that sum to ``total`` (largest remainder)."""
    wanted = np.array(shares) * total
    counts = np.floor(wanted + 1e-9).astype(int)
    # Random among equals: else the first values would gain in every small split.
    remainders = wanted - counts + rng.random(len(counts)) * 1e-6
    counts[np.argsort(-remainders)[: total - counts.sum()]] += 1
    return counts.tolist()


def _spread(rng: np.random.Generator, counts: Mapping[int, int]) -> np.ndarray:
    """Each value as often as asked, at even distances."""
    places = np.concatenate([(np.arange(number) + rng.random()) / max(number, 1) for number in counts.values()])
    return np.repeat(list(counts), list(counts.values()))[np.argsort(places, kind="stable")]
