"""Files of a downloaded dataset, unpacked or still in its zip archives; nothing is unpacked and nothing written."""

import bisect
import contextlib
import hashlib
import os
import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from fer_tf.errors import InputError
from tfds_builders.source.tables import Row

# A picture of 64 megapixels takes less; tables of AffectNet have 200 MB.
LARGEST_FILE = 512 << 20
_MOST_FILES = 5_000_000
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class SourceTree:
    """A folder, with the zip archives that lie directly in it as if they were unpacked there.

    A file that is there both unpacked and in an archive is read unpacked. Hidden files and ``__MACOSX`` are left out.
    """

    def __init__(self, folder: str | Path):
        """Lists the files.

        Args:
            folder: what the user gave as ``--manual_dir``.

        Raises:
            InputError: an archive is damaged, or an entry of it would lie outside of its folder.
        """
        self.folder = Path(folder)
        self._archives: dict[str, Path] = {}
        names = set()
        for archive in sorted(self.folder.glob("*.zip")):
            for name in _entries(archive):
                self._archives.setdefault(name, archive)
                names.add(name)
        for name in _walk(self.folder):
            self._archives.pop(name, None)
            names.add(name)
        if len(names) > _MOST_FILES:
            raise InputError(f"{self.folder} holds more than {_MOST_FILES:,} files: give the folder of one dataset")
        self._names = sorted(names)
        self._open: tuple[Path, zipfile.ZipFile] | None = None

    def __contains__(self, name: str) -> bool:
        """Whether there is such a file; names that climb out of the folder are none of its files."""
        place = bisect.bisect_left(self._names, name)
        return self._names[place : place + 1] == [name]

    def find(self, pattern: str) -> list[re.Match]:
        """Files whose whole path, or the end of it from a folder on, matches.

        Args:
            pattern: regular expression of the path below the dataset's own top folder, with ``/``; archives often hold
                one folder more around it, which need not be written.

        Returns:
            Matches, in the order of the paths; ``match.string`` is the name for ``read``.
        """
        compiled = re.compile(rf"(?:.*/)?(?:{pattern})", re.DOTALL)
        return [match for name in self._names if (match := compiled.fullmatch(name))]

    def by_path(self, pattern: str) -> dict[str, str]:
        """Files by their path from the dataset's own top folder on, for lists that name them so.

        Args:
            pattern: as in ``find``.

        Returns:
            What the pattern matched -> the name for ``read``.

        Raises:
            InputError: two files have the same path, in folders of other names around it.
        """
        found: dict[str, str] = {}
        for match in self.find(f"(?P<own_path>{pattern})"):
            name = found.setdefault(match["own_path"], match.string)
            if name != match.string:
                raise InputError(f"{self.folder} holds both {name} and {match.string}: keep one of the two")
        return found

    def one(self, pattern: str, what: str) -> str:
        """Name of the only file that matches.

        Args:
            pattern: as in ``find``.
            what: what the file is, for messages.

        Raises:
            InputError: there is none, or several.
        """
        found = [match.string for match in self.find(pattern)]
        if len(found) != 1:
            came = f"came {', '.join(found[:3])}" if found else "there is none"
            raise InputError(f"{self.folder}: expected {what}, one file called {_readable(pattern)}, {came}")
        return found[0]

    def beside(self, table: str, row: Row, column: str) -> str:
        """Name of the file that a cell gives as a path from its table's folder; whether it is there is not asked.

        Args:
            table: name of the table.
            row: a line of it.
            column: the cell.

        Raises:
            InputError: the cell is empty.
        """
        return posixpath.normpath(posixpath.join(posixpath.dirname(table), row.text(column)))

    def path(self, name: str) -> Path:
        """Where a file lies, for readers that need it on the disk, as those of videos.

        Args:
            name: of a file that is there.

        Raises:
            InputError: it is inside an archive.
        """
        if archive := self._archives.get(name):
            raise InputError(f"{self.where(name)} can be read from the disk only: unpack {archive.name} beside it")
        return self.folder / name

    def where(self, name: str) -> str:
        """A file's place for messages."""
        archive = self._archives.get(name)
        return f"{archive}: {name}" if archive else str(self.folder / name)

    def read(self, name: str, limit: int = LARGEST_FILE) -> bytes:
        """The content of a file.

        Args:
            name: of a file that is there.
            limit: bytes; a longer one is refused.

        Raises:
            InputError: it is too long or damaged.
        """
        with self._opened(name) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise InputError(f"{self.where(name)} has more than {limit:,} bytes")
        return content

    def digest(self, name: str) -> str:
        """SHA-256 of a file's content, which is read block by block; InputError where it is damaged."""
        with self._opened(name) as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        archive = self._archives.get(name)
        try:
            with self._zip(archive).open(name) if archive else (self.folder / name).open("rb") as file:
                yield file
        except _DAMAGED as error:
            raise InputError(f"{self.where(name)} cannot be read ({error}): download it again") from error

    def _zip(self, archive: Path) -> zipfile.ZipFile:
        """The archive, kept open: reading its directory again for each picture would take most of the time."""
        if self._open is None or self._open[0] != archive:
            if self._open:
                self._open[1].close()
            self._open = (archive, zipfile.ZipFile(archive))
        return self._open[1]


def _walk(folder: Path) -> Iterator[str]:
    for path, folders, files in os.walk(folder):  # links to folders are not followed
        folders[:] = [name for name in folders if _shown(name)]
        for name in files:
            if _shown(name) and not (path == str(folder) and name.endswith(".zip")):
                yield PurePosixPath(Path(path, name).relative_to(folder)).as_posix()


def _entries(archive: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = opened.infolist()
    except _DAMAGED as error:
        raise InputError(f"{archive} is no zip archive, damaged or cut short ({error}): download it again") from error
    for info in infos:
        path = PurePosixPath(info.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename:
            raise InputError(
                f"{archive} holds {info.filename!r}, which would lie outside of its folder: do not use this archive"
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputError(f"{archive} holds the link {info.filename!r}: expected files")
        if info.flag_bits & 1:
            raise InputError(f"{archive} is encrypted: unpack it with its password into {archive.parent}")
        if not info.is_dir() and all(_shown(part) for part in path.parts):
            yield info.filename


def _shown(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _readable(pattern: str) -> str:
    return pattern.replace("\\", "")
