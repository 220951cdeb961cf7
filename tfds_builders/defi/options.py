"""What is merged: the name, and the flags of ``defi/…``."""

import dataclasses
from typing import Any

from fer_tf.errors import InputError
from tfds_builders import registry
from tfds_builders.names import original, people_of, sources_from, sources_part

_SELF = "defi"


@dataclasses.dataclass(frozen=True)
class Merged:
    """Which datasets are merged.

    Attributes:
        sources: their names, ``NAME`` or ``NAME/CONFIG``, in the order of the alphabet.
    """

    sources: tuple[str, ...]

    @classmethod
    def from_name(cls, name: str) -> "Merged":
        """Reads a configuration's name, such as ``fer2013`` or ``fabo.faces+fer2013``.

        Raises:
            InputError: it has another form, a source is unknown, or two show the same people.
        """
        sources = sources_from(name)
        if not all(sources):
            raise InputError(
                f"defi/{name}: expected defi/SOURCE or defi/SOURCE+SOURCE, such as defi/fer2013 or "
                "defi/fabo.faces+fer2013"
            )
        seen: dict[str, str] = {}
        for source in sources:
            if people_of(source) == _SELF:
                raise InputError(f"defi/{name}: {original(source)} is merged already: name its sources")
            registry.check_known(source)
            # Twins, and configurations of one dataset: the same picture would come on two sides.
            if seen.setdefault(people_of(source), source) != source or sources.count(source) > 1:
                raise InputError(
                    f"defi/{name}: {seen[people_of(source)]} and {source} show the same people: name one of them"
                )
        return cls(tuple(sorted(sources)))

    @property
    def name(self) -> str:
        """The configuration's name; the same one in whatever order the sources were written."""
        return sources_part(self.sources)


@dataclasses.dataclass(frozen=True)
class DefiOptions:
    """How sources become one dataset.

    Attributes:
        consensus: 0..1; the share of a picture's annotators that must agree, where there are votes; 0.8 for 80 %.
        balance: take as many pictures of every emotion as there are of the rarest, in each split.
        seed: of which mask a picture gets and how it looks.
        source_dir: folder with the sources, where that is not --data_dir.
    """

    consensus: float = 0.5
    balance: bool = True
    seed: int = 0
    source_dir: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.consensus <= 1:
            raise InputError(f"--consensus: expected a share 0..1, came {self.consensus:g}")

    def describe(self) -> dict[str, Any]:
        """What stands in the dataset's metadata."""
        return {"consensus": self.consensus, "balance": self.balance, "seed": self.seed}
