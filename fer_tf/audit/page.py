"""A page of one HTML file: headings, tables, figures. Everything that is shown is escaped."""

import html
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from fer_tf.pages.shell import png_link, render


class Page:
    """Builds a page from top to bottom."""

    def __init__(self, title: str):
        """Starts with a title."""
        self._title = title
        self._parts: list[str] = []

    def heading(self, text: str) -> None:
        """A section begins."""
        self._parts.append(f"<h2>{html.escape(text)}</h2>\n")

    def paragraph(self, text: str) -> None:
        """Plain text."""
        self._parts.append(f"<p>{html.escape(text)}</p>\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Cells are text or numbers; numbers stand to the right."""
        head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in rows)
        name = html.escape(", ".join(columns))
        self._parts.append(
            f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table class="sortable">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n"
        )

    def figure(self, png: bytes, caption: str) -> None:
        """A chart below its caption."""
        self._parts.append(_figure(png, caption))

    def pictures(self, pngs: Iterable[tuple[str, bytes]]) -> None:
        """Small pictures in rows, each with its caption."""
        self._parts.append(f'<div class="pictures">{"".join(_figure(png, caption) for caption, png in pngs)}</div>\n')

    def text(self) -> str:
        """The HTML file."""
        return render("plain.html", {"title": self._title, "body": Markup("".join(self._parts))})


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td class="number">{"undefined" if value != value else f"{value:.3f}"}</td>'
    if isinstance(value, int):
        return f'<td class="number" data-sort="{value}">{value:,}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _figure(png: bytes, caption: str) -> str:
    text = html.escape(caption)
    return f'<figure><figcaption>{text}</figcaption><img alt="{text}" src="{png_link(png)}"></figure>\n'
