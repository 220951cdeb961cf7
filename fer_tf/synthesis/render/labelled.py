"""One picture of a dataset: everything that is drawn, what is stored with it, and what was injected."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from fer_tf.labels import DISGUISES, EMOTIONS, PRESENT, UNKNOWN
from fer_tf.synthesis.render.bias import Bias, in_group, split_cue, split_target
from fer_tf.synthesis.render.camera import draw_camera
from fer_tf.synthesis.render.emotions import draw_expression, draw_pose, weaken
from fer_tf.synthesis.render.lights import draw_light
from fer_tf.synthesis.render.people import MALE, choose, other_hair_style
from fer_tf.synthesis.render.scene.place_lights import place_light
from fer_tf.synthesis.render.single_units import draw_units
from fer_tf.synthesis.render.spec import PLACES, Expression, Frame, Light, Pose, Subject

# Two places each, used where the place is to predict the emotion.
EMOTION_PLACES: dict[str, tuple[str, str]] = {
    "anger": ("street", "office"),
    "disgust": ("kitchen", "supermarket"),
    "fear": ("forest_path", "mountain"),
    "happiness": ("beach", "playground"),
    "neutral": ("classroom", "living_room"),
    "sadness": ("bedroom", "hospital_room"),
    "surprise": ("park", "bar"),
}
# Disguises are uniform over all but gas masks, which came later: with them no dataset would be the same
# again. What only one gender wears is twice as frequent there.
_WORN = {name: 1.0 for name in DISGUISES[1:] if name != "gas_mask"}
_WORN_BY_GENDER = ({**_WORN, "beard": 0.0, "hijab": 2.0}, {**_WORN, "beard": 2.0, "hijab": 0.0})
# E from the middle of the face to where the clothes end.
BODY_LENGTH = 7.5
# Share of pictures in which the eyes hold on to the camera while the head turns.
EYE_CONTACT = 0.7
# Beta distribution of the camera's severity: most pictures are decent, a few are bad.
_CAMERA_SEVERITY = (1.1, 2.4)


@dataclasses.dataclass(frozen=True)
class Framing:
    """Where the person is in the picture, and before what.

    Attributes:
        face_size: lowest and highest E, as part of the picture's side.
        across: (middle, largest distance from it) of the face's middle, as part of the width.
        down: the same, as part of the height; small people are moved down until the picture cuts
            their clothes, which end ``BODY_LENGTH`` below.
        places: place -> weight.
        bystanders: weight of 0, 1, 2, … other people.
    """

    face_size: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]
    places: Mapping[str, float]
    bystanders: tuple[float, ...]


FRAMINGS = {
    "faces": Framing(
        (0.31, 0.40),
        (0.5, 0.04),
        (0.55, 0.03),
        {"plain": 5.0, "studio": 3.0, **dict.fromkeys(PLACES, 1.0)},
        (0.95, 0.05),
    ),
    # As FER-2013 cuts faces: from 2,775 of its training images.
    "crops": Framing(
        (0.44, 0.62), (0.5, 0.04), (0.54, 0.04), {"plain": 5.0, "studio": 3.0, **dict.fromkeys(PLACES, 1.0)}, (1.0,)
    ),
    "context": Framing((0.10, 0.18), (0.5, 0.2), (0.36, 0.07), dict.fromkeys(PLACES, 1.0), (0.55, 0.25, 0.13, 0.07)),
}


@dataclasses.dataclass(frozen=True)
class LabelledFrame:
    """One picture and what is stored with it.

    Attributes:
        frame: what is drawn.
        image_id: unique in the dataset.
        emotion: index in ``labels.EMOTIONS`` that is stored, wrong at times where labels are noisy.
        true_emotion: index that is shown; both are ``UNKNOWN`` where units were drawn one by one.
        injected: which injections touched this picture, among "label_noise", "weak_expression",
            "shortcut" and "place_emotion_correlation".
        twin_of: ``image_id`` of the same picture with the disguise, or "".
        sequence_id: name of the scene of a film, or "".
        number: of the frame in its scene, from 0; -1 where there is none.
    """

    frame: Frame
    image_id: str
    emotion: int
    true_emotion: int
    injected: tuple[str, ...] = ()
    twin_of: str = ""
    sequence_id: str = ""
    number: int = UNKNOWN


def draw_labelled_frame(
    seed: np.random.SeedSequence,
    subject: Subject,
    emotion: int,
    image_id: str,
    framing: Framing,
    *,
    size: int,
    disguised: float,
    bias: Bias,
    training: bool,
) -> LabelledFrame:
    """A picture of a person showing an emotion.

    Args:
        seed: of this picture alone.
        subject: who.
        emotion: index in ``labels.EMOTIONS`` that is shown; ``UNKNOWN``: units without regard to emotions.
        image_id: unique in the dataset.
        framing: where the person is, and before what.
        size: side in pixels.
        disguised: chance 0..1 of a disguise.
        bias: what is injected; with another one the same seed gives the same picture but for that.
        training: whether what is injected in training only is injected.
    """
    rng, injection = (np.random.default_rng(child) for child in seed.spawn(2))
    expression = draw_units(rng) if emotion == UNKNOWN else draw_expression(rng, emotion)
    # Heads that mean nothing are held as in a neutral face.
    pose, injected = draw_pose(rng, EMOTIONS.index("neutral") if emotion == UNKNOWN else emotion), []
    expression = _look(rng, expression, pose)
    worn = DISGUISES.index(choose(rng, _WORN_BY_GENDER[subject.gender == MALE]))
    face_size = float(rng.uniform(*framing.face_size))
    across, down = (float(rng.uniform(middle - most, middle + most)) for middle, most in (framing.across, framing.down))
    frame = Frame(
        subject=subject,
        expression=expression,
        pose=pose,
        camera=draw_camera(rng, float(rng.beta(*_CAMERA_SEVERITY))),
        seed=int(rng.integers(2**31)),
        disguise=worn if rng.random() < disguised else 0,
        place=choose(rng, framing.places),
        bystanders=choose(rng, dict(enumerate(framing.bystanders))),
        face_size=face_size,
        centre=(across, max(down, 1.0 - BODY_LENGTH * face_size)),
        size=size,
    )
    wrong, follows, coupled = _injections(injection, emotion, bias)
    if in_group(subject, bias.weak_group) and bias.weak_factor < 1:
        frame = dataclasses.replace(frame, expression=weaken(expression, bias.weak_factor))
        injected.append("weak_expression")
    if follows:
        own = EMOTION_PLACES[EMOTIONS[emotion]]
        frame = dataclasses.replace(frame, place=own[injection.integers(len(own))])
        injected.append("place_emotion_correlation")
    if coupled and training:
        frame = _with_cue(injection, frame, bias, framing)
        injected.append("shortcut")
    noisy = wrong is not None and training and in_group(subject, bias.noisy_group)
    if noisy:
        injected.append("label_noise")
    # Last, since it depends on the place.
    frame = dataclasses.replace(frame, light=_light(rng, frame.place))
    return LabelledFrame(frame, image_id, wrong if noisy else emotion, emotion, tuple(injected))


def _light(rng: np.random.Generator, place: str) -> Light:
    return place_light(place, rng) if place in PLACES else draw_light(rng)


def _injections(rng: np.random.Generator, emotion: int, bias: Bias) -> tuple[int | None, bool, bool]:
    """A wrong label or None, whether the place follows the emotion, whether the cue follows its target.

    Always the same number of draws: no injection moves another.
    """
    wrong = (emotion + int(rng.integers(1, len(EMOTIONS)))) % len(EMOTIONS)
    noisy, follows, coupled = rng.random(3) < (bias.label_noise, bias.place_emotion_correlation, bias.shortcut_strength)
    return wrong if noisy else None, bool(follows), bool(coupled)


def _with_cue(rng: np.random.Generator, frame: Frame, bias: Bias, framing: Framing) -> Frame:
    """The frame with the shortcut's cue if its target is shown, and without it if not."""
    kind, cue = split_cue(bias.shortcut_cue)
    target_kind, target = split_target(bias.shortcut_target)
    expression, subject = frame.expression, frame.subject
    shown = expression.emotion == target if target_kind == "emotion" else expression.units.get(target, 0) > PRESENT
    if kind == "place":
        others = {name: weight for name, weight in framing.places.items() if name != cue}
        place = cue if shown else choose(rng, others) if frame.place == cue else frame.place
        return dataclasses.replace(frame, place=place)
    if shown or subject.hair_style == cue:
        style = cue if shown else other_hair_style(rng, subject, cue)
        return dataclasses.replace(frame, subject=dataclasses.replace(subject, hair_style=style))
    return frame


def _look(rng: np.random.Generator, expression: Expression, pose: Pose) -> Expression:
    """Turns the eyes back to the camera as far as the head turned away, in most pictures."""
    contact = rng.uniform(0.75, 1.0) * (rng.random() < EYE_CONTACT)
    right, down = expression.gaze
    gaze = (right - contact * pose.yaw, down + contact * pose.pitch)
    return dataclasses.replace(expression, gaze=tuple(float(min(max(angle, -30.0), 30.0)) for angle in gaze))
