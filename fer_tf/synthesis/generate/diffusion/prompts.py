"""Prompts from emotion, disguise and, if asked, group words."""

import numpy as np

from fer_tf.labels import AGE_GROUPS, GENDERS, UNKNOWN
from fer_tf.synthesis.generate.requests import Request

# Ekman's cues, as in paper C's Table 1: a word alone gives mild faces.
EMOTION_WORDS = {
    "anger": "angry expression, lowered brows, glaring eyes, tight lips",
    "disgust": "disgusted expression, wrinkled nose, raised upper lip",
    "fear": "fearful expression, raised brows, wide open eyes, stretched mouth",
    "happiness": "happy expression, broad smile, raised cheeks",
    "neutral": "neutral expression, relaxed face, closed mouth",
    "sadness": "sad expression, inner brows raised, lip corners pulled down",
    "surprise": "surprised expression, raised brows, wide open eyes, open mouth",
}
# Several of each, so that a set shows more than one hat.
DISGUISE_WORDS = {
    "hat": ("wearing a felt hat", "wearing a straw hat", "wearing a wide-brimmed hat", "wearing a bowler hat"),
    "cap": ("wearing a baseball cap", "wearing a flat cap", "wearing a woollen beanie"),
    "turban": ("wearing a turban", "wearing a colourful turban", "wearing a white turban"),
    "hijab": ("wearing a hijab", "wearing a black hijab", "wearing a patterned hijab"),
    "sunglasses": ("wearing sunglasses", "wearing large round sunglasses", "wearing aviator sunglasses"),
    "clear_glasses": ("wearing glasses", "wearing thick-rimmed glasses", "wearing thin metal glasses"),
    "beard": ("with a full beard", "with a long beard", "with a short thick beard"),
    "make_up": ("with heavy make-up", "with red lipstick and eye shadow", "with theatrical make-up"),
    "scarf": ("with a scarf over the chin", "with a woollen scarf over the mouth"),
    "surgical_mask": ("wearing a blue surgical mask", "wearing a white surgical mask"),
    "cloth_mask": ("wearing a black cloth mask", "wearing a patterned cloth mask"),
    "n95": ("wearing a white N95 respirator",),
    "gas_mask": ("wearing a gas mask",),
}
_PERSON = {"female": "woman", "male": "man"}
_AGES = {"0-3": "infant", "4-19": "teenage", "20-39": "young", "40-69": "middle-aged", "70+": "elderly"}
# First tone of each band on the Monk scale.
_SKIN = {1: "light skin", 4: "light brown skin", 6: "brown skin", 8: "dark brown skin"}


def prompt(request: Request) -> str:
    """What the picture of a request is described as.

    Args:
        request: emotion and disguise are named; gender, age group and skin tone where they are known. One of
            several words for the disguise is taken, by the request's seed.

    Returns:
        One line, well below the 77 tokens that the text encoder reads.
    """
    choices = DISGUISE_WORDS[request.disguise]
    worn = choices[np.random.default_rng(request.seed).integers(len(choices))]
    parts = [f"photo portrait of one {_who(request)}", worn, EMOTION_WORDS[request.emotion]]
    return ", ".join([*parts, "face clearly visible, looking at the camera, natural light, sharp focus"])


def _who(request: Request) -> str:
    gender = "" if request.gender == UNKNOWN else GENDERS[request.gender]
    age = "" if request.age_group == UNKNOWN else _AGES[AGE_GROUPS[request.age_group]]
    skin = "" if request.skin_tone == UNKNOWN else _SKIN[max(first for first in _SKIN if first <= request.skin_tone)]
    who = f"{age} {_PERSON.get(gender, 'person')}".strip()
    return f"{who} with {skin}" if skin else who
