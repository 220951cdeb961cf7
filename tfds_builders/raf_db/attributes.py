"""Reads what RAF-DB's annotators say of the person on a picture."""

from fer_tf.errors import InputError
from fer_tf.labels import AGE_GROUPS, GENDERS, UNKNOWN
from tfds_builders.source.tables import Row, word_lines

_LANDMARKS = 5
# By RAF-DB's numbers.
_GENDERS = (GENDERS.index("male"), GENDERS.index("female"), UNKNOWN)
_RACES = 3

Box = tuple[float, float, float, float]


def read_attributes(content: bytes, file: str) -> tuple[dict[str, int], Box]:
    """Reads a ``*_manu_attri.txt``: five landmarks (eyes, nose, corners of the mouth), then gender, race and age.

    Race is checked and left away: the record has skin tone, which it does not tell.

    Args:
        content: the file.
        file: its name, for messages.

    Returns:
        (``gender`` and ``age_group`` for ``record.make_record``; left, top, width and height of the face in pixels:
        the square around the landmarks' middle, twice as wide as they are).

    Raises:
        InputError: lines are missing or say what cannot be.
    """
    lines = list(word_lines(content, file))
    widths = [len(words) for _, words in lines]
    if widths != [2] * _LANDMARKS + [1] * 3:
        raise InputError(
            f"{file}: expected {_LANDMARKS} lines of landmarks (x y), then a line each for gender, race and age, came "
            f"{len(lines)} lines with {' '.join(map(str, widths[:20]))} words"
        )
    points = [Row(file, line, dict(zip("xy", words, strict=True))) for line, words in lines[:_LANDMARKS]]
    gender, race, age = (
        Row(file, line, {name: words[0]})
        for name, (line, words) in zip(("gender", "race", "age"), lines[_LANDMARKS:], strict=True)
    )
    race.integer("race", 0, _RACES - 1)
    person = {
        "gender": _GENDERS[gender.integer("gender", 0, len(_GENDERS) - 1)],
        "age_group": age.integer("age", 0, len(AGE_GROUPS) - 1),
    }
    return person, _box([row.number("x") for row in points], [row.number("y") for row in points])


def _box(x: list[float], y: list[float]) -> Box:
    half = max(max(x) - min(x), max(y) - min(y))
    return (max(x) + min(x)) / 2 - half, (max(y) + min(y)) / 2 - half, 2 * half, 2 * half
