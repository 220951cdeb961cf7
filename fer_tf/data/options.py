"""Where images come from, for training and for scoring."""

import dataclasses

from fer_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class InputOptions:
    """Where images come from and how batches are made.

    Attributes:
        dataset: name of a built dataset, with config, or several with commas.
        data_dir: folder of the built datasets.
        image_size: side of the model's input in pixels.
        batch_size: images in a batch.
        cache_size: side to which images are resized before they are kept in memory;
            0 keeps them as stored, which needs all of one size.
        shuffle_buffer: examples among which the next one is drawn.
        cache: keep decoded images in memory.
    """

    dataset: str
    data_dir: str
    image_size: int = 96
    batch_size: int = 64
    cache_size: int = 0
    shuffle_buffer: int = 50_000
    cache: bool = True

    def __post_init__(self):
        for name, least in (("image_size", 1), ("batch_size", 1), ("cache_size", 0), ("shuffle_buffer", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least {least}")
