"""Training images from which an int8 export learns the range of each tensor."""

import numpy as np
import tensorflow as tf

from fer_tf.data.images import resize
from fer_tf.data.load import load
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError

# Never a flag: ranges learned on validation or test images would leak them into the export.
CALIBRATION_SPLIT = "train"


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


def calibration_images(options: InputOptions, count: int, seed: int = 0) -> np.ndarray:
    """Training images for ``export_tflite``, stratified over the emotions.

    Args:
        options: dataset, its folder and the size of the model's input.
        count: how many images.
        seed: of the draw.

    Returns:
        float32 (min(count, N), size, size, 3), 0..255.

    Raises:
        InputError: the dataset is not built or its training split has no labels.
    """
    records = load(options.dataset, CALIBRATION_SPLIT, options.data_dir, decode_images=False)
    labels = np.array([int(label) for label in records.map(lambda r: r["emotion"]).as_numpy_iterator()])
    picked = stratified(labels, count, seed)
    if not len(picked):
        raise InputError(f"{options.dataset} has no labelled training image: int8 needs some to learn its ranges")
    wanted = np.isin(np.arange(len(labels)), picked)
    chosen = records.enumerate().filter(lambda index, _: tf.gather(wanted, index))

    def decode(_, record):
        image = tf.io.decode_image(record["image"], channels=3, expand_animations=False)
        image.set_shape((None, None, 3))
        return resize(image, options.image_size)

    return np.stack(list(chosen.map(decode).as_numpy_iterator()))
