"""What a section of the page holds."""

from typing import Any


def section(name: str, title: str, text: str = "", **parts: Any) -> dict[str, Any]:
    """A section of the page; ``parts`` are charts, tables, pictures and facts."""
    return {
        "id": name,
        "title": title,
        "text": text,
        "charts": [],
        "tables": [],
        "more": [],
        "pictures": [],
        "facts": [],
    } | parts
