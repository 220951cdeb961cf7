"""Mean over repetitions, with its interval."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, tuple[float, float]]:
    """Mean over seeds, and its interval by Student's t.

    Args:
        values: one for each seed; NaN, which a seed leaves undefined, is left out.
        confidence: of the interval.

    Returns:
        the mean and (low, high); NaN where no value is left, the interval also with a single one.
    """
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return float("nan"), (float("nan"), float("nan"))
    middle = float(known.mean())
    if len(known) < 2:
        return middle, (float("nan"), float("nan"))
    half = float(stats.t.ppf((1 + confidence) / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return middle, (middle - half, middle + half)
