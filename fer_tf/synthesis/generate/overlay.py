"""Disguises drawn on photographs of a dataset: real expressions, a drawn disguise."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_tf.synthesis.disguise.photo import Refused, disguise_pictures
from fer_tf.synthesis.generate.requests import Request


class OverlaySource:
    """Puts the disguise on the reference's largest face; see ``sources.Source``."""

    name = "overlay"
    groups = ()
    needs_references = True
    keeps_person = True

    def images(
        self, requests: Sequence[Request], references: Sequence[np.ndarray | None]
    ) -> list[np.ndarray | Refused]:
        """See ``Source.images``; as large as the reference."""
        results: list[np.ndarray | Refused] = [Refused("not tried")] * len(requests)
        for disguise in dict.fromkeys(request.disguise for request in requests):
            numbers = [number for number, request in enumerate(requests) if request.disguise == disguise]
            outcomes = disguise_pictures(
                [references[number] for number in numbers], disguise, [requests[number].seed for number in numbers]
            )
            for number, outcome in zip(numbers, outcomes, strict=True):
                results[number] = outcome if isinstance(outcome, Refused) else outcome.image
        return results

    def settings(self) -> dict[str, Any]:
        """See ``Source.settings``: the picture's size is the reference's, and the seed decides on the rest."""
        return {}

    def details(self, request: Request) -> dict[str, Any]:
        """See ``Source.details``: the request says all."""
        del request
        return {}
