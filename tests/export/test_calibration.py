import numpy as np
import pytest

from export.calibration import calibration_images, stratified
from fer_tf.data.options import InputOptions

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
    images = calibration_images(options, 14)
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
    assert len(calibration_images(options, 1)) == 1


@pytest.mark.parametrize("count", [7, 14])
def test_stratified_is_even_for_multiples(count):
    labels = np.repeat(np.arange(7), 20)
    assert np.bincount(labels[stratified(labels, count)]).tolist() == [count // 7] * 7
