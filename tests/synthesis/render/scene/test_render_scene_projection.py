"""Where points of a place appear: cut off near the camera, left out where none is in the picture."""

import numpy as np
import pytest

from fer_tf.synthesis.render.scene.brushes import SIDE
from fer_tf.synthesis.render.scene.projection import NEAR, ONE, Projection, fixed
from fer_tf.synthesis.render.scene.space import Space

VIEW = Projection(eye=1.5, focal=1.0, yaw=0.0, pitch=0.0)


def wall(x: float, near: float, far: float) -> list[tuple[float, float, float]]:
    return [(x, 0, far), (x, 3, far), (x, 3, near), (x, 0, near)]


def test_what_lies_straight_ahead_is_in_the_middle():
    assert VIEW.pixel((0.0, 1.5, 4.0)) == pytest.approx((SIDE / 2, SIDE / 2, 4.0))
    assert VIEW.horizon == SIDE // 2


def test_up_is_up_and_right_is_right():
    column, row, _ = VIEW.pixel((1.0, 2.5, 4.0))
    assert column == pytest.approx(SIDE / 2 + SIDE / 4)
    assert row == pytest.approx(SIDE / 2 - SIDE / 4)


def test_a_camera_turned_right_sees_things_further_left():
    turned = Projection(eye=1.5, focal=1.0, yaw=10.0, pitch=0.0)
    assert turned.pixel((0.0, 1.5, 4.0))[0] < SIDE / 2


def test_nothing_nearer_than_the_limit():
    assert VIEW.pixel((0.0, 1.5, NEAR / 2)) is None
    assert VIEW.outline(wall(0.5, -3.0, NEAR / 2)) is None


def test_an_outline_agrees_with_its_points():
    corners = wall(1.0, 2.0, 5.0)
    expected = [VIEW.pixel(corner)[:2] for corner in corners]
    np.testing.assert_allclose(VIEW.outline(corners), expected)


def test_an_outline_is_cut_off_near_the_camera():
    outline = VIEW.outline(wall(1.0, -1.0, 5.0))
    assert outline.shape == (4, 2)
    assert np.isfinite(outline).all()
    assert outline[:, 0].max() == pytest.approx(SIDE / 2 + SIDE / NEAR)


@pytest.mark.parametrize("x", [-9.0, 9.0])
def test_what_is_beside_the_picture_has_no_outline(x):
    assert VIEW.outline(wall(x, 3.0, 4.0)) is None
    assert not Space(1.5, 1.0).sees(wall(x, 3.0, 4.0))
    assert Space(1.5, 1.0).sees(wall(x / 9, 3.0, 4.0))


def test_fixed_point_numbers_are_shifted_scaled_and_kept_in_range():
    pixels = fixed(np.array([[10.0, 20.0], [1e12, -1e12]]), 2.0, 4.0, 0.5)
    assert pixels.dtype == np.int32
    assert pixels[0].tolist() == [4 * ONE, 8 * ONE]
    assert pixels[1, 0] > 1000 * ONE
    assert pixels[1, 1] < -1000 * ONE
