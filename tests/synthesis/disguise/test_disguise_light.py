"""The light that is read from a face agrees with the light that it was drawn in."""

import numpy as np
import pytest
from drawn_faces import face, mesh

from fer_tf.synthesis.disguise.fit import fit_head
from fer_tf.synthesis.disguise.light import read_light
from fer_tf.synthesis.render.surface import to_linear, to_srgb


def read(image, shift=0):
    return read_light(image, fit_head(mesh().points + np.float32([shift, 0, 0])))


def dimmed(image, factor):
    return np.rint(to_srgb(to_linear(image) * np.float32(factor))).astype(np.uint8)


@pytest.mark.parametrize("side", [-1, 1])
def test_lamp_stands_where_the_light_comes_from(side):
    found = read(face(0.0, 1.5 * side)).light.lamps[0].direction
    assert found[0] * side > 0.3
    assert abs(read(face()).light.lamps[0].direction[0]) < 0.25


@pytest.mark.parametrize("factor", [0.5, 0.2])
def test_gain_goes_with_the_light(factor):
    assert read(dimmed(face(), factor)).gain / read(face()).gain == pytest.approx(factor, rel=0.1)


def test_white_paper_beside_the_face_looks_white():
    # Drawn light on a white surface before the lamp: 0.8 from it, a little less than 0.3 from around, metered.
    assert 0.5 < read(face()).gain < 1.6


def test_colour_of_the_light_is_followed_within_limits_and_grey_has_none():
    warm = np.clip(face() * np.float32([1.0, 0.95, 0.82]), 0, 255).astype(np.uint8)
    red, _, blue = read(warm).light.sky
    assert 1.05 < red / blue < 1.5
    grey = np.repeat(face().mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    assert len(set(np.round(read(grey).light.sky, 6))) == 1


def test_a_face_outside_of_the_photo_has_no_light():
    assert read(face(), shift=500) is None
