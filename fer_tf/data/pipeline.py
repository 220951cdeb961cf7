"""Batches for training.

The order of the examples and every augmentation of epoch e and step i follow from
(seed, e, i) alone. So a run that is resumed at epoch e sees what an unbroken one sees.
"""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from fer_tf.data.action_units import ActionUnitOptions, ActionUnitTargets
from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.grouping import GroupedTargets, Grouping, fields_of
from fer_tf.data.load import PARALLEL_CALLS, dataset_names, fixed_options, load, qualified
from fer_tf.data.mixing import MixingOptions, Places, mixed
from fer_tf.data.options import InputOptions
from fer_tf.data.scoring import PREFETCH, read_columns
from fer_tf.data.targets import EmotionTargets, TargetOptions
from fer_tf.data.views import PLAIN, finished_views, kept_views, view_fields
from fer_tf.errors import InputError
from fer_tf.faces.geometry import measurements


class TrainingInput:
    """Endless training batches, reproducible from any epoch on.

    Attributes:
        num_examples: labelled examples in the split.
        per_epoch: how many are shown in an epoch; with mixing or sampling another number.
        dataset_counts: labelled examples of each dataset.
        steps_per_epoch: full batches in an epoch; the rest is left out.
        subjects: names of the people in it, as ``load.qualified`` makes them.
        targets: ``EmotionTargets``, ``GroupedTargets`` or ``ActionUnitTargets``, which know what labels there are.
        views: the model's inputs, see ``data.views``; to be set before batches are asked for.
    """

    views: Sequence[str] = PLAIN

    def __init__(
        self,
        options: InputOptions,
        targets: TargetOptions | ActionUnitOptions,
        split: str = "train",
        *,
        mixing: MixingOptions | None = None,
        grouping: Grouping | None = None,
    ):
        """Opens the split and counts its labels.

        Args:
            options: see ``InputOptions``.
            targets: of emotions or action units.
            split: what to train on.
            mixing: of several datasets.
            grouping: what is done with groups; of emotions only.

        Raises:
            InputError: the dataset is missing, has no labels or less than one batch; or mixing and sampling are both
                asked for.
        """
        self.options = options
        self._split = split
        kind = ActionUnitTargets if isinstance(targets, ActionUnitOptions) else EmotionTargets
        fields = fields_of(grouping) if grouping else kind.fields
        facts = read_columns(options, split, ("image_id", "subject_id", *fields))
        if grouping:
            self.targets = GroupedTargets(targets, facts, options.dataset, grouping)
        else:
            self.targets = kind(targets, facts, options.dataset)
        kept = self.targets.labelled(facts)
        self.num_examples = int(kept.sum())
        added = ~_of_first(options.dataset, facts["image_id"][kept])
        self._places = self._shared_places(mixed(added, mixing or MixingOptions()))
        self.per_epoch = self._places.per_epoch if self._places else self.num_examples
        self.dataset_counts = _count_datasets(options.dataset, facts["image_id"][kept])
        self.subjects = qualified(options.dataset, facts["subject_id"][kept])
        self.steps_per_epoch = self.per_epoch // options.batch_size
        if self.steps_per_epoch == 0:
            raise InputError(
                f"{options.dataset} has {self.per_epoch} labelled examples in {split}: "
                f"fewer than batch_size={options.batch_size}, choose a smaller one"
            )

    def _shared_places(self, of_mixing: Places | None) -> Places | None:
        of_groups = self.targets.places if isinstance(self.targets, GroupedTargets) else None
        if of_mixing and of_groups:
            raise InputError("mixing_ratio and sampling by group both say how often an image is shown: leave one out")
        return of_mixing or of_groups

    # Made when first asked for: features from a cache need no images.
    @functools.cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return _stored_shapes(self._records(), self.options, self.views)

    @functools.cached_property
    def _examples(self) -> tf.data.Dataset:
        _ = self._shapes  # looked up here: inside the mapped function there is nothing to look at
        keep = self._records().map(self._keep, num_parallel_calls=PARALLEL_CALLS)
        if self._places:
            keep = tf.data.Dataset.zip(keep, tf.data.Dataset.from_tensor_slices(self._places.columns()))
        return keep.cache() if self.options.cache else keep

    def _records(self) -> tf.data.Dataset:
        fields = (*view_fields(self.views), *self.targets.fields)
        records = load(self.options.dataset, self._split, self.options.data_dir, fields=fields)
        return records.filter(self.targets.labelled)

    def _keep(self, record: dict) -> tuple:
        kept = kept_views(record, self.views, self.options.cache_size)
        for field, shape in self._shapes.items():
            tf.debugging.assert_equal(tf.shape(kept[field]), shape, "images differ in size: set cache_size")
            kept[field] = tf.ensure_shape(kept[field], shape)
        return kept, *(record[name] for name in self.targets.fields)

    def samples(self, images: int) -> tf.Tensor | None:
        """The first pictures of the split as they are kept, uint8 (images, H, W, 3); None where none is looked at."""
        pictures = list(self._shapes)
        if not pictures:
            return None
        return tf.stack([self._keep(record)[0][pictures[0]] for record in self._records().take(images)])

    def measurements(self) -> np.ndarray:
        """Those of the labelled training images, float32 (N, 80); NaN where there is no mesh."""
        fields = ("mesh", *self.targets.fields)
        records = load(self.options.dataset, self._split, self.options.data_dir, fields=fields)
        meshes = records.filter(self.targets.labelled).map(lambda record: record["mesh"]).batch(1024)
        return np.concatenate([measurements(batch) for batch in meshes.as_numpy_iterator()])

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
            dataset of (images, targets, weights): float32 (B, size, size, 3) 0..255, or the dictionary of
            ``data.views``, whose pictures are each augmented by themselves; (B, outputs), (B,). With ``device`` the
            first is a pair of uint8 images as stored and the int32 (B, 2) seeds of the batch, one equal row for each
            image.
        """
        operation = augmenter(augment, self.options.image_size, augment_backend)
        examples = self._examples  # made here: inside the function below it would be part of the graph
        epochs = tf.data.Dataset.range(first_epoch, 1 << 31)
        every_epoch = epochs.flat_map(lambda epoch: self._epoch(examples, seed, epoch))

        def finish(batch_seed, kept, *labels):
            target, weight = self.targets.of_batch(*labels)
            if augment_on == "device":
                (images,) = kept.values()
                return (images, tf.repeat(batch_seed[None], tf.shape(images)[0], axis=0)), target, weight
            # The first picture's draws are those of a model that sees it alone.
            others = [tf.random.experimental.stateless_fold_in(batch_seed, n) for n in range(1, len(kept))]
            seeds = [batch_seed, *others]
            return finished_views(kept, self.views, lambda images, n: operation(images, seeds[n])), target, weight

        batches = every_epoch.map(finish, num_parallel_calls=PARALLEL_CALLS, deterministic=True)
        return batches.prefetch(PREFETCH).with_options(fixed_options())

    def _epoch(self, examples: tf.data.Dataset, seed: int, epoch: tf.Tensor) -> tf.data.Dataset:
        order_seed = epoch + tf.constant(1 + 1_000_003 * (seed + 1), tf.int64)
        # Of the graph that this is traced in. Else the order would follow from the process's seed too, and with a
        # process's seed of 0 TensorFlow compares a tensor with 0 and fails.
        tf.random.set_seed(seed + 1)
        buffer = min(self.options.shuffle_buffer, self.per_epoch)
        if self._places:
            examples = examples.flat_map(
                lambda example, place: tf.data.Dataset.from_tensors(example).repeat(Places.times(*place, epoch))
            )
        examples = examples.shuffle(buffer, seed=order_seed, reshuffle_each_iteration=False)
        batches = examples.batch(self.options.batch_size, drop_remainder=True)
        return batches.enumerate().map(lambda step, batch: (_batch_seed(seed, epoch, step), *batch))


def _stored_shapes(records: tf.data.Dataset, options: InputOptions, views: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Shape of each picture as it is kept in memory."""
    shapes = {}
    for field in view_fields(views):
        if field == "mesh":
            continue
        found = {tuple(record[field].shape) for record in records.take(1 if options.cache_size else 8)}
        if len(found) > 1 and not options.cache_size:
            raise InputError(f"images of {options.dataset} differ in size: set cache_size to the side to keep them at")
        shapes[field] = (options.cache_size, options.cache_size, 3) if options.cache_size else found.pop()
    return shapes


def _batch_seed(seed: int, epoch: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    """int32 (2,) seed of one batch, different for every (seed, epoch, step)."""
    key = tf.stack([tf.cast(epoch, tf.int32), tf.cast(step, tf.int32)])
    return tf.random.experimental.stateless_fold_in(key, seed)


def _of_first(dataset: str, image_ids: np.ndarray) -> np.ndarray:
    """Whether an image is of the first dataset, bool (N,)."""
    names = dataset_names(dataset)
    if len(names) == 1:
        return np.ones(len(image_ids), bool)
    return np.char.startswith(image_ids, f"{names[0]}:")


def _count_datasets(dataset: str, image_ids: np.ndarray) -> dict[str, int]:
    names = dataset_names(dataset)
    if len(names) == 1:
        return {dataset: len(image_ids)}
    return {name: int(np.char.startswith(image_ids, f"{name}:").sum()) for name in names}
