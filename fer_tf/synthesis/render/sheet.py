"""The contact sheet: rows of faces, to look at what the renderer does."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, DISGUISES, EMOTIONS, SKIN_TONES
from fer_tf.synthesis.contact_sheet import contact_sheet
from fer_tf.synthesis.render.emotions import draw_expression, draw_pose
from fer_tf.synthesis.render.lights import draw_light
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.scene.place_lights import place_light
from fer_tf.synthesis.render.spec import HAIR_STYLES, PLACES, Expression, Frame, Pose

_UNIT_LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)
_POSES = (
    *(Pose(yaw=-35), Pose(yaw=-20), Pose(), Pose(yaw=20), Pose(yaw=35)),
    *(Pose(pitch=-20), Pose(pitch=20), Pose(roll=-20), Pose(roll=20)),
)
_EMOTION_ROWS = 4
_SIZE = 160
_UNIT_COLUMNS = 2

Cell = tuple[str, Frame]


SECTIONS = ("emotions", "action_units", "skin_tones", "disguises", "poses", "hair", "places")


def rows(seed: int, sections: Sequence[str] = SECTIONS) -> dict[str, list[list[Cell]]]:
    """The frames of the sheet.

    Args:
        seed: of the people; a section looks the same whichever others are drawn.
        sections: which of ``SECTIONS``, in this order.

    Returns:
        Section -> rows of (caption, frame).

    Raises:
        InputError: an unknown section.
    """
    makers = {
        "emotions": lambda rng: [list(_emotions(rng)) for _ in range(_EMOTION_ROWS)],
        "action_units": _unit_rows,
        "skin_tones": lambda rng: [list(_tones(rng))],
        "disguises": lambda rng: _wrapped(list(_disguises(rng)), 7),
        "poses": lambda rng: [list(_poses(rng))],
        "hair": lambda rng: _wrapped(list(_hair(rng)), 8),
        "places": lambda rng: _wrapped(list(_places(rng)), 7),
    }
    for section in sections:
        if section not in makers:
            raise InputError(f"section {section!r}: known are {', '.join(SECTIONS)}")
    return {name: makers[name](np.random.default_rng((seed, SECTIONS.index(name)))) for name in sections}


def _person(rng: np.random.Generator, **asked: int):
    return draw_subject(rng, "sheet", **asked)


def _emotions(rng: np.random.Generator) -> Iterator[Cell]:
    subject = _person(rng)
    for index, name in enumerate(EMOTIONS):
        frame = Frame(subject, draw_expression(rng, index), draw_pose(rng, index), draw_light(rng))
        yield name, dataclasses.replace(frame, seed=int(rng.integers(2**31)), size=_SIZE)


def _unit_rows(rng: np.random.Generator) -> list[list[Cell]]:
    subject = dataclasses.replace(_person(rng, gender=1, age_group=3), facial_hair="none", hair_style="side_part")
    cells = [
        [(f"AU {unit}: {level:g}", _plain(subject, Expression({unit: level}))) for level in _UNIT_LEVELS]
        for unit in ACTION_UNITS
    ]
    pairs = range(0, len(cells), _UNIT_COLUMNS)
    return [[cell for row in cells[start : start + _UNIT_COLUMNS] for cell in row] for start in pairs]


def _plain(subject, expression: Expression) -> Frame:
    return Frame(subject, expression, place="studio", size=_SIZE)


def _tones(rng: np.random.Generator) -> Iterator[Cell]:
    for tone in SKIN_TONES:
        yield f"tone {tone}", Frame(_person(rng, skin_tone=tone), place="studio", size=_SIZE)


def _disguises(rng: np.random.Generator) -> Iterator[Cell]:
    happiness = EMOTIONS.index("happiness")
    for number, name in enumerate(DISGUISES):
        subject = _person(rng, gender={"hijab": 0, "beard": 1}.get(name))
        frame = Frame(subject, draw_expression(rng, happiness), light=draw_light(rng), disguise=number)
        yield name, dataclasses.replace(frame, seed=int(rng.integers(2**31)), size=_SIZE, face_size=0.27)


def _poses(rng: np.random.Generator) -> Iterator[Cell]:
    subject = _person(rng)
    for pose in _POSES:
        words = [f"{name} {angle:+g}" for name, angle in dataclasses.asdict(pose).items() if angle]
        yield ", ".join(words) or "straight", Frame(subject, pose=pose, place="studio", size=_SIZE)


def _hair(rng: np.random.Generator) -> Iterator[Cell]:
    for style in HAIR_STYLES:
        subject = dataclasses.replace(_person(rng), hair_style=style)
        yield style, Frame(subject, pose=Pose(yaw=float(rng.uniform(-25, 25))), size=_SIZE, face_size=0.24)


def _places(rng: np.random.Generator) -> Iterator[Cell]:
    for number, place in enumerate(PLACES):
        frame = Frame(_person(rng), light=place_light(place, rng), place=place, face_size=0.13, centre=(0.4, 0.4))
        yield place, dataclasses.replace(frame, bystanders=number % 2, seed=int(rng.integers(2**31)), size=_SIZE)


def _wrapped(cells: list[Cell], width: int) -> list[list[Cell]]:
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def draw_sheet(seed: int = 0, sections: Sequence[str] = SECTIONS, progress: Callable = iter) -> Image.Image:
    """Draws the sheet.

    Args:
        seed: of the people.
        sections: see ``rows``.
        progress: passes on the list of rows; ``tqdm`` shows a bar.

    Returns:
        The picture, RGB.
    """
    content = rows(seed, sections)
    work = progress([row for section in content.values() for row in section])
    drawn = ([(caption, draw(frame).image) for caption, frame in row] for row in work)
    return contact_sheet({name: [next(drawn) for _ in section] for name, section in content.items()}, _SIZE)
