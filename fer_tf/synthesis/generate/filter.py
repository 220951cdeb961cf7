"""Which generated pictures are kept: one face, and the emotion that was meant."""

from collections.abc import Callable, Sequence

import numpy as np

from fer_tf.faces.detect import detect_faces

# From pictures with one face each to the emotion that a model reads and its probability 0..1.
Reader = Callable[[Sequence[np.ndarray]], Sequence[tuple[str, float]]]


def reasons_against(
    images: Sequence[np.ndarray], emotions: Sequence[str], reader: Reader | None = None
) -> list[str | None]:
    """Looks at pictures before they are kept.

    Args:
        images: uint8 (H, W, 3) RGB each; sizes may differ.
        emotions: what each is to show, words of ``labels.EMOTIONS``.
        reader: a model that must agree; None asks none.

    Returns:
        For each picture why it is not kept, or None where nothing speaks against it: MTCNN finds one
        face (of at least 20 pixels, score 0.9), and the emotion that the reader finds most probable is the one meant.
    """
    reasons: list[str | None] = []
    for faces in detect_faces(images, detector="mtcnn"):
        reasons.append(None if len(faces) == 1 else f"{len(faces) or 'no'} faces were found, expected one")
    good = [number for number, reason in enumerate(reasons) if reason is None]
    if reader is not None and good:
        for number, (emotion, probability) in zip(good, reader([images[number] for number in good]), strict=True):
            if emotion != emotions[number]:
                reasons[number] = f"the model reads {emotion} ({probability:.2f}), meant was {emotions[number]}"
    return reasons
