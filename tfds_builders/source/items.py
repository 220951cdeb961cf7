"""Pictures of a dataset before they are read."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from fer_tf.errors import InputError
from tfds_builders.source.splits import subject_split

# Stands for the split of pictures that the dataset puts into none: the person's.
BY_SUBJECT = ""
# The fault of a picture that the dataset's lists name and that is not there: the archive is not whole.
MISSING = "there is no such file"
_NOT_LISTED = "not in the split file"


@dataclasses.dataclass(frozen=True)
class Item:
    """A picture and what the dataset says of it.

    Attributes:
        image_id: unique and stable, such as its path in the dataset.
        file: its name in the ``SourceTree``, or that of its video.
        known: fields for ``record.make_record``.
        box: left, top, width and height in pixels of the face that the labels are of, where the dataset tells.
        fault: why it cannot be used, where the labels already tell; it is listed as rejected.
    """

    image_id: str
    file: str
    known: Mapping[str, Any]
    box: tuple[float, float, float, float] | None = None
    fault: str = ""


def by_split(
    dataset: str,
    items: Iterable[tuple[str, Item]],
    own_splits: tuple[str, dict[str, str]] | None,
    subjects: Mapping[str, Mapping[str, int]],
) -> dict[str, list[Item]]:
    """Puts every picture where it belongs.

    Args:
        dataset: its name.
        items: (official split, or ``BY_SUBJECT``; picture).
        own_splits: of ``splits.read_split_file``; in place of the official ones.
        subjects: of ``splits.read_subjects``; what the dataset itself says is kept.

    Returns:
        Split -> pictures, in the order they came; those that the split file does not name have a ``fault``.

    Raises:
        InputError: two pictures have one id; a subject is unknown who decides the split; the split file, or the table
            of subjects, names nothing that is there.
    """
    found: dict[str, list[Item]] = {}
    ids: set[str] = set()
    listed = described = 0
    for split, item in items:
        if item.image_id in ids:
            raise InputError(f"{dataset}: {item.image_id} is there twice ({item.file}): keep one of the two")
        ids.add(item.image_id)
        subject = item.known.get("subject_id", "")
        if own_splits:
            column, chosen = own_splits
            split = chosen.get(item.image_id if column == "image_id" else subject, "")
            listed += bool(split)
            if not split:
                split, item = next(iter(chosen.values())), dataclasses.replace(item, fault=_NOT_LISTED)
        elif split == BY_SUBJECT:
            if not subject:
                raise InputError(f"{dataset}: {item.image_id}: expected a subject_id, by which people are divided")
            split = subject_split(dataset, subject)
        if subject in subjects:
            described += 1
            item = dataclasses.replace(item, known={**subjects[subject], **item.known})
        found.setdefault(split, []).append(item)
    if own_splits and not listed:
        raise InputError(f"{dataset}: the split file names no {own_splits[0]} of this dataset")
    if subjects and found and not described:
        raise InputError(f"{dataset}: the table of subjects names no subject_id of this dataset, such as {subject!r}")
    return found
