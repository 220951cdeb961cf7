"""What a twin is: its name, and the flags of ``disguised/…``."""

import dataclasses
from typing import Any

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.disguise.photo import picture_stream
from tfds_builders.names import source_from, source_part

KINDS = DISGUISES[1:]
# Words for several kinds at once.
GROUPS = {"mask": tuple(kind for kind in KINDS if kind.endswith("_mask") or kind == "n95"), "any": KINDS}
# No name of a dataset, configuration or disguise holds these, so that a name is read in one way only.
_BEFORE_KINDS, _BETWEEN_KINDS = "-", "_or_"


@dataclasses.dataclass(frozen=True)
class Twin:
    """Whose twin a dataset is, and what is worn in it.

    Attributes:
        source: the other dataset, ``NAME`` or ``NAME/CONFIG``.
        kinds: words of ``labels.DISGUISES``, in its order; each picture gets one of them.
    """

    source: str
    kinds: tuple[str, ...]

    @classmethod
    def from_name(cls, name: str) -> "Twin":
        """Reads a configuration's name, such as ``fer2013-surgical_mask``,
        ``rendered_faces.tiny-hat_or_cap`` or ``fer2013-mask``.

        Raises:
            InputError: it has another form, or a disguise is unknown.
        """
        source, _, words = name.rpartition(_BEFORE_KINDS)
        if not source or not words:
            raise InputError(
                f"disguised/{name}: expected disguised/SOURCE-DISGUISE, such as disguised/fer2013-surgical_mask, "
                "disguised/rendered_faces.demo-hat_or_cap or disguised/fer2013-mask"
            )
        chosen: set[str] = set()
        for word in words.split(_BETWEEN_KINDS):
            if word not in KINDS and word not in GROUPS:
                raise InputError(
                    f"disguised/{name}: disguise {word!r} is not known: known are {', '.join(KINDS)}; "
                    f"any of several: {', '.join(GROUPS)}"
                )
            chosen |= set(GROUPS.get(word, (word,)))
        return cls(source_from(source), tuple(kind for kind in KINDS if kind in chosen))

    @property
    def name(self) -> str:
        """The configuration's name; the same one however the disguises were written."""
        words = {kinds: word for word, kinds in GROUPS.items()}.get(self.kinds) or _BETWEEN_KINDS.join(self.kinds)
        return f"{source_part(self.source)}{_BEFORE_KINDS}{words}"

    def drawn(self, seed: int, image_id: str) -> tuple[str, int]:
        """What a picture gets; it depends on nothing but these, whatever comes before it.

        Args:
            seed: of the twin.
            image_id: of the picture.

        Returns:
            One of ``kinds``, and the seed 0..2**32-1 of how it looks.
        """
        random = picture_stream(seed, image_id)
        # The look first: the same hat in the twin with hats and in the one with hats and caps.
        look = int(random.integers(2**32))
        return self.kinds[random.integers(len(self.kinds))], look


@dataclasses.dataclass(frozen=True)
class TwinOptions:
    """How a twin is made.

    Attributes:
        seed: of which disguise each picture gets and how it looks.
        splits: splits of the source, with commas; all where nothing is given.
        disguise_again: put the disguise also on those who wear one in the source; else they are left out.
        source_dir: folder with the source, where that is not --data_dir.
    """

    seed: int = 0
    splits: str = ""
    disguise_again: bool = False
    source_dir: str = ""

    def describe(self) -> dict[str, Any]:
        """What stands in the dataset's metadata."""
        return {"seed": self.seed, "splits": self.splits, "disguise_again": self.disguise_again}
