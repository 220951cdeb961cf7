"""Whether a model is right as often as it says (Naeini et al. 2015, Guo et al. 2017)."""

import numpy as np
from scipy import sparse

from fer_tf.evaluation.scores import divide

BINS = 10


def error_columns(confidence: np.ndarray, correct: np.ndarray) -> sparse.csr_array:
    """What the calibration error is a sum of, for each image.

    Args:
        confidence: (N,), 0..1, of the answer.
        correct: bool (N,).

    Returns:
        (N, ``BINS``): confidence minus 1 or 0, in the column of the interval that the confidence lies in.
    """
    place = bins(confidence)
    count = len(confidence)
    return sparse.csr_array((confidence - correct, (np.arange(count), place)), (count, BINS))


def expected_error(sums: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Expected calibration error: how far confidence and accuracy are apart, mean over images.

    Args:
        sums: (..., ``BINS``), of ``error_columns``.
        count: (...), images.

    Returns:
        (...), 0..1, NaN of no images.
    """
    return divide(np.abs(sums).sum(-1), count)


def reliability(confidence: np.ndarray, correct: np.ndarray) -> list[dict[str, float]]:
    """The curve: for each interval of the confidence that occurs its mean, the accuracy and the number of images."""
    place = bins(confidence)
    return [
        {
            "confidence": float(confidence[place == number].mean()),
            "accuracy": float(correct[place == number].mean()),
            "n": int((place == number).sum()),
        }
        for number in np.unique(place)
    ]


def bins(confidence: np.ndarray) -> np.ndarray:
    """Number of the interval, int (N,); equal ones from 0 to 1."""
    return np.minimum((np.asarray(confidence) * BINS).astype(int), BINS - 1)
