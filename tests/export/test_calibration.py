import numpy as np
import pytest

from export.calibration import calibration_inputs, stratified, stratified_units
from export.model_info import ModelInfo
from fer_tf.data.options import InputOptions
from fer_tf.errors import InputError

LABELS = np.array([0] * 50 + [1] * 3 + [2] * 50 + [-1] * 40)


def test_classes_share_evenly_and_the_rare_one_gives_all():
    picked = stratified(LABELS, 23)
    assert np.bincount(LABELS[picked]).tolist() == [10, 3, 10]
    assert (np.diff(picked) > 0).all()


def test_no_more_than_there_are_and_nothing_unknown():
    assert len(stratified(LABELS, 1000)) == 103
    assert len(stratified(np.array([-1, -1]), 5)) == 0


def test_the_seed_decides():
    assert stratified(LABELS, 20, seed=1).tolist() == stratified(LABELS, 20, seed=1).tolist()
    assert stratified(LABELS, 20, seed=1).tolist() != stratified(LABELS, 20, seed=2).tolist()


def test_images_come_from_the_training_split(rendered_faces):
    from fer_tf.data.images import resize
    from fer_tf.data.load import load

    options = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32)
    images = calibration_inputs(options, ModelInfo(), 14)["image"]
    assert images.shape == (14, 32, 32, 3)
    assert images.dtype == np.float32
    train = list(load("rendered_faces/tiny", "train", rendered_faces).as_numpy_iterator())
    stored = np.stack([resize(record["image"], 32) for record in train])
    nearest = [np.abs(stored - image).mean((1, 2, 3)) for image in images]
    assert max(distance.min() for distance in nearest) < 1e-3
    labels = [train[distance.argmin()]["emotion"] for distance in nearest]
    assert np.bincount(labels).tolist() == [2] * 7


def test_counts_below_the_classes_work(rendered_faces):
    options = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32)
    assert len(calibration_inputs(options, ModelInfo(), 1)["image"]) == 1


@pytest.mark.parametrize("count", [7, 14])
def test_stratified_is_even_for_multiples(count):
    labels = np.repeat(np.arange(7), 20)
    assert np.bincount(labels[stratified(labels, count)]).tolist() == [count // 7] * 7


def units(random, count=400):
    """Unit 0 often, unit 1 with unit 0 alone, unit 2 by itself and rarely."""
    often = random.random(count) < 0.6
    return np.stack([often, often & (random.random(count) < 0.3), random.random(count) < 0.08], axis=1).astype(float)


def test_units_share_as_evenly_as_they_can():
    truth = units(np.random.default_rng(0))
    truth[:20] = np.nan
    picked = stratified_units(truth, 60)
    assert len(set(picked.tolist())) == 60
    assert (np.diff(picked) > 0).all()
    assert picked.min() >= 20
    shown = truth[picked].sum(axis=0)
    none = (truth[picked] == 0).all(axis=1).sum()
    # Unit 1 never comes without unit 0, and unit 2 often with it: unit 0 must be the most.
    assert shown[1] == shown[2] == 20
    assert none == 19
    assert shown[0] < 35  # as many as a random draw of 60 shows


def test_a_unit_that_is_nearly_missing_gives_all_and_none_is_no_error():
    truth = np.zeros((30, 2))
    truth[3, 1] = 1
    truth[:3, 0] = np.nan
    truth[4] = np.nan
    assert 3 in stratified_units(truth, 4)
    assert len(stratified_units(truth, 100)) == 29
    assert len(stratified_units(np.full((4, 2), np.nan), 3)) == 0


def test_the_seed_decides_of_units_too():
    truth = units(np.random.default_rng(1))
    assert stratified_units(truth, 20, seed=1).tolist() == stratified_units(truth, 20, seed=1).tolist()
    assert stratified_units(truth, 20, seed=1).tolist() != stratified_units(truth, 20, seed=2).tolist()


def test_units_come_from_the_training_split(rendered_faces):
    info = ModelInfo(labels=("AU1", "AU12"), task="action_units")
    options = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32)
    assert calibration_inputs(options, info, 10)["image"].shape == (10, 32, 32, 3)


def test_without_labels_there_is_one_clear_line(rendered_faces, monkeypatch):
    unknown = {"emotion": np.full(9, -1), "action_units": np.full((9, 24), np.nan)}
    monkeypatch.setattr("export.calibration.read_columns", lambda *_: unknown)
    options = InputOptions("rendered_faces/tiny", rendered_faces, image_size=32)
    for info in (ModelInfo(), ModelInfo(labels=("AU1",), task="action_units")):
        with pytest.raises(InputError, match="no calibration data: rendered_faces/tiny has no training image with a"):
            calibration_inputs(options, info, 4)
