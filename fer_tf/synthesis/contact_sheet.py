"""Pictures in rows with captions, to look at."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_LABEL, _GAP = 18, 2

Cell = tuple[str, np.ndarray]


def contact_sheet(sections: Mapping[str, Sequence[Sequence[Cell]]], size: int) -> Image.Image:
    """Lays pictures out.

    Args:
        sections: heading -> rows of (caption, uint8 (size, size, 3)).
        size: side of every picture in pixels.

    Returns:
        One RGB picture on white paper.
    """
    width = max(len(row) for section in sections.values() for row in section) * (size + _GAP)
    height = sum(2 * _LABEL + len(section) * (size + _LABEL + _GAP) for section in sections.values())
    sheet = Image.new("RGB", (width, height), "white")
    pen, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(13), 0
    for name, section in sections.items():
        pen.text((4, top + _LABEL // 2), name.replace("_", " "), "black", ImageFont.load_default(16))
        top += 2 * _LABEL
        for row in section:
            for number, (caption, image) in enumerate(row):
                sheet.paste(Image.fromarray(image), (number * (size + _GAP), top))
                pen.text((number * (size + _GAP) + 3, top + size + 1), caption, "black", font)
            top += size + _LABEL + _GAP
    return sheet
