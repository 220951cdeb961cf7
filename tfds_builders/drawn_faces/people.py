"""Who is drawn and what the face does: random people, and emotions as action units."""

import dataclasses

import numpy as np

from fer_tf.labels import ACTION_UNITS, DISGUISES, GENDERS, SKIN_TONES

# The action units that ``draw`` can show. Of the others the record says nothing.
DRAWN_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 24, 25, 26)

# Emotion -> ways to show it, each as unit -> mean intensity, after EMFACS
# (Friesen and Ekman, 1983), reduced to the units that are drawn.
_RECIPES = {
    "anger": ({4: 1.0, 5: 0.4, 7: 0.7, 17: 0.3, 24: 0.9}, {4: 1.0, 7: 0.7, 10: 0.5, 25: 0.9}),
    "disgust": ({9: 1.0, 10: 0.9, 4: 0.3, 7: 0.4, 15: 0.4, 17: 0.4}, {9: 0.9, 10: 1.0, 4: 0.3, 7: 0.5, 25: 0.6}),
    "fear": (
        {1: 1.0, 2: 0.6, 4: 0.6, 5: 1.0, 20: 1.0, 25: 0.6},
        {1: 1.0, 2: 0.4, 4: 0.7, 5: 0.9, 20: 0.9, 25: 0.8, 26: 0.3},
    ),
    "happiness": ({6: 0.8, 12: 1.0}, {6: 0.8, 12: 1.0, 25: 0.9}, {6: 0.6, 12: 1.0, 25: 0.9, 26: 0.4}),
    "neutral": ({},),
    "sadness": ({1: 1.0, 4: 0.5, 15: 1.0, 17: 0.5}, {1: 0.9, 4: 0.3, 7: 0.3, 15: 1.0}),
    "surprise": ({1: 0.9, 2: 1.0, 5: 0.8, 25: 1.0, 26: 0.9}, {1: 1.0, 2: 1.0, 5: 0.6, 25: 0.9, 26: 0.6}),
}
_NO_DISGUISE_SHARE = 0.76
_HAIR_COLOURS = (
    (28, 22, 20),
    (45, 32, 25),
    (78, 52, 34),
    (120, 80, 45),
    (190, 150, 90),
    (130, 60, 35),
    (125, 122, 120),
)


@dataclasses.dataclass(frozen=True)
class Person:
    """What stays the same in all pictures of one person.

    Attributes:
        gender: index in ``GENDERS``; decides hair, brows and lips.
        skin_tone: 1..10 on the Monk scale.
        hair: RGB, 0..255.
        head: half width and half height of the head, in half images.
        eye_size: factor on the eyes.
        eye_distance: factor on their distance.
        brow_weight: factor on the thickness of the brows.
        mouth_width: factor on the mouth.
        lip_weight: factor on the thickness of the lips.
        nose_length: factor on the nose.
        iris: RGB, 0..255.
    """

    gender: int
    skin_tone: int
    hair: tuple[int, int, int]
    head: tuple[float, float]
    eye_size: float
    eye_distance: float
    brow_weight: float
    mouth_width: float
    lip_weight: float
    nose_length: float
    iris: tuple[int, int, int]


def random_person(rng: np.random.Generator) -> Person:
    """Draws a person at random; genders and skin tones are equally likely."""
    gender = int(rng.integers(len(GENDERS)))
    is_female = GENDERS[gender] == "female"
    return Person(
        gender=gender,
        skin_tone=int(rng.choice(SKIN_TONES)),
        hair=_HAIR_COLOURS[rng.integers(len(_HAIR_COLOURS))],
        head=(rng.uniform(0.52, 0.58) if is_female else rng.uniform(0.55, 0.63), rng.uniform(0.70, 0.78)),
        eye_size=rng.uniform(1.05, 1.3) + 0.08 * is_female,
        eye_distance=rng.uniform(0.92, 1.08),
        brow_weight=rng.uniform(0.6, 1.0) if is_female else rng.uniform(0.9, 1.5),
        mouth_width=rng.uniform(1.0, 1.3),
        lip_weight=rng.uniform(1.0, 1.5) if is_female else rng.uniform(0.7, 1.1),
        nose_length=rng.uniform(0.85, 1.15),
        iris=((70, 45, 25), (45, 80, 120), (60, 95, 60), (35, 25, 20))[rng.integers(4)],
    )


def random_units(emotion: str, rng: np.random.Generator) -> dict[int, float]:
    """Draws how strongly each unit shows an emotion.

    The emotion as a whole is weak or strong, each unit varies about that, and now and
    then a unit shows that does not belong to it.

    Args:
        emotion: one of ``EMOTIONS``.
        rng: the source of chance.

    Returns:
        Every unit of ``DRAWN_UNITS`` -> intensity 0..1.
    """
    recipes = _RECIPES[emotion]
    recipe = recipes[rng.integers(len(recipes))]
    strength = rng.uniform(0.6, 1.1)
    units = dict.fromkeys(DRAWN_UNITS, 0.0)
    for unit, mean in recipe.items():
        units[unit] = float(np.clip(mean * strength * rng.uniform(0.7, 1.2), 0.0, 1.0))
    for unit in rng.choice(DRAWN_UNITS, size=2, replace=False):
        units[int(unit)] = max(units[int(unit)], float(rng.uniform(0.0, 0.25)))
    return units


def unit_columns(units: dict[int, float]) -> np.ndarray:
    """Puts intensities into a record's ``action_units``.

    Args:
        units: unit -> intensity 0..1.

    Returns:
        Float32 (24,), NaN for units that are not in ``units``.
    """
    return np.array([units.get(unit, np.nan) for unit in ACTION_UNITS], np.float32)


def random_disguise(person: Person, rng: np.random.Generator) -> int:
    """Draws an index in ``DISGUISES``, most often that of ``"none"``; beards only on men."""
    worn = ["hat", "sunglasses", "clear_glasses"]
    if GENDERS[person.gender] == "male":
        worn.append("beard")
    name = "none" if rng.random() < _NO_DISGUISE_SHARE else worn[rng.integers(len(worn))]
    return DISGUISES.index(name)
