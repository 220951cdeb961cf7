"""Which augmentations are drawn, how often and how strongly."""

import dataclasses
import math
from dataclasses import dataclass, field

from fer_tf.errors import InputError

CUTOUT_LIMIT = 31  # one bit of an int32 for each cutout, see cutout.py


def _probability(default: float, what: str):
    return _number(default, 0.0, 1.0, f"probability that an image is {what}; 0 leaves the operation out")


def _number(default: float, low: float, high: float, text: str):
    return field(default=default, metadata={"help": text, "low": low, "high": high})


@dataclass(frozen=True)
class AugmentOptions:
    """Probability and strength of each augmentation, in the order in which they are applied.

    The list is the one of paper A (its ten operations) with the separate brightness
    and contrast of paper C. The papers give no probabilities and, but for the rotation
    of 15 degrees and the 8 cutouts, no strengths: the defaults are ours, chosen so that
    a 48x48 face keeps its expression. They change geometry often, tone sometimes, and
    detail seldom. Lengths are in pixels of the result.

    Raises:
        InputError: a field outside its range; the message names field, value and range.
    """

    crop_probability: float = _probability(1.0, "cropped at random and resized")
    crop_minimum_area: float = _number(0.6, 0.05, 1.0, "least share of the image's area that a crop keeps")
    crop_maximum_aspect: float = _number(1.1, 1.0, 2.0, "largest width to height (or height to width) of a crop")
    flip_probability: float = _probability(0.5, "mirrored left to right")
    rotation_probability: float = _probability(0.5, "rotated")
    rotation_degrees: float = _number(15.0, 0.0, 180.0, "largest rotation to either side, degrees")
    grayscale_probability: float = _probability(0.1, "turned grey")
    grayscale_strength: float = _number(1.0, 0.0, 1.0, "share of the colour that grayscale takes away")
    jitter_probability: float = _probability(0.5, "jittered in colour")
    jitter_brightness: float = _number(0.25, 0.0, 1.0, "jitter multiplies brightness by 1 - this to 1 + this")
    jitter_contrast: float = _number(0.25, 0.0, 1.0, "jitter multiplies contrast by 1 - this to 1 + this")
    jitter_saturation: float = _number(0.25, 0.0, 1.0, "jitter multiplies saturation by 1 - this to 1 + this")
    jitter_hue: float = _number(0.03, 0.0, 0.5, "jitter turns the hue by up to this part of the colour circle")
    brightness_probability: float = _probability(0.0, "made brighter or darker (paper C)")
    brightness_strength: float = _number(0.2, 0.0, 1.0, "largest brightness added or taken, as part of 255")
    contrast_probability: float = _probability(0.0, "changed in contrast (paper C)")
    contrast_strength: float = _number(0.2, 0.0, 1.0, "contrast is multiplied by 1 - this to 1 + this")
    blur_probability: float = _probability(0.1, "blurred by a Gaussian")
    blur_sigma: float = _number(1.5, 0.1, 8.0, "largest standard deviation of the Gaussian, pixels")
    sharpness_probability: float = _probability(0.1, "made sharper or softer")
    sharpness_strength: float = _number(0.9, 0.0, 5.0, "sharpness factor is 1 - this (not below 0) to 1 + this")
    autocontrast_probability: float = _probability(0.1, "stretched to the full range, channel by channel")
    autocontrast_strength: float = _number(1.0, 0.0, 1.0, "share of the way to the full range")
    equalise_probability: float = _probability(0.05, "equalised in histogram, channel by channel")
    equalise_strength: float = _number(1.0, 0.0, 1.0, "share of the way to the equalised image")
    cutout_probability: float = _probability(0.25, "partly covered by rectangles")
    cutout_count: int = _number(8, 1, CUTOUT_LIMIT, "rectangles that cover an image")
    cutout_size: float = _number(0.12, 0.0, 1.0, "largest side of a rectangle, as part of the image's side")
    cutout_fill: float = _number(128.0, 0.0, 255.0, "grey level of the rectangles")

    def __post_init__(self):
        for option in dataclasses.fields(self):
            _check(option, getattr(self, option.name))

    @classmethod
    def none(cls) -> "AugmentOptions":
        """No augmentation: every probability 0, so that images are only resized."""
        return cls(**dict.fromkeys(PROBABILITIES, 0.0))

    @classmethod
    def paper_a(cls) -> "AugmentOptions":
        """Paper A: its ten operations, without the separate brightness and contrast."""
        return cls()

    @classmethod
    def paper_c(cls) -> "AugmentOptions":
        """Paper C: crop, rotation, brightness and contrast only."""
        drawn = {"crop": 1.0, "rotation": 0.5, "brightness": 0.5, "contrast": 0.5}
        return dataclasses.replace(cls.none(), **{f"{name}_probability": p for name, p in drawn.items()})

    def uses(self, *operations: str) -> bool:
        """Whether any of the named operations ("blur", "crop", ...) can be drawn."""
        return any(getattr(self, f"{name}_probability") > 0 for name in operations)


PROBABILITIES = tuple(option.name for option in dataclasses.fields(AugmentOptions) if "probability" in option.name)
OPERATIONS = tuple(name.removesuffix("_probability") for name in PROBABILITIES)


def _check(option: dataclasses.Field, value: object) -> None:
    low, high = option.metadata["low"], option.metadata["high"]
    kind = "a whole number" if option.type is int else "a number"
    fits = isinstance(value, int if option.type is int else (int, float)) and not isinstance(value, bool)
    if not (fits and math.isfinite(value) and low <= value <= high):
        raise InputError(
            f"{option.name} must be {kind} from {low:g} to {high:g}, got {value!r}: choose one in that range"
        )
