"""RAF-DB: faces of the web in seven basic and eleven compound emotions (Li, Deng and Du 2017)."""

from collections.abc import Iterator, Mapping

from fer_tf.labels import emotion_index
from tfds_builders.raf_db.attributes import read_attributes
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.items import MISSING, Item
from tfds_builders.source.tables import once, word_rows
from tfds_builders.source.tree import SourceTree

# By their numbers in the list, from 1.
WORDS = ("Surprise", "Fear", "Disgust", "Happiness", "Sadness", "Anger", "Neutral")
# Recalled, not confirmed.
COMPOUND_WORDS = (
    *("Happily Surprised", "Happily Disgusted", "Sadly Fearful", "Sadly Angry", "Sadly Surprised", "Sadly Disgusted"),
    *("Fearfully Angry", "Fearfully Surprised", "Angrily Surprised", "Angrily Disgusted", "Disgustedly Surprised"),
)
COMPOUND, ALIGNED = "compound", "aligned"
# Labelling -> (inside the folder compound; words; folder and end of the names of the pictures).
_KINDS = {
    "": (False, WORDS, "original", ""),
    ALIGNED: (False, WORDS, "aligned", "_aligned"),
    COMPOUND: (True, COMPOUND_WORDS, "original", ""),
    f"{COMPOUND}_{ALIGNED}": (True, COMPOUND_WORDS, "aligned", "_aligned"),
}


class Builder(PictureBuilder):
    """Builds RAF-DB's basic or compound emotions, from the originals or the authors' aligned faces."""

    BUILDER_CONFIGS = [  # noqa: RUF012
        *face_configs(("", "")),
        face_configs((ALIGNED, "the authors' own faces, 100 x 100"))[0],
        *face_configs((COMPOUND, "eleven mixed emotions")),
        face_configs((f"{COMPOUND}_{ALIGNED}", "eleven mixed emotions, the authors' own faces"))[0],
    ]
    HOMEPAGE = "http://www.whdeng.cn/RAF/model1.html"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask the authors for RAF-DB (http://www.whdeng.cn/RAF/model1.html) and put basic there, with its inner "
        "archives unpacked: EmoLabel/list_patition_label.txt, Image/original or Image/aligned, Annotation/manual; for "
        "the compound emotions the folder compound with the same in it"
    )
    EXPECTED = {"train": 12_271, "test": 3_068}  # noqa: RUF012

    @property
    def expected(self) -> Mapping[str, int]:
        """See ``PictureBuilder``; of the compound emotions the counts are those of the list."""
        return {} if self.labelling.startswith(COMPOUND) else self.EXPECTED

    @property
    def shows_cut_faces(self) -> bool:
        """See ``PictureBuilder``."""
        return super().shows_cut_faces or self.labelling.endswith(ALIGNED)

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        is_compound, words, folder, end = _KINDS[self.labelling]
        place = f"{COMPOUND}/" if is_compound else f"(?<!{COMPOUND}/)"
        if not tree.find(rf"{place}EmoLabel/list_patition_label\.txt"):
            return
        lists = tree.one(rf"{place}EmoLabel/list_patition_label\.txt", "the list of labels")
        pictures = _by_name(tree, rf"{place}Image/{folder}/[^/]+\.(?:jpe?g|png)")
        people = _by_name(tree, rf"{place}Annotation/manual/[^/]+_manu_attri\.txt")
        where = tree.where(lists)
        for row in once(word_rows(tree.read(lists), where, ("file", "label")), "file"):
            file = row.text("file")
            split, _, number = file.partition("_")
            if split not in ("train", "test"):
                raise row.error("file", "train_NUMBER.jpg or test_NUMBER.jpg")
            word = words[row.integer("label", 1, len(words)) - 1]
            stem, _, suffix = number.rpartition(".")
            name = f"{split}_{stem}{end}.{suffix}"
            person, box = {}, None
            if attributes := people.get(f"{split}_{stem}_manu_attri.txt"):
                person, box = read_attributes(tree.read(attributes), tree.where(attributes))
            known = {"emotion": emotion_index(word), "source_label": word, **person}
            fault = "" if name in pictures else MISSING
            yield split, Item(file, pictures.get(name, name), known, None if end else box, fault)


def _by_name(tree: SourceTree, pattern: str) -> dict[str, str]:
    """Name of a file in its folder -> name for ``tree.read``."""
    return {path.rpartition("/")[2]: name for path, name in tree.by_path(pattern).items()}
