"""Faces and meshes of a built dataset, found once and kept beside it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from fer_tf.data.load import load
from fer_tf.faces.cache import FaceSettings, analyse_dataset
from fer_tf.faces.store import Found
from tfds_builders.registry import load_builder


def dataset_faces(
    dataset: str,
    split: str,
    data_dir: str,
    settings: FaceSettings | None = None,
    *,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Iterator[tuple[str, Found]]:
    """What the face tools find in each image of a split; what was found before is only read.

    Args:
        dataset: name of a built dataset, with config.
        split: of the dataset.
        data_dir: folder of the built datasets; results go to the folder ``faces`` in the dataset's own.
        settings: how faces are looked for; None for the defaults of ``FaceSettings``.
        progress: passes on the examples; ``tqdm`` shows a bar.

    Yields:
        image_id and what was found, in the order of the records.

    Raises:
        InputError: the dataset is not built, or another process is writing there.
    """
    records = load(dataset, split, data_dir)
    examples = ((record["image_id"].decode(), np.array(record["image"])) for record in records.as_numpy_iterator())
    folder = Path(load_builder(dataset, data_dir).data_dir) / "faces"
    yield from analyse_dataset(examples, folder, settings or FaceSettings(), progress=progress)
