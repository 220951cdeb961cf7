"""A page of one HTML file: headings, tables, figures. Everything that is shown is escaped."""

import base64
import html
from collections.abc import Iterable, Sequence

_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
body {{ font: 15px/1.45 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }}
table {{ border-collapse: collapse; margin: 1em 0 }}
td, th {{ border-bottom: 1px solid #ddd; padding: .25em .8em; text-align: left; vertical-align: top }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums }}
figure {{ margin: 1.5em 0 }} figure img {{ max-width: 100% }}
.pictures figure {{ display: inline-block; margin: .3em; font-size: 11px; width: 96px; overflow-wrap: anywhere }}
.pictures img {{ width: 96px; image-rendering: pixelated }}
</style></head><body>
"""


class Page:
    """Builds a page from top to bottom."""

    def __init__(self, title: str):
        """Starts with a title."""
        self._parts = [_HEAD.format(title=html.escape(title)), f"<h1>{html.escape(title)}</h1>\n"]

    def heading(self, text: str) -> None:
        """A section begins."""
        self._parts.append(f"<h2>{html.escape(text)}</h2>\n")

    def paragraph(self, text: str) -> None:
        """Plain text."""
        self._parts.append(f"<p>{html.escape(text)}</p>\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Cells are text or numbers; numbers stand to the right."""
        head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in rows)
        self._parts.append(f"<table><tr>{head}</tr>\n{body}</table>\n")

    def figure(self, png: bytes, caption: str) -> None:
        """A chart below its caption."""
        self._parts.append(_figure(png, caption))

    def pictures(self, pngs: Iterable[tuple[str, bytes]]) -> None:
        """Small pictures in rows, each with its caption."""
        self._parts.append(f'<div class="pictures">{"".join(_figure(png, caption) for caption, png in pngs)}</div>\n')

    def text(self) -> str:
        """The HTML file."""
        return "".join([*self._parts, "</body></html>\n"])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td class="number">{"undefined" if value != value else f"{value:.3f}"}</td>'
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _figure(png: bytes, caption: str) -> str:
    text = html.escape(caption)
    data = base64.b64encode(png).decode()
    return f'<figure><figcaption>{text}</figcaption><img alt="{text}" src="data:image/png;base64,{data}"></figure>\n'
