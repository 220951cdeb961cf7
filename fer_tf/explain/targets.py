"""What is explained: logits by number or by name."""

from collections.abc import Callable, Sequence

import numpy as np

from fer_tf.errors import InputError

# In place of a name: whatever the model says loudest.
PREDICTED = "predicted"


def checked_targets(targets: Sequence, images: int, logits: int) -> np.ndarray:
    """Numbers of logits for each image.

    Args:
        targets: whole numbers, (T,) for all images, or (images, T).
        images: how many there are.
        logits: how many the model has.

    Returns:
        int32 (images, T).

    Raises:
        InputError: another shape, no target, or a logit that the model does not have.
    """
    targets = np.asarray(targets)
    if targets.ndim == 1:
        targets = np.broadcast_to(targets, (images, len(targets)))
    if targets.ndim != 2 or len(targets) != images or not np.issubdtype(targets.dtype, np.integer):
        raise InputError(f"targets: expected whole numbers (T,) or ({images}, T), came {targets.shape} {targets.dtype}")
    if not targets.size or targets.min() < 0 or targets.max() >= logits:
        raise InputError(f"targets: expected numbers from 0 to {logits - 1}, at least one, came {targets.tolist()}")
    return targets.astype(np.int32)


def check_images(images, shape: Sequence[int | None], name: str) -> None:
    """Refuses images that a model does not take.

    Args:
        images: anything with a shape.
        shape: that the model expects, None for any.
        name: of the input, for the message.

    Raises:
        InputError: another shape.
    """
    found = tuple(np.shape(images))
    if len(found) != len(shape) or any(e not in (None, came) for e, came in zip(shape, found, strict=True)):
        raise InputError(f"input {name!r}: expected {tuple(shape)}, came {found}")


def target_chooser(wanted: Sequence[str], labels: Sequence[str]) -> Callable[[np.ndarray], list[int]]:
    """What to explain of an image, given its logits.

    Args:
        wanted: names among ``labels``; ``predicted`` is the largest logit.
        labels: names of the model's logits.

    Returns:
        function of logits (targets,) to their numbers, none twice.

    Raises:
        InputError: a target that the model does not have.
    """
    if not wanted:
        raise InputError(f"no target: choose {PREDICTED}, or of {', '.join(labels)}")
    for name in wanted:
        if name != PREDICTED and name not in labels:
            raise InputError(f"target {name!r}: this model has {', '.join(labels)}, or take {PREDICTED}")

    def choose(logits: np.ndarray) -> list[int]:
        numbers = [int(np.argmax(logits)) if name == PREDICTED else list(labels).index(name) for name in wanted]
        return list(dict.fromkeys(numbers))

    return choose
