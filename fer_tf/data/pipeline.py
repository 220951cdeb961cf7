"""Batches for training and scoring.

The order of the examples and every augmentation of epoch e and step i follow from
(seed, e, i) alone. So a run that is resumed at epoch e sees what an unbroken one sees.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.images import resize, resize_uint8
from fer_tf.data.load import PARALLEL_CALLS, fixed_options, load
from fer_tf.data.targets import TargetOptions, class_weights, soft_target
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, GROUPS

PREFETCH = 4


@dataclasses.dataclass(frozen=True)
class InputOptions:
    """Where images come from and how batches are made.

    Attributes:
        dataset: name of a built dataset, with config.
        data_dir: folder of the built datasets.
        image_size: side of the model's input in pixels.
        batch_size: images in a batch.
        cache_size: side to which images are resized before they are kept in memory;
            0 keeps them as stored, which needs all of one size.
        shuffle_buffer: examples among which the next one is drawn.
        cache: keep decoded images in memory.
    """

    dataset: str
    data_dir: str
    image_size: int = 96
    batch_size: int = 64
    cache_size: int = 0
    shuffle_buffer: int = 50_000
    cache: bool = True

    def __post_init__(self):
        for name, least in (("image_size", 1), ("batch_size", 1), ("cache_size", 0), ("shuffle_buffer", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least {least}")


class TrainingInput:
    """Endless training batches, reproducible from any epoch on.

    Attributes:
        num_examples: labelled examples in the split.
        steps_per_epoch: full batches in an epoch; the rest is left out.
        class_counts: (7,) int64, examples of each emotion.
    """

    def __init__(self, options: InputOptions, targets: TargetOptions, split: str = "train"):
        """Opens the split and counts its labels.

        Raises:
            InputError: the dataset is missing, has no labels or less than one batch.
        """
        self.options = options
        self.targets = targets
        self._split = split
        records = _labelled(load(options.dataset, split, options.data_dir))
        self.class_counts, voted = _count(
            _labelled(load(options.dataset, split, options.data_dir, decode_images=False))
        )
        if targets.loss == "soft_labels" and not voted:
            raise InputError(
                f"loss is soft_labels and no image of {options.dataset} has votes: "
                "build it with its file of votes, or choose another loss"
            )
        self.num_examples = int(self.class_counts.sum())
        self.steps_per_epoch = self.num_examples // options.batch_size
        if self.steps_per_epoch == 0:
            raise InputError(
                f"{options.dataset} has {self.num_examples} labelled examples in {split}: "
                f"fewer than batch_size={options.batch_size}, choose a smaller one"
            )
        self._shape = _stored_shape(records, options)
        keep = records.map(self._keep, num_parallel_calls=PARALLEL_CALLS)
        self._examples = keep.cache() if options.cache else keep
        self._weights = (
            class_weights(self.class_counts, targets.class_weight_power)
            if targets.loss == "class_weighted"
            else np.ones(len(EMOTIONS), np.float32)
        )

    def _keep(self, record: dict) -> tuple:
        image = record["image"]
        if self.options.cache_size:
            image = resize_uint8(image, self.options.cache_size)
        else:
            tf.debugging.assert_equal(tf.shape(image), self._shape, "images differ in size: set cache_size")
        return tf.ensure_shape(image, self._shape), record["emotion"], record["emotion_votes"]

    def samples(self, images: int) -> tf.Tensor:
        """The first images of the split as they are kept, uint8 (images, H, W, 3)."""
        records = load(self.options.dataset, self._split, self.options.data_dir).take(images)
        return tf.stack([self._keep(record)[0] for record in records])

    def batches(
        self,
        seed: int,
        augment: AugmentOptions,
        *,
        first_epoch: int = 0,
        augment_on: str = "host",
        augment_backend: str = "tensorflow",
    ) -> tf.data.Dataset:
        """Batches from ``first_epoch`` on, without end.

        Args:
            seed: of the order and the augmentation.
            augment: probabilities and strengths.
            first_epoch: epoch to begin with, when a run is resumed.
            augment_on: ``host`` augments here; ``device`` leaves it to the training step.
            augment_backend: ``tensorflow`` (ours) or ``keras_cv``.

        Returns:
            dataset of (images, targets, weights): float32 (B, size, size, 3) 0..255,
            (B, 7), (B,). With ``device`` the first is a pair of uint8 images as stored
            and the int32 (B, 2) seeds of the batch, one equal row for each image.
        """
        operation = augmenter(augment, self.options.image_size, augment_backend)
        every_epoch = tf.data.Dataset.range(first_epoch, 1 << 31).flat_map(lambda epoch: self._epoch(seed, epoch))

        def finish(batch_seed, images, emotion, votes):
            target = soft_target(emotion, votes, self.targets)
            weight = tf.gather(self._weights, emotion)
            if augment_on == "device":
                return (images, tf.repeat(batch_seed[None], tf.shape(images)[0], axis=0)), target, weight
            return operation(images, batch_seed), target, weight

        batches = every_epoch.map(finish, num_parallel_calls=PARALLEL_CALLS, deterministic=True)
        return batches.prefetch(PREFETCH).with_options(fixed_options())

    def _epoch(self, seed: int, epoch: tf.Tensor) -> tf.data.Dataset:
        order_seed = epoch + tf.constant(1 + 1_000_003 * (seed + 1), tf.int64)
        buffer = min(self.options.shuffle_buffer, self.num_examples)
        examples = self._examples.shuffle(buffer, seed=order_seed, reshuffle_each_iteration=False)
        batches = examples.batch(self.options.batch_size, drop_remainder=True)
        return batches.enumerate().map(lambda step, batch: (_batch_seed(seed, epoch, step), *batch))


def _stored_shape(records: tf.data.Dataset, options: InputOptions) -> tuple[int, int, int]:
    """Shape of the images as they are kept in memory."""
    if options.cache_size:
        return (options.cache_size, options.cache_size, 3)
    shapes = {tuple(record["image"].shape) for record in records.take(8)}
    if len(shapes) > 1:
        raise InputError(f"images of {options.dataset} differ in size: set cache_size to the side to keep them at")
    return shapes.pop()


def _batch_seed(seed: int, epoch: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    """int32 (2,) seed of one batch, different for every (seed, epoch, step)."""
    key = tf.stack([tf.cast(epoch, tf.int32), tf.cast(step, tf.int32)])
    return tf.random.experimental.stateless_fold_in(key, seed)


def scoring_batches(
    options: InputOptions, split: str, *, labelled_only: bool = True
) -> tuple[tf.data.Dataset, dict[str, np.ndarray]]:
    """Every image of a split once, resized and not augmented, and what is known of each.

    Args:
        options: see ``InputOptions``; ``cache_size`` and the shuffle buffer play no part.
        split: split of the dataset.
        labelled_only: leave out records whose emotion is unknown.

    Returns:
        dataset of float32 (B, size, size, 3) 0..255, and columns in the same order:
        ``image_id``, ``subject_id``, ``emotion`` and the group columns.
    """
    records = load(options.dataset, split, options.data_dir)
    facts = load(options.dataset, split, options.data_dir, decode_images=False)
    if labelled_only:
        records, facts = _labelled(records), _labelled(facts)
    names = ("image_id", "subject_id", "emotion", *GROUPS)
    rows = list(facts.map(lambda r: {n: r[n] for n in names}, num_parallel_calls=PARALLEL_CALLS).as_numpy_iterator())
    columns = {n: np.array([row[n] for row in rows]) for n in names}
    for name in ("image_id", "subject_id"):
        columns[name] = np.char.decode(columns[name].astype(bytes), "utf-8")
    images = records.map(lambda r: resize(r["image"], options.image_size), num_parallel_calls=PARALLEL_CALLS)
    # The filter hides the length, which Keras needs to know where the end is.
    images = images.apply(tf.data.experimental.assert_cardinality(len(rows)))
    return images.batch(options.batch_size).prefetch(PREFETCH).with_options(fixed_options()), columns


def _labelled(records: tf.data.Dataset) -> tf.data.Dataset:
    return records.filter(lambda record: record["emotion"] >= 0)


def _count(records: tf.data.Dataset) -> tuple[np.ndarray, int]:
    """Examples of each emotion, and how many examples have votes."""
    counts, voted = np.zeros(len(EMOTIONS), np.int64), 0
    facts = records.map(lambda record: (record["emotion"], record["emotion_votes"]), num_parallel_calls=PARALLEL_CALLS)
    for emotion, votes in facts.batch(4096).as_numpy_iterator():
        counts += np.bincount(emotion, minlength=len(EMOTIONS))
        voted += int((np.nansum(votes, axis=1) > 0).sum())
    return counts, voted
