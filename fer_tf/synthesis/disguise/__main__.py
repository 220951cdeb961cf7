"""Puts a disguise on everybody in pictures and folders of pictures.

Examples:
    python -m fer_tf.synthesis.disguise photo.jpg --disguise=sunglasses --output=disguised
    python -m fer_tf.synthesis.disguise holiday/ --disguise=surgical_mask --output=masked --seed=3

Datasets have a command of their own: ``python -m tfds_builders disguised/SOURCE-DISGUISE``.
"""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags
from PIL import Image
from tqdm import tqdm

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES
from fer_tf.predict.annotate import annotated_path, common_root
from fer_tf.predict.images import Rejected, find_images, read_image
from fer_tf.predict.output import RejectedList


def main(paths: list[str]) -> None:
    """Goes through the pictures."""
    given = flags.FLAGS
    print(disguise_files(paths, given.disguise, given.output, seed=given.seed, everyone=not given.largest))


def disguise_files(
    paths: Sequence[str | Path], disguise: str, output: str | Path, *, seed: int = 0, everyone: bool = True
) -> str:
    """Writes a copy of each picture, in which people wear a disguise.

    Args:
        paths: pictures and folders of pictures; what lies in ``output`` is not looked at.
        disguise: a word of ``labels.DISGUISES`` but "none".
        output: folder for the copies, ``NAME.DISGUISE.png`` in the same folders as the pictures have,
            and for ``rejected.csv``, which lists every picture without a copy.
        seed: of styles and colours; with the file's name it decides on them.
        everyone: all faces of a picture; else the largest only.

    Returns:
        A line for the user.

    Raises:
        InputError: a path does not exist, nothing could be disguised, or ``output`` cannot be written.
    """
    from fer_tf.synthesis.disguise.photo import Refused, disguise_pictures, picture_stream

    output = Path(output)
    images = [path for path in find_images(paths) if output.resolve() not in path.resolve().parents]
    if not images:
        raise InputError(f"all pictures lie in {output}, the folder of the copies: choose another --output")
    root, written = common_root(images), 0
    with contextlib.closing(RejectedList(output / "rejected.csv")) as rejected:
        rejected.begin()
        # One after the other, so that big photos take no more memory than one.
        for path in tqdm(images, unit="picture", disable=None):
            try:
                image = read_image(path)
            except InputError as error:
                rejected.write(Rejected(str(path), str(error)))
                continue
            look = int(picture_stream(seed, path.name).integers(2**32))
            (outcome,) = disguise_pictures([image], disguise, [look], everyone=everyone)
            if isinstance(outcome, Refused):
                rejected.write(Rejected(str(path), outcome.reason))
                continue
            if not all(outcome.placed):
                tqdm.write(f"warning: {path}: {sum(outcome.placed)} of {len(outcome.placed)} faces", file=sys.stderr)
            try:
                _save(outcome.image, annotated_path(output, path, root, f".{disguise}.png"))
            except OSError as error:  # such as a name that gets too long
                rejected.write(Rejected(str(path), f"the copy cannot be written: {error.strerror or error}"))
                continue
            written += 1
    if not written:
        raise InputError(f"none of {len(images)} pictures could be disguised: the reasons are in {rejected.path}")
    return f"{written} of {len(images)} pictures written to {output}, {rejected.count} listed in {rejected.path}"


def _save(image: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


if __name__ == "__main__":
    flags.DEFINE_enum("disguise", None, DISGUISES[1:], "what people wear", required=True)
    flags.DEFINE_string("output", None, "folder for the copies and rejected.csv", required=True)
    flags.DEFINE_integer("seed", 0, "of styles and colours", 0)
    flags.DEFINE_bool("largest", False, "only the largest face of each picture; else all")
    run_main(main)
