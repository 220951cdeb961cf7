"""Makes a synthetic set: asks a source, looks at what comes, keeps or rejects it, tries again."""

import importlib.metadata
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from fer_tf.errors import InputError
from fer_tf.labels import AGE_GROUPS, GENDERS, UNKNOWN
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate.filter import Reader, reasons_against
from fer_tf.synthesis.generate.folder import REJECTED_FILE, Folder
from fer_tf.synthesis.generate.plan import Plan, Slot
from fer_tf.synthesis.generate.requests import Request
from fer_tf.synthesis.generate.sources import Source

# From a split and ids of its images to the bytes of their PNG or JPEG files.
ReferenceReader = Callable[[str, Sequence[str]], Mapping[str, bytes]]
# Pictures whose references are read in one pass over the dataset, and kept as files meanwhile.
_READ_AHEAD = 512
_PACKAGES = ("fer_tf", "numpy", "opencv-contrib-python", "torch", "diffusers", "transformers")


def make_set(
    source: Source,
    plan: Plan,
    folder: Folder,
    *,
    read_references: ReferenceReader | None = None,
    reader: Reader | None = None,
    batch_size: int = 8,
    attempts: int = 10,
) -> str:
    """Fills every slot of a plan that is not filled yet.

    Args:
        source: makes the pictures.
        plan: what is wanted.
        folder: where it goes; what lies there, accepted or rejected, is not made again.
        read_references: for sources that start from pictures of a dataset.
        reader: see ``filter.reasons_against``.
        batch_size: pictures made at once; decides nothing but time and memory.
        attempts: pictures made for a slot, at most.

    Returns:
        A line for the user.

    Raises:
        InputError: some slots have no good picture after so many attempts; the others are kept.
    """
    waiting = [slot for slot in plan.slots if not _is_filled(plan, folder, slot)]
    bar = tqdm(total=len(plan.slots), initial=len(plan.slots) - len(waiting), unit="picture", disable=None)
    with bar:
        for attempt in range(attempts):
            requests = [plan.request(slot, attempt) for slot in waiting]
            todo = [request for request in requests if not folder.is_rejected(request)]
            for batch, references in _batches(todo, batch_size, read_references):
                _make_batch(source, batch, references, folder, reader)
                bar.update(sum(folder.is_accepted(request) for request in batch))
            waiting = [slot for slot, request in zip(waiting, requests, strict=True) if not folder.is_accepted(request)]
    rejected = folder.path / REJECTED_FILE
    if waiting:
        short = ", ".join(dict.fromkeys(f"{slot.emotion} in {slot.split}" for slot in waiting))
        raise InputError(
            f"{len(waiting)} of {len(plan.slots)} pictures are missing after {attempts} attempts each ({short}): the "
            f"reasons are in {rejected}; raise --attempts to go on, or use the folder as it is"
        )
    return f"{len(plan.slots)} pictures in {folder.path}, rejected ones are listed in {rejected}"


def _is_filled(plan: Plan, folder: Folder, slot: Slot) -> bool:
    """Also by a later try than would be made now."""
    for attempt in itertools.count():
        request = plan.request(slot, attempt)
        if folder.is_accepted(request):
            return True
        if not folder.is_rejected(request):
            return False


def _batches(
    requests: Sequence[Request], size: int, read_references: ReferenceReader | None
) -> Iterator[tuple[Sequence[Request], list[np.ndarray | None]]]:
    """Requests in batches, with their reference images where there are any."""
    for first in range(0, len(requests), _READ_AHEAD):
        ahead = requests[first : first + _READ_AHEAD]
        files: dict[tuple[str, str], bytes] = {}
        for split in dict.fromkeys(request.split for request in ahead) if read_references else ():
            wanted = sorted({request.reference for request in ahead if request.split == split})
            files |= {(split, image_id): content for image_id, content in read_references(split, wanted).items()}
        for start in range(0, len(ahead), size):
            batch = ahead[start : start + size]
            yield batch, [_decoded(files[r.split, r.reference]) if read_references else None for r in batch]


def _decoded(content: bytes) -> np.ndarray:
    """As the dataset itself is read: other decoders of JPEG differ by some levels."""
    import tensorflow as tf  # here, because rendered faces need none of it

    return tf.io.decode_image(content, channels=3, expand_animations=False).numpy()


def _make_batch(
    source: Source,
    batch: Sequence[Request],
    references: Sequence[np.ndarray | None],
    folder: Folder,
    reader: Reader | None,
) -> None:
    outcomes = source.images(batch, references)
    made = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, Refused)]
    judged = reasons_against([outcomes[number] for number in made], [batch[number].emotion for number in made], reader)
    against = dict(zip(made, judged, strict=True))
    for number, (request, outcome) in enumerate(zip(batch, outcomes, strict=True)):
        if isinstance(outcome, Refused):
            folder.reject(request, outcome.reason)
        elif against[number]:
            folder.reject(request, against[number])
        else:
            folder.accept(request, outcome, _facts(source, request))


def _facts(source: Source, request: Request) -> dict[str, Any]:
    """What stands beside a picture; groups as words, None where unknown."""
    return {
        "name": request.name,
        "source": source.name,
        "split": request.split,
        "emotion": request.emotion,
        "disguise": request.disguise,
        "seed": request.seed,
        "reference": request.reference or None,
        "subject_id": request.subject_id or None,
        "gender": None if request.gender == UNKNOWN else GENDERS[request.gender],
        "skin_tone": None if request.skin_tone == UNKNOWN else request.skin_tone,
        "age_group": None if request.age_group == UNKNOWN else AGE_GROUPS[request.age_group],
        "details": dict(source.details(request)),
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
