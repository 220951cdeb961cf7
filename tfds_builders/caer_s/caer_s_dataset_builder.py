"""CAER-S: frames of TV shows in seven emotions (Lee et al. 2019)."""

from collections.abc import Iterator

from fer_tf.errors import InputError
from fer_tf.labels import emotion_index
from tfds_builders.source.builder import PictureBuilder
from tfds_builders.source.items import Item
from tfds_builders.source.tables import Row, csv_rows, once
from tfds_builders.source.tree import SourceTree

SPLITS = ("train", "test")
# In the order of the numbers in the lists of boxes.
WORDS = ("Anger", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
# The training list of boxes, and the folder in some copies, say it so.
_OTHER_WORDS = {"Angry": "Anger"}
_BOX_COLUMNS = ("path", "class", "x1", "y1", "x2", "y2")

Box = tuple[float, float, float, float]


class Builder(PictureBuilder):
    """Builds CAER-S from its folders, with the boxes of the faces that are meant where there are lists of them."""

    HOMEPAGE = "https://caer-dataset.github.io"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "get CAER-S from https://caer-dataset.github.io and put train and test there, as a zip archive or unpacked: "
        "train/Anger/0001.png and so on; train.txt and test.txt (boxes of faces) beside them are read too, from "
        "https://github.com/larrylu0426/CAERS-Annotations"
    )
    EXPECTED = {"train": 49_007, "test": 20_993}  # noqa: RUF012

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        boxes = {path: box for split in SPLITS for path, box in _boxes(tree, split)}
        for match in tree.find(rf"(?P<split>{'|'.join(SPLITS)})/(?P<word>[^/]+)/(?P<name>[^/]+\.(?:png|jpe?g))"):
            path = f"{match['split']}/{_word(match['word'], tree.where(match.string))}/{match['name']}"
            known = {"emotion": emotion_index(match["word"]), "source_label": match["word"]}
            yield match["split"], Item(path, match.string, known, boxes.get(path))


def _word(word: str, where: str) -> str:
    """The class as the dataset spells it; InputError for what is none."""
    word = _OTHER_WORDS.get(word, word)
    if word not in WORDS:
        raise InputError(f"{where}: expected a folder for each of {', '.join(WORDS)}, came {word!r}")
    return word


def _boxes(tree: SourceTree, split: str) -> Iterator[tuple[str, Box]]:
    """(image_id, left, top, width and height of the face) for every line of a list; nothing without the list."""
    pattern = rf"{split}\.txt"
    if not tree.find(pattern):
        return
    name = tree.one(pattern, f"the faces of {split}")
    where = tree.where(name)
    for row in once(csv_rows(tree.read(name), where, columns=_BOX_COLUMNS), "path"):
        parts = row.text("path").split("/")
        if len(parts) != 3 or parts[0] != split:
            raise row.error("path", f"{split}/CLASS/NUMBER.png")
        word = _word(parts[1], f"{where}: line {row.line}")
        if row.text("class") != str(WORDS.index(word)):
            raise row.error("class", f"{WORDS.index(word)}, the number of {word}")
        yield f"{split}/{word}/{parts[2]}", _box(row)


def _box(row: Row) -> Box:
    left, top = row.number("x1"), row.number("y1")
    return left, top, row.number("x2", left + 1) - left, row.number("y2", top + 1) - top
