"""The user's own pictures and videos, in class folders or listed in a table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fer_tf.labels import EMOTIONS, UNKNOWN, emotion_index
from tfds_builders import reporting
from tfds_builders.own_images.class_folders import Labelled, labelled_files
from tfds_builders.own_images.options import OwnOptions
from tfds_builders.source.builder import PictureBuilder
from tfds_builders.source.clips import film_items, is_film, sampled
from tfds_builders.source.items import Item
from tfds_builders.source.manifest import MANIFEST, Entry, manifest_entries
from tfds_builders.source.splits import SHARES, subject_split
from tfds_builders.source.tables import Row
from tfds_builders.source.tree import SourceTree


class Builder(PictureBuilder):
    """Builds a dataset from a folder of the user's."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "give the folder of your pictures and videos: a folder for each emotion (happiness/… or "
        f"train/happiness/…), or with {MANIFEST}, a CSV table with the column path and any of emotion, subject_id, "
        "AU12 and others (tfds_builders/own_images/README.md has them all)"
    )
    options: OwnOptions = OwnOptions()

    @classmethod
    def options_class(cls, config: str) -> type | None:
        """See ``registry.options_class``."""
        del config  # all of them
        return OwnOptions

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        if tree.find(MANIFEST.replace(".", r"\.")):
            return self._listed(tree, manifest_entries(tree, also=("split",)))
        return self._in_folders(tree, list(labelled_files(tree)))

    def _in_folders(self, tree: SourceTree, files: list[Labelled]) -> Iterator[tuple[str, Item]]:
        for file in self._progress(files, any(not file.split for file in files)):
            split = file.split or subject_split(self.name, tree.digest(file.file))
            known = {"emotion": emotion_index(file.word), "source_label": file.word}
            for item in self._of_file(tree, file.file, file.path, known):
                yield split, item

    def _listed(self, tree: SourceTree, entries: list[Entry]) -> Iterator[tuple[str, Item]]:
        with_split = bool(entries) and bool(entries[0].row.cells.get("split"))
        for entry in self._progress(entries, not with_split):
            if bool(entry.row.cells.get("split")) != with_split:
                raise entry.row.error("split", f"{', '.join(SHARES)} in every line, or in none")
            known = {**entry.known, **_emotion(entry.row)}
            if with_split:
                split = list(SHARES)[entry.row.position("split", list(SHARES))]
            else:
                # What must not be on two sides: a person, a film, two copies of a file.
                split = subject_split(
                    self.name, known.get("subject_id") or known.get("sequence_id") or tree.digest(entry.file)
                )
            for item in self._of_file(tree, entry.file, entry.path, known):
                yield split, item

    def _of_file(self, tree: SourceTree, file: str, path: str, known: Mapping[str, Any]) -> list[Item]:
        if not is_film(file):
            return [Item(path, file, known)]
        if "frame" in known:  # the line is of this frame alone
            return film_items(tree, file, path, known, lambda _: [known["frame"]])
        return film_items(tree, file, path, known, lambda film: sampled(film, self.options.frames_per_second))

    def _progress(self, files: list, reads: bool) -> Iterable:
        return reporting.progress(files, len(files), "reading", "file") if reads else files


def _emotion(row: Row) -> dict[str, Any]:
    word = row.cells.get("emotion")
    if not word:
        return {}
    index = emotion_index(word)
    if index == UNKNOWN:
        raise row.error("emotion", f"one of {', '.join(EMOTIONS)}, or nothing")
    return {"emotion": index, "source_label": row.text("source_label", word)}
