"""AffectNet: faces of the web in seven or eight emotions (Mollahosseini, Hasani and Mahoor 2019)."""

from collections.abc import Iterator, Mapping

from fer_tf.labels import emotion_index
from tfds_builders.affectnet.layouts import WORDS, Labelled, has_tables, read_sets, read_tables
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.items import Item
from tfds_builders.source.tree import SourceTree

EIGHT = "eight"
_CONTEMPT = WORDS.index("Contempt")


class Builder(PictureBuilder):
    """Builds AffectNet from its first releases (tables) or the newer one (``.npy`` files)."""

    BUILDER_CONFIGS = face_configs(("", "seven classes"), (EIGHT, "eight classes, contempt with emotion -1"))
    HOMEPAGE = "http://mohammadmahoor.com/affectnet/"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask the authors for AffectNet (http://mohammadmahoor.com/affectnet/) and put there either "
        "Manually_Annotated_Images, training.csv and validation.csv, or train_set and val_set with images/N.jpg and "
        "annotations/N_exp.npy, as zip archives or unpacked"
    )
    # Of the newer release; the test has 500 pictures of each class, copies lack one of them.
    EXPECTED = {"train": 287_651, "test": 3_999}  # noqa: RUF012
    # Which of the two it is; known from ``items`` on.
    _has_tables = False

    @property
    def expected(self) -> Mapping[str, int]:
        """See ``PictureBuilder``; of the first releases the counts are those of the tables."""
        return {} if self._has_tables else self.EXPECTED

    @property
    def shows_cut_faces(self) -> bool:
        """See ``PictureBuilder``; the newer release holds faces only."""
        return super().shows_cut_faces or not self._has_tables

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        self._has_tables = has_tables(tree)
        for picture in (read_tables if self._has_tables else read_sets)(tree):
            fault = picture.fault or self._fault(picture)
            word = "" if fault else WORDS[picture.number]
            known = {"emotion": emotion_index(word), "source_label": word}
            yield picture.split, Item(picture.image_id, picture.file, known, picture.box, fault)

    def _fault(self, picture: Labelled) -> str:
        last = _CONTEMPT if self.labelling == EIGHT else _CONTEMPT - 1
        if picture.number <= last:
            return ""
        return f"labelled {picture.number} ({WORDS[picture.number]}), which is none of the {last + 1} classes"
