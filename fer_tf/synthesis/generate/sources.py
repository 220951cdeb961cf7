"""The interface of the three sources of disguised faces."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate.requests import Request


class Source(Protocol):
    """Makes pictures that are asked for.

    Attributes:
        name: of the source.
        groups: which of ``plan.GROUPS`` it can be asked for.
        needs_references: every picture starts from one of a dataset.
        keeps_person: who is seen is who is seen on the reference.
    """

    name: str
    groups: tuple[str, ...]
    needs_references: bool
    keeps_person: bool

    def images(
        self, requests: Sequence[Request], references: Sequence[np.ndarray | None]
    ) -> list[np.ndarray | Refused]:
        """Makes one picture for each request; it does not depend on the others.

        Args:
            requests: what is wanted.
            references: for each its reference image, uint8 (H, W, 3) RGB; None where it needs none.

        Returns:
            For each request the picture, uint8 (H, W, 3) RGB, or why there is none.
        """

    def settings(self) -> Mapping[str, Any]:
        """What decides on all pictures, as JSON values: a folder holds pictures of the same settings only."""

    def details(self, request: Request) -> Mapping[str, Any]:
        """What is written beside the picture of a request: everything that decided on it, as JSON values.

        ``action_units`` (number as text -> intensity 0..1), where they are known, become labels.
        """
