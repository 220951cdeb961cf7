"""What is known of one face before anything is said of it; what was not measured is None and stays unsaid."""

import dataclasses
import math
from collections.abc import Mapping

from fer_tf.errors import InputError
from fer_tf.explain.narrative.thresholds import Reading

# Removing a stream must take this much probability from the prediction, or it decided nothing.
DECISIVE = 0.1


@dataclasses.dataclass(frozen=True)
class Place:
    """What a network of places sees.

    Attributes:
        category: such as ``playroom``.
        probability: of it, 0..1.
        attributes: the surest first, where a network gave them.
        indoor: where it was voted on.
    """

    category: str
    probability: float
    attributes: tuple[str, ...] = ()
    indoor: bool | None = None


@dataclasses.dataclass(frozen=True)
class Person:
    """What metadata or a plug-in say of a person; we never guess it.

    Attributes:
        gender: their word, or None.
        age_group: likewise.
        source: ``metadata`` or the plug-in's name.
    """

    gender: str | None = None
    age_group: str | None = None
    source: str = "metadata"


@dataclasses.dataclass(frozen=True)
class Facts:
    """One face.

    Attributes:
        image: name of the picture.
        face: its number from left to right, 1 ..; 0 where no face was found.
        faces: how many there are.
        probabilities: emotion -> 0..1, of the model; None without a face.
        without: stream -> emotion -> probability when that stream is taken away; None where there is one stream.
        cues: of the mesh; None where none was found.
        turned: degrees by which the head is turned away; None without a mesh.
        height: of the face in pixels, None where the picture was taken for the face.
        surroundings: whether the picture shows more than the face.
        person: of metadata or a plug-in.
        place: of a network of places; None where there was none.
        disguise: of metadata.
    """

    image: str
    face: int
    faces: int
    probabilities: Mapping[str, float] | None = None
    without: Mapping[str, Mapping[str, float]] | None = None
    cues: tuple[Reading, ...] | None = None
    turned: float | None = None
    height: float | None = None
    surroundings: bool = True
    person: Person | None = None
    place: Place | None = None
    disguise: str | None = None

    def __post_init__(self):
        numbers = dict(self.probabilities or {})
        for other in (self.without or {}).values():
            if other.keys() != numbers.keys():
                raise InputError(
                    f"{self.image}: without a stream there are probabilities of {', '.join(other)}: expected those of "
                    f"{', '.join(numbers)}"
                )
        bad = [name for name, value in numbers.items() if not (math.isfinite(value) and -1e-6 <= value <= 1 + 1e-6)]
        if bad or self.probabilities == {}:
            raise InputError(f"{self.image}: probabilities {numbers}: expected a number 0..1 for each emotion")

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """Emotions and probabilities, the most likely first."""
        return sorted((self.probabilities or {}).items(), key=lambda item: -item[1])

    @property
    def drops(self) -> dict[str, float]:
        """Stream -> how much of the predicted emotion's probability goes with it; below 0 it grows."""
        if not self.without:
            return {}
        emotion, probability = self.ranked[0]
        return {stream: probability - other[emotion] for stream, other in self.without.items()}

    @property
    def carried(self) -> str | None:
        """The stream that carried the decision: without it alone the model would be much less sure; else None."""
        order = sorted(self.drops.items(), key=lambda item: -item[1])
        if not order or order[0][1] < DECISIVE or (len(order) > 1 and order[1][1] > order[0][1] / 2):
            return None
        return order[0][0]

    @property
    def named(self) -> tuple[Reading, ...]:
        """The cues that are there, the furthest above their thresholds first."""
        present = [reading for reading in self.cues or () if reading.present]
        return tuple(sorted(present, key=lambda reading: reading.threshold - reading.value))
