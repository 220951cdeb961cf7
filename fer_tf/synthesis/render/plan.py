"""Which people and which pictures a dataset of rendered faces holds; nothing is drawn here.

Every subject has random streams of its own, derived from (seed, split, number), so that any
worker plans any subject alone and the result does not depend on how the work is shared.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, UNKNOWN
from fer_tf.synthesis.render import balance
from fer_tf.synthesis.render.bias import Bias
from fer_tf.synthesis.render.film import as_film
from fer_tf.synthesis.render.labelled import FRAMINGS, LabelledFrame, draw_labelled_frame
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.spec import Subject

SPLITS = ("train", "validation", "test")
SIZES = (32, 1024)
EXPRESSIONS = ("emotions", "units")


@dataclasses.dataclass(frozen=True)
class Plan:
    """A dataset to be drawn.

    Attributes:
        name: in front of every subject's and image's id.
        seed: of everything, 0 or more.
        subjects: split -> number of people; nobody is in two splits.
        images_per_subject: on average; 7 emotions in balance unless ``bias`` says otherwise.
        expressions: "emotions", each drawn as its units, or "units", each drawn without regard to the others;
            these pictures have no emotion.
        framing: "faces" (head fills the picture), "crops" (cut as FER-2013 cuts faces) or "context"
            (half body in a scene).
        size: side of the pictures in pixels.
        disguised: share 0..1 of pictures with a disguise.
        twins: every disguised picture is also drawn without its disguise, all else equal.
        frames_per_scene: with more than 1, pictures of one person and emotion come in scenes of so many frames,
            as from a film; the last scene of each emotion may be shorter.
        bias: what is injected on purpose.
    """

    name: str = "custom"
    seed: int = 0
    subjects: Mapping[str, int] = dataclasses.field(
        default_factory=lambda: {"train": 140, "validation": 30, "test": 30}
    )
    images_per_subject: int = 10
    expressions: str = "emotions"
    framing: str = "faces"
    size: int = 224
    disguised: float = 0.2
    twins: bool = False
    frames_per_scene: int = 1
    bias: Bias = dataclasses.field(default_factory=Bias)

    def __post_init__(self) -> None:
        if self.framing not in FRAMINGS:
            raise InputError(f"framing {self.framing!r}: known are {', '.join(FRAMINGS)}")
        if self.expressions not in EXPRESSIONS:
            raise InputError(f"expressions {self.expressions!r}: known are {', '.join(EXPRESSIONS)}")
        if self.expressions == "units":
            _refuse_emotions(self.bias)
        if not isinstance(self.subjects, Mapping):
            raise InputError(f"subjects: expected split: number, came {self.subjects!r}")
        for split, count in self.subjects.items():
            _check_split(split)
            _check_whole(f"subjects: {split}", count, 0, 1_000_000)
        _check_whole("seed", self.seed, 0, 2**63 - 1)
        _check_whole("images_per_subject", self.images_per_subject, 1, 100_000)
        _check_whole("size", self.size, *SIZES)
        _check_whole("frames_per_scene", self.frames_per_scene, 1, 100_000)
        if self.frames_per_scene > 1 and self.bias.shortcut_target.startswith("unit="):
            raise InputError(
                f"shortcut_target {self.bias.shortcut_target!r}: units differ within a scene, the cue does not: "
                "name an emotion, or leave frames_per_scene at 1"
            )
        if not 0.0 <= self.disguised <= 1.0:
            raise InputError(f"disguised {self.disguised}: expected 0..1")

    def describe(self) -> dict[str, Any]:
        """All parameters, with those of the bias, as plain JSON values; ``from_mapping`` reads it back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> "Plan":
        """Plan from flags or JSON; ``bias`` is itself such a mapping; what is missing keeps its default.

        Raises:
            InputError: an unknown parameter or a value out of range, by name.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in options:
            if name not in known:
                raise InputError(f"plan: parameter {name!r}: not known: known are {', '.join(known)}")
        return cls(**{**options, "bias": Bias.from_mapping(options.get("bias", {}))})


def _refuse_emotions(bias: Bias) -> None:
    """Refuses what follows from an emotion, where there is none."""
    shortcut = bias.shortcut_target.startswith("emotion=")
    for name in ("emotion_shares", "label_noise", "place_emotion_correlation", *(["shortcut_target"] * shortcut)):
        if getattr(bias, name):
            raise InputError(f"{name} {getattr(bias, name)!r}: pictures with expressions=units have no emotion")


def _check_split(split: str) -> None:
    if split not in SPLITS:
        raise InputError(f"split {split!r}: known are {', '.join(SPLITS)}")


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} {value!r}: expected a whole number {low}..{high}")


PLANS = {
    "demo": Plan("demo", seed=101, disguised=0.15),
    "standard": Plan("standard", 202, {"train": 280, "validation": 60, "test": 60}, images_per_subject=50),
    "tiny": Plan("tiny", 404, {"train": 10, "validation": 5, "test": 5}, images_per_subject=7, size=64),
    "units": Plan("units", 505, {"train": 300, "validation": 20, "test": 20}, 50, expressions="units"),
    "context": Plan("context", seed=303, images_per_subject=20, framing="context"),
}


def subjects(plan: Plan, split: str) -> list[Subject]:
    """The people of a split, in order."""
    values = _group_values(plan, split)
    return [_subject(plan, split, index, values) for index in range(plan.subjects.get(split, 0))]


def emotion_counts(plan: Plan, split: str) -> np.ndarray:
    """How many pictures of each emotion each person has, twins not counted.

    Returns:
        int (people, 7). Rows differ by one where the emotions do not share out evenly;
        over the split the sums are even.
    """
    return _emotion_counts(plan, split, _group_values(plan, split))


def frames(plan: Plan, split: str, subject_index: int) -> list[LabelledFrame]:
    """All pictures of one person.

    Args:
        plan: the dataset.
        split: one of ``SPLITS``.
        subject_index: 0 .. number of people in the split - 1.

    Returns:
        The pictures, ordered by emotion and scene, twins behind their originals.

    Raises:
        InputError: unknown split, or no such person.
    """
    values = _group_values(plan, split)
    count = plan.subjects.get(split, 0)
    if subject_index not in range(count):
        raise InputError(f"subject {subject_index} of {split}: expected 0..{count - 1}")
    subject = _subject(plan, split, subject_index, values)
    counts = _emotion_counts(plan, split, values)[subject_index]
    emotions = np.repeat(np.arange(len(EMOTIONS)), counts).tolist()
    if plan.expressions == "units":
        emotions = [UNKNOWN] * len(emotions)
    # The first child is the subject's own; see _subject.
    seeds = _stream(plan, split, subject_index).spawn(1 + len(emotions))[1:]
    pictures = [
        draw_labelled_frame(
            seed,
            subject,
            emotion,
            f"{subject.subject_id}_{number:03d}",
            FRAMINGS[plan.framing],
            size=plan.size,
            disguised=plan.disguised,
            bias=plan.bias,
            training=split == "train",
        )
        for number, (emotion, seed) in enumerate(zip(emotions, seeds, strict=True))
    ]
    if plan.frames_per_scene > 1:
        pictures = as_film(pictures, plan.frames_per_scene)
    return [each for picture in pictures for each in (picture, *_twin(plan, picture))]


def _twin(plan: Plan, picture: LabelledFrame) -> list[LabelledFrame]:
    """The picture without its disguise, where there is to be one."""
    if not (plan.twins and picture.frame.disguise):
        return []
    bare = dataclasses.replace(picture.frame, disguise=0)
    name = picture.image_id
    return [dataclasses.replace(picture, frame=bare, image_id=f"{name}_bare", twin_of=name)]


def _subject(plan: Plan, split: str, index: int, values: Mapping[str, np.ndarray]) -> Subject:
    rng = np.random.default_rng(_stream(plan, split, index).spawn(1)[0])
    groups = {attribute: int(of_all[index]) for attribute, of_all in values.items()}
    return draw_subject(rng, f"{plan.name}_{split}_{index:04d}", **groups)


def _stream(plan: Plan, split: str, index: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([plan.seed, SPLITS.index(split), index])


def _group_values(plan: Plan, split: str) -> dict[str, np.ndarray]:
    """Gender, tone and age group of every person of a split, int (people,) each."""
    _check_split(split)
    # A number of its own that no split has: the split's stream is not that of any person.
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, len(SPLITS) + SPLITS.index(split)]))
    return balance.group_values(rng, plan.subjects.get(split, 0), plan.bias.group_shares if split == "train" else {})


def _emotion_counts(plan: Plan, split: str, values: Mapping[str, np.ndarray]) -> np.ndarray:
    asked = plan.bias.emotion_shares if split == "train" else {}
    return balance.emotion_counts(values, plan.images_per_subject, asked)
