"""How often each image is shown in an epoch: mixing real with synthetic images, over- and undersampling.

Images are put into cells, and each cell gets a number of places in the epoch. Its images share the places as evenly as
whole numbers allow, and take turns from epoch to epoch at those that are over; so after a few epochs all have been
shown equally often, and what is shown follows from the epoch alone.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from fer_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class MixingOptions:
    """Real images and those that are added to them, such as synthetic ones, in one training.

    Attributes:
        mixing_ratio: of several datasets: share of an epoch's images that come from those after the first, above 0 and
            below 1: all images of the first dataset once, and as many others, again or some left for another epoch, as
            make up that share. Without it all images are shown once.
    """

    mixing_ratio: float = None

    def __post_init__(self):
        if self.mixing_ratio is not None and not 0 < self.mixing_ratio < 1:
            raise InputError(
                f"mixing_ratio is {self.mixing_ratio:g}: expected a share between 0 and 1, both excluded; to train on "
                "one dataset alone name it alone"
            )


class Places:
    """Places of images in an epoch.

    Attributes:
        per_epoch: places together, the same in every epoch.
    """

    def __init__(self, cells: np.ndarray, sizes: dict[int, int]):
        """Divides each cell's places among its images.

        Args:
            cells: int (N,), the cell of each image.
            sizes: cell -> its places in an epoch, 0 or more; a cell that is not named gets one for each image.
        """
        cells = np.asarray(cells)
        order = np.argsort(cells, kind="stable")
        known, starts, counts = np.unique(cells[order], return_index=True, return_counts=True)
        self._rank = np.empty(len(cells), np.int64)
        self._rank[order] = np.arange(len(cells)) - np.repeat(starts, counts)
        at = np.searchsorted(known, cells)
        self._count = counts[at].astype(np.int64)
        self._places = np.array([sizes.get(int(cell), int(n)) for cell, n in zip(known, counts, strict=True)])[at]
        self.per_epoch = int(sum(sizes.get(int(cell), int(n)) for cell, n in zip(known, counts, strict=True)))

    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What ``times`` needs of each image, int64 (N,) each: rank in its cell, size and places of the cell."""
        return self._rank, self._count, self._places

    @staticmethod
    def times(rank, count, places, epoch):
        """How often an image is shown in an epoch; NumPy arrays or int64 tensors.

        Args:
            rank: of the image in its cell, 0 to count - 1.
            count: images in the cell.
            places: that the cell has in an epoch.
            epoch: number of the epoch.
        """
        over = places % count
        extra = (rank - epoch * over) % count < over
        extra = tf.cast(extra, tf.int64) if tf.is_tensor(extra) else np.asarray(extra, np.int64)
        return places // count + extra


def mixed(added: np.ndarray, options: MixingOptions) -> Places | None:
    """Places for the images of the first dataset and those of the others, or None where all are shown once.

    Args:
        added: bool (N,), whether a labelled training image is of another dataset than the first.
        options: see ``MixingOptions``.

    Raises:
        InputError: a ratio is asked for, and there are images of one side alone.
    """
    if options.mixing_ratio is None:
        return None
    added = np.asarray(added, bool)
    first = int((~added).sum())
    if not 0 < first < len(added):
        missing = "the first dataset" if not first else "a second dataset"
        raise InputError(
            f"mixing_ratio is {options.mixing_ratio:g}, and there is no labelled training image of {missing}: name "
            "what is mixed, such as --dataset=fer2013,disguised/fer2013-hat"
        )
    wanted = round(first * options.mixing_ratio / (1 - options.mixing_ratio))
    return Places(added.astype(np.int64), {1: max(wanted, 1)})
