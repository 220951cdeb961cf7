"""Disguised faces by Stable Diffusion, each from a reference image that carries the expression."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate.diffusion.conditioning import edges, face_outlines
from fer_tf.synthesis.generate.diffusion.options import DiffusionOptions
from fer_tf.synthesis.generate.diffusion.pipeline import Order, Pipeline
from fer_tf.synthesis.generate.diffusion.prompts import prompt
from fer_tf.synthesis.generate.requests import Request

SIZES = (64, 2048)
_STEP = 8  # pixels that one of the VAE's stands for


class DiffusionSource:
    """Generates a new person with the reference's expression; see ``sources.Source``."""

    name = "diffusion"
    needs_references = True
    keeps_person = False

    def __init__(
        self,
        options: DiffusionOptions,
        size: int,
        pipeline: Callable[[Sequence[Order]], list[np.ndarray | Refused]] | None = None,
    ):
        """Loads the models.

        Args:
            options: every setting.
            size: side of the pictures in pixels.
            pipeline: makes pictures to order; None loads ``Pipeline``.

        Raises:
            InputError: a size that the model cannot make, or see ``Pipeline``.
        """
        if not SIZES[0] <= size <= SIZES[1] or size % _STEP:
            raise InputError(f"--size: expected {SIZES[0]}..{SIZES[1]} pixels in steps of {_STEP}, came {size}")
        self._options, self._size = options, size
        self._pipeline = pipeline or Pipeline(options)

    @property
    def groups(self) -> tuple[str, ...]:
        """What the prompts name."""
        return self._options.groups

    def images(
        self, requests: Sequence[Request], references: Sequence[np.ndarray | None]
    ) -> list[np.ndarray | Refused]:
        """See ``Source.images``; uint8 (size, size, 3)."""
        outcomes = self._conditions(references)
        numbers = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, Refused)]
        orders = [Order(prompt(requests[number]), outcomes[number], requests[number].seed) for number in numbers]
        for number, made in zip(numbers, self._pipeline(orders) if orders else [], strict=True):
            outcomes[number] = made
        return outcomes

    def settings(self) -> dict[str, Any]:
        """See ``Source.settings``."""
        place, folder = self._options.controlnet_place
        used = {"controlnet": place, "controlnet_subfolder": folder, "size": self._size}
        sampler = {"scheduler": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver++", "solver_order": 2}
        options = dataclasses.asdict(self._options)
        del options["device"]  # decides on rounding only
        return {**options, **used, **sampler}

    def details(self, request: Request) -> dict[str, Any]:
        """See ``Source.details``; what is the same for all pictures is among the settings."""
        return {"prompt": prompt(request)}

    def _conditions(self, references: Sequence[np.ndarray | None]) -> list[np.ndarray | Refused]:
        if self._options.conditioning == "face_mesh":
            return face_outlines(references, self._size)
        low, high = self._options.canny_low, self._options.canny_high
        return [edges(reference, self._size, low, high) for reference in references]
