"""From files to files: what the command does, with plain arguments."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from fer_tf.errors import InputError
from fer_tf.predict.annotate import annotate, annotated_path, common_root
from fer_tf.predict.images import Rejected, find_images, read_image
from fer_tf.predict.output import RejectedList, make_writer, open_or_stdout
from fer_tf.predict.predictor import Predictor

# Pixels; JPEG holds no more.
_LONGEST_SIDE = 65_000


def predict_files(
    paths: Sequence[str | Path],
    predictor: Predictor,
    *,
    form: str = "jsonl",
    output: str | Path | None = None,
    rejected: str | Path | None = None,
    annotated: str | Path | None = None,
) -> int:
    """Predicts pictures one after the other; whatever was written stays if it is interrupted.

    Args:
        paths: pictures and folders of pictures.
        predictor: finds and classifies the faces.
        form: ``jsonl`` (one line a picture) or ``csv`` (one row a face).
        output: file to write; None writes to standard output.
        rejected: list of unreadable pictures; by default ``rejected.csv`` beside ``output``,
            which is then always written, or in the current folder, if there are any.
        annotated: folder for copies of the pictures with what was found; None makes none.

    Returns:
        exit status: 0, or 130 when interrupted from the keyboard.

    Raises:
        InputError: a path does not exist, none of the pictures can be read, or a file
            cannot be written.
    """
    images = find_images(paths)
    root = common_root(images)
    list_path = Path(rejected) if rejected else (Path(output).parent if output else Path()) / "rejected.csv"
    written = 0
    with open_or_stdout(output, images) as file, contextlib.closing(RejectedList(list_path)) as unreadable:
        writer = make_writer(form, file, predictor.labels, predictor.units)
        if output or rejected:
            unreadable.begin()
        # Shown on a terminal only (disable=None), on standard error.
        progress = tqdm(predictor.stream(images), total=len(images), unit="picture", disable=None)
        try:
            for result in progress:
                if isinstance(result, Rejected):
                    unreadable.write(result)
                    tqdm.write(f"warning: {result.image}: {result.reason}", file=sys.stderr)
                    continue
                writer.write(result)
                written += 1
                if annotated:
                    _draw(result, annotated_path(Path(annotated), Path(result["image"]), root))
        except KeyboardInterrupt:
            print(f"interrupted: {written} of {len(images)} pictures are written", file=sys.stderr)
            return 130
    if not written:
        raise InputError(f"none of the {len(images)} pictures could be read: the reasons are in {list_path}")
    if unreadable.count:
        print(f"warning: {unreadable.count} of {len(images)} pictures are listed in {list_path}", file=sys.stderr)
    return 0


def _draw(record: dict, path: Path) -> None:
    # Read a second time: kept in memory, a batch of large photos would take gigabytes.
    picture = annotate(read_image(record["image"]), record)
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=90)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error}): choose another folder for --annotate") from error
