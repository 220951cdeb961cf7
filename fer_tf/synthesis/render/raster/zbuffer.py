"""Which triangle each subpixel shows: a compiled z-buffer that shades nothing.

No fast maths here, so that a plain float32 computation gives the same depths and the same triangles.
"""

from typing import NamedTuple

import numpy as np

from fer_tf.synthesis.render.raster.compiled import exact_leaf
from fer_tf.synthesis.render.raster.coverage import (
    cells_between,
    columns_between,
    farthest,
    inverse,
    is_hidden,
    narrowed,
)
from fer_tf.synthesis.render.raster.packing import TANGENT, UV, Mesh
from fer_tf.synthesis.render.surface import Material

_ZERO, _ONE, _HALF = np.float32(0), np.float32(1), np.float32(0.5)
# Neighbours share an edge exactly only in real numbers; this keeps cracks shut.
_SLACK = np.float32(-1e-5)


class Strands(NamedTuple):
    """How locks of hair end in single strands.

    Attributes:
        per_tuft: strands that hold together.
        ragged: a tuft may end by this share of the lock's length before its tip.
        taper_from: from this share of the length on it narrows …
        tip_width: … to this part of its width.
    """

    per_tuft: float
    ragged: float
    taper_from: float
    tip_width: float


STRANDS = Strands(np.float32(2.5), np.float32(0.4), np.float32(0.5), np.float32(0.3))


class Buffers(NamedTuple):
    """What a subpixel shows.

    Attributes:
        depth: float32 (H, W), 1 / distance; 0 is empty.
        triangle: int32 (H, W), -1 is empty.
        weights: float32 (H, W, 2), shares of the triangle's first and second vertex.
    """

    depth: np.ndarray
    triangle: np.ndarray
    weights: np.ndarray


def rasterise(mesh: Mesh, side: int, lenses: bool = False) -> Buffers:
    """Finds the nearest triangle of every subpixel.

    Args:
        mesh: packed surfaces.
        side: of the square in subpixels.
        lenses: draw glass alone; else all but glass.

    Returns:
        The buffers; of triangles at exactly one depth the first wins, solids before hair.
    """
    depth = np.zeros((side, side), np.float32)
    triangle = np.full((side, side), -1, np.int32)
    weights = np.empty((side, side, 2), np.float32)
    shown = (mesh.material == Material.LENS) == lenses
    hair = mesh.material == Material.HAIR
    shape = (mesh.screen, mesh.points[:, UV:TANGENT], mesh.triangles, mesh.surface, mesh.two_sided)
    # Most of the hair lies behind the head: what is solid comes first.
    for drawn in (shown & ~hair, shown & hair):
        if drawn.any():
            _draw(*shape, farthest(depth), drawn, hair, STRANDS, depth, triangle, weights)
    return Buffers(depth, triangle, weights)


@exact_leaf
def strand_noise(number: int) -> float:
    """A fixed random number of a strand, float32 0..1."""
    bits = np.uint32(number) * np.uint32(0x9E3779B1)
    bits = np.uint32(bits ^ (bits >> np.uint32(15))) * np.uint32(0x85EBCA77)
    bits = np.uint32(bits ^ (bits >> np.uint32(13)))
    return np.float32(bits & np.uint32(0xFFFF)) * np.float32(1 / 65535)


@exact_leaf
def tuft_noise(u: float) -> float:
    """Lightness of the strand at u (in strands), float32 0..1: partly its own, partly its neighbours' too."""
    own = strand_noise(np.int32(np.floor(u)))
    shared = strand_noise(np.int32(np.floor(u * np.float32(0.25))) + np.int32(7919))
    return np.float32(0.45) * own + np.float32(0.55) * shared


@exact_leaf
def _beyond_strand(u, v, strands):
    """Whether a lock has no hair here: strands end unevenly and grow thin, so outlines are hairy."""
    across = u / strands.per_tuft
    number = np.int32(np.floor(across))
    if v > _ONE - strands.ragged * strand_noise(number):
        return True
    if v < strands.taper_from:
        return False
    width = _ONE - (_ONE - strands.tip_width) * (v - strands.taper_from) / (_ONE - strands.taper_from)
    return abs(across - np.float32(number) - _HALF) > _HALF * width


@exact_leaf
def _draw(screen, uv, triangles, surfaces, two_sided, tiles, shown, hair, strands, depth, triangle, weights):
    height, width = depth.shape
    for index in range(triangles.shape[0]):
        surface = surfaces[index]
        if not shown[surface]:
            continue
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        abx, aby = screen[b, 0] - ax, screen[b, 1] - ay
        acx, acy = screen[c, 0] - ax, screen[c, 1] - ay
        area = abx * acy - aby * acx
        if area == _ZERO or (area < _ZERO and not two_sided[surface]):
            continue
        left, right = cells_between(ax, abx, acx, width)
        top, bottom = cells_between(ay, aby, acy, height)
        if left > right or top > bottom:
            continue
        if is_hidden(tiles, max(az, screen[b, 2], screen[c, 2]), left, right, top, bottom):
            continue
        scale = _ONE / area
        inverse_b, inverse_c = inverse(acy * scale), inverse(-aby * scale)
        inverse_a = inverse((aby - acy) * scale)
        bz, cz = screen[b, 2] - az, screen[c, 2] - az
        ragged = hair[surface]
        for row in range(top, bottom + 1):
            dy = np.float32(row) + _HALF - ay
            wb, wc = -dy * acx * scale, abx * dy * scale
            start, end = np.float32(left) + _HALF - ax, np.float32(right) + _HALF - ax
            start, end = narrowed(start, end, wb, inverse_b)
            start, end = narrowed(start, end, wc, inverse_c)
            start, end = narrowed(start, end, _ONE - wb - wc, inverse_a)
            for column in range(*columns_between(left, right, start + ax, end + ax)):
                dx = np.float32(column) + _HALF - ax
                wb = (dx * acy - dy * acx) * scale
                wc = (abx * dy - aby * dx) * scale
                wa = _ONE - wb - wc
                near = az + wb * bz + wc * cz
                # One test instead of four: which way it goes cannot be foretold, and a wrong guess costs the most.
                if not (min(wa, min(wb, wc)) >= _SLACK) & (near > depth[row, column]):
                    continue
                if ragged and _beyond_strand(
                    wa * uv[a, 0] + wb * uv[b, 0] + wc * uv[c, 0],
                    wa * uv[a, 1] + wb * uv[b, 1] + wc * uv[c, 1],
                    strands,
                ):
                    continue
                depth[row, column] = near
                triangle[row, column] = index
                weights[row, column, 0] = wa
                weights[row, column, 1] = wb
