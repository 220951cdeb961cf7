"""How often images are shown: shares of cells, turns over epochs, ratios, refusals; and what batches then hold."""

import collections
import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.augment import AugmentOptions
from fer_tf.data.grouping import GroupedTargets, Grouping, group_words_of, reweighing
from fer_tf.data.mixing import MixingOptions, Places, mixed
from fer_tf.data.options import InputOptions
from fer_tf.data.pipeline import TrainingInput
from fer_tf.data.scoring import read_columns
from fer_tf.data.targets import TargetOptions
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

NAME = "rendered_faces/tiny"


def times(places, epoch):
    return Places.times(*places.columns(), epoch)


def test_cells_get_their_places_and_their_images_take_turns():
    cells = np.array([0, 1, 0, 2, 1, 0, 2, 0, 0, 2])
    sizes = {0: 3, 1: 7}
    places = Places(cells, sizes)
    shown = np.array([times(places, epoch) for epoch in range(10)])
    assert places.per_epoch == 3 + 7 + 3
    for cell, wanted in {0: 3, 1: 7, 2: 3}.items():
        of_cell = shown[:, cells == cell]
        assert (of_cell.sum(axis=1) == wanted).all()
        assert of_cell.max() - of_cell.min() <= 1, "as evenly as whole numbers allow"
        assert len(set(of_cell[:10].sum(axis=0))) == 1, "after whole rounds all were shown equally often"
    assert (shown[:, cells == 2] == 1).all(), "a cell that is not named is shown once"
    as_tensors = Places.times(*(tf.constant(column) for column in places.columns()), tf.constant(4, tf.int64))
    assert as_tensors.numpy().tolist() == shown[4].tolist()


def test_a_cell_without_places_is_not_shown():
    places = Places(np.array([0, 0, 1]), {0: 0})
    assert times(places, 3).tolist() == [0, 0, 1]


@pytest.mark.parametrize(("ratio", "synthetic"), [(0.5, 10), (0.2, 2), (0.25, 3), (0.9, 90), (0.01, 1)])
def test_a_ratio_is_the_share_of_added_images(ratio, synthetic):
    kinds = np.arange(30) >= 10
    places = mixed(kinds, MixingOptions(mixing_ratio=ratio))
    shown = times(places, 0)
    assert (shown[:10] == 1).all(), "all of the first dataset once"
    assert shown[10:].sum() == synthetic
    assert places.per_epoch == 10 + synthetic


def test_without_a_ratio_nothing_changes():
    assert mixed(np.array([True, False]), MixingOptions()) is None


@pytest.mark.parametrize("ratio", [0.0, 1.0, 2.0, -0.5, float("nan")])
def test_ratios_that_are_no_shares_are_refused(ratio):
    with pytest.raises(InputError, match=r"mixing_ratio is .*: expected a share between 0 and 1, both excluded"):
        MixingOptions(mixing_ratio=ratio)


@pytest.mark.parametrize(("added", "missing"), [([True, True], "the first"), ([False, False], "a second")])
def test_mixing_needs_two_sides(added, missing):
    with pytest.raises(InputError, match=f"there is no labelled training image of {missing} dataset: name what"):
        mixed(np.array(added), MixingOptions(mixing_ratio=0.5))


def test_weights_make_group_and_emotion_independent():
    counts = np.array([[30, 10, 0, 5, 5, 5, 5], [10, 30, 4, 5, 5, 5, 5]])
    weighted = counts * reweighing(counts)
    shares = weighted / weighted.sum()
    of_group, of_emotion = shares.sum(axis=1), shares.sum(axis=0)
    seen = counts[:, [0, 1, 3, 4, 5, 6]] > 0
    expected = (counts.sum(axis=1)[:, None] * counts.sum(axis=0) / counts.sum() ** 2)[:, [0, 1, 3, 4, 5, 6]]
    np.testing.assert_allclose((weighted / counts.sum())[:, [0, 1, 3, 4, 5, 6]][seen], expected[seen], rtol=1e-5)
    assert of_group.sum() == pytest.approx(1)
    assert of_emotion.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("gender", [-1, 0, 1], ["", "female", "male"]),
        ("skin_tone", [-1, 1, 10], ["", "1", "10"]),
        ("skin", [-1, 1, 5, 6, 10], ["", "light", "light", "dark", "dark"]),
        ("disguised", [-1, 0, 1, 13], ["", "no", "yes", "yes"]),
        ("synthetic", [False, True], ["real", "synthetic"]),
        ("age_group", [-1, 4], ["", "70+"]),
    ],
)
def test_columns_have_words(column, values, words):
    assert group_words_of(column, np.array(values)).tolist() == words


def facts(emotion, gender):
    count = len(emotion)
    return {
        "emotion": np.array(emotion),
        "emotion_votes": np.full((count, 7), np.nan, np.float32),
        "gender": np.array(gender),
    }


def test_sampling_balances_groups_within_each_emotion():
    emotion = [0] * 8 + [1] * 5 + [-1]
    gender = [0] * 6 + [1] * 2 + [1] * 4 + [-1] + [0]
    for sampling, wanted in (("over", [6, 6, 4, 1]), ("under", [2, 2, 4, 1])):
        targets = GroupedTargets(TargetOptions(), facts(emotion, gender), "some", Grouping("gender", sampling))
        shown = times(targets.places, 0)
        cells = [shown[:6], shown[6:8], shown[8:12], shown[12:]]
        assert [int(cell.sum()) for cell in cells] == wanted
        assert targets.unknown == 1
        assert targets.counts[:, :2].tolist() == [[6, 0], [2, 4]]


def test_targets_hold_the_group_and_weights_those_of_reweighing():
    known = facts([0, 0, 0, 1, 1], [0, 0, 1, 1, -1])
    grouping = Grouping("gender", reweighing=True, in_targets=True)
    targets = GroupedTargets(TargetOptions(label_smoothing=0), known, "some", grouping)
    target, weight = targets.of_batch(*(tf.constant(known[name]) for name in targets.fields))
    assert target.shape == (5, 9)
    assert target.numpy()[:, 7:].tolist() == [[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]]
    assert target.numpy()[:, :7].argmax(axis=1).tolist() == [0, 0, 0, 1, 1]
    counts = np.array([[2, 0], [1, 1]])
    expected = counts.sum(axis=1)[:, None] * counts.sum(axis=0) / counts.sum() / np.maximum(counts, 1)
    assert weight.numpy() == pytest.approx(
        [expected[0, 0], expected[0, 0], expected[1, 0], expected[1, 1], 1.0], rel=1e-6
    )


def test_one_group_is_too_few():
    with pytest.raises(InputError, match=r"group_column is 'gender': .* of some have male of its groups, .* two"):
        GroupedTargets(TargetOptions(), facts([0, 1], [1, 1]), "some", Grouping("gender"))
    with pytest.raises(InputError, match="group_column is 'height': choose one of gender, skin_tone"):
        Grouping("height")


@pytest.fixture
def options(rendered_faces):
    return InputOptions(NAME, rendered_faces, image_size=32, batch_size=8)


def test_batches_show_what_sampling_says(options):
    grouping = Grouping("disguised", "over", in_targets=True)
    source = TrainingInput(options, TargetOptions(label_smoothing=0), grouping=grouping)
    columns = read_columns(options, "train", ("emotion", "disguise"))
    worn = (columns["disguise"] > 0).astype(int)
    before = collections.Counter(zip(columns["emotion"].tolist(), worn.tolist(), strict=True))
    assert source.num_examples == sum(before.values())
    assert source.per_epoch > source.num_examples
    shown = collections.Counter()
    batches = source.batches(0, AugmentOptions.none()).take(source.steps_per_epoch)
    for _, targets, _ in batches:
        emotion, group = targets.numpy()[:, :7].argmax(axis=1), targets.numpy()[:, 7:].argmax(axis=1)
        shown.update(zip(emotion.tolist(), group.tolist(), strict=True))
    left_out = source.per_epoch - source.steps_per_epoch * options.batch_size
    for emotion in range(len(EMOTIONS)):
        cells = [before[emotion, group] for group in range(2)]
        for group, size in enumerate(cells):
            wanted = max(cells) if size else 0
            assert wanted - left_out <= shown[emotion, group] <= wanted
    assert sum(shown.values()) == source.per_epoch - left_out


def test_one_dataset_cannot_be_mixed(options):
    with pytest.raises(InputError, match="there is no labelled training image of a second dataset"):
        TrainingInput(options, TargetOptions(), mixing=MixingOptions(mixing_ratio=0.5))


def test_mixing_and_sampling_exclude_each_other(options, monkeypatch):
    monkeypatch.setattr("fer_tf.data.pipeline._of_first", lambda dataset, ids: np.arange(len(ids)) % 2 == 0)
    mixing, grouping = MixingOptions(mixing_ratio=0.5), Grouping("disguised", "over")
    with pytest.raises(InputError, match=r"mixing_ratio and sampling by group both say .*: leave one out"):
        TrainingInput(options, TargetOptions(), mixing=mixing, grouping=grouping)
    source = TrainingInput(options, TargetOptions(), mixing=MixingOptions(mixing_ratio=0.8))
    assert source.per_epoch == 35 + 4 * 35
    assert source.steps_per_epoch == source.per_epoch // 8
    shown = collections.Counter()
    for images, _, _ in source.batches(0, AugmentOptions.none()).take(source.steps_per_epoch):
        shown.update(image.tobytes() for image in images.numpy())
    assert sum(count == 4 for count in shown.values()) >= 30
    assert sum(count == 1 for count in shown.values()) >= 30


def test_a_later_epoch_is_the_same_whether_reached_or_started_with(options):
    grouping = Grouping("disguised", "under")
    source = TrainingInput(dataclasses.replace(options, cache=False), TargetOptions(), grouping=grouping)
    steps = source.steps_per_epoch
    reached = [batch[0].numpy() for batch in source.batches(1, AugmentOptions()).take(2 * steps)][steps:]
    started = [batch[0].numpy() for batch in source.batches(1, AugmentOptions(), first_epoch=1).take(steps)]
    assert all((one == other).all() for one, other in zip(reached, started, strict=True))
