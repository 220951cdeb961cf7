import numpy as np
import pytest

from fer_tf.faces.draw import draw_au_centres, draw_faces, draw_mesh, draw_regions, unit_colour
from fer_tf.faces.face import Face
from fer_tf.faces.geometry import au_centres
from fer_tf.faces.regions import region_masks
from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head.topology import neutral_face

SIDE = 200


@pytest.fixture
def image():
    return np.full((SIDE, SIDE, 3), 90, np.uint8)


@pytest.fixture
def points():
    return neutral_face()[:, :2] * 0.4 * SIDE + SIDE / 2


def changed(image):
    return (image != 90).any(-1)


def at(mask, places):
    return np.array([mask[int(y), int(x)] for x, y in places])


def test_regions_are_coloured_and_the_rest_is_not(image, points):
    drawn = draw_regions(image, points, [1], opacity=1)
    assert (image == 90).all(), "the picture given is kept"
    mask = region_masks(points, (SIDE, SIDE), [1])[0] > 0
    assert changed(drawn)[mask].all()
    own = (drawn == unit_colour(1)).all(-1)
    assert own[mask].mean() > 0.9, "all but its number"
    assert changed(drawn)[~mask].mean() < 0.01
    every = draw_regions(image, points)
    # Blended colours and the edges of letters may happen to be the grey of before.
    assert changed(every)[region_masks(points, (SIDE, SIDE)).any(0)].mean() > 0.999


def test_units_have_colours_of_their_own():
    assert len({unit_colour(unit) for unit in ACTION_UNITS}) == 24


def test_the_mesh_is_drawn_where_its_points_are(image, points):
    drawn = changed(draw_mesh(image, points))
    assert at(drawn, points).all()
    assert 0.1 < drawn.mean() < 0.6


def test_centres_are_drawn_where_they_are(image, points):
    drawn = draw_au_centres(image, points)
    assert at(changed(drawn), au_centres(points, both_sides=True)).all()
    assert changed(drawn).mean() < 0.15


def test_faces_are_drawn_with_box_and_keypoints(image):
    faces = [Face((20.5, 30.5, 60, 80), 0.987, {"left_eye": (40.5, 60.5), "right_eye": (60.5, 60.5)})]
    drawn = changed(draw_faces(image, faces))
    assert at(drawn, [(20.5, 70), (80.5, 70), (50, 30.5), (50, 110.5), (40.5, 60.5), (60.5, 60.5)]).all()
    assert not at(drawn, [(50, 90), (10, 70), (50, 150)]).any()
    beyond = draw_faces(image, [Face((-50, -50, 400, 400), 0.9, {})])
    assert not changed(beyond)[20:, 20:].any()
    assert not changed(draw_faces(image, [])).any()
