"""A film of drawn people who walk through the picture while their expressions change, with its truth.

Of each person a few heads are drawn, steps from one emotion to the next; frames are put together
from these, so that ten seconds of film take about as many to draw.
"""

import contextlib
import dataclasses
import functools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.emotions import draw_expression
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.scene.places import draw_place
from fer_tf.synthesis.render.settle import settle
from fer_tf.synthesis.render.spec import Expression, Frame, Pose

MOST_PEOPLE = 3
_SIDES = (64, 2048)
# A person's picture: E and place of the face's middle, as shares of its side.
_FACE_SIZE, _CENTRE = 0.12, (0.5, 0.3)
# Side of that picture of each person, in heights of the frame: the first stand nearer.
_NEARNESS = (1.15, 1.0, 0.85)
# Seconds that an emotion stays, and of the change to the next, in so many steps.
_STAYS, _CHANGES, _STEPS = 1.2, 0.5, 5
_STRENGTH = 0.9
# Seconds of a walk there and back, and of one out of the picture and in again.
_WALK, _LEAVE = 8.0, 3.0


@dataclasses.dataclass(frozen=True)
class Film:
    """What is to be drawn.

    The first two people cross, the second behind the first; the third leaves the picture at the
    right and comes back.

    Attributes:
        people: 1..3.
        frames: 1 or more.
        width: pixels, 64..2048, even.
        height: the same.
        rate: frames a second, 1..240.
        seed: of the people, their emotions and the place behind them.
    """

    people: int = 2
    frames: int = 100
    width: int = 640
    height: int = 480
    rate: float = 25.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.people <= MOST_PEOPLE or self.frames < 1 or not 1 <= self.rate <= 240 or self.seed < 0:
            raise InputError(
                f"film: people {self.people}, frames {self.frames}, rate {self.rate}, seed {self.seed}: "
                f"expected 1..{MOST_PEOPLE}, 1 or more, 1..240, 0 or more"
            )
        if any(not _SIDES[0] <= side <= _SIDES[1] or side % 2 for side in (self.width, self.height)):
            low, high = _SIDES
            raise InputError(f"film: {self.width}x{self.height} pixels: expected even sides of {low}..{high}")


class FilmFrame(NamedTuple):
    """A frame and what is true of it.

    Attributes:
        image: RGB uint8 (height, width, 3).
        truth: ``frame`` from 0, ``time`` in seconds, and ``heads``: for each person, in the picture or not,
            ``person`` from 0, ``box`` of the face's mesh (left, top, width, height in pixels), ``visible``
            (share of the face's skin that nothing hides, 0..1) and ``emotion``.
    """

    image: np.ndarray
    truth: dict


def draw_film(film: Film) -> Iterator[FilmFrame]:
    """Draws a film frame by frame; the same film gives the same bytes.

    Args:
        film: what is to be drawn.

    Yields:
        the frames in order.
    """
    actors = [_Actor(film, number) for number in range(film.people)]
    # Squeezed a little where the frame is not square; it stands out of focus anyway.
    place = draw_place("office", np.random.default_rng([film.seed, MOST_PEOPLE]), max(film.width, film.height))
    background = cv2.resize(place, (film.width, film.height), interpolation=cv2.INTER_AREA)
    for number in range(film.frames):
        image, seconds = background, number / film.rate
        shown: list[tuple[_Layer, np.ndarray]] = []
        # The farthest first: the nearer hide them.
        for actor in reversed(actors):
            layer = actor.layer(seconds)
            image = cv2.blendLinear(layer.image, image, layer.cover, 1 - layer.cover)
            shown = [(hidden, face * (1 - layer.cover)) for hidden, face in shown]
            shown.append((layer, layer.face))
        heads = [{**layer.head, "visible": _share(face, layer.skin)} for layer, face in reversed(shown)]
        yield FilmFrame(image, {"frame": number, "time": round(seconds, 6), "heads": heads})


def write_film(path: str | Path, film: Film) -> Path:
    """Draws a film into a file.

    Args:
        path: to write, ending in .mp4; the truth goes beside it, ending in .jsonl, a frame a line.
        film: what is to be drawn.

    Returns:
        path of the truth.

    Raises:
        InputError: the path has another ending, or cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4" or not path.absolute().parent.is_dir():
        raise InputError(f"{path}: expected a name that ends in .mp4, in a folder that is there")
    size = (film.width, film.height)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), film.rate, size)
    if not writer.isOpened():
        raise InputError(f"{path} cannot be written: choose another place")
    truth = path.with_suffix(".jsonl")
    with contextlib.ExitStack() as stack:
        stack.callback(writer.release)
        lines = stack.enter_context(truth.open("w", encoding="utf-8"))
        for frame in draw_film(film):
            writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
            lines.write(json.dumps(frame.truth) + "\n")
    return truth


class _Layer(NamedTuple):
    """A person alone, in pixels of the frame: colours, share covered 0..1, share of the face's skin 0..1.

    ``skin`` is the pixels of it that there would be were nothing cut off, ``head`` the truth.
    """

    image: np.ndarray
    cover: np.ndarray
    face: np.ndarray
    skin: float
    head: dict


class _Head(NamedTuple):
    """A drawn person: RGB uint8 (side, side, 3), ``cover`` and ``face`` of a layer as float32 (side, side, 2).

    ``corners``: left, top, right, bottom of the mesh.
    """

    image: np.ndarray
    masks: np.ndarray
    corners: np.ndarray


class _Actor:
    """One person: who, which emotions in which order, and where when."""

    def __init__(self, film: Film, number: int):
        self._film, self._number = film, number
        rng = np.random.default_rng([film.seed, number])
        # Neither hair nor a head from the edge of what is drawn: this is no test of the detector.
        self._subject = draw_subject(rng, f"film_{film.seed}_{number}", age_group=2)
        order = rng.permutation(len(EMOTIONS)).tolist()
        self._expressions = [draw_expression(rng, emotion, _STRENGTH) for emotion in order]
        self._pose = Pose(*(float(angle) for angle in rng.uniform(-6, 6, 3)))
        self._side = 2 * round(film.height * _NEARNESS[number] / 2)
        self._phase = float(rng.uniform(0, 2 * math.pi))
        # Of each emotion and each step to the next there is one head, so this does not grow with the film.
        self._drawn = functools.cache(self._draw)

    def layer(self, seconds: float) -> _Layer:
        """The person at a time."""
        emotion, step = _moment(seconds, len(self._expressions))
        head = self._drawn(emotion, step)
        x, y = self._place(seconds)
        corner = (x - _CENTRE[0] * self._side, y - _CENTRE[1] * self._side)
        size = (self._film.width, self._film.height)
        shift = np.array([[1.0, 0.0, corner[0]], [0.0, 1.0, corner[1]]])
        image = cv2.warpAffine(head.image, shift, size, flags=cv2.INTER_LINEAR)
        cover, face = cv2.split(cv2.warpAffine(head.masks, shift, size, flags=cv2.INTER_LINEAR))
        left, top, right, bottom = (head.corners + (*corner, *corner)).tolist()
        shown = emotion if step <= _STEPS // 2 else (emotion + 1) % len(self._expressions)
        truth = {
            "person": self._number,
            "box": [round(value, 2) for value in (left, top, right - left, bottom - top)],
            "emotion": EMOTIONS[self._expressions[shown].emotion],
        }
        return _Layer(image, cover, face, float(head.masks[..., 1].sum()), truth)

    def _draw(self, emotion: int, step: int) -> _Head:
        first, second = (self._expressions[(emotion + number) % len(self._expressions)] for number in (0, 1))
        frame = Frame(
            self._subject,
            _between(first, second, step / _STEPS),
            self._pose,
            seed=self._film.seed,
            place="studio",
            face_size=_FACE_SIZE,
            centre=_CENTRE,
            size=self._side,
        )
        picture = draw(frame)
        person = cv2.GaussianBlur(picture.person.astype(np.float32), (0, 0), 1.0)
        # Inside the outline, or the studio would shine through at the edge.
        cover = (2 * person - 1).clip(0, 1)
        masks = np.dstack([cover, picture.face.astype(np.float32)])
        return _Head(picture.image, masks, np.concatenate([picture.mesh.min(axis=0), picture.mesh.max(axis=0)]))

    def _place(self, seconds: float) -> tuple[float, float]:
        """Pixels where the face's middle is."""
        walk = math.cos(2 * math.pi * seconds / _WALK)
        nod = 0.015 * math.sin(2 * math.pi * seconds / 1.9 + self._phase)
        out = max(0.0, math.sin(2 * math.pi * seconds / _LEAVE)) ** 2
        across, down = (
            (0.37 - 0.22 * walk, 0.50),
            (0.37 + 0.22 * walk, 0.44),
            (0.85 + 0.25 * out, 0.44),
        )[self._number]
        return across * self._film.width, (down + nod) * self._film.height


def _moment(seconds: float, emotions: int) -> tuple[int, int]:
    """Which emotion, and which step to the next, 0.._STEPS - 1."""
    turn, passed = divmod(seconds, _STAYS + _CHANGES)
    step = 0 if passed < _STAYS else 1 + int((passed - _STAYS) / _CHANGES * (_STEPS - 1))
    return int(turn) % emotions, min(step, _STEPS - 1)


def _between(first: Expression, second: Expression, share: float) -> Expression:
    """An expression on the way from one to another."""

    def mixed(before: dict[int, float], after: dict[int, float]) -> dict[int, float]:
        units = sorted(before.keys() | after.keys())
        return {unit: (1 - share) * before.get(unit, 0.0) + share * after.get(unit, 0.0) for unit in units}

    if share == 0:
        return first
    gaze = tuple((1 - share) * before + share * after for before, after in zip(first.gaze, second.gaze, strict=True))
    return Expression(settle(mixed(first.units, second.units)), mixed(first.asymmetry, second.asymmetry), gaze)


def _share(face: np.ndarray, skin: float) -> float:
    """Of the skin, what is left to be seen, 0..1."""
    return round(float(min(1.0, face.sum() / skin)), 3) if skin else 0.0
