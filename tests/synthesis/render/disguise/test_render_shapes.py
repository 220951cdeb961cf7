"""Sheets, tubes, curves and colours that disguises are made of."""

import numpy as np
import pytest

from fer_tf.synthesis.render.disguise.shapes import cloth_uv, curve, dye, printed, sheet, soft_noise, tube
from fer_tf.synthesis.render.surface import Material


def volume(surface) -> float:
    """Signed volume; positive if the triangles face outwards."""
    a, b, c = (surface.vertices[surface.triangles[:, corner]].astype(np.float64) for corner in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def flat(rows: int = 4, columns: int = 5) -> np.ndarray:
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return np.stack([0.5 * x, 0.25 * y, 0 * x], axis=-1)


def test_sheet_faces_the_viewer_and_measures_its_uv_in_e():
    surface = sheet(flat(), "hat", (0.2, 0.3, 0.4))
    corners = surface.vertices[surface.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normal[:, 2] > 0).all()
    uv = surface.uv.reshape(4, 5, 2)
    assert np.allclose(uv[0, :, 0], [-1, -0.5, 0, 0.5, 1])
    assert np.allclose(uv[:, 3, 1], [0, 0.25, 0.5, 0.75])
    assert np.allclose(surface.colour, (0.2, 0.3, 0.4))


def test_uv_of_a_fold_is_longer_than_its_span():
    points = flat(2, 5)
    points[:, 1::2, 2] = 0.5
    assert np.ptp(cloth_uv(points)[0, :, 0]) == pytest.approx(4 * np.hypot(0.5, 0.5))


@pytest.mark.parametrize("closed", [False, True])
def test_tube_has_the_volume_of_its_section_times_its_length(closed):
    if closed:
        turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        path = np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)
        length = 2 * np.pi
    else:
        path = np.stack([np.linspace(0, 2, 10), np.zeros(10), np.zeros(10)], axis=1)
        length = 2.0
    surface = tube(path, "n95", np.ones(3), Material.CLOTH, 0.02, 0.05, (0, 0, 1), closed=closed, sides=32)
    assert volume(surface) == pytest.approx(np.pi * 0.02 * 0.05 * length, rel=0.02)
    reach = np.abs(surface.vertices[:, 2]).max()
    assert reach == pytest.approx(0.05, rel=0.01)


def test_curve_passes_its_points():
    points = np.array([[0, 0], [1, 2], [3, 1], [4, 4]], np.float32)
    drawn = curve(points, 31)
    assert np.allclose(drawn[::10], points, atol=1e-5)
    assert np.abs(np.diff(drawn, axis=0)).max() < 0.6


def test_noise_is_broad_and_the_same_for_the_same_generator():
    first, again = (soft_noise(np.random.default_rng(1), (40, 60), (3, 4)) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.shape == (40, 60)
    assert 0.2 < first.std() < 1.2
    assert np.abs(np.diff(first, axis=1)).max() < 0.5


def test_colours_stay_within_what_cloth_reflects():
    palette = ((20, 20, 20), (250, 250, 250))
    for seed in range(40):
        rng = np.random.default_rng(seed)
        colour = dye(rng, palette)
        assert 0 < colour.min() <= colour.max() < 1
        cloth = printed(rng, flat(20, 30), palette, plain=0.2)
        assert cloth.shape == (20, 30, 3)
        assert cloth.dtype == np.float32
        assert 0 <= cloth.min() <= cloth.max() <= 1


def test_plain_cloth_has_one_colour_and_a_print_two():
    palette = ((20, 20, 20), (250, 40, 40))
    plain = printed(np.random.default_rng(0), flat(20, 30), palette, plain=1.0)
    assert np.ptp(plain, axis=(0, 1)).max() == 0
    spreads = [np.ptp(printed(np.random.default_rng(seed), flat(20, 30), palette, plain=0.0)) for seed in range(8)]
    assert max(spreads) > 0.2
