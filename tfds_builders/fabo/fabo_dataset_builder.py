"""FABO: posed films of face and upper body, of which the apex is taken (Gunes and Piccardi 2006)."""

import math
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from fer_tf.errors import InputError
from fer_tf.labels import UNKNOWN, emotion_index
from tfds_builders.source.builder import PictureBuilder
from tfds_builders.source.clips import ENDINGS, film_items, is_film, sampled
from tfds_builders.source.films import Film
from tfds_builders.source.items import BY_SUBJECT, Item
from tfds_builders.source.manifest import MANIFEST, Entry, manifest_entries
from tfds_builders.source.tables import Row
from tfds_builders.source.tree import SourceTree

# Of the paper's DeFi, which takes frames of FABO.
FRAMES_PER_SECOND = 10
# The paper's letters; without those of OUTSIDE.
LETTERS = {
    "n": "neutral",
    "s": "sadness",
    "sr": "surprise",
    "h": "happiness",
    "f": "fear",
    "a": "anger",
    "d": "disgust",
}
# What the seven emotions do not have; uncertainty is recalled, the paper has the others.
OUTSIDE = ("b", "boredom", "p", "puzzlement", "ax", "anxiety", "uncertainty")
_WORDS = ", ".join((*LETTERS.values(), "boredom, puzzlement, anxiety, or N S Sr H F A D B P Ax"))
_APEX = ("apex_start", "apex_end")


class Builder(PictureBuilder):
    """Builds FABO from a table of videos, or from folders of them."""

    HOMEPAGE = "https://www.cl.cam.ac.uk/~hg410/fabo.html"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"ask for FABO with its signed release ({HOMEPAGE}), unpack the videos there, and beside them put {MANIFEST}, "
        "a CSV table with path, subject_id and emotion, and apex_start, apex_end where they are known; or sort the "
        "videos into folders SUBJECT/EMOTION"
    )

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        if tree.find(MANIFEST.replace(".", r"\.")):
            found = (item for entry in manifest_entries(tree, also=_APEX) for item in _listed(tree, entry))
        else:
            found = (item for file in _films(tree) for item in _in_folders(tree, file))
        return ((BY_SUBJECT, item) for item in found)


def apex(film: Film, start: int | None = None, last: int | None = None) -> list[int]:
    """Frames of a clip's apex, ten a second.

    Args:
        film: a clip that goes from neutral to the apex and back.
        start: first frame of the apex; by default where the clip's middle third begins.
        last: last frame of it; by default that of the middle third.
    """
    start = film.frames // 3 if start is None else start
    end = math.ceil(2 * film.frames / 3) if last is None else last + 1
    return sampled(film, FRAMES_PER_SECOND, start, end)


def _listed(tree: SourceTree, entry: Entry) -> list[Item]:
    row = entry.row
    row.text("subject_id")
    word = row.text("emotion")
    if not _is_known(word):
        raise row.error("emotion", f"one of {_WORDS}")
    known = {**entry.known, **_emotion(word)}
    given = [name for name in _APEX if row.cells.get(name)]
    if not is_film(entry.file):
        if given:
            raise row.error(given[0], "nothing, because this is a picture, which is taken as it is")
        return [Item(entry.path, entry.file, known)]
    if "frame" in known:
        raise row.error("frame", "nothing, because this is a video: apex_start and apex_end say which frames are taken")
    start, last = _apex_of(row) if given else (None, None)
    return film_items(tree, entry.file, entry.path, known, lambda film: _chosen(film, row, start, last))


def _apex_of(row: Row) -> tuple[int, int]:
    start = row.integer(_APEX[0], 0)
    return start, row.integer(_APEX[1], start)


def _chosen(film: Film, row: Row, start: int | None, last: int | None) -> list[int]:
    if last is not None and last >= film.frames:
        raise row.error(_APEX[1], f"a frame of the video, which has {film.frames:,}, counted from 0")
    return apex(film, start, last)


def _films(tree: SourceTree) -> list[str]:
    ends = "|".join(end.removeprefix(".") for end in ENDINGS)
    return [match.string for match in tree.find(rf"[^/]+\.(?i:{ends})")]


def _in_folders(tree: SourceTree, file: str) -> list[Item]:
    parts = PurePosixPath(file).parts[-3:]
    if len(parts) < 3 or not _is_known(parts[1]):
        raise InputError(
            f"{tree.where(file)}: expected SUBJECT/EMOTION/{parts[-1]}, the emotion one of {_WORDS}; or give {MANIFEST}"
        )
    known = {"subject_id": parts[0], **_emotion(parts[1])}
    return film_items(tree, file, "/".join(parts), known, apex)


def _is_known(word: str) -> bool:
    return _emotion(word)["emotion"] != UNKNOWN or word.lower() in OUTSIDE


def _emotion(word: str) -> dict[str, Any]:
    return {"emotion": emotion_index(LETTERS.get(word.lower(), word)), "source_label": word}
