"""The flags of ``rendered_faces/custom``."""

import dataclasses
import json
from typing import Any

from fer_tf.errors import InputError
from fer_tf.synthesis.render.bias import Bias
from fer_tf.synthesis.render.plan import Plan

_SPLIT_FLAGS = {"train": "train_subjects", "validation": "validation_subjects", "test": "test_subjects"}
_JSON_FLAGS = ("group_shares", "emotion_shares")
_BIAS_FLAGS = tuple(field.name for field in dataclasses.fields(Bias))


@dataclasses.dataclass(frozen=True)
class CustomOptions:
    """What ``rendered_faces/custom`` holds; other datasets take none of it.

    Attributes:
        seed: of every person and picture.
        train_subjects: people in the training split.
        validation_subjects: people in the validation split.
        test_subjects: people in the test split.
        images_per_subject: pictures of each person; emotions in balance.
        expressions: emotions, or units: each action unit drawn without regard to the others, no emotion.
        framing: faces (the head fills the picture), crops (cut as FER-2013 cuts faces) or context
            (half body in a scene).
        size: side of the pictures in pixels.
        disguised: share 0..1 of the pictures with a disguise.
        twins: draw every disguised picture without its disguise as well.
        frames_per_scene: with more than 1, a person's pictures of an emotion come in scenes of so many frames, as
            from a film; sequence_id and frame tell which.
        group_shares: JSON, shares of groups among the training subjects, such as
            {"gender": {"female": 0.2, "male": 0.8}}.
        emotion_shares: JSON, shares of groups within an emotion in training, such as
            {"anger": {"gender": {"female": 0.1, "male": 0.9}}}.
        noisy_group: group with wrong training labels, such as skin_tone=dark.
        label_noise: share 0..1 of that group's training labels that are wrong.
        weak_group: group that shows weaker expressions, such as gender=male.
        weak_factor: 0..1, factor on that group's action units.
        shortcut_cue: place=NAME or hair_style=NAME, which goes with the target in training only.
        shortcut_target: emotion=NAME or unit=NUMBER.
        shortcut_strength: share 0..1 of the training pictures that follow the shortcut.
        place_emotion_correlation: share 0..1 of the pictures whose place follows from the emotion.
    """

    seed: int = 0
    train_subjects: int = 140
    validation_subjects: int = 30
    test_subjects: int = 30
    images_per_subject: int = 10
    expressions: str = "emotions"
    framing: str = "faces"
    size: int = 224
    disguised: float = 0.2
    twins: bool = False
    frames_per_scene: int = 1
    group_shares: str = "{}"
    emotion_shares: str = "{}"
    noisy_group: str = ""
    label_noise: float = 0.0
    weak_group: str = ""
    weak_factor: float = 1.0
    shortcut_cue: str = ""
    shortcut_target: str = ""
    shortcut_strength: float = 0.0
    place_emotion_correlation: float = 0.0

    def describe(self) -> dict[str, Any]:
        """What stands in the dataset's metadata."""
        return self.plan().describe()

    def plan(self) -> Plan:
        """The plan that these options describe.

        Raises:
            InputError: a value is out of its range, shares do not sum to 1, a group is unknown.
        """
        values: dict[str, Any] = dataclasses.asdict(self)
        subjects = {split: values.pop(flag) for split, flag in _SPLIT_FLAGS.items()}
        bias = {name: values.pop(name) for name in _BIAS_FLAGS}
        bias.update({name: _from_json(name, bias[name]) for name in _JSON_FLAGS})
        return Plan.from_mapping({"name": "custom", **values, "subjects": subjects, "bias": bias})


def _from_json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f'--{name}: expected JSON such as {{"gender": {{"female": 1}}}}, came {text!r}') from error
