"""Which cells of a grid a triangle may cover, for the loops that draw triangles."""

import numpy as np

from fer_tf.synthesis.render.raster.compiled import exact, exact_leaf

# Side of the tiles in which hidden triangles are found.
TILE = 16
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
# Cells by which a row's ends may be wrong.
_ROUNDING = np.float32(0.01)
# Looser than any test of a cell's weights, so that rounding loses no cell.
_MARGIN = np.float32(-1e-3)


@exact_leaf
def cells_between(start: float, to_second: float, to_third: float, side: int) -> tuple[int, int]:
    """First and last cell along one axis whose middles lie between a triangle's corners.

    Args:
        start: where the first corner lies, in cells.
        to_second: from there to the second corner.
        to_third: to the third.
        side: of the grid.

    Returns:
        (first, last), within the grid; last < first where there is none.
    """
    first = np.ceil(start + min(_ZERO, min(to_second, to_third)) - _HALF)
    last = np.floor(start + max(_ZERO, max(to_second, to_third)) - _HALF)
    return int(max(_ZERO, first)), int(min(np.float32(side - 1), last))


@exact_leaf
def narrowed(left: float, right: float, weight: float, inverse: float) -> tuple[float, float]:
    """Where along a row one corner's weight is not negative.

    Args:
        left: of the part of the row that counts so far, from the triangle's first corner.
        right: its end.
        weight: of the corner where that distance is 0.
        inverse: 1 / change of the weight from cell to cell; 0 where it does not change.

    Returns:
        The narrower (left, right).
    """
    if inverse > _ZERO:
        return max(left, (_MARGIN - weight) * inverse), right
    if inverse < _ZERO:
        return left, min(right, (_MARGIN - weight) * inverse)
    return left, right


@exact_leaf
def columns_between(left: int, right: int, start: float, end: float) -> tuple[int, int]:
    """Cells of a row whose middles lie between two places.

    Args:
        left: first cell that may count.
        right: last one.
        start: place, in cells.
        end: the other.

    Returns:
        The arguments of ``range``, never beyond left and right.
    """
    first, last = np.ceil(start - _HALF - _ROUNDING), np.floor(end - _HALF + _ROUNDING)
    return max(left, int(first)), min(right, int(last)) + 1


@exact_leaf
def inverse(change: float) -> float:
    """1 / change, 0 for 0."""
    return _ONE / change if change != _ZERO else _ZERO


@exact
def farthest(near: np.ndarray) -> np.ndarray:
    """The least value in each tile of a grid, float32 (rows, columns) of tiles."""
    height, width = near.shape
    tiles = np.full(((height - 1) // TILE + 1, (width - 1) // TILE + 1), np.inf, np.float32)
    for row in range(height):
        for tile in range(tiles.shape[1]):
            least = tiles[row // TILE, tile]
            for column in range(tile * TILE, min(width, (tile + 1) * TILE)):
                least = min(least, near[row, column])
            tiles[row // TILE, tile] = least
    return tiles


@exact_leaf
def is_hidden(tiles: np.ndarray, nearest: float, left: int, right: int, top: int, bottom: int) -> bool:
    """Whether all tiles under a box hold only what is nearer than a triangle's nearest corner.

    Args:
        tiles: from ``farthest``; larger values are nearer.
        nearest: of the triangle.
        left: first column of the box; so right, top, bottom.
        right: see left.
        top: see left.
        bottom: see left.
    """
    for row in range(top // TILE, bottom // TILE + 1):
        for column in range(left // TILE, right // TILE + 1):
            if nearest > tiles[row, column]:
                return False
    return True
