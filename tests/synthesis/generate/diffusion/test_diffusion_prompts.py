"""Prompts and settings of diffusion."""

import re

import pytest

from fer_tf.errors import InputError
from fer_tf.labels import AGE_GROUPS, DISGUISES, EMOTIONS, GENDERS, SKIN_TONES
from fer_tf.synthesis.generate.diffusion.options import CONTROLNETS, DiffusionOptions
from fer_tf.synthesis.generate.diffusion.prompts import DISGUISE_WORDS, EMOTION_WORDS, prompt
from fer_tf.synthesis.generate.requests import Request

# CLIP reads 77, two of which are the ends; words of English are mostly one token, rarely two.
_MOST_WORDS = 55


def words(text):
    return len(re.findall(r"\w+|[^\w\s]", text))


def test_a_prompt_names_what_is_asked_for():
    plain = prompt(Request("a", "train", "fear", "hat", 1))
    assert plain.startswith("photo portrait of one person, wearing a ")
    assert "hat, fearful expression, raised brows" in plain
    known = prompt(Request("a", "train", "fear", "hat", 1, gender=0, skin_tone=10, age_group=4))
    assert known == plain.replace("one person", "one elderly woman with dark brown skin")
    tone = prompt(Request("a", "train", "fear", "hat", 1, skin_tone=5))
    assert "one person with light brown skin," in tone


def test_the_seed_chooses_among_several_objects():
    prompts = {prompt(Request("a", "train", "fear", "hat", seed)) for seed in range(40)}
    assert len(prompts) == len(DISGUISE_WORDS["hat"])


def test_all_labels_have_words_and_all_prompts_fit():
    assert tuple(EMOTION_WORDS) == EMOTIONS
    assert tuple(DISGUISE_WORDS) == DISGUISES[1:]
    assert len(set(EMOTION_WORDS.values())) == len(EMOTIONS)
    longest = 0
    for emotion in EMOTIONS:
        for disguise in DISGUISES[1:]:
            for seed in range(4):
                for tone in SKIN_TONES:
                    groups = {"gender": seed % len(GENDERS), "age_group": tone % len(AGE_GROUPS), "skin_tone": tone}
                    longest = max(longest, words(prompt(Request("a", "test", emotion, disguise, seed, **groups))))
    assert 30 < longest <= _MOST_WORDS
    assert words(DiffusionOptions().negative_prompt) <= _MOST_WORDS


def test_defaults_are_the_paper_s():
    options = DiffusionOptions()
    assert (options.control_strength, options.guidance) == (0.75, 9.0)
    assert options.base_model == "SG161222/Realistic_Vision_V5.1_noVAE"
    assert options.controlnet_place == ("CrucibleAI/ControlNetMediaPipeFace", "diffusion_sd15")
    assert DiffusionOptions(conditioning="canny").controlnet_place == CONTROLNETS["canny"]
    assert DiffusionOptions(controlnet="own/net", controlnet_subfolder="x").controlnet_place == ("own/net", "x")
    assert DiffusionOptions(demographics=" gender, age_group").groups == ("gender", "age_group")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"conditioning": "depth"}, r"--conditioning: expected canny or face_mesh, came 'depth'"),
        ({"precision": "int8"}, r"--precision: expected float32 or float16, came 'int8'"),
        ({"control_strength": 3.0}, r"--control_strength: expected 0\.\.2, came 3\.0"),
        ({"control_strength": float("nan")}, r"--control_strength: expected 0\.\.2, came nan"),
        ({"guidance": 0.5}, r"--guidance: expected 1\.\.30, came 0\.5"),
        ({"steps": 0}, r"--steps: expected 1\.\.1000, came 0"),
        ({"canny_low": -1}, r"--canny_low: expected 0\.\.1000"),
        ({"base_model": ""}, r"--base_model: expected the name or folder of a model, came nothing"),
        ({"demographics": "sex"}, r"--demographics: expected words of gender, skin_tone, age_group, came 'sex'"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        DiffusionOptions(**options)
