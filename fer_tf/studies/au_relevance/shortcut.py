"""Do heatmaps show a shortcut? A background that goes with an action unit is planted, and a head trained on it.

The head that could learn the shortcut and one that could not are trained and explained on the same pictures but for the
planted background; if the measure can be trusted, relevance moves to the background of the first.
"""

from collections.abc import Callable

import cv2
import keras
import numpy as np
import pandas as pd

from fer_tf.data.action_units import presence, unit_columns
from fer_tf.data.images import resize
from fer_tf.evaluation.action_unit_predictions import from_columns
from fer_tf.explain.answers import Answers, unit_answers
from fer_tf.explain.dataset import DRAWN, decoded, explain_dataset, read_records
from fer_tf.explain.methods import explainer
from fer_tf.explain.summary import PRESENT, difference
from fer_tf.explain.view import field_of_view
from fer_tf.labels import ACTION_UNITS
from fer_tf.studies.au_relevance.heads import network_with_head
from fer_tf.training.features import split_model
from fer_tf.training.head import HeadOptions, fit_head

PLANTED, PLAIN = "planted", "plain"
# The planted background: slanting stripes of these colours, so many pixels wide, and how much they cover of what was
# there. An even tint drew no relevance to the background (BUILD_NOTES.md).
_COLOURS, _WIDTH, _OPACITY = np.array([[220, 220, 120], [70, 150, 90]], np.float32), 8, 0.6


def plant(record: dict, image: np.ndarray) -> np.ndarray:
    """A picture with stripes over its background.

    Args:
        record: decoded, with ``segments``.
        image: float32 (size, size, 3), 0..255.

    Returns:
        float32 (size, size, 3).
    """
    person = (record["segments"][..., 0] >= 1).astype(np.float32)
    background = 1 - cv2.resize(person, image.shape[:2], interpolation=cv2.INTER_AREA)[..., None]
    rows, columns = np.indices(image.shape[:2])
    stripes = _COLOURS[(rows + columns) // _WIDTH % 2]
    return image + background * _OPACITY * (stripes - image)


def shortcut_table(
    backbone: keras.Model,
    unit: int,
    columns: dict[str, dict[str, np.ndarray]],
    dataset: str,
    data_dir: str,
    options: HeadOptions,
    *,
    train_images: int = 4000,
    most: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Trains both heads on ``train`` and explains pictures of ``test`` that show the unit, with the planted background.

    Args:
        backbone: whose frozen convolutions the heads stand on.
        unit: FACS number of the unit that the background goes with.
        columns: of ``data.scoring.read_columns`` for ``train`` and ``test``.
        dataset: with ``segments`` and drawn regions.
        data_dir: folder of the built datasets.
        options: of the heads.
        train_images: how many are trained on.
        most: pictures that are explained.
        seed: of the choice and the heads.

    Returns:
        rows of ``explain_dataset`` with the methods ``planted`` and ``plain``, of images that show the unit, whatever
        the heads say of them. With one seed intervals are about people tested, not about training.
    """
    random = np.random.default_rng(seed)
    intensity = columns["train"]["action_units"]
    labels, at = presence(intensity), unit_columns([unit])[0]
    chosen = np.sort(random.permutation(len(labels))[:train_images])
    rows = {str(name): row for row, name in enumerate(columns["train"]["image_id"][chosen])}
    shows = labels[chosen, at] == 1
    inner, _ = split_model(backbone)
    features = _features(inner, dataset, data_dir, rows, shows, backbone.input_shape[1])
    models = {}
    for name, values in features.items():
        head = fit_head(values, labels[chosen], options=options, seed=seed)
        models[name] = network_with_head(backbone, options, head)
    test = columns["test"]
    showing = random.permutation(np.flatnonzero(presence(test["action_units"])[:, at] == 1))[:most]
    pairs = {str(test["image_id"][row]): [(at, PRESENT)] for row in showing}
    return explain_dataset(
        {name: explainer("auto", model) for name, model in models.items()},
        field_of_view(backbone),
        _answers(test),
        pairs,
        dataset,
        "test",
        data_dir,
        regions=DRAWN,
        change=plant,
    )


def shortcut_metrics(table: pd.DataFrame) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Shares of relevance with and without the shortcut learnt.

    Args:
        table: of ``shortcut_table``.

    Returns:
        metrics and intervals: ``shortcut_background/planted``, ``.../plain`` and ``shortcut_background_rise``, by how
        much the first is larger, on the same pictures, resampled by subject; the same of ``mu_w``.
    """
    metrics, intervals = {"shortcut_n": float((table["method"] == PLANTED).sum())}, {}
    parts = {name: table[table["method"] == name] for name in (PLANTED, PLAIN)}
    for score in ("background", "mu_w"):
        for name, rows in parts.items():
            metrics[f"shortcut_{score}/{name}"] = float(rows[score].mean())
        rise = difference(parts[PLANTED], parts[PLAIN], score)
        metrics[f"shortcut_{score}_rise"] = rise["value"]
        intervals[f"shortcut_{score}_rise"] = [rise["low"], rise["high"]]
    return metrics, intervals


def _features(
    inner: Callable, dataset: str, data_dir: str, rows: dict[str, int], shows: np.ndarray, size: int
) -> dict[str, np.ndarray]:
    """Of the training pictures as they are, and with the background planted where the unit shows, (N, F) each."""
    found = {name: np.zeros((len(rows), inner.output_shape[-1]), np.float16) for name in (PLANTED, PLAIN)}
    batch: list[tuple[int, np.ndarray, np.ndarray]] = []

    def flush() -> None:
        places = [row for row, _, _ in batch]
        for at, name in enumerate((PLAIN, PLANTED), 1):
            found[name][places] = inner.predict_on_batch(np.stack([one[at] for one in batch]))
        batch.clear()

    for record in read_records(dataset, "train", data_dir, DRAWN).as_numpy_iterator():
        row = rows.get(record["image_id"].decode())
        if row is None:
            continue
        record = decoded(record)
        image = np.asarray(resize(record["image"], size))
        batch.append((row, image, plant(record, image) if shows[row] else image))
        if len(batch) == 64:
            flush()
    if batch:
        flush()
    return found


def _answers(columns: dict[str, np.ndarray]) -> Answers:
    """What is known of the images; both heads are explained, so there is no one answer."""
    nothing = np.full((len(columns["image_id"]), len(ACTION_UNITS)), np.nan)
    return unit_answers(from_columns(columns, nothing, ACTION_UNITS))
