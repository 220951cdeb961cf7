import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.augmenter import augmenter
from fer_tf.data.load import load, num_examples, split_digest
from fer_tf.data.options import InputOptions
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.scoring import scoring_batches
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

NAME = "rendered_faces/tiny"


@pytest.fixture
def options(rendered_faces):
    return InputOptions(NAME, rendered_faces, image_size=32, batch_size=16)


def take(source, count, **arguments):
    batches = source.batches(0, AugmentOptions(), **arguments)
    return [tuple(np.asarray(part) for part in batch[:2]) for batch in batches.take(count)]


def test_batches_have_the_documented_form(options):
    source = TrainingInput(options, TargetOptions())
    images, targets, weights = next(iter(source.batches(0, AugmentOptions())))
    assert images.shape == (16, 32, 32, 3)
    assert images.dtype == "float32"
    assert 0 <= images.numpy().min() <= images.numpy().max() <= 255
    assert targets.numpy().sum(axis=1) == pytest.approx(np.ones(16))
    assert weights.numpy().tolist() == [1] * 16
    assert source.steps_per_epoch == source.num_examples // 16
    assert source.targets.class_counts.sum() == num_examples(NAME, "train", options.data_dir)


def test_an_epoch_shows_every_example_once_and_the_next_in_another_order(options):
    source = TrainingInput(options, TargetOptions())
    none = AugmentOptions.none()
    batches = [b[0].numpy() for b in source.batches(0, none).take(2 * source.steps_per_epoch)]
    first, second = np.split(np.concatenate(batches), 2)
    distinct = {image.tobytes() for image in first}
    assert len(distinct) == len(first)
    assert (first != second).any()


def test_a_later_epoch_is_the_same_whether_reached_or_started_with(options):
    source = TrainingInput(options, TargetOptions())
    steps = source.steps_per_epoch
    reached = take(source, 2 * steps)[steps:]
    started = take(TrainingInput(options, TargetOptions()), steps, first_epoch=1)
    for (images, targets), (again, same) in zip(reached, started, strict=True):
        assert (images == again).all()
        assert (targets == same).all()


@pytest.mark.parametrize("process_seed", [0, 1, 12345])
def test_the_order_is_that_of_its_own_seed_alone(options, process_seed):
    tf.random.set_seed(77)
    expected = take(TrainingInput(options, TargetOptions()), 2)
    tf.random.set_seed(process_seed)
    found = take(TrainingInput(options, TargetOptions()), 2)
    assert all((one[0] == other[0]).all() for one, other in zip(expected, found, strict=True))


def test_a_slice_of_the_training_images_is_a_dataset_of_its_own(options):
    source = TrainingInput(options, TargetOptions(), "train[:20]")
    assert source.num_examples == 20 == source.targets.class_counts.sum()
    assert source.samples(3).shape[0] == 3


def test_another_seed_gives_another_order(options):
    source = TrainingInput(options, TargetOptions())
    first = next(iter(source.batches(0, AugmentOptions.none())))[0].numpy()
    second = next(iter(source.batches(1, AugmentOptions.none())))[0].numpy()
    assert (first != second).any()


def test_the_device_gets_what_the_host_would_have_augmented_with(options):
    source = TrainingInput(options, TargetOptions())
    (images, seeds), _, _ = next(iter(source.batches(0, AugmentOptions(), augment_on="device")))
    host = next(iter(source.batches(0, AugmentOptions())))[0].numpy()
    assert images.dtype == "uint8"
    again = augmenter(AugmentOptions(), 32)(images, seeds[0]).numpy()
    assert np.abs(again - host).max() <= 1


def test_class_weights_follow_the_labels(options):
    source = TrainingInput(options, TargetOptions(loss="class_weighted"))
    # The drawn faces have as many of each class, so all weights are 1: take others.
    source.targets._weights = np.arange(7, dtype=np.float32)
    _, targets, weights = next(iter(source.batches(0, AugmentOptions.none())))
    assert weights.numpy().tolist() == targets.numpy().argmax(axis=1).tolist()


def test_soft_labels_without_votes_are_refused(options):
    with pytest.raises(InputError, match="no image of rendered_faces/tiny has votes: build it with its file of votes"):
        TrainingInput(options, TargetOptions(loss="soft_labels"))


def test_cache_size_sets_the_size_that_is_kept(options):
    source = TrainingInput(dataclasses.replace(options, cache_size=24), TargetOptions())
    assert source.samples(3).shape == (3, 24, 24, 3)


def test_scoring_keeps_images_and_columns_in_step(options):
    images, columns = scoring_batches(options, "test")
    count = num_examples(NAME, "test", options.data_dir)
    stack = np.concatenate([batch.numpy() for batch in images])
    assert len(stack) == count == len(columns["emotion"]) == len(set(columns["image_id"]))
    assert images.cardinality().numpy() == -(-count // 16)
    labels = [int(record["emotion"]) for record in load(NAME, "test", options.data_dir)]
    assert columns["emotion"].tolist() == labels
    assert set(columns["emotion"]) <= set(range(len(EMOTIONS)))


def test_subjects_do_not_cross_splits(options):
    seen = [set(scoring_batches(options, split)[1]["subject_id"]) for split in ("train", "validation", "test")]
    assert all(seen)
    assert len(set.union(*seen)) == sum(len(subjects) for subjects in seen)


def test_the_digest_tells_splits_apart(rendered_faces):
    digests = {split_digest(NAME, split, rendered_faces) for split in ("train", "validation", "test")}
    assert len(digests) == 3
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset": "fer2013"}, "fer2013 is not built in .*: build it with"),
        ({"dataset": "nothing"}, "no dataset is called 'nothing'"),
        ({"batch_size": 5000}, "fewer than batch_size=5000"),
        ({"batch_size": 0}, "batch_size is 0: it must be at least 1"),
    ],
)
def test_bad_input_is_named(options, change, message):
    with pytest.raises(InputError, match=message):
        TrainingInput(dataclasses.replace(options, **change), TargetOptions())


def test_joined_splits_are_refused(rendered_faces):
    with pytest.raises(InputError, match=r"split 'validation\[:10\]\+test' joins splits"):
        load(NAME, "validation[:10]+test", rendered_faces)


def test_an_unknown_split_is_named(rendered_faces):
    with pytest.raises(InputError, match=r"split 'dev' is not in .*: choose one of test, train, validation"):
        load(NAME, "dev", rendered_faces)


def test_an_unknown_backend_is_named():
    with pytest.raises(InputError, match="augment_backend is 'opencv': choose one of tensorflow, keras_cv"):
        augmenter(AugmentOptions(), 32, "opencv")
