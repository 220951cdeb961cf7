"""What a model looks at: fields, measurements, and what augmentation does to several pictures."""

import numpy as np
import pytest
import tensorflow as tf

from fer_tf.data.views import finished_views, kept_views, scored_views, view_fields
from fer_tf.errors import InputError
from fer_tf.faces.geometry import au_distances, measurements, visible_features


@pytest.fixture
def record():
    random = np.random.default_rng(0)
    fields = {
        name: tf.constant(random.integers(0, 256, (8, 8, 3)), tf.uint8) for name in ("image", "face", "background")
    }
    return fields | {"mesh": tf.constant(random.uniform(0, 224, (468, 3)), tf.float32)}


def test_inputs_name_their_fields():
    assert view_fields(("image",)) == ("image",)
    assert view_fields(("background", "face", "geometry", "place")) == ("background", "face", "mesh")
    with pytest.raises(InputError, match="a model's input 'sound' is not known: known are image, face"):
        view_fields(("sound",))


def test_one_picture_comes_bare_and_several_by_name(record):
    bare = scored_views(record, ("image",), 8)
    assert bare.dtype == tf.float32
    assert (bare.numpy() == record["image"].numpy()).all()
    several = scored_views(record, ("face", "geometry", "background", "place"), 4)
    assert {name: tuple(value.shape) for name, value in several.items()} == {
        **dict.fromkeys(("face", "background", "place"), (4, 4, 3)),
        "geometry": (80,),
    }
    assert (several["background"].numpy() == several["place"].numpy()).all()


def test_measurements_are_the_papers_tables(record):
    mesh = record["mesh"].numpy()
    wanted = np.concatenate([au_distances(mesh), visible_features(mesh)])
    assert measurements(mesh).shape == (80,)
    assert (measurements(mesh) == wanted).all()
    assert np.isnan(measurements(np.full((2, 468, 3), np.nan))).all()
    assert (kept_views(record, ("geometry",), 0)["mesh"].numpy() == wanted).all()


def test_pictures_are_changed_each_by_itself_and_measurements_not(record):
    views = ("face", "geometry", "background", "place")
    kept = {name: value[None] for name, value in kept_views(record, views, 4).items()}
    made = finished_views(kept, views, lambda images, number: tf.cast(images, tf.float32) + 1000 * number)
    assert made["face"].numpy().max() < 1000
    assert made["background"].numpy().min() >= 1000
    assert (made["place"].numpy() == made["background"].numpy()).all()
    assert (made["geometry"].numpy() == kept["mesh"].numpy()).all()


def test_no_picture_stays_none_however_it_is_augmented(record):
    kept = {"background": tf.zeros((2, 4, 4, 3), tf.uint8)}
    made = finished_views(kept, ("background",), lambda images, _: tf.cast(images, tf.float32) + 20)
    assert (made["background"].numpy() == 0).all()
