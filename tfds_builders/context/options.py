"""The flags of ``context/…``."""

import dataclasses
from typing import Any

from fer_tf.errors import InputError
from fer_tf.faces.streams import StreamSettings

_CROPS = ("auto", "yes", "no")


@dataclasses.dataclass(frozen=True)
class ContextOptions:
    """How the streams are made.

    Attributes:
        detector: what finds the faces: blazeface or mtcnn.
        remove: who is removed from the background: everyone, or the subject alone.
        fill: what people are replaced with: mean (colour of what remains), blur or inpaint.
        min_background: 0..1; where less of the picture remains, the background is black.
        crops: whether the source's pictures are faces that were cut out: yes, no, or auto, what the source says.
        splits: splits of the source, with commas; all where nothing is given.
        source_dir: folder with the source, where that is not --data_dir.
    """

    detector: str = "blazeface"
    remove: str = "everyone"
    fill: str = "mean"
    min_background: float = 0.1
    crops: str = "auto"
    splits: str = ""
    source_dir: str = ""

    def __post_init__(self) -> None:
        if self.crops not in _CROPS:
            raise InputError(f"crops {self.crops!r}: known are {', '.join(_CROPS)}")
        self.settings(cut_faces=False)

    def describe(self) -> dict[str, Any]:
        """What stands in the dataset's metadata."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "source_dir"}

    def settings(self, cut_faces: bool) -> StreamSettings:
        """What the face tools are to do.

        Args:
            cut_faces: whether the source says that its pictures are faces cut out.

        Raises:
            InputError: a value that is not known.
        """
        crops = cut_faces if self.crops == "auto" else self.crops == "yes"
        return StreamSettings(self.detector, self.remove, self.fill, self.min_background, crops)
