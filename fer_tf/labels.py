"""The only vocabularies of the project: emotions, action units, groups, disguises.

Every builder maps its source's words to these tuples; the position in the tuple
is the integer that is stored, trained on and printed. ``UNKNOWN`` (-1) stands for
what a source does not say or what falls outside (contempt, boredom).
"""

from collections.abc import Sequence

UNKNOWN = -1

EMOTIONS = (
    "anger",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)

# FACS numbers, in the order of the 24 columns of ``action_units`` in a record.
ACTION_UNITS = (
    *(1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15),
    *(16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28, 43),
)

# FACS manual (2002), chapter 2: A trace, B slight, C marked or pronounced, D severe or extreme,
# E maximum; the steps are unequal, A, B and E being narrow and C and D wide. Upper end of each.
FACS_LEVELS = {"A": 0.15, "B": 0.30, "C": 0.60, "D": 0.90, "E": 1.00}
# From FACS B on, an action unit counts as present wherever yes or no is asked: an intensity above
# this. It is DISFA's rule (2 of 5 or more), where levels are stored as middles of these ranges.
PRESENT = FACS_LEVELS["A"]

GENDERS = ("female", "male")

# RAF-DB's bands, the finest that several sources share. Years, both ends included.
AGE_GROUPS = ("0-3", "4-19", "20-39", "40-69", "70+")

# Monk skin tone scale: stored as 1..10, so that number and name agree.
SKIN_TONES = tuple(range(1, 11))
# Two bands of it, where ten are too many to compare.
TONE_BANDS = {"light": SKIN_TONES[:5], "dark": SKIN_TONES[5:]}

DISGUISES = (
    "none",
    "hat",
    "cap",
    "turban",
    "hijab",
    "sunglasses",
    "clear_glasses",
    "beard",
    "make_up",
    "scarf",
    "surgical_mask",
    "cloth_mask",
    "n95",
    "gas_mask",
)

# What a model answers: one of the emotions, or each action unit by itself.
EMOTION_TASK = "emotion"
ACTION_UNIT_TASK = "action_units"

# The columns by which people are told apart in reports: first stored value, words.
GROUPS = {
    "gender": (0, GENDERS),
    "skin_tone": (1, tuple(str(tone) for tone in SKIN_TONES)),
    "age_group": (0, AGE_GROUPS),
    "disguise": (0, DISGUISES),
}

# What other sources call the seven emotions, in lower case.
_EMOTION_WORDS = {
    "angry": "anger",
    "afraid": "fear",
    "fearful": "fear",
    "happy": "happiness",
    "joy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
    "disgusted": "disgust",
}


def emotion_index(word: str) -> int:
    """Index of an emotion in ``EMOTIONS``, whatever form of its name a source uses.

    Args:
        word: the source's word, any case, such as ``"Angry"`` or ``"happiness"``.

    Returns:
        0..6, or ``UNKNOWN`` for a word outside the seven (``"contempt"``).
    """
    word = word.strip().lower()
    word = _EMOTION_WORDS.get(word, word)
    return EMOTIONS.index(word) if word in EMOTIONS else UNKNOWN


def unit_names(units: Sequence[int]) -> tuple[str, ...]:
    """How action units are written in labels, tables and results: ``"AU12"``."""
    return tuple(f"AU{unit}" for unit in units)


def unit_numbers(names: Sequence[str]) -> tuple[int, ...]:
    """The FACS numbers of ``unit_names``."""
    return tuple(int(name.removeprefix("AU")) for name in names)
