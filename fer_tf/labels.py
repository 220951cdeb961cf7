"""The only vocabularies of the project: emotions, action units, groups, disguises.

Every builder maps its source's words to these tuples; the position in the tuple
is the integer that is stored, trained on and printed. ``UNKNOWN`` (-1) stands for
what a source does not say or what falls outside (contempt, boredom).
"""

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

GENDERS = ("female", "male")

# RAF-DB's bands, the finest that several sources share. Years, both ends included.
AGE_GROUPS = ("0-3", "4-19", "20-39", "40-69", "70+")

# Monk skin tone scale: stored as 1..10, so that number and name agree.
SKIN_TONES = tuple(range(1, 11))

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
