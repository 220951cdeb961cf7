"""Heatmaps to look at: red supports the target, blue opposes it, the region of the action unit outlined.

As Figures 9 and 10 of "Uncovering the Bias in Facial Expressions", a grid of methods, and the feature maps of Figure 10
of "SAFER".
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import keras
import matplotlib
import numpy as np
from matplotlib.figure import Figure

from fer_tf.errors import InputError

matplotlib.use("Agg")
FORMATS = (".png", ".svg")
# Largest values are cut here, so that one pixel does not make all others white.
_BRIGHTEST = 0.995
_FADED = 0.65


@dataclasses.dataclass(frozen=True)
class Panel:
    """One picture with heatmaps.

    Attributes:
        image: uint8 (H, W, 3).
        heatmaps: title -> relevance (H, W), signed.
        region: (H, W) of which 0.5 and more is outlined; None outlines nothing.
        title: beside the picture.
    """

    image: np.ndarray
    heatmaps: Mapping[str, np.ndarray]
    region: np.ndarray | None = None
    title: str = ""


def heat_colours(heatmap: np.ndarray) -> np.ndarray:
    """Red for positive, blue for negative, white for none, darkest at the 99.5th percentile of the size.

    Args:
        heatmap: float (H, W).

    Returns:
        uint8 (H, W, 3).
    """
    largest = np.quantile(np.abs(heatmap), _BRIGHTEST) or np.abs(heatmap).max() or 1.0
    return (matplotlib.colormaps["bwr"](0.5 + heatmap / (2 * largest))[..., :3] * 255).round().astype(np.uint8)


def overlay(image: np.ndarray, heatmap: np.ndarray, region: np.ndarray | None = None) -> np.ndarray:
    """A heatmap over its faded grey picture, with the region outlined in black.

    Args:
        image: uint8 (H, W, 3).
        heatmap: float (H, W).
        region: see ``Panel``.

    Returns:
        uint8 (H, W, 3).
    """
    grey = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1).astype(np.float32)
    pale = 255 - (255 - grey) * (1 - _FADED)
    mixed = (heat_colours(heatmap).astype(np.float32) * pale / 255).round().astype(np.uint8)
    return _outlined(mixed, region)


def draw_panels(panels: Sequence[Panel], path: Path, *, caption: str = "", side: float = 1.9) -> None:
    """Rows of pictures, each with its heatmaps beside it.

    Args:
        panels: the rows; all with as many heatmaps.
        path: ``.png`` or ``.svg``.
        caption: above all.
        side: of one picture, in inches.

    Raises:
        InputError: nothing to draw, or another kind of file.
    """
    if not panels or path.suffix not in FORMATS:
        raise InputError(f"{path}: expected at least one picture, and a name that ends with {' or '.join(FORMATS)}")
    columns = 1 + len(panels[0].heatmaps)
    figure = Figure(figsize=(side * columns, (side + 0.32) * len(panels)), dpi=110, layout="constrained")
    axes = figure.subplots(len(panels), columns, squeeze=False)
    for row, panel in zip(axes, panels, strict=True):
        row[0].imshow(_outlined(panel.image, panel.region))
        row[0].set_title(panel.title, fontsize=7)
        for place, (title, heatmap) in zip(row[1:], panel.heatmaps.items(), strict=True):
            place.imshow(overlay(panel.image, heatmap, panel.region))
            place.set_title(title, fontsize=7)
        for place in row:
            place.axis("off")
    figure.suptitle(caption, fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def draw_feature_maps(
    model: keras.Model, image: np.ndarray, layers: Sequence[str], path: Path, *, maps: int = 8
) -> None:
    """The strongest feature maps of some layers, a row each ("SAFER", Figure 10).

    Args:
        model: images to logits.
        image: (H, W, 3), 0..255, of the model's size.
        layers: names of layers with a feature map.
        path: ``.png`` or ``.svg``.
        maps: of each layer, those with the largest mean.

    Raises:
        InputError: no such layer, or one without a feature map.
    """
    known = [layer.name for layer in model.layers if getattr(getattr(layer, "output", None), "ndim", 0) == 4]
    for name in layers:
        if name not in known:
            raise InputError(f"layer {name!r} is none with a feature map: choose one of {', '.join(known)}")
    outputs = keras.Model(model.input, [model.get_layer(name).output for name in layers])
    values = outputs.predict(image[None].astype(np.float32), verbose=0)
    figure = Figure(figsize=(1.1 * (maps + 1), 1.25 * len(layers)), dpi=110, layout="constrained")
    axes = figure.subplots(len(layers), maps + 1, squeeze=False)
    for row, name, found in zip(axes, layers, values if len(layers) > 1 else [np.asarray(values)], strict=True):
        found = np.asarray(found).reshape(1, *np.asarray(found).shape[-3:])[0]
        row[0].imshow(image.astype(np.uint8))
        row[0].set_title(name, fontsize=6)
        strongest = np.argsort(-np.abs(found).mean(axis=(0, 1)), kind="stable")[:maps]
        for place, channel in zip(row[1:], strongest, strict=False):
            place.imshow(found[..., channel], cmap="viridis")
            place.set_title(str(channel), fontsize=6)
        for place in row:
            place.axis("off")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _outlined(image: np.ndarray, region: np.ndarray | None) -> np.ndarray:
    if region is None or np.isnan(region).any():
        return image
    contours, _ = cv2.findContours((region >= 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(image.copy(), contours, -1, (0, 0, 0), 1, cv2.LINE_AA)
