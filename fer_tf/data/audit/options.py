"""What an audit calls a fault."""

import dataclasses

from fer_tf.errors import InputError
from fer_tf.faces.detect import MIN_SCORES

AUTO, NONE = "auto", "none"
DETECTORS = (AUTO, *MIN_SCORES, NONE)


@dataclasses.dataclass(frozen=True)
class AuditOptions:
    """Thresholds of an audit.

    Attributes:
        detector: what looks for faces: mtcnn, blazeface, none, or auto: mtcnn and, where it finds nothing, blazeface;
            blazeface alone in datasets of tight crops.
        min_side: a picture or its largest face with fewer pixels a side is too small.
        blur: the face is blurred from this value of the blur effect on, 0 (sharp) to 1.
        dark: a picture is too dark where 99 of 100 pixels lie below this luminance, 0..255.
        bright: a picture is too bright where half of the face lies above this luminance, 0..255.
        similarity: pictures are near duplicates from this correlation of their pixels on, when laid over each other.
        consensus: share of an image's annotators who must agree, 0..1; 0.5 are four of eight.
        imbalance: the largest class may have so many times the images of the smallest.
        group_gap: a group's share of a class may differ so much from its share of all.
    """

    detector: str = AUTO
    min_side: int = 32
    blur: float = 0.52
    dark: float = 90.0
    bright: float = 235.0
    similarity: float = 0.92
    consensus: float = 0.5
    imbalance: float = 5.0
    group_gap: float = 0.1

    def __post_init__(self):
        if self.detector not in DETECTORS:
            raise InputError(f"detector is {self.detector!r}: expected one of {', '.join(DETECTORS)}")
        ranges = {"min_side": (1, 10_000), "dark": (0, 255), "bright": (0, 255), "imbalance": (1, float("inf"))}
        ranges |= dict.fromkeys(("blur", "similarity", "consensus", "group_gap"), (0, 1))
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}: expected {low}..{high}")

    def detectors(self, cut_faces: bool) -> tuple[str, ...]:
        """What looks for faces, in this order.

        Args:
            cut_faces: whether the dataset holds tight crops, in which MTCNN misses most faces.
        """
        if self.detector == NONE:
            return ()
        if self.detector != AUTO:
            return (self.detector,)
        return ("blazeface",) if cut_faces else ("mtcnn", "blazeface")
