"""Pictures of a built dataset that synthetic ones start from."""

import hashlib
from collections.abc import Sequence

from fer_tf.data.load import load
from fer_tf.labels import DISGUISES, EMOTIONS, UNKNOWN
from fer_tf.synthesis.generate.requests import Reference

_NO_DISGUISE = (UNKNOWN, DISGUISES.index("none"))
_FIELDS = ("image_id", "subject_id", "emotion", "gender", "skin_tone", "age_group", "disguise")


def references(dataset: str, split: str, data_dir: str) -> list[Reference]:
    """Every picture of a split that a disguise can be added to: its emotion is known, and it wears none.

    Args:
        dataset: name of a built dataset, with config.
        split: of the dataset; slices like ``"train[:100]"`` work too.
        data_dir: folder of the built datasets.

    Returns:
        The references in the order in which they are stored.

    Raises:
        InputError: the dataset is not built or has no such split.
    """
    found = []
    for record in load(dataset, split, data_dir, fields=_FIELDS).as_numpy_iterator():
        if record["emotion"] == UNKNOWN or record["disguise"] not in _NO_DISGUISE:
            continue
        groups = {name: int(record[name]) for name in ("gender", "skin_tone", "age_group")}
        texts = {name: record[name].decode() for name in ("image_id", "subject_id")}
        found.append(Reference(emotion=EMOTIONS[record["emotion"]], **texts, **groups))
    return found


def reference_files(dataset: str, split: str, data_dir: str, image_ids: Sequence[str]) -> dict[str, bytes]:
    """Some pictures of a split, by one pass over it.

    Args:
        dataset: as for ``references``.
        split: likewise.
        data_dir: likewise.
        image_ids: of the pictures.

    Returns:
        image_id -> bytes of its PNG or JPEG file.

    Raises:
        InputError: as ``references``.
    """
    wanted, found = set(image_ids), {}
    fields = ("image_id", "image")
    for record in load(dataset, split, data_dir, decode_images=False, fields=fields).as_numpy_iterator():
        image_id = record["image_id"].decode()
        if image_id in wanted:
            found[image_id] = record["image"]
            if len(found) == len(wanted):
                break
    return found


def digest(found: Sequence[Reference]) -> str:
    """Tells other references from these: of all their values."""
    return hashlib.sha256(repr(list(found)).encode()).hexdigest()[:16]
