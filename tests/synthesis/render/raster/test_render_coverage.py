"""Which cells a triangle may cover: never one too few, never one beyond the grid."""

import numpy as np
import pytest

from fer_tf.synthesis.render.raster.coverage import TILE, cells_between, columns_between, farthest, is_hidden

ONE = np.float32(1)


def test_cells_whose_middles_lie_between_the_corners():
    assert cells_between(np.float32(2.4), np.float32(3.0), np.float32(-1.0), 100) == (1, 4)
    assert cells_between(np.float32(-9.0), np.float32(200.0), np.float32(0.0), 100) == (0, 99)


@pytest.mark.parametrize("place", [np.nan, np.inf, -np.inf, 1e30])
def test_a_row_never_leaves_its_box(place):
    for start, end in ((np.float32(place), ONE), (ONE, np.float32(place)), (np.float32(place), np.float32(place))):
        cells = range(*columns_between(3, 8, start, end))
        assert all(3 <= cell <= 8 for cell in cells)


def test_a_triangle_is_hidden_only_where_all_tiles_are_covered_by_nearer_ones():
    near = np.full((3 * TILE, 3 * TILE), 0.5, np.float32)
    near[2 * TILE, 0] = 0.0
    tiles = farthest(near)
    assert tiles.shape == (3, 3)
    assert is_hidden(tiles, np.float32(0.4), 0, 2 * TILE, 0, TILE)
    assert not is_hidden(tiles, np.float32(0.6), 0, 2 * TILE, 0, TILE)
    assert not is_hidden(tiles, np.float32(0.4), 0, TILE, TILE, 2 * TILE)
