"""Training images from which an int8 export learns the range of each tensor."""

import numpy as np
import tensorflow as tf

from export.model_info import ModelInfo
from fer_tf.data.action_units import presence, unit_columns
from fer_tf.data.load import load
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import read_columns
from fer_tf.data.views import scored_views, view_fields
from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNIT_TASK, unit_numbers

# Never a flag: ranges learned on validation or test images would leak them into the export.
CALIBRATION_SPLIT = "train"
_MESH = "mesh"


def stratified(labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Picks examples so that every class has the same share, as far as it has enough.

    Args:
        labels: int (N,); negative ones (unknown) are never picked.
        count: how many to pick; all that there are when there are fewer.
        seed: of the draw.

    Returns:
        ascending indices, int64 (min(count, known),).
    """
    random = np.random.default_rng(seed)
    classes = np.unique(labels[labels >= 0])
    queues = {label: random.permutation(np.flatnonzero(labels == label)) for label in classes}
    # Round after round one of each class, so that what a rare class lacks is shared by the rest.
    turn = np.concatenate([np.arange(len(queue)) for queue in queues.values()] or [[]])
    picks = np.concatenate(list(queues.values()) or [np.zeros(0, np.int64)])
    return np.sort(picks[np.lexsort((random.random(len(picks)), turn))][:count])


def stratified_units(truth: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Picks examples so that every unit is present in as equal a share as it can, and as many show none.

    Units come together, so no choice makes all shares equal: image after image, the unit that was picked least
    gets one more, that of its images whose other units were picked least too.

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing; rows of NaN alone are never picked.
        count: how many to pick; all that there are when there are fewer.
        seed: of the draw among equals.

    Returns:
        ascending indices, int64 (min(count, known),).
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(~np.isnan(truth).all(axis=1)))
    shown = truth[rows] == 1
    shown = np.concatenate([shown, ~shown.any(axis=1, keepdims=True)], axis=1).astype(np.float64)
    free, picked = np.ones(len(rows), bool), np.zeros(shown.shape[1])
    for _ in range(min(count, len(rows))):
        left = shown[free].sum(axis=0)
        rarest = np.argmin(np.where(left > 0, picked, np.inf))
        candidates = np.flatnonzero(free & (shown[:, rarest] == 1))
        chosen = candidates[np.argmin(shown[candidates] @ picked)]
        free[chosen] = False
        picked += shown[chosen]
    return np.sort(rows[~free])


def calibration_inputs(options: InputOptions, info: ModelInfo, count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Training images for ``export_tflite``, stratified over what the model answers.

    Args:
        options: dataset, its folder and the size of the model's pictures.
        info: task, labels and inputs of the model.
        count: how many images.
        seed: of the draw.

    Returns:
        input -> float32 (n, size, size, 3), 0..255, or measurements (n, 80), NaN where unknown; n = min(count, N).

    Raises:
        InputError: the dataset is not built, lacks an input, or its training split has no labels.
    """
    picked = _picked(options, info, count, seed)
    fields = view_fields(info.inputs)
    records = load(options.dataset, CALIBRATION_SPLIT, options.data_dir, decode_images=False, fields=fields)
    wanted = tf.constant(picked)
    chosen = records.enumerate().filter(lambda index, _: tf.reduce_any(wanted == index))

    def decode(_, record):
        pictures = {name: _decoded(value) for name, value in record.items() if name != _MESH}
        taken = scored_views(record | pictures, info.inputs, options.image_size)
        return taken if isinstance(taken, dict) else {info.inputs[0]: taken}

    examples = list(chosen.map(decode).as_numpy_iterator())
    return {name: np.stack([example[name] for example in examples]) for name in info.inputs}


def _picked(options: InputOptions, info: ModelInfo, count: int, seed: int) -> np.ndarray:
    of_units = info.task == ACTION_UNIT_TASK
    column = "action_units" if of_units else "emotion"
    values = read_columns(options, CALIBRATION_SPLIT, [column])[column]
    if of_units:
        picked = stratified_units(presence(values[:, unit_columns(unit_numbers(info.labels))]), count, seed)
    else:
        picked = stratified(values, count, seed)
    if not len(picked):
        raise InputError(
            f"no calibration data: {options.dataset} has no training image with a label of {info.task}, and int8 needs "
            "some to learn its ranges; give another --dataset or leave int8 out of --kinds"
        )
    return picked


def _decoded(encoded: tf.Tensor) -> tf.Tensor:
    image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
    image.set_shape((None, None, 3))
    return image
