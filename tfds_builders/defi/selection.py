"""Which pictures of the sources are taken: the annotators agree, and every emotion comes as often."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fer_tf.labels import EMOTIONS, UNKNOWN
from tfds_builders.derived import Record
from tfds_builders.names import subject_prefix
from tfds_builders.source.splits import subject_split

# Shares are stored as float32: eight of ten are 0.8 and a little more or less.
_ROUNDING = 1e-6


class Candidate(NamedTuple):
    """A picture that may be taken: its split and emotion, or why it is not."""

    split: str
    emotion: int
    fault: str = ""


def merged_id(source: str, image_id: str) -> str:
    """A picture's id in the merged dataset: ``fer2013:fer0000001``, as where training mixes datasets."""
    return f"{source}:{image_id}"


def candidate(source: str, record: Record, consensus: float) -> Candidate:
    """What becomes of a picture, before classes are balanced.

    Args:
        source: name of its dataset.
        record: of it, image uint8 (H, W, 3).
        consensus: 0..1, see ``agreed_emotion``.
    """
    emotion, fault = agreed_emotion(record["emotion"], record["emotion_votes"], consensus)
    return Candidate(split_of(source, record), emotion, fault)


def split_of(source: str, record: Record) -> str:
    """train, validation or test: by the person, else by the film, else by the pixels, whatever else is merged.

    Args:
        source: name of its dataset.
        record: of it, image uint8 (H, W, 3).
    """
    for name in ("subject_id", "sequence_id"):
        if record[name]:
            return subject_split("defi", subject_prefix(source) + record[name].decode())
    image = np.ascontiguousarray(record["image"])
    return subject_split("defi", hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest())


def agreed_emotion(emotion: int, votes: np.ndarray, consensus: float) -> tuple[int, str]:
    """What a picture's annotators agree on.

    Args:
        emotion: 0..6 or -1, the source's label; it counts where there are no votes.
        votes: (7,) shares of the annotators, NaN where there are none.
        consensus: 0..1, the share that must agree.

    Returns:
        The emotion, and why the picture cannot be taken or ``""``.
    """
    if np.isnan(votes).any():
        return int(emotion), "" if emotion != UNKNOWN else "none of the seven emotions"
    best = int(np.argmax(votes))
    if votes[best] == 0 or votes[best] < consensus - _ROUNDING:
        return best, f"{votes[best]:.0%} of the annotators agree, expected {consensus:.0%}"
    rivals = [word for word, share in zip(EMOTIONS, votes, strict=True) if share > votes[best] - _ROUNDING]
    if len(rivals) > 1:
        return best, f"the annotators are divided between {' and '.join(rivals)}"
    return best, ""


def left_out_for_balance(candidates: Mapping[str, Candidate]) -> dict[str, str]:
    """Pictures that are too many of their emotion in their split, by a hash of their ids.

    Args:
        candidates: id -> picture, those without a fault.

    Returns:
        Id -> the reason.
    """
    classes: dict[tuple[str, int], list[str]] = {}
    for image_id, (split, emotion, _) in candidates.items():
        classes.setdefault((split, emotion), []).append(image_id)
    # An emotion that does not occur in a split cannot be balanced there.
    rarest = {
        split: min((len(ids), EMOTIONS[emotion]) for (other, emotion), ids in classes.items() if other == split)
        for split, _ in classes
    }
    reasons = {}
    for (split, _), ids in classes.items():
        count, word = rarest[split]
        for image_id in sorted(ids, key=lambda name: hashlib.sha256(name.encode()).digest())[count:]:
            reasons[image_id] = f"left out for balance: {split} has {count:,} of {word}"
    return reasons
