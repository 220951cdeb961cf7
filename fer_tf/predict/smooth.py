"""Probabilities of a face that changes less abruptly than the classifier's answers do."""

import math
from collections.abc import Collection, Mapping

from fer_tf.errors import InputError


class Smoother:
    """Exponential smoothing in time, of each face by itself: p <- p + (1 - exp(-dt / constant)) (new - p).

    Frames may come at any rate, and faces may be away for a while.
    """

    def __init__(self, constant: float = 0.25):
        """Starts without faces.

        Args:
            constant: seconds after which 63 % of a change is shown; 0 shows it at once.

        Raises:
            InputError: the constant is negative or no number.
        """
        if not 0 <= constant < math.inf:
            raise InputError(f"smoothing is {constant} seconds: expected 0 (none) or more")
        self._constant = constant
        self._faces: dict[int, tuple[float, dict[str, float]]] = {}

    def __len__(self) -> int:
        """How many faces it remembers."""
        return len(self._faces)

    def update(self, number: int, time: float, probabilities: Mapping[str, float]) -> dict[str, float]:
        """The next answer for a face.

        Args:
            number: id of the face.
            time: of the frame, seconds.
            probabilities: emotion or action unit -> 0..1.

        Returns:
            smoothed; those of a sum that stays keep it.
        """
        before, old = self._faces.get(number, (time, None))
        new = dict(probabilities)
        if old is not None and self._constant > 0:
            share = 1 - math.exp(-(time - before) / self._constant)
            new = {label: old[label] + share * (value - old[label]) for label, value in new.items()}
        self._faces[number] = time, new
        return dict(new)

    def keep(self, numbers: Collection[int]) -> None:
        """Forgets all other faces.

        Args:
            numbers: ids that may come again.
        """
        for number in self._faces.keys() - set(numbers):
            del self._faces[number]
