"""The layers of SAFER against NumPy: what is missing is zero, what is measured is standardised."""

import keras
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.models.safer.layers import Concatenated, Measurements, StreamDropout, WherePresent


def test_measurements_are_standardised_and_a_missing_mesh_is_its_own_case():
    random = np.random.default_rng(0)
    training = random.normal(3, 2, (50, 4)).astype(np.float32)
    training[:, 3] = 0.5  # the same in all, as the distance of a point to itself
    training[7] = np.nan
    layer = Measurements()
    layer.build((None, 4))
    layer.adapt(training)
    known = np.delete(training, 7, axis=0)
    wanted = (known - known.mean(0)) / np.where(known.std(0) > 1e-6, known.std(0), 1)
    got = np.asarray(layer(training))
    np.testing.assert_allclose(np.delete(got, 7, axis=0)[:, :4], wanted, atol=1e-4)
    assert (np.delete(got, 7, axis=0)[:, 4] == 1).all()
    assert (got[7] == 0).all()
    partly = known[:1].copy()
    partly[0, 1] = np.nan
    assert (np.asarray(layer(partly)) == 0).all()


def test_a_mesh_that_slipped_is_bounded():
    layer = Measurements()
    layer.build((None, 1))
    layer.adapt(np.array([[0.0], [2.0]]))
    assert np.asarray(layer(np.array([[1e6]], np.float32)))[0, 0] == 5


def test_measurements_need_meshes():
    layer = Measurements()
    layer.build((None, 2))
    with pytest.raises(InputError, match=r"1 of 3 training images have a face mesh: .* choose face_features=deep"):
        layer.adapt(np.array([[1, 2], [np.nan, 1], [np.nan, np.nan]]))


def test_a_black_picture_has_no_features():
    pictures = np.zeros((3, 4, 4, 3), np.float32)
    pictures[1, 2, 2, 1] = 1
    got = np.asarray(WherePresent()([np.ones((3, 5), np.float32), pictures]))
    assert (got == np.array([[0], [1], [0]])).all()


def test_parts_know_their_columns():
    layer = Concatenated([["face", 2], ["place", 3]])
    assert layer.layout == {"face": (0, 2), "place": (2, 5)}
    got = np.asarray(layer([np.ones((1, 2)), np.full((1, 3), 2.0)]))
    assert got.tolist() == [[1, 1, 2, 2, 2]]
    assert Concatenated.from_config(layer.get_config()).layout == layer.layout


def test_streams_are_left_out_whole_and_only_in_training():
    layer = StreamDropout(0.3, seed=1)
    ones = keras.ops.ones((4000, 3))
    assert (np.asarray(layer(ones)) == 1).all()
    dropped = np.asarray(layer(ones, training=True))
    assert set(map(tuple, dropped)) == {(0, 0, 0), (1, 1, 1)}
    assert dropped[:, 0].mean() == pytest.approx(0.7, abs=0.03)
    assert (dropped != np.asarray(layer(ones, training=True))).any()
