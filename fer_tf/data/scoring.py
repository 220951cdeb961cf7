"""Images in the order in which they are stored, to be scored, and what is known of them."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from fer_tf.data.action_units import labelled_with
from fer_tf.data.load import PARALLEL_CALLS, fixed_options, load
from fer_tf.data.options import InputOptions
from fer_tf.data.views import PLAIN, scored_views, view_fields
from fer_tf.errors import InputError
from fer_tf.labels import GROUPS

PREFETCH = 4
SCORING_FIELDS = ("image_id", "subject_id", "emotion", "emotion_votes", "action_units", *GROUPS)


def scoring_batches(
    options: InputOptions,
    split: str,
    *,
    labelled_only: bool = True,
    units: Sequence[int] | None = None,
    views: Sequence[str] = PLAIN,
) -> tuple[tf.data.Dataset, dict[str, np.ndarray]]:
    """Every image of a split once, resized and not augmented, and what is known of each.

    Args:
        options: see ``InputOptions``; ``cache_size`` and the shuffle buffer play no part.
        split: split of the dataset.
        labelled_only: leave out records without a label.
        units: the labels are these action units, and one known is enough; None: the emotion.
        views: the model's inputs, see ``data.views``.

    Returns:
        dataset of float32 (B, size, size, 3) 0..255, or of the dictionaries of ``data.views``, and columns in the
        same order: ``image_id``, ``subject_id``, ``emotion``, ``emotion_votes`` (N, 7), ``action_units`` (N, 24)
        and the group columns.
    """
    columns = read_columns(options, split, SCORING_FIELDS)
    labelled = (lambda record: record["emotion"] >= 0) if units is None else labelled_with(units)
    records = load(options.dataset, split, options.data_dir, fields=(*view_fields(views), "emotion", "action_units"))
    if labelled_only:
        records = records.filter(labelled)
        kept = labelled(columns)
        columns = {name: values[kept] for name, values in columns.items()}
    images = records.map(lambda r: scored_views(r, views, options.image_size), num_parallel_calls=PARALLEL_CALLS)
    # The filter hides the length, which Keras needs to know where the end is.
    images = images.apply(tf.data.experimental.assert_cardinality(len(columns["image_id"])))
    return images.batch(options.batch_size).prefetch(PREFETCH).with_options(fixed_options()), columns


def read_columns(options: InputOptions, split: str, fields: Sequence[str]) -> dict[str, np.ndarray]:
    """What a split's records say, without their images.

    Args:
        options: dataset and its folder.
        split: split of the dataset.
        fields: features of the record, none of them an image.

    Returns:
        feature -> (N, ...) array in stored order; text as str.
    """
    records = load(options.dataset, split, options.data_dir, fields=fields)
    batches = list(records.batch(4096).as_numpy_iterator())
    if not batches:
        raise InputError(f"{options.dataset} has no image in {split}: choose another split")
    columns = {name: np.concatenate([batch[name] for batch in batches]) for name in fields}
    text = {
        name: np.char.decode(values.astype(bytes), "utf-8")
        for name, values in columns.items()
        if values.dtype == object
    }
    return columns | text


def check_apart(train: set[str], other: set[str], split: str) -> None:
    """Refuses people who are in the training images and in those that judge them.

    Args:
        train: subjects, as ``load.qualified`` names them.
        other: the same of the other split.
        split: its name, for the error.

    Raises:
        InputError: some are in both; the message names one.
    """
    if shared := sorted(train & other):
        raise InputError(
            f"{len(shared)} subjects are in training and in {split}, such as {shared[0]}: scores on people that the "
            "model has seen say nothing of others, choose splits by subject"
        )
