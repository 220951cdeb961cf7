import numpy as np
import pytest

import fer_tf.data.load as loading
from fer_tf.errors import InputError


class Records:
    """Stands in for a dataset: records with images."""

    def __init__(self, *images):
        self.images = images

    def take(self, count):
        return Records(*self.images[:count])

    def as_numpy_iterator(self):
        return iter([{"image": image} for image in self.images])


GREY, COLOUR = np.full((48, 48, 3), 9, np.uint8), np.arange(48 * 48 * 3, dtype=np.uint8).reshape(48, 48, 3)


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ([GREY, GREY], {"crop_size": 48, "grayscale": True}),
        ([GREY, COLOUR], {"crop_size": 48, "grayscale": False}),
        ([GREY, GREY[:40, :40]], {"crop_size": 0, "grayscale": True}),
        ([GREY[:40]], {"crop_size": 0, "grayscale": True}),
        ([], {"crop_size": 0, "grayscale": False}),
    ],
)
def test_how_training_images_look(monkeypatch, images, expected):
    monkeypatch.setattr(loading, "load", lambda *_, **__: Records(*images))
    assert loading.training_image_facts("any", "data") == expected


def test_rendered_faces_have_colour(rendered_faces):
    facts = loading.training_image_facts("rendered_faces/tiny", rendered_faces)
    assert facts == {"crop_size": 64, "grayscale": False}


def test_a_field_that_is_not_there_is_named(rendered_faces):
    with pytest.raises(InputError, match=r"rendered_faces/tiny has no field 'face': .* context/SOURCE"):
        loading.load("rendered_faces/tiny", "test", rendered_faces, fields=("face", "emotion"))
