"""Small pieces of sentences, and words of strangers made harmless."""

import html
import unicodedata
from collections.abc import Sequence

LONGEST = 40


def plain(text: object) -> str:
    """A stranger's word on one line: no control or direction characters, no markup, at most ``LONGEST`` letters.

    Args:
        text: a cell of a table, or whatever a plug-in returns.

    Returns:
        text that is safe in a terminal and in HTML; "" when nothing is left.
    """
    # Unicode's categories C (control, format, surrogate) and Z (separators).
    letters = "".join(
        {"C": "", "Z": " "}.get(unicodedata.category(letter)[0], letter) if letter not in "\t\n\r\v\f" else " "
        for letter in str(text)[: 20 * LONGEST]
    )
    words = " ".join(letters.split())
    words = words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"
    return html.escape(words)


def listed(words: Sequence[str], last: str = "and") -> str:
    """``"a, b and c"``."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


def percent(fraction: float) -> str:
    """``"83 %"``; what is not quite nothing or all is not rounded to it."""
    if 0 < fraction < 0.005:
        return "less than 1 %"
    if 0.995 <= fraction < 1:
        return "more than 99 %"
    return f"{100 * fraction:.0f} %"
