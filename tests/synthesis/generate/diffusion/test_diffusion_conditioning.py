"""What the ControlNet sees of rendered references."""

import numpy as np
import pytest
from PIL import Image

from fer_tf.synthesis.disguise.photo import Refused
from fer_tf.synthesis.generate.diffusion.conditioning import edges, face_outlines
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames

OVAL, LIPS, RIGHT_EYE, LEFT_EYE = (10, 200, 10), (10, 180, 10), (180, 200, 10), (10, 200, 180)


def test_edges_are_where_brightness_changes():
    picture = np.full((64, 64, 3), 40, np.uint8)
    picture[:, 32:] = 200
    found = edges(picture, 64, 100, 200)
    assert (found.shape, found.dtype) == ((64, 64, 3), np.uint8)
    assert set(np.unique(found)) == {0, 255}
    columns = np.nonzero(found[32, :, 0])[0]
    assert len(columns) == 1
    assert columns[0] in (31, 32)
    assert not edges(picture, 64, 900, 1000).any(), "thresholds matter"


def test_small_references_have_edges_too():
    picture = np.full((32, 32, 3), 60, np.uint8)
    picture[8:24, 8:24] = 190
    small, same = (edges(picture, size, 100, 200) for size in (512, 32))
    assert same.any()
    rows, columns = np.nonzero(small[..., 0])
    assert rows.min() / 16 == pytest.approx(8, abs=0.5)
    assert columns.max() / 16 == pytest.approx(24, abs=0.5)


def test_edges_of_wide_pictures_are_of_the_middle():
    picture = np.full((64, 128, 3), 40, np.uint8)
    picture[:, 64:] = 200
    columns = np.nonzero(edges(picture, 64, 100, 200)[32, :, 0])[0]
    assert columns[0] in (31, 32)


@pytest.fixture(scope="module")
def drawn():
    plan = Plan("conditions", 11, {"test": 1}, images_per_subject=7, disguised=0.0, size=128)
    return draw(frames(plan, "test", 0)[4].frame)


def middle(image, colour):
    rows, columns = np.nonzero((image == colour).all(axis=2))
    return np.array([columns.mean(), rows.mean()]) + 0.5


def test_outlines_lie_on_the_face(drawn):
    (found,) = face_outlines([drawn.image], 256)
    assert (found.shape, found.dtype) == ((256, 256, 3), np.uint8)
    assert (found.reshape(-1, 3).any(axis=1)).mean() < 0.2, "lines on black"
    truth = drawn.mesh * 2
    eyes = np.linalg.norm(truth[33] - truth[263])
    right, left = truth[[33, 133]].mean(axis=0), truth[[263, 362]].mean(axis=0)
    for colour, place in ((RIGHT_EYE, right), (LEFT_EYE, left), (LIPS, truth[[61, 291]].mean(axis=0))):
        assert np.linalg.norm(middle(found, colour) - place) < 0.15 * eyes
    rows, _ = np.nonzero((found == OVAL).all(axis=2))
    assert rows.max() == pytest.approx(truth[152, 1], abs=0.2 * eyes)
    assert (found == (250, 200, 10)).all(axis=2).sum() >= 4, "a pupil"


def test_outlines_follow_the_face_in_wide_pictures(drawn):
    grey = np.full((128, 200, 3), 128, np.uint8)
    wide = np.concatenate([grey, drawn.image], axis=1)
    (found,) = face_outlines([wide], 128)
    middles = [middle(found, colour)[0] for colour in (RIGHT_EYE, LEFT_EYE)]
    assert 20 < middles[0] < middles[1] < 108


def test_a_reference_without_a_face_is_refused(drawn):
    empty, found = face_outlines([np.zeros((64, 64, 3), np.uint8), drawn.image], 64)
    assert empty == Refused("no face mesh on the reference image")
    assert found.any()
    shrunk = np.asarray(Image.fromarray(drawn.image).resize((48, 48), Image.Resampling.BOX))
    assert not isinstance(face_outlines([shrunk], 64)[0], Refused)
