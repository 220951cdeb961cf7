"""The frame of every page: style, script, and the rule that nothing else may run or be fetched."""

import base64
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_HERE = Path(__file__).parent


@functools.cache
def environment() -> jinja2.Environment:
    """Templates of this folder; whatever is put into them is text, unless it is ``Markup``."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, content: Mapping[str, Any]) -> str:
    """A whole page.

    Args:
        template: file of this folder, which extends ``shell.html``.
        content: what it shows.
    """
    style, script = (Markup((_HERE / name).read_text(encoding="utf-8")) for name in ("style.css", "sort.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment().get_template(template).render(style=style, script=script, script_digest=digest, **content)


def write_page(path: Path, template: str, content: Mapping[str, Any]) -> Path:
    """Writes a page and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(template, content), encoding="utf-8")
    return path


def png_link(content: bytes) -> str:
    """A PNG as text that can stand for its address."""
    return "data:image/png;base64," + base64.b64encode(content).decode()
