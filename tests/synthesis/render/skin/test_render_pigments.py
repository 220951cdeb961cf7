"""Pigments in the skin and paint on it."""

import numpy as np
import pytest

from fer_tf.synthesis.render.skin.brushes import Grain
from fer_tf.synthesis.render.skin.pigments import BLOOD, MELANIN, Absorption, cover, rows_of
from fer_tf.synthesis.render.skin.texture_space import SHAPE

GROUND = np.float32([0.6, 0.4, 0.3])


def spot(value: float = 1.0) -> np.ndarray:
    texture = np.zeros(SHAPE, np.float32)
    texture[100:120, 50:60] = value
    return texture


def test_without_pigments_the_ground_shows():
    np.testing.assert_allclose(Absorption(2, GROUND).albedo(), np.broadcast_to(GROUND, (*SHAPE, 3)), rtol=1e-5)


def test_pigments_multiply_in_any_order():
    first, second = Absorption(2, GROUND), Absorption(2, GROUND)
    for pigments, order in ((first, (BLOOD, MELANIN)), (second, (MELANIN, BLOOD))):
        for colour in order:
            pigments.add(spot(), colour, 0.5)
    expected = GROUND * np.exp(-0.5 * (np.float32(BLOOD) + np.float32(MELANIN)))
    for pigments in (first, second):
        albedo = pigments.albedo()
        np.testing.assert_allclose(albedo[110, 55], expected, rtol=1e-5)
        np.testing.assert_allclose(albedo[0, 0], GROUND, rtol=1e-5)


def test_paint_covers_as_far_as_it_lies():
    albedo = np.zeros((*SHAPE, 3), np.float32)
    assert cover(albedo, spot(0.25), np.float32([1.0, 0.5, 0.0])) is albedo
    np.testing.assert_allclose(albedo[110, 55], [0.25, 0.125, 0.0])
    assert albedo[:100].max() == albedo[120:].max() == 0


def test_paint_may_have_a_colour_for_each_pixel():
    colours = np.random.default_rng(0).random((*SHAPE, 3)).astype(np.float32)
    albedo = cover(np.zeros_like(colours), np.ones(SHAPE, np.float32), colours)
    np.testing.assert_allclose(albedo, colours)


@pytest.mark.parametrize(("margin", "expected"), [(0, (100, 120)), (7, (93, 127)), (1000, (0, SHAPE[0]))])
def test_rows_of_a_map(margin, expected):
    assert rows_of(spot(-1.0), margin) == slice(*expected)


def test_an_empty_map_has_no_rows():
    assert rows_of(np.zeros(SHAPE, np.float32), margin=5) == slice(0, 0)


def test_grain_is_as_strong_everywhere_and_differs_from_piece_to_piece():
    grain = Grain((0.9, 0.9), 3.2)
    first, again, other = (grain.piece(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first.shape == SHAPE
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.std() == pytest.approx(other.std(), rel=0.02)
