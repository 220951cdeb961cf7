"""Which pictures are kept: MTCNN on rendered people, and a model that must agree."""

import numpy as np
import pytest

from fer_tf.synthesis.generate.filter import reasons_against
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames


@pytest.fixture(scope="module")
def person():
    plan = Plan("filter", 5, {"test": 1}, images_per_subject=7, disguised=0.0, size=96)
    return draw(frames(plan, "test", 0)[4].frame).image


def test_one_face_and_no_other_number(person):
    two = np.concatenate([person, person], axis=1)
    reasons = reasons_against([person, np.zeros_like(person), two], ["fear"] * 3)
    assert reasons == [None, "no faces were found, expected one", "2 faces were found, expected one"]
    assert reasons_against([], []) == []


def test_a_model_must_agree(person):
    asked = []

    def reader(images):
        asked.extend(image.mean() for image in images)
        return [("fear", 0.714), ("anger", 0.5)][: len(images)]

    empty = np.zeros_like(person)
    reasons = reasons_against([empty, person, person], ["fear", "fear", "fear"], reader)
    assert reasons == ["no faces were found, expected one", None, "the model reads anger (0.50), meant was fear"]
    assert asked == [person.mean()] * 2, "pictures with one face only"
    assert reasons_against([person], ["surprise"], reader) == ["the model reads fear (0.71), meant was surprise"]
    asked.clear()
    assert reasons_against([empty], ["fear"], reader)[0]
    assert not asked
