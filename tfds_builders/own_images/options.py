"""The flags of ``own_images``."""

import dataclasses

from fer_tf.errors import InputError
from tfds_builders.source.options import SourceOptions

_MOST = 1000.0


@dataclasses.dataclass(frozen=True)
class OwnOptions(SourceOptions):
    """How a user's own folder is read.

    Attributes:
        split_file: CSV with split and subject_id or image_id, in place of the folder's own splits; what is not in it
            is left out.
        subjects: CSV with subject_id and any of gender, skin_tone and age_group.
        partial: changes nothing here: how many pictures there should be is not known.
        frames_per_second: how many frames are taken of each second of a video.
    """

    frames_per_second: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.frames_per_second <= _MOST:
            raise InputError(
                f"--frames_per_second: expected more than 0, at most {_MOST:g}, came {self.frames_per_second:g}"
            )
