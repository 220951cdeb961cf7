"""Stable Diffusion with ControlNet through diffusers; the only module that needs torch."""

import dataclasses
import importlib
import re
import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate.diffusion.options import DiffusionOptions

# In this order: transformers is told to be quiet before diffusers uses it.
_PACKAGES = ("torch", "transformers", "accelerate", "safetensors", "diffusers")
# On the hub: owner/model.
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclasses.dataclass(frozen=True)
class Order:
    """One picture that the pipeline is to make.

    Attributes:
        prompt: what it shows.
        condition: uint8 (size, size, 3), what the ControlNet sees.
        seed: 0..2**32-1, of its noise.
    """

    prompt: str
    condition: np.ndarray
    seed: int


class Pipeline:
    """Base model, ControlNet and sampler, loaded once."""

    def __init__(self, options: DiffusionOptions):
        """Loads the models, from folders or by name; names are downloaded the first time.

        Only safetensors files are read: a pickle could run whatever its author wanted.

        Raises:
            InputError: a package is missing, or a model is not there or not one.
        """
        torch, diffusers = _packages()
        self._options, self._torch = options, torch
        _check_device(torch, options.device)
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        dtype = getattr(torch, options.precision)
        controlnet, folder = options.controlnet_place
        parts = {"controlnet": _load(diffusers.ControlNetModel, "controlnet", controlnet, dtype, folder)}
        if options.vae:
            parts["vae"] = _load(diffusers.AutoencoderKL, "vae", options.vae, dtype)
        base = diffusers.StableDiffusionControlNetPipeline
        self._pipeline = _load(base, "base_model", options.base_model, dtype, **parts).to(self._device)
        self._pipeline.scheduler = diffusers.DPMSolverMultistepScheduler.from_config(
            self._pipeline.scheduler.config, algorithm_type="dpmsolver++", solver_order=2
        )
        self._pipeline.set_progress_bar_config(disable=True)

    def __call__(self, orders: Sequence[Order]) -> list[np.ndarray | Refused]:
        """Makes pictures in one batch.

        Each has a random generator of its own, on the CPU whatever the device, so that its noise depends on its
        seed alone. Rounding may differ between batches of different sizes and between devices.

        Args:
            orders: conditions of one size.

        Returns:
            For each uint8 (size, size, 3) RGB; refused where the model's own safety checker, if it has one, says so.
        """
        options, size = self._options, len(orders[0].condition)
        result = self._pipeline(
            prompt=[order.prompt for order in orders],
            negative_prompt=[options.negative_prompt] * len(orders),
            image=_conditions(self._torch, orders),
            height=size,
            width=size,
            num_inference_steps=options.steps,
            guidance_scale=options.guidance,
            controlnet_conditioning_scale=options.control_strength,
            generator=[self._torch.Generator("cpu").manual_seed(order.seed) for order in orders],
            output_type="np",
        )
        unsafe = result.nsfw_content_detected or [False] * len(orders)
        return [
            Refused("the safety checker of the base model refuses it") if refused else _to_bytes(image)
            for image, refused in zip(result.images, unsafe, strict=True)
        ]


def _conditions(torch: Any, orders: Sequence[Order]) -> Any:
    """Tensor (B, 3, size, size), 0..1, the form that diffusers passes on as it is."""
    return torch.from_numpy(np.stack([order.condition for order in orders])).permute(0, 3, 1, 2).float() / 255


def _to_bytes(image: np.ndarray) -> np.ndarray:
    return np.rint(image * 255).clip(0, 255).astype(np.uint8)


def _packages() -> tuple[Any, Any]:
    """Torch and diffusers.

    Raises:
        InputError: a package of the extra is missing.
    """
    modules = {}
    for name in _PACKAGES:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what their own dependencies announce
                modules[name] = importlib.import_module(name)
                if name == "transformers":  # it announces packages that are not needed here
                    modules[name].utils.logging.set_verbosity_error()
        except ImportError as error:
            raise InputError(
                f"--source=diffusion needs {name}, which is not installed: it comes with the extra [diffusion], "
                "`pip install -e '.[diffusion]'`"
            ) from error
    return modules["torch"], modules["diffusers"]


def _check_device(torch: Any, device: str) -> None:
    try:
        if device:
            torch.zeros(1, device=device)
    # torch has an error of its own for each thing that can be wrong with a device.
    except Exception as error:
        raise InputError(f"--device: torch cannot use {device!r} here: leave it out, or give cpu") from error


def _load(kind: Any, flag: str, place: str, dtype: Any, subfolder: str = "", **parts: Any) -> Any:
    """One model or pipeline by diffusers' class for it."""
    place = _checked_place(flag, place, subfolder, is_pipeline=flag == "base_model")
    if subfolder:
        parts["subfolder"] = subfolder
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return kind.from_pretrained(place, torch_dtype=dtype, use_safetensors=True, **parts)
    # What is wrong with a folder or a download comes as almost any exception.
    except Exception as error:
        reason = textwrap.shorten(str(error), 200, placeholder="…")
        raise InputError(
            f"--{flag}: {place} could not be loaded as {kind.__name__} with safetensors files ({reason}): give a "
            "folder in diffusers' form, or the name of such a model where the network is there to download it"
        ) from error


def _checked_place(flag: str, place: str, subfolder: str, is_pipeline: bool) -> str:
    """Folder or name of a model; refuses what is neither."""
    path = Path(place).expanduser()
    wanted = "model_index.json" if is_pipeline else "config.json"
    if not path.exists():
        if _HUB_NAME.fullmatch(place):
            return place
        raise InputError(f"--{flag}: {place} is neither a folder nor a name like owner/model")
    if not (path / subfolder / wanted).is_file():
        inside = f"{subfolder}/{wanted}" if subfolder else wanted
        raise InputError(f"--{flag}: {place} is no model: expected a folder in diffusers' form, in which {inside} lies")
    return str(path)
