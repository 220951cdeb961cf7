"""Whether an explanation deserves trust: random weights, conservation, pixel flipping."""

import itertools
from collections.abc import Callable, Sequence

import keras
import numpy as np
import pandas as pd

from fer_tf.errors import InputError
from fer_tf.explain.lrp import Lrp
from fer_tf.explain.targets import checked_targets


def randomised(model: keras.Model, *, seed: int = 0) -> keras.Model:
    """A copy whose layers hold their own weights in random order (Adebayo et al. 2018, "Sanity checks", section 3).

    Shuffled, weights keep their sizes, so that the copy's answers are no more extreme than the model's.

    Args:
        model: stays as it is.
        seed: of the order.
    """
    random, copy = np.random.default_rng(seed), keras.models.clone_model(model)
    for old, new in zip(model.layers, copy.layers, strict=True):
        new.set_weights([random.permutation(weight.reshape(-1)).reshape(weight.shape) for weight in old.get_weights()])
    return copy


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of two heatmaps, (..., H, W) each, float64 (...)."""
    from scipy.stats import rankdata, zscore

    ranks = [rankdata(part.reshape(*part.shape[:-2], -1), axis=-1) for part in (first, second)]
    return (zscore(ranks[0], axis=-1) * zscore(ranks[1], axis=-1)).mean(axis=-1)


def conservation_report(
    model: keras.Model, composite: str, images: np.ndarray, targets: Sequence, *, use_bias: bool = True
) -> pd.DataFrame:
    """How much of the logit is still there after each layer.

    Args:
        model: images to logits.
        composite: a name in ``lrp.COMPOSITES``.
        images: (B, H, W, 3).
        targets: (1,) or (B, 1), numbers of logits.
        use_bias: False takes the network without biases, where all of it should be.

    Returns:
        columns ``layer``, ``share``, mean over images of relevance / logit, and ``worst``, the largest |share - 1|.
    """
    sums = Lrp(model, composite, use_bias=use_bias).conservation(images, targets)
    logit = sums["logit"]
    shares = {name: values / np.where(logit == 0, np.nan, logit) for name, values in sums.items()}
    rows = [(name, float(np.nanmean(s)), float(np.nanmax(np.abs(s - 1)))) for name, s in shares.items()]
    return pd.DataFrame(rows, columns=["layer", "share", "worst"])


def pixel_flipping(
    answer: Callable,
    images: np.ndarray,
    heatmaps: np.ndarray,
    targets: np.ndarray,
    *,
    patch: int = 8,
    steps: int = 20,
    share: float = 0.5,
    fill: float = 127.5,
    view: np.ndarray | None = None,
    seed: int | None = None,
) -> np.ndarray:
    """The logit while squares of the picture turn grey, the most relevant first (Samek et al. 2017).

    Args:
        answer: images (B, H, W, 3) -> logits (B, targets).
        images: 0..255.
        heatmaps: (B, H, W), relevance of one target for each image; squares go by their sum.
        targets: (B,).
        patch: side of a square.
        steps: points of the curve after the first.
        share: part of the squares that is grey at the end.
        fill: the grey.
        view: bool (H, W), what the model sees: squares of which it sees less than half stay, as they count for no one.
        seed: when given, squares go in random order instead, the rival of every explanation.

    Returns:
        float64 (B, steps + 1): the logit at the start and after each step. The lower its mean, the better the order.
    """
    images, count = np.array(images, np.float32), len(images)
    targets = checked_targets(np.asarray(targets)[:, None], count, answer(images[:1]).shape[-1])[:, 0]
    rows, columns = images.shape[1] // patch, images.shape[2] // patch
    if not rows or not columns or steps < 1 or not 0 < share <= 1:
        raise InputError(
            f"patch {patch}, steps {steps}, share {share}: expected squares within the picture, 1 step, 0..1"
        )
    squares = heatmaps[:, : rows * patch, : columns * patch].reshape(count, rows, patch, columns, patch).sum((2, 4))
    values = squares.reshape(count, -1)
    if seed is not None:
        values = np.random.default_rng(seed).random(values.shape)
    view = np.ones(images.shape[1:3], bool) if view is None else view
    seen = view[: rows * patch, : columns * patch].reshape(rows, patch, columns, patch).mean((1, 3)).ravel() >= 0.5
    order = np.argsort(-np.where(seen, values, -np.inf), axis=1, kind="stable")
    ends = np.round(np.linspace(0, share * seen.sum(), steps + 1)).astype(int)
    curve = [np.asarray(answer(images))[np.arange(count), targets]]
    for start, end in itertools.pairwise(ends):
        for image, squares_ in zip(images, order[:, start:end], strict=True):
            for square in squares_:
                top, left = square // columns * patch, square % columns * patch
                image[top : top + patch, left : left + patch] = fill
        curve.append(np.asarray(answer(images))[np.arange(count), targets])
    return np.stack(curve, axis=1).astype(np.float64)
