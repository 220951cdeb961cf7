"""Do heatmaps differ between groups when F1 does? The second question of "Uncovering the Bias in Facial Expressions".

One head is trained on a group, one on the other, as in the paper's Tables 1 and 2. On the same test images, of which
both say rightly that a unit is there, heatmaps are compared: does the one that never saw the group look elsewhere?
"""

from collections.abc import Callable, Iterable, Sequence

import keras
import numpy as np
import pandas as pd

from fer_tf.data.load import split_names
from fer_tf.errors import InputError
from fer_tf.evaluation import action_units
from fer_tf.evaluation.action_unit_predictions import ActionUnitPredictions
from fer_tf.evaluation.predictions import group_words
from fer_tf.evaluation.seeds import mean_interval
from fer_tf.explain.answers import Answers, Pairs, chosen_pairs, unit_answers
from fer_tf.explain.dataset import DRAWN, explain_dataset
from fer_tf.explain.methods import explainer
from fer_tf.explain.summary import SCORES, TRUE_POSITIVE, difference
from fer_tf.explain.view import field_of_view
from fer_tf.studies.au_bias.pool import Pool
from fer_tf.studies.au_bias.splits import Comparison, Split
from fer_tf.studies.au_relevance.heads import network_with_head
from fer_tf.training.head import HeadOptions, fit_head, head_logits

OWN, OTHER = "own", "other"


def group_rows(
    pool: Pool,
    splits: Sequence[tuple[int, Comparison, Split]],
    backbone: keras.Model,
    options: HeadOptions,
    dataset: str,
    data_dir: str,
    *,
    most: int = 10,
    progress: Callable[[Iterable], Iterable] = iter,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trains the heads of each seed and compares their answers and heatmaps.

    Args:
        pool: the images and their features.
        splits: of ``au_bias.cells.all_splits``.
        backbone: that the features are of.
        options: of the heads.
        dataset: the one that the pool was read from.
        data_dir: folder of the built datasets.
        most: images of each unit and test group.
        progress: passes on the splits.

    Returns:
        heatmaps, rows of ``explain_dataset`` with ``comparison``, ``seed`` and ``tested``; method ``own`` was trained
        on the tested group, ``other`` on the other one; and scores: ``comparison``, ``seed``, ``tested``, ``own`` and
        ``other``, macro F1.

    Raises:
        InputError: there is no test image of which both heads rightly say that a unit is there.
    """
    heatmaps, scores = [], []
    for seed, comparison, split in progress(splits):
        heads = {
            group: fit_head(
                pool.features, pool.labels, rows=pool.rows_of(split.train[group]), options=options, seed=seed
            )
            for group in comparison.groups
        }
        models = {group: network_with_head(backbone, options, head) for group, head in heads.items()}
        for tested, other in (comparison.groups, comparison.groups[::-1]):
            rows = pool.rows_of(split.test[tested])
            answers = {
                name: action_units.probabilities(head_logits(heads[group], pool.features[rows]))
                for name, group in ((OWN, tested), (OTHER, other))
            }
            where = {"comparison": comparison.name, "seed": seed, "tested": tested}
            scores.append(where | {name: _macro_f1(pool.truth[rows], value) for name, value in answers.items()})
            explainers = {OWN: explainer("auto", models[tested]), OTHER: explainer("auto", models[other])}
            # A unit that one of the two does not see is no true positive of both.
            least = _answers(pool, rows, np.minimum(answers[OWN], answers[OTHER]))
            pairs = _true_positives(chosen_pairs(least, most, seed=seed))
            for part in split_names(dataset, data_dir) if pairs else ():
                found = explain_dataset(
                    explainers,
                    field_of_view(models[tested]),
                    least,
                    pairs,
                    dataset,
                    part,
                    data_dir,
                    regions=DRAWN,
                )
                heatmaps.append(found.assign(**where))
    if not any(map(len, heatmaps)):
        raise InputError("in no test image do both heads find a unit: train longer, or on more people")
    return pd.concat(heatmaps), pd.DataFrame(scores)


def group_metrics(heatmaps: pd.DataFrame, scores: pd.DataFrame) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Losses of the tested groups when the other group is trained on.

    Args:
        heatmaps: of ``group_rows``.
        scores: of ``group_rows``.

    Returns:
        metrics and intervals: ``f1_own/female``, ``f1_other/female``, ``f1_loss/female`` (own less other, mean over
        seeds with Student's interval), and of each score of heatmaps ``mu_w_own/female``, ``mu_w_other/female``,
        ``mu_w_loss/female`` (on the same images, mean over units, interval resampled by subject).
    """
    metrics, intervals = {}, {}
    for tested in dict.fromkeys(scores["tested"]):
        own = scores[scores["tested"] == tested]
        for name, values in ((f"f1_{OWN}", own[OWN]), (f"f1_{OTHER}", own[OTHER]), ("f1_loss", own[OWN] - own[OTHER])):
            metrics[f"{name}/{tested}"], intervals[f"{name}/{tested}"] = mean_interval(values)
        maps = heatmaps[heatmaps["tested"] == tested]
        by_method = {name: maps[maps["method"] == name] for name in (OWN, OTHER)}
        for score in SCORES:
            for name, rows in by_method.items():
                metrics[f"{score}_{name}/{tested}"] = float(rows.groupby("target")[score].mean().mean())
            loss = difference(by_method[OWN], by_method[OTHER], score)
            metrics[f"{score}_loss/{tested}"] = loss["value"]
            intervals[f"{score}_loss/{tested}"] = [loss["low"], loss["high"]]
        metrics[f"heatmaps/{tested}"] = float(len(by_method[OWN]))
    return metrics, intervals


def _macro_f1(truth: np.ndarray, probabilities: np.ndarray) -> float:
    return float(action_units.f1_scores(action_units.counts(truth, probabilities >= 0.5))["macro_f1"])


def _answers(pool: Pool, rows: np.ndarray, probabilities: np.ndarray) -> Answers:
    columns = {name: values[rows] for name, values in pool.columns.items()}
    units = pool.targets.units
    known = (columns["image_id"], columns["subject_id"], pool.truth[rows], probabilities, group_words(columns))
    return unit_answers(ActionUnitPredictions(units, *known))


def _true_positives(pairs: Pairs) -> Pairs:
    kept = {name: [pair for pair in some if pair[1] == TRUE_POSITIVE] for name, some in pairs.items()}
    return {name: some for name, some in kept.items() if some}
