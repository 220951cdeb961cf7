"""Regions of action units in a picture, drawn from the face mesh."""

from collections.abc import Sequence

import numpy as np
from numba import njit

from fer_tf.errors import InputError
from fer_tf.faces.au_polygons import AU_POLYGONS
from fer_tf.faces.indices import AU_CENTRES, EYE_DISTANCE, FACE_OVAL, POINTS
from fer_tf.labels import ACTION_UNITS

# How far the regions reach beyond their polygons, as part of the outer eye corners' distance.
DILATION = 0.07
# Pixels: what lies exactly on the edge belongs to the region on all sides alike.
_ROUNDING = 1e-6

Polygon = tuple[int, ...]


def region_masks(
    points: np.ndarray,
    size: tuple[int, int],
    units: Sequence[int] = ACTION_UNITS,
    *,
    softness: float = 0.0,
    dilation: float = DILATION,
) -> np.ndarray:
    """Masks of the regions of action units; right and left side in one mask.

    A pixel belongs to a region when its centre lies in the polygon of ``AU_POLYGONS`` or within
    ``dilation`` of it. Of a polygon that crosses itself, as on the far side of a turned head, all parts count;
    what nose or hair hide counts too. What lies outside the picture is cut.

    Args:
        points: float (..., 468 or more, 2 or 3), meshes in pixels of the masks; see ``scale_points``.
        size: height and width of the masks.
        units: FACS numbers.
        softness: 0 for hard edges. Otherwise the mask falls from 1 to 0 in a straight line over
            this part of the eye distance outside the region, at least over one pixel.
        dilation: see above, as part of the eye distance (33 to 263, in the picture).

    Returns:
        float32 (..., units, height, width), 0..1. A mask is NaN when a point that it needs is.

    Raises:
        InputError: an unknown unit, no mesh, an empty picture, a negative width.
    """
    unknown = [unit for unit in units if unit not in AU_POLYGONS]
    if unknown:
        raise InputError(f"action unit {unknown[0]}: no region is known; known are {', '.join(map(str, AU_POLYGONS))}")
    return _masks(points, size, [AU_POLYGONS[unit] for unit in units], softness, dilation)


def face_oval_mask(
    points: np.ndarray, size: tuple[int, int], *, softness: float = 0.0, dilation: float = 0.0
) -> np.ndarray:
    """Mask of the face, from the forehead's upper edge to the chin.

    Args:
        points: as for ``region_masks``, like the rest.
        size: see there.
        softness: see there.
        dilation: see there.

    Returns:
        float32 (..., height, width), 0..1.

    Raises:
        InputError: see there.
    """
    return _masks(points, size, [(FACE_OVAL,)], softness, dilation)[..., 0, :, :]


def scale_points(points: np.ndarray, size: tuple[int, int], new_size: tuple[int, int]) -> np.ndarray:
    """Points of a picture in the same picture at another resolution.

    Args:
        points: float (..., 2 or 3), pixels; z in the unit of x.
        size: height and width of the picture.
        new_size: those that it is resized to.

    Returns:
        float, like the points.
    """
    factors = np.array([new_size[1] / size[1], new_size[0] / size[0], new_size[1] / size[1]])
    points = np.asarray(points)
    return (points * factors[: points.shape[-1]]).astype(np.result_type(points, np.float32))


def centres_inside(points: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Whether each centre of an action unit (paper C, Table 3) lies in the region of that unit.

    Args:
        points: float (468 or more, 2 or 3), one mesh in pixels of the masks.
        masks: (12, height, width), bool or 0..1, one for each unit of ``indices.AU_CENTRES`` in its
            order: from ``region_masks`` or from any truth.

    Returns:
        float64 (20,), as ``geometry.au_centre_names(both_sides=True)``: the mask at the pixel of the centre, NaN
        where that is outside the picture.
    """
    values = [
        _value_at(mask, points[at, :2]) for mask, pair in zip(masks, AU_CENTRES.values(), strict=True) for at in pair
    ]
    return np.array(values)


def _value_at(mask: np.ndarray, point: np.ndarray) -> float:
    height, width = mask.shape
    if not (0 <= point[0] < width and 0 <= point[1] < height):  # nor if NaN
        return np.nan
    return float(mask[int(point[1]), int(point[0])])


def _masks(
    points: np.ndarray, size: tuple[int, int], regions: Sequence[Sequence[Polygon]], softness: float, dilation: float
) -> np.ndarray:
    """float32 (..., regions, height, width)."""
    points, (height, width) = np.asarray(points), size
    if points.ndim < 2 or points.shape[-2] < POINTS or points.shape[-1] not in (2, 3):
        raise InputError(f"points: expected meshes of shape (..., {POINTS} or more, 2 or 3), came {points.shape}")
    if height < 1 or width < 1:
        raise InputError(f"size {tuple(size)}: expected height and width of at least one pixel")
    if not (softness >= 0 and dilation >= 0):
        raise InputError(f"softness {softness}, dilation {dilation}: expected parts of the eye distance from 0 up")
    meshes = points[..., :2].reshape(-1, points.shape[-2], 2).astype(np.float64)
    masks = np.zeros((len(meshes), len(regions), height, width), np.float32)
    for mesh, mask in zip(meshes, masks, strict=True):
        unit = np.linalg.norm(mesh[EYE_DISTANCE[0]] - mesh[EYE_DISTANCE[1]])
        ramp = max(softness * unit, 1.0) if softness else 0.0
        for polygons, region in zip(regions, mask, strict=True):
            needed = [point for polygon in polygons for point in polygon]
            if not (np.isfinite(mesh[needed]).all() and np.isfinite(unit)):
                region[:] = np.nan
                continue
            for polygon in polygons:
                _add_polygon(region, mesh[list(polygon)], dilation * unit, ramp)
    return masks.reshape(*points.shape[:-2], len(regions), height, width)


def _add_polygon(mask: np.ndarray, corners: np.ndarray, reach: float, ramp: float) -> None:
    """Unites a mask (H, W) with a polygon, float64 (n, 2) in pixels."""
    _fill_inside(mask, corners)
    _fill_border(mask, corners, reach, ramp)


@njit(cache=True)
def _fill_inside(mask, corners):
    """Pixels whose centres the polygon goes around, however often: 1."""
    height, width = mask.shape
    steps = np.zeros((height, width + 1), np.int8)
    for end in range(len(corners)):
        (ax, ay), (bx, by) = corners[end - 1], corners[end]
        if ay == by:
            continue
        # On each row of centres that the edge crosses, all to its right are once more inside or out.
        turn = 1 if by > ay else -1
        first, last = _between(min(ay, by), max(ay, by), height)
        for row in range(first, last):
            x = ax + (row + 0.5 - ay) / (by - ay) * (bx - ax)
            steps[row, int(min(max(np.ceil(x - 0.5), 0), width))] += turn
    first, last = _between(corners[:, 1].min(), corners[:, 1].max(), height)
    for row in range(first, last):
        winding = 0
        for column in range(width):
            winding += steps[row, column]
            if winding != 0:
                mask[row, column] = 1


@njit(cache=True)
def _fill_border(mask, corners, reach, ramp):
    """Pixels whose centres are within ``reach`` of an edge: 1; from there down to 0 over ``ramp``."""
    far = reach + ramp + _ROUNDING
    for end in range(len(corners)):
        (ax, ay), (bx, by) = corners[end - 1], corners[end]
        ex, ey = bx - ax, by - ay
        inverse = 1 / max(ex * ex + ey * ey, 1e-12)
        left, right = _between(min(ax, bx) - far, max(ax, bx) + far, mask.shape[1])
        top, bottom = _between(min(ay, by) - far, max(ay, by) + far, mask.shape[0])
        for row in range(top, bottom):
            for column in range(left, right):
                if mask[row, column] == 1:
                    continue
                x, y = column + 0.5 - ax, row + 0.5 - ay
                share = min(max((x * ex + y * ey) * inverse, 0.0), 1.0)
                square = (x - share * ex) ** 2 + (y - share * ey) ** 2
                if square <= (reach + _ROUNDING) ** 2:
                    mask[row, column] = 1
                elif square < (reach + ramp) ** 2:
                    mask[row, column] = max(mask[row, column], 1 - (np.sqrt(square) - reach) / ramp)


@njit(cache=True)
def _between(low, high, count):
    """First pixel whose centre is at ``low`` or beyond, and the one after the last before ``high``."""
    first = min(max(np.ceil(low - 0.5), 0), count)
    return int(first), int(min(max(np.ceil(high - 0.5), first), count))
