"""SFEW 2.0: frames of films in seven emotions (Dhall et al. 2011, 2015)."""

from collections.abc import Iterator

from fer_tf.errors import InputError
from fer_tf.labels import emotion_index
from tfds_builders.source.builder import PictureBuilder, face_configs
from tfds_builders.source.items import Item
from tfds_builders.source.tree import SourceTree

# The labels of the official test are withheld, so that, as in paper A, its place is taken by the validation.
SPLITS = {"Train": "train", "Val": "test"}
WORDS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
ALIGNED = "aligned"
_ENDS = {"": r"(?:_Faces)?", ALIGNED: r"_Aligned_Faces(?:_new)?"}


class Builder(PictureBuilder):
    """Builds SFEW from ``Train`` and ``Val``, or from the organisers' aligned faces."""

    BUILDER_CONFIGS = [  # noqa: RUF012
        *face_configs(("", "")),
        face_configs((ALIGNED, "the organisers' own faces, 143 x 181"))[0],
    ]
    HOMEPAGE = "https://users.cecs.anu.edu.au/~few_group/AFEW.html"
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "ask the organisers for SFEW 2.0 (https://users.cecs.anu.edu.au/~few_group/AFEW.html) and put Train and Val "
        "there, as zip archives or unpacked: Train/Angry/MOVIE_000123_00000045.png and so on; for sfew/aligned "
        "Train_Aligned_Faces and Val_Aligned_Faces"
    )
    EXPECTED = {"train": 958, "test": 436}  # noqa: RUF012

    def items(self, tree: SourceTree) -> Iterator[tuple[str, Item]]:
        """See ``PictureBuilder``."""
        folders, end = "|".join(SPLITS), _ENDS[self.labelling]
        for match in tree.find(rf"(?P<folder>{folders}){end}/(?P<word>[^/]+)/(?P<name>[^/]+\.(?:png|jpe?g|bmp))"):
            word, name = match["word"], match["name"]
            if word not in WORDS:
                raise InputError(
                    f"{tree.where(match.string)}: expected a folder for each of {', '.join(WORDS)}, came {word!r}"
                )
            film = name.partition("_")[0]
            known = {"emotion": emotion_index(word), "source_label": word, "sequence_id": film}
            yield SPLITS[match["folder"]], Item(f"{match['folder']}/{word}/{name}", match.string, known)
