"""Disguised faces that the project renders: every label exact."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES, EMOTIONS
from fer_tf.synthesis.generate.requests import Request
from fer_tf.synthesis.render.bias import Bias
from fer_tf.synthesis.render.labelled import FRAMINGS, draw_labelled_frame
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import SIZES
from fer_tf.synthesis.render.spec import Frame

_FRAMING = "faces"


class RenderedSource:
    """Draws a new person for each request; see ``sources.Source``."""

    name = "rendered"
    groups = ("gender", "skin_tone", "age_group")
    needs_references = False
    keeps_person = False

    def __init__(self, size: int):
        """Draws squares of ``size`` pixels.

        Raises:
            InputError: the renderer does not draw that size.
        """
        if not SIZES[0] <= size <= SIZES[1]:
            raise InputError(f"--size: expected {SIZES[0]}..{SIZES[1]} pixels for rendered faces, came {size}")
        self._size = size

    def images(self, requests: Sequence[Request], references: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See ``Source.images``; uint8 (size, size, 3)."""
        del references  # it needs none
        return [draw(self._frame(request)).image for request in requests]

    def settings(self) -> dict[str, Any]:
        """See ``Source.settings``."""
        return {"size": self._size, "framing": _FRAMING}

    def details(self, request: Request) -> dict[str, Any]:
        """The whole frame; see ``Source.details``."""
        frame = self._frame(request)
        units = {str(unit): intensity for unit, intensity in frame.expression.units.items()}
        return {"frame": dataclasses.asdict(frame), "action_units": units}

    def _frame(self, request: Request) -> Frame:
        person, picture = np.random.SeedSequence(request.seed).spawn(2)
        subject = draw_subject(
            np.random.default_rng(person),
            f"{request.split}_{request.name}",
            request.gender,
            request.skin_tone,
            request.age_group,
        )
        labelled = draw_labelled_frame(
            picture,
            subject,
            EMOTIONS.index(request.emotion),
            request.name,
            FRAMINGS[_FRAMING],
            size=self._size,
            disguised=0.0,
            bias=Bias(),
            training=False,
        )
        return dataclasses.replace(labelled.frame, disguise=DISGUISES.index(request.disguise))
