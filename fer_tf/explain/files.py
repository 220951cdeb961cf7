"""From pictures to figures and a table: what the command does with files, with plain arguments."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from fer_tf.errors import InputError
from fer_tf.explain.figures import Panel, draw_feature_maps, draw_panels
from fer_tf.explain.pictures import Explained, explain_pictures, faces_of

TABLE = "relevance.csv"


def explain_files(
    model: keras.Model,
    explainers: dict[str, Callable],
    labels: Sequence[str],
    pictures: Iterable[tuple[str, Callable[[], np.ndarray]]],
    choose: Callable[[np.ndarray], Sequence[int]],
    output: Path,
    *,
    suffix: str = ".png",
    crop: bool = True,
    layers: Sequence[str] = (),
) -> list[str]:
    """Explains every face of some pictures.

    Writes a figure for each picture, with a row for each face and target and a column for each method,
    ``relevance.csv``, and with ``layers`` a figure of feature maps.

    Args:
        model: images to logits.
        explainers: method -> function of ``methods.explainer``.
        labels: names of the logits.
        pictures: name of each, and a function that reads it, uint8 (H, W, 3).
        choose: of ``targets.target_chooser``.
        output: folder.
        suffix: of the figures.
        crop: see ``pictures.faces_of``.
        layers: whose feature maps are drawn.

    Returns:
        of each picture that could not be read, name and reason.
    """
    output.mkdir(parents=True, exist_ok=True)
    rows, rejected = [], []
    for number, (name, read) in enumerate(tqdm(list(pictures), unit="picture", leave=False), 1):
        try:
            faces = faces_of(read(), model.input_shape[1], crop=crop)
        except InputError as error:
            rejected.append(f"{name}: {error}")
            continue
        stem = f"{number:04d}_{Path(name).stem}"
        by_method = {
            method: list(explain_pictures(model, explain, labels, faces, choose))
            for method, explain in explainers.items()
        }
        rows += [
            {"image": name, "face": face, "method": method} | row
            for method, found in by_method.items()
            for face, one in enumerate(found, 1)
            for row in _rows(one, labels)
        ]
        draw_panels(_panels(by_method), output / f"{stem}{suffix}", caption=Path(name).name)
        if layers:
            draw_feature_maps(model, faces[0].image, layers, output / f"{stem}_feature_maps{suffix}")
        # After each picture, so that what is done stays when the next one fails.
        pd.DataFrame(rows).to_csv(output / TABLE, index=False, float_format="%.6g")
    return rejected


def _rows(explained: Explained, labels: Sequence[str]) -> list[dict]:
    logits = dict(zip(labels, explained.logits.tolist(), strict=True))
    both = zip(explained.targets, explained.scores, strict=True)
    return [{"target": target, "logit": logits[target]} | score for target, score in both]


def _panels(by_method: dict[str, list[Explained]]) -> list[Panel]:
    """A row for each face and target."""
    methods, panels = list(by_method), []
    for faces in zip(*by_method.values(), strict=True):
        first = faces[0]
        for at, target in enumerate(first.targets):
            maps = {
                title(method, one.scores[at]): one.heatmaps[at].sum(axis=-1)
                for method, one in zip(methods, faces, strict=True)
            }
            region = None if np.isnan(first.regions[at]).any() else first.regions[at]
            panels.append(Panel(first.image, maps, region, target))
    return panels


def title(method: str, scores: dict[str, float]) -> str:
    """A method's name and, where there is one, its mu_w."""
    return method if np.isnan(scores["mu_w"]) else f"{method}\nμ_w {scores['mu_w']:.2f}"
