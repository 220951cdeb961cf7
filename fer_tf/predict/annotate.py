"""Drawing what was found into a copy of the picture."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fer_tf.labels import EMOTIONS
from fer_tf.predict.images import ANNOTATED_SUFFIX

# Okabe and Ito's palette, which colour-blind people can tell apart, in the order of EMOTIONS.
_PALETTE = ("#d55e00", "#009e73", "#cc79a7", "#f0e442", "#bbbbbb", "#0072b2", "#56b4e9")
COLOURS = dict(zip(EMOTIONS, _PALETTE, strict=True))
_OTHER = "#bbbbbb"
_PAPER, _INK, _PALE = "#1e1e1e", "#f2f2f2", "#555555"
# Share of the picture's longer side. With the charts beside it and all shown at 800 pixels,
# letters are still 13 pixels high.
_LETTERS = 18 / 800
_SMALLEST = 800


def annotate(image: np.ndarray, record: dict) -> Image.Image:
    """A copy of a picture with a numbered box at each face and its probabilities beside the picture.

    The bars stand in a margin at the right, so that they hide nobody, however many faces.

    Args:
        image: uint8 (H, W, 3).
        record: of ``Predictor`` for this picture.

    Returns:
        RGB picture, its longer side at least 800 pixels, letters 1/44 of it.
    """
    factor = max(1.0, _SMALLEST / max(image.shape[:2]))
    photo = Image.fromarray(image)
    if factor > 1:
        photo = photo.resize((round(photo.width * factor), round(photo.height * factor)), Image.Resampling.BICUBIC)
    # Of a panorama the shorter side counts, or the charts would be as long as it is.
    faces, letters = record["faces"], math.ceil(min(max(photo.size), 3 * min(photo.size)) * _LETTERS)
    font = ImageFont.load_default(letters)
    if not faces:
        _draw_tag(ImageDraw.Draw(photo), font, "no face found", (0, 0), _OTHER)
        return photo
    labels = len(faces[0]["probabilities"])
    columns, rows = _layout(photo.size, len(faces), letters, labels)
    chart_width, chart_height = _chart_size(letters, labels)
    height = max(photo.height, chart_height * rows)
    canvas = Image.new("RGB", (photo.width + chart_width * columns, height), _PAPER)
    canvas.paste(photo, (0, 0))
    draw = ImageDraw.Draw(canvas)
    for number, face in enumerate(faces):
        _draw_box(draw, font, face, number + 1, factor, photo.size)
        corner = (photo.width + chart_width * (number // rows), chart_height * (number % rows))
        _draw_chart(draw, font, face, number + 1, corner, chart_width)
    return canvas


def annotated_path(folder: Path, image: Path, root: Path, suffix: str = ANNOTATED_SUFFIX) -> Path:
    """Where the copy of a picture goes: the same place under ``folder`` as the picture has under ``root``.

    Args:
        folder: of the copies.
        image: path of the picture.
        root: folder that holds all pictures, see ``common_root``.
        suffix: ends the copy's name.
    """
    relative = Path(os.path.relpath(image, root))
    # The whole name stays, because a.jpg and a.png may stand side by side.
    return folder / relative.with_name(relative.name + suffix)


def common_root(images: Sequence[Path]) -> Path:
    """Deepest folder that holds all pictures."""
    # abspath resolves "..", which would lead out of the folder of the copies.
    return Path(os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in images]))


def _layout(size: tuple[int, int], faces: int, letters: int, labels: int) -> tuple[int, int]:
    """Columns and rows of the charts."""
    chart_width, chart_height = _chart_size(letters, labels)
    rows = min(faces, max(1, size[1] // chart_height))
    # For a crowd charts go on below the picture rather than ever further to the right.
    columns = min(math.ceil(faces / rows), max(1, size[0] // chart_width))
    return columns, math.ceil(faces / columns)


def _chart_size(letters: int, labels: int) -> tuple[int, int]:
    return round(letters * 15), round(letters * 1.3 * (labels + 2))


def _draw_box(draw: ImageDraw.ImageDraw, font, face: dict, number: int, factor: float, size: tuple[int, int]) -> None:
    left, top, width, height = (value * factor for value in face["box"])
    colour = COLOURS.get(face["emotion"], _OTHER)
    line = max(2, font.size // 6)
    draw.rectangle((left, top, left + width, top + height), outline=colour, width=line)
    text = f"{number} {face['emotion']}"
    # Above the box, or inside it where the picture ends; never off the right edge.
    y = top - font.size * 1.3 if top >= font.size * 1.3 else top
    x = max(0, min(left, size[0] - draw.textlength(text, font) - font.size * 0.6))
    _draw_tag(draw, font, text, (x, y), colour)


def _draw_tag(draw: ImageDraw.ImageDraw, font, text: str, corner: tuple[float, float], colour: str) -> None:
    (x, y), height = corner, font.size * 1.3
    draw.rectangle((x, y, x + draw.textlength(text, font) + font.size * 0.6, y + height), fill=colour)
    draw.text((x + font.size * 0.3, y + height / 2), text, fill=_ink_on(colour), font=font, anchor="lm")


def _draw_chart(draw: ImageDraw.ImageDraw, font, face: dict, number: int, corner: tuple[int, int], width: int) -> None:
    letters, step = font.size, font.size * 1.3
    x, y = corner[0] + letters * 0.6, corner[1] + letters * 1.0
    title = f"{number} {face['emotion']} {face['probabilities'][face['emotion']]:.0%}"
    draw.text((x, y), title, fill=COLOURS.get(face["emotion"], _OTHER), font=font, anchor="lm")
    bar_left = x + letters * 5.4
    longest = corner[0] + width - letters * 3.0 - bar_left
    for row, (emotion, probability) in enumerate(face["probabilities"].items(), start=1):
        middle = y + row * step
        draw.text((x, middle), emotion, fill=_INK, font=font, anchor="lm")
        top, bottom = middle - letters * 0.4, middle + letters * 0.4
        draw.rectangle((bar_left, top, bar_left + longest, bottom), fill=_PALE)
        if probability > 0:
            end = bar_left + max(1, longest * probability)
            draw.rectangle((bar_left, top, end, bottom), fill=COLOURS.get(emotion, _OTHER))
        draw.text((bar_left + longest + letters * 0.3, middle), f"{probability:.0%}", fill=_INK, font=font, anchor="lm")


def _ink_on(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else "white"
