"""Draws subjects whose parts go together: age, tone, hair, beard, eyes, make-up."""

import bisect
import itertools
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import AGE_GROUPS, GENDERS, SKIN_TONES
from fer_tf.synthesis.render.spec import HAIR_STYLES, SHAPE_NAMES, Subject

Key = TypeVar("Key", bound=Hashable)
Colour = tuple[float, float, float]

MALE = GENDERS.index("male")
YOUNGEST, OLDEST = 16, 85
# Years of each index of labels.AGE_GROUPS that is drawn; children are not.
AGE_YEARS = {1: (YOUNGEST, 19), 2: (20, 39), 3: (40, 69), 4: (70, OLDEST)}
AGE_SHARES = {1: 0.10, 2: 0.42, 3: 0.36, 4: 0.12}

# Hair styles by gender presentation. They overlap, so that hair does not give the gender away.
_STYLES_FEMALE = {
    **{"long_straight": 0.17, "long_wavy": 0.17, "long_fringe": 0.11, "bob": 0.12, "bob_fringe": 0.09},
    **{"ponytail": 0.11, "bun": 0.09, "pixie": 0.07, "curly_short": 0.03, "afro": 0.02, "side_part": 0.015},
    **{"slicked_back": 0.015, "buzz_cut": 0.01},
}
_STYLES_MALE = {
    **{"crew_cut": 0.22, "side_part": 0.20, "buzz_cut": 0.13, "slicked_back": 0.10, "curly_short": 0.11},
    **{"receding": 0.08, "bald": 0.06, "afro": 0.03, "bun": 0.02, "ponytail": 0.02, "long_straight": 0.015},
    **{"long_wavy": 0.015, "pixie": 0.02, "bob": 0.01},
}
# Curls are commoner with darker tones: factor on the two styles from tone 1 to 10.
_CURLS = {"curly_short": (0.7, 2.5), "afro": (0.15, 7.0)}
# Factors on losing hair by age, in men, as (years, factor) to interpolate between.
_HAIR_LOSS = {
    "bald": ((25, 40, 60, 85), (0.3, 0.8, 2.5, 4.0)),
    "receding": ((25, 40, 60, 85), (0.0, 0.9, 3.0, 4.0)),
}

# sRGB of hair, and how often by the band of the skin's tone (first tone of the band).
HAIR_COLOURS: dict[str, Colour] = {
    "black": (24.0, 20.0, 19.0),
    "dark_brown": (46.0, 32.0, 25.0),
    "brown": (82.0, 56.0, 39.0),
    "light_brown": (122.0, 90.0, 61.0),
    "blond": (186.0, 152.0, 104.0),
    "red": (138.0, 68.0, 36.0),
    "dyed_red": (120.0, 30.0, 38.0),
    "dyed_blond": (214.0, 188.0, 142.0),
}
_HAIR_BY_TONE = {
    1: {"black": 8, "dark_brown": 22, "brown": 26, "light_brown": 18, "blond": 18, "red": 6, "dyed_red": 1},
    4: {"black": 34, "dark_brown": 36, "brown": 20, "light_brown": 5, "blond": 2, "dyed_blond": 2, "dyed_red": 1},
    7: {"black": 74, "dark_brown": 20, "brown": 3, "dyed_blond": 1.5, "dyed_red": 1.5},
}
GREY_HAIR: Colour = (168.0, 165.0, 161.0)

IRIS_COLOURS: dict[str, Colour] = {
    "dark_brown": (48.0, 30.0, 20.0),
    "brown": (84.0, 54.0, 32.0),
    "hazel": (112.0, 88.0, 48.0),
    "green": (96.0, 116.0, 84.0),
    "blue": (92.0, 124.0, 152.0),
    "grey": (122.0, 134.0, 140.0),
}
_IRIS_BY_TONE = {
    1: {"dark_brown": 12, "brown": 26, "hazel": 16, "green": 12, "blue": 26, "grey": 8},
    4: {"dark_brown": 40, "brown": 42, "hazel": 11, "green": 4, "blue": 2, "grey": 1},
    7: {"dark_brown": 76, "brown": 22, "hazel": 2},
}

_FACIAL_HAIR = {"none": 0.48, "stubble": 0.22, "moustache": 0.06, "goatee": 0.09, "full_beard": 0.15}
_FACIAL_HAIR_BELOW_20 = {"none": 0.85, "stubble": 0.13, "moustache": 0.02}

_CLOTHES: tuple[Colour, ...] = (
    *((32.0, 33.0, 36.0), (62.0, 64.0, 70.0), (120.0, 122.0, 126.0), (206.0, 205.0, 200.0), (232.0, 231.0, 228.0)),
    *((38.0, 48.0, 78.0), (70.0, 92.0, 128.0), (142.0, 164.0, 190.0), (98.0, 34.0, 38.0), (160.0, 62.0, 56.0)),
    *((60.0, 82.0, 62.0), (104.0, 112.0, 76.0), (150.0, 124.0, 92.0), (186.0, 160.0, 122.0), (196.0, 168.0, 74.0)),
    *((112.0, 78.0, 112.0), (188.0, 134.0, 140.0), (74.0, 58.0, 46.0)),
)
_COLLARS_FEMALE = {"crew": 0.38, "v_neck": 0.30, "shirt": 0.20, "hoodie": 0.12}
_COLLARS_MALE = {"crew": 0.40, "v_neck": 0.10, "shirt": 0.34, "hoodie": 0.16}


def age_group(age: float) -> int:
    """Index in ``labels.AGE_GROUPS`` of an age in years (``"70+"`` holds 70 and all above).

    Raises:
        InputError: the age is negative or not a number.
    """
    if not age >= 0:
        raise InputError(f"age {age}: expected years from 0 up")
    starts = [int(band.rstrip("+").split("-")[0]) for band in AGE_GROUPS]
    return int(np.searchsorted(starts, age, side="right")) - 1


def choose(rng: np.random.Generator, weights: Mapping[Key, float]) -> Key:
    """One key of a mapping, drawn in proportion to its weight (weights need no sum)."""
    # Generator.choice with p= does the same in ten times the time.
    ends = list(itertools.accumulate(weights.values()))
    return list(weights)[bisect.bisect_right(ends, rng.random() * ends[-1], hi=len(ends) - 1)]


def draw_subject(
    rng: np.random.Generator,
    subject_id: str,
    gender: int | None = None,
    skin_tone: int | None = None,
    age_group: int | None = None,
) -> Subject:
    """A person whose parts go together.

    Args:
        rng: source of all chance; the same state gives the same person.
        subject_id: name, unique in the dataset.
        gender: index in ``labels.GENDERS``, or None for either with equal chance.
        skin_tone: 1..10 on the Monk scale, or None for any with equal chance.
        age_group: 1..4, index in ``labels.AGE_GROUPS``, or None for ``AGE_SHARES``.

    Returns:
        The subject; age in whole years 16..85.

    Raises:
        InputError: a group that is not drawn.
    """
    gender, skin_tone, years = _group(rng, gender, skin_tone, age_group)
    age = float(rng.integers(years[0], years[1] + 1))
    male = gender == MALE
    hair = _hair_colour(rng, skin_tone, age)
    beard = _FACIAL_HAIR if age >= 20 else _FACIAL_HAIR_BELOW_20
    return Subject(
        subject_id=subject_id,
        seed=int(rng.integers(2**31)),
        gender=gender,
        age=age,
        skin_tone=skin_tone,
        shape=tuple(float(score) for score in rng.standard_normal(len(SHAPE_NAMES)).clip(-2.5, 2.5)),
        hair_style=_hair_style(rng, male, skin_tone, age),
        hair_colour=hair,
        brow_weight=float(np.clip(rng.normal(1.12 if male else 0.85, 0.2), 0.4, 1.6)),
        brow_colour=_brow_colour(rng, hair),
        facial_hair=choose(rng, beard) if male else "none",
        iris_colour=_jitter(rng, IRIS_COLOURS[choose(rng, _of_tone(_IRIS_BY_TONE, skin_tone))], 6.0),
        lip_redness=float(np.clip(rng.normal(0.45 if male else 0.55, 0.15), 0.0, 1.0)),
        lipstick=0.0 if male or rng.random() > 0.4 else float(rng.uniform(0.15, 0.9)),
        freckles=_freckles(rng, skin_tone),
        moles=int(min(rng.poisson(0.8), 6)),
        clothes_colour=_jitter(rng, _CLOTHES[rng.integers(len(_CLOTHES))], 10.0),
        collar=choose(rng, _COLLARS_MALE if male else _COLLARS_FEMALE),
    )


def other_hair_style(rng: np.random.Generator, subject: Subject, refused: str) -> str:
    """A hair style that suits a subject and is not ``refused``."""
    weights = _style_weights(subject.gender == MALE, subject.skin_tone, subject.age)
    return choose(rng, {style: weight for style, weight in weights.items() if style != refused})


def _group(rng, gender, skin_tone, age_group) -> tuple[int, int, tuple[int, int]]:
    """The group as asked, or drawn; always three draws, so that what is asked moves nothing else."""
    drawn = (int(rng.integers(len(GENDERS))), int(rng.choice(SKIN_TONES)), choose(rng, AGE_SHARES))
    gender, skin_tone, age_group = (
        chance if asked is None else asked for asked, chance in zip((gender, skin_tone, age_group), drawn, strict=True)
    )
    if gender not in range(len(GENDERS)):
        raise InputError(f"gender {gender}: expected 0..{len(GENDERS) - 1} ({', '.join(GENDERS)})")
    if skin_tone not in SKIN_TONES:
        raise InputError(f"skin_tone {skin_tone}: expected {SKIN_TONES[0]}..{SKIN_TONES[-1]} (Monk scale)")
    if age_group not in AGE_YEARS:
        known = ", ".join(f"{index} ({AGE_GROUPS[index]})" for index in AGE_YEARS)
        raise InputError(f"age_group {age_group}: drawn are {known}; children are not")
    return gender, skin_tone, AGE_YEARS[age_group]


def _of_tone(table: dict[int, dict[str, float]], skin_tone: int) -> dict[str, float]:
    """Row of a table by the first tone of its band."""
    return table[max(first for first in table if first <= skin_tone)]


def _style_weights(male: bool, skin_tone: int, age: float) -> dict[str, float]:
    weights = dict(_STYLES_MALE if male else _STYLES_FEMALE)
    for style, (lightest, darkest) in _CURLS.items():
        weights[style] *= lightest + (darkest - lightest) * (skin_tone - 1) / 9
    if male:
        for style, (ages, factors) in _HAIR_LOSS.items():
            weights[style] *= float(np.interp(age, ages, factors))
    return {style: weights[style] for style in HAIR_STYLES if weights.get(style)}


def _hair_style(rng, male: bool, skin_tone: int, age: float) -> str:
    return choose(rng, _style_weights(male, skin_tone, age))


def _hair_colour(rng, skin_tone: int, age: float) -> Colour:
    """Natural colour, greying round 52 years give or take; some dye the grey."""
    colour = np.array(HAIR_COLOURS[choose(rng, _of_tone(_HAIR_BY_TONE, skin_tone))])
    onset = rng.normal(52.0, 9.0)
    grey = 1.0 / (1.0 + np.exp(-(age - onset) / 6.0))
    if rng.random() < 0.2:
        grey *= 0.15
    lightness = rng.uniform(0.75, 1.28)
    return _jitter(rng, tuple(colour + grey * (np.array(GREY_HAIR) * lightness - colour)), 5.0)


def _brow_colour(rng, hair: Colour) -> Colour:
    """Brows are darker than the hair, and stay dark where it is blond or grey."""
    return _jitter(rng, tuple(np.array(hair) * 0.5 + np.array((24.0, 17.0, 13.0))), 4.0)


def _freckles(rng, skin_tone: int) -> float:
    share = {1: 0.3, 4: 0.08, 7: 0.01}[max(first for first in (1, 4, 7) if first <= skin_tone)]
    has_them, amount = rng.random() < share, rng.uniform(0.2, 1.0)
    return float(amount) if has_them else 0.0


def _jitter(rng, colour: Colour, spread: float) -> Colour:
    """A colour a little lighter or darker and a little shifted, within 0..255."""
    shifted = np.array(colour) + rng.normal(0.0, spread) + rng.normal(0.0, spread / 3, 3)
    return tuple(float(value) for value in shifted.clip(4.0, 250.0))
