"""Models with several seeds on the same test images: means and gains with intervals over seeds and over images."""

from collections.abc import Sequence

import numpy as np

from fer_tf.evaluation.bootstrap import RESAMPLES, interval, resampled, subject_confusions
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.scores import confusion_matrix, flat_scores
from fer_tf.evaluation.seeds import mean_interval
from fer_tf.labels import EMOTIONS

Values = dict[str, tuple[float, tuple[float, float]]]


def mean_scores(seeds: Sequence[Predictions], *, resamples: int = RESAMPLES, seed: int = 0) -> Values:
    """Mean over seeds of each score of ``scores.flat_scores``, with its 95 % interval.

    The interval's half width joins what training leaves open, Student's t over seeds, and what the choice of test
    people leaves open, a bootstrap of subjects of the mean over seeds: sqrt(a^2 + b^2). With one seed it is b alone.

    Args:
        seeds: of each seed, of the same images in the same order.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
    """
    found = _summary([_confusion(found) for found in seeds], [_people(found) for found in seeds], resamples, seed)
    # Scores are shares; Student's interval does not know.
    return {name: (value, (max(low, 0.0), min(high, 1.0))) for name, (value, (low, high)) in found.items()}


def gains(
    before: Sequence[Predictions], after: Sequence[Predictions], *, resamples: int = RESAMPLES, seed: int = 0
) -> Values:
    """By how much each score is higher after than before, paired by seed and by image; intervals as ``mean_scores``.

    Args:
        before: of each seed, of the same images in the same order.
        after: the same seeds and images, by other models.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
    """
    pairs = list(zip(before, after, strict=True))
    confusions = [np.stack([_confusion(found) for found in pair]) for pair in pairs]
    people = [np.stack([_people(found) for found in pair], axis=1) for pair in pairs]
    return _summary(confusions, people, resamples, seed, lambda values: values[..., 1] - values[..., 0])


def joined(values: Sequence[float], draws: np.ndarray, people: int) -> tuple[float, tuple[float, float]]:
    """Mean over seeds with the interval that ``mean_scores`` describes.

    Args:
        values: one for each seed.
        draws: (resamples,), bootstrap of people of their mean.
        people: how many there are.
    """
    middle, (low, high) = mean_interval(values)
    of_training = 0.0 if len(values) == 1 else (high - low) / 2
    people_low, people_high = interval(draws, people)
    below, above = np.hypot(of_training, np.maximum([middle - people_low, people_high - middle], 0))
    return middle, (float(middle - below), float(middle + above))


def _confusion(found: Predictions) -> np.ndarray:
    return confusion_matrix(found.truth, found.predicted, len(EMOTIONS))


def _people(found: Predictions) -> np.ndarray:
    return subject_confusions(found.truth, found.predicted, found.subject_id, len(EMOTIONS))


def _summary(
    confusions: list[np.ndarray], people: list[np.ndarray], resamples: int, seed: int, change=lambda values: values
) -> Values:
    of_seeds = [
        {name: float(change(value)) for name, value in flat_scores(one, EMOTIONS).items()} for one in confusions
    ]
    together = np.stack(people, axis=1)  # (people, seeds, ...)

    def over_seeds(drawn: np.ndarray) -> dict[str, np.ndarray]:
        # (draws, seeds, ..., 7, 7): the same people are drawn for all seeds.
        return {name: change(value).mean(axis=1) for name, value in flat_scores(drawn, EMOTIONS).items()}

    draws = resampled(together, over_seeds, resamples, seed)
    return {name: joined([one[name] for one in of_seeds], draws[name], len(together)) for name in of_seeds[0]}
