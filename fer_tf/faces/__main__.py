"""Finds faces and their meshes, in a dataset or in pictures to look at.

Examples:
    python -m fer_tf.faces --dataset=fer2013 --data_dir=data
    python -m fer_tf.faces --sheet=out.png holiday/

The first looks at every image and keeps what it finds in the dataset's folder, where later uses read it.
The second draws faces, crops, meshes, regions of action units, pictures without their people and every
disguise; without a path on rendered people. Keep sheets of real people to yourself.
"""

import functools
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from fer_tf.faces.cache import FaceSettings

_SHEET = flags.DEFINE_string("sheet", None, "PNG or JPEG file to draw.")
_COUNT = flags.DEFINE_integer("count", 7, "Pictures on the sheet, at most.", 1, 40)
_SEED = flags.DEFINE_integer("seed", 0, "Of rendered people, and of the disguises' styles.", 0)
_DATASET = flags.DEFINE_string("dataset", None, "Built dataset to look through, with config.")
_DATA_DIR = flags.DEFINE_string("data_dir", "data", "Folder of the built datasets.")
_SPLITS = flags.DEFINE_list("splits", [], "Splits of the dataset; empty: all.")
_DETECTOR = flags.DEFINE_enum("detector", "mtcnn", ["mtcnn", "blazeface"], "What finds the dataset's faces.")


def main(paths: list[str]) -> None:
    """Draws a sheet or looks through a dataset."""
    if bool(_SHEET.value) == bool(_DATASET.value):
        raise InputError("expected either --sheet=FILE with pictures or --dataset=NAME, see --help")
    if _DATASET.value:
        if paths:
            raise InputError(f"unexpected argument {paths[0]!r}: --dataset takes no pictures")
        look_through(_DATASET.value, _SPLITS.value, _DATA_DIR.value, FaceSettings(detector=_DETECTOR.value))
    else:
        draw_sheet(Path(_SHEET.value), paths)


def look_through(dataset: str, splits: list[str], data_dir: str, settings: FaceSettings) -> None:
    """Finds what is in each split and says how much it was."""
    from tqdm import tqdm

    from fer_tf.data.faces import dataset_faces
    from fer_tf.data.load import num_examples
    from tfds_builders.registry import load_builder

    splits = splits or sorted(load_builder(dataset, data_dir).info.splits)
    totals = {split: num_examples(dataset, split, data_dir) for split in splits}
    for split, total in totals.items():
        images = faces = meshes = 0
        bar = functools.partial(tqdm, desc=split, total=total, unit="image", disable=None)
        for _, found in dataset_faces(dataset, split, data_dir, settings, progress=bar):
            images += 1
            faces += bool(found.faces)
            meshes += any(found.meshes)
        print(f"{split}: {images} images, {faces} with a face, {meshes} with a mesh")


def draw_sheet(path: Path, paths: list[str]) -> None:
    """Shows every tool on pictures, or on rendered people."""
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"--sheet: expected a file that ends in .png or .jpg, came {path}")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--sheet: the folder {path.parent} is not there: make it first")
    from fer_tf.predict.images import find_images, read_image
    from fer_tf.synthesis.contact_sheet import contact_sheet
    from fer_tf.synthesis.face_sheet import SIZE, face_sections, rendered_pictures

    if paths:
        images = list(itertools.islice(_readable(find_images(paths), read_image), _COUNT.value))
        if not images:
            raise InputError("none of the pictures could be read")
    else:
        images = rendered_pictures(_COUNT.value, _SEED.value)
    contact_sheet(face_sections(images, _SEED.value), SIZE).save(path)
    print(f"wrote {path}")


def _readable(paths: list[Path], read: Callable[[Path], np.ndarray]) -> Iterator[np.ndarray]:
    for path in paths:
        try:
            yield read(path)
        except InputError as error:
            print(f"warning: {path}: {error}", file=sys.stderr)


if __name__ == "__main__":
    run_main(main)
