"""Do heatmaps of a trained model lie where its action units show, more than those of a model with shuffled weights?"""

import dataclasses

import keras
import numpy as np
import pandas as pd

from fer_tf.explain.answers import Answers, chosen_pairs
from fer_tf.explain.dataset import DRAWN, explain_dataset
from fer_tf.explain.lrp import COMPOSITES
from fer_tf.explain.methods import default_method, explainer
from fer_tf.explain.sanity import conservation_report, pixel_flipping, randomised, rank_correlation
from fer_tf.explain.summary import PRESENT, relevance_summary
from fer_tf.explain.view import field_of_view

MODEL, RANDOM = "model", "random"
WANTED = 1.5


@dataclasses.dataclass(frozen=True)
class Images:
    """Which images are explained.

    Attributes:
        dataset: one built dataset.
        split: of it.
        data_dir: folder of the built datasets.
        most: of each unit and outcome; 0 takes all.
        regions: see ``explain.dataset``.
    """

    dataset: str
    split: str
    data_dir: str
    most: int = 40
    regions: str = DRAWN


def localisation_table(
    model: keras.Model,
    answers: Answers,
    images: Images,
    *,
    method: str = "auto",
    seed: int = 0,
) -> pd.DataFrame:
    """Rows of ``explain.dataset.explain_dataset`` for the model and for one with shuffled weights, on the same pairs.

    Args:
        model: images to one logit a unit.
        answers: on the split.
        images: which to explain.
        method: see ``explain.methods``.
        seed: of the choice and of the shuffling.
    """
    explainers = {MODEL: explainer(method, model), RANDOM: explainer(method, randomised(model, seed=seed))}
    pairs = chosen_pairs(answers, images.most, seed=seed)
    where = (images.dataset, images.split, images.data_dir)
    return explain_dataset(explainers, field_of_view(model), answers, pairs, *where, regions=images.regions)


def localisation_metrics(table: pd.DataFrame) -> tuple[dict[str, float], dict[str, list[float]]]:
    """What goes into the ledger.

    Args:
        table: of ``localisation_table``.

    Returns:
        metrics and intervals. ``aus_with_mu_w_over_1_5``: of the units, for how many the mean over images that show
        them is above 1.5; ``..._and_over_random``: and above 1.5 times that with shuffled weights. ``mu_w/AU1``,
        ``random_mu_w/AU1`` for each unit, ``mu_w/gender/female`` and so on for each group, over units; means of all
        scores; and ``true_positive_``, ``false_positive_`` before those of all units.
    """
    summaries = {name: relevance_summary(table[table["method"] == name]) for name in (MODEL, RANDOM)}
    ours, random = (_by_unit(summary) for summary in summaries.values())
    over = [unit for unit in ours.index if ours.loc[unit, "mu_w"] > WANTED]
    both = [unit for unit in over if ours.loc[unit, "mu_w"] > WANTED * random.loc[unit, "mu_w"]]
    metrics = {"aus_with_mu_w_over_1_5": float(len(over)), "aus_with_mu_w_over_1_5_and_over_random": float(len(both))}
    intervals = {}
    for prefix, rows in (("", ours), ("random_", random)):
        for unit, row in rows.iterrows():
            _add(metrics, intervals, f"{prefix}mu_w/{unit}", row, "mu_w")
            metrics[f"{prefix}n/{unit}"] = float(row["n"])
    for name, summary in summaries.items():
        prefix = "" if name == MODEL else "random_"
        every = summary[(summary["target"] == "all") & (summary["column"] == "all")].set_index("outcome")
        for outcome, row in every.iterrows():
            start = prefix + ("" if outcome == PRESENT else f"{outcome.replace(' ', '_')}_")
            for score in ("mu", "mu_w", "rank_accuracy", "face", "hair", "body", "background"):
                _add(metrics, intervals, start + score, row, score)
    groups = summaries[MODEL]
    groups = groups[(groups["target"] == "all") & (groups["outcome"] == PRESENT) & (groups["column"] != "all")]
    for _, row in groups.iterrows():
        _add(metrics, intervals, f"mu_w/{row['column']}/{row['group']}", row, "mu_w")
    return metrics, intervals


def sanity_metrics(model: keras.Model, images: np.ndarray, *, method: str = "auto", seed: int = 0) -> dict[str, float]:
    """Whether the heatmaps of the largest logit of some images deserve trust.

    Args:
        model: images to logits.
        images: float32 (B, H, W, 3), 0..255.
        method: see ``explain.methods``; of a composite of LRP also conservation.
        seed: of shuffled weights and random orders.

    Returns:
        ``sanity_conservation``, the largest |relevance / logit - 1| after any layer without biases;
        ``sanity_flipping`` and ``sanity_flipping_random``, the mean logit while pixels turn grey in the order of
        relevance and at random, as part of the logit at the start; ``sanity_rank_correlation`` of heatmaps with those
        of shuffled weights, mean over images.
    """
    name = default_method(model) if method == "auto" else method
    targets = np.asarray(model(images, training=False)).argmax(axis=1)
    maps, random = (
        explainer(name, one)(images, targets[:, None])[:, 0].sum(axis=-1)
        for one in (model, randomised(model, seed=seed))
    )

    def answer(shown: np.ndarray) -> np.ndarray:
        return np.asarray(model(shown, training=False))

    seen = field_of_view(model)
    curves = [pixel_flipping(answer, images, maps, targets, view=seen, seed=order) for order in (None, seed)]
    ours, chance = ((curve / curve[:, :1]).mean() for curve in curves)
    correlation = rank_correlation(maps[:, None, seen], random[:, None, seen]).mean()
    metrics = {"sanity_flipping": ours, "sanity_flipping_random": chance, "sanity_rank_correlation": correlation}
    if name in COMPOSITES:
        report = conservation_report(model, name, images, targets[:, None], use_bias=False)
        metrics["sanity_conservation"] = report["worst"].max()
    return {name: float(value) for name, value in metrics.items()}


def _by_unit(summary: pd.DataFrame) -> pd.DataFrame:
    rows = summary[(summary["column"] == "all") & (summary["outcome"] == PRESENT) & (summary["target"] != "all")]
    return rows.set_index("target")


def _add(metrics: dict, intervals: dict, name: str, row: pd.Series, score: str) -> None:
    metrics[name], intervals[name] = float(row[score]), [float(row[f"{score}_low"]), float(row[f"{score}_high"])]
