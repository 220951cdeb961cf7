"""The folder that a synthetic set is written to: pictures with what decided on them, rejects, and how it goes on.

``SPLIT/EMOTION/NAME.png`` with ``NAME.json`` beside it, ``rejected.csv`` and ``settings.json``. A picture that is
there is finished: its JSON was there before it, and both were moved into place whole.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.synthesis.generate.requests import Request

SETTINGS_FILE, REJECTED_FILE = "settings.json", "rejected.csv"
_COLUMNS = ("name", "reason")
# Of settings that differ, so many stand in the message.
_DIFFERENCES_SHOWN = 4


class Folder:
    """A synthetic set on disk. One process at a time: see ``commandline.only_process``."""

    def __init__(self, path: str | Path, settings: Mapping[str, Any]):
        """Opens a folder, or begins a new one.

        Args:
            path: of the folder.
            settings: everything that decides on the pictures, as JSON values.

        Raises:
            InputError: it was begun with other settings, holds something else, or cannot be written.
        """
        self.path = Path(path)
        # As they are read back: JSON has no tuples, and only text as names.
        self.settings = json.loads(json.dumps(settings))
        self.digest = hashlib.sha256(_text(self.settings).encode()).hexdigest()[:16]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._begin()
            self._rejected = self._read_rejected()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.path} cannot be used ({error}): choose another --output_dir") from error

    def _begin(self) -> None:
        file = self.path / SETTINGS_FILE
        if file.is_file():
            self._check_same(file)
            return
        # Other people's pictures would be taken for finished ones.
        strangers = sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith("."))
        if strangers:
            raise InputError(
                f"{self.path} holds {strangers[0]}, but no {SETTINGS_FILE}: choose an empty folder for --output_dir"
            )
        _write(file, _text(self.settings).encode())

    def _check_same(self, file: Path) -> None:
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{file} is damaged ({error}): choose another --output_dir") from error
        old, new = _flat(before), _flat(self.settings)
        names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
        if names:
            shown = "; ".join(
                f"{name} was {old.get(name)!r}, now {new.get(name)!r}" for name in names[:_DIFFERENCES_SHOWN]
            )
            more = f"; and {len(names) - _DIFFERENCES_SHOWN} more" if len(names) > _DIFFERENCES_SHOWN else ""
            raise InputError(
                f"{self.path} was begun with other settings ({shown}{more}): repeat them or choose another --output_dir"
            )

    def _read_rejected(self) -> dict[str, str]:
        """Name -> reason. A line that a kill cut off is taken away: its picture is made again."""
        file = self.path / REJECTED_FILE
        text = file.read_bytes().decode() if file.is_file() else ""
        whole = text[: text.rfind("\n") + 1]
        if not whole:
            _write(file, _line(_COLUMNS).encode())
            return {}
        if whole != text:
            _write(file, whole.encode())
        rows = list(csv.reader(io.StringIO(whole)))
        if tuple(rows[0]) != _COLUMNS or any(len(row) != len(_COLUMNS) for row in rows):
            raise InputError(f"{file} is not a list of {', '.join(_COLUMNS)}: choose another --output_dir")
        return dict(rows[1:])

    def is_accepted(self, request: Request) -> bool:
        """Whether the picture of a request is there."""
        return self._file(request, ".png").is_file()

    def is_rejected(self, request: Request) -> bool:
        """Whether the picture of a request was made and found wanting."""
        return request.path in self._rejected

    def accept(self, request: Request, image: np.ndarray, facts: Mapping[str, Any]) -> None:
        """Writes a picture and what decided on it.

        Args:
            request: what was asked for.
            image: uint8 (H, W, 3) RGB.
            facts: JSON values; the folder's settings and their digest are added.

        Raises:
            InputError: it cannot be written.
        """
        content = io.BytesIO()
        Image.fromarray(image).save(content, format="png")
        facts = {**facts, "settings": self.settings, "settings_digest": self.digest}
        try:
            self._file(request, ".json").parent.mkdir(parents=True, exist_ok=True)
            _write(self._file(request, ".json"), _text(facts).encode())
            _write(self._file(request, ".png"), content.getvalue())
        except OSError as error:
            raise InputError(f"{self.path} cannot be written ({error}): the same command goes on from here") from error

    def reject(self, request: Request, reason: str) -> None:
        """Lists a picture that is not kept, at once."""
        try:
            with (self.path / REJECTED_FILE).open("a", newline="", encoding="utf-8") as file:
                file.write(_line((request.path, " ".join(reason.split()))))
        except OSError as error:
            raise InputError(f"{self.path} cannot be written ({error}): the same command goes on from here") from error
        self._rejected[request.path] = reason

    def _file(self, request: Request, suffix: str) -> Path:
        return self.path / f"{request.path}{suffix}"


def _line(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _flat(values: Any, name: str = "") -> dict[str, Any]:
    """Nested names with dots -> value."""
    if not isinstance(values, dict):
        return {name: values}
    return {
        inner: value
        for key, part in values.items()
        for inner, value in _flat(part, f"{name}.{key}" if name else str(key)).items()
    }


def _write(path: Path, content: bytes) -> None:
    """All or nothing, whenever it is killed."""
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)
