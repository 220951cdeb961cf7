"""Geometric features of face meshes (paper C, SAFER, Tables 3 and 4)."""

import itertools
from collections.abc import Collection

import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.indices import (
    AU_CENTRE_ALTERNATIVES,
    AU_CENTRES,
    EYE_DISTANCE,
    POINTS,
    VISIBLE_ANGLES,
    VISIBLE_FEATURES,
    VISIBLE_FEATURES_AS_LISTED,
    VISIBLE_LENGTHS,
)


def au_centre_names(both_sides: bool = False) -> tuple[str, ...]:
    """Names of the centres: ``"1"`` .. ``"24"`` (12), or ``"1R"``, ``"1L"`` .. ``"10"`` .. (20)."""
    if not both_sides:
        return tuple(str(unit) for unit in AU_CENTRES)
    return tuple(f"{unit}{side}" for unit, at in AU_CENTRES.items() for side in ("RL" if len(at) == 2 else ("",)))


def au_distance_names(both_sides: bool = False) -> tuple[str, ...]:
    """Names of the columns of ``au_distances``: ``"1-2"`` .. (66), or ``"1R-1L"`` .. (190)."""
    return tuple(f"{a}-{b}" for a, b in itertools.combinations(au_centre_names(both_sides), 2))


def visible_feature_names(as_listed: bool = False) -> tuple[str, ...]:
    """Names of the columns of ``visible_features``: 14, or the 16 rows of the table, two of them twice."""
    return VISIBLE_FEATURES_AS_LISTED if as_listed else VISIBLE_FEATURES


def au_centres(
    points: np.ndarray, *, both_sides: bool = False, dimensions: int = 2, alternatives: Collection[int] = ()
) -> np.ndarray:
    """Where the action units of paper C's Table 3 have their centres.

    Args:
        points: float (..., 468 or more, 2 or 3), meshes.
        both_sides: right and left point of each unit that has two; else the subject's right.
        dimensions: 2 for x and y, as in the paper, or 3.
        alternatives: units for which ``indices.AU_CENTRE_ALTERNATIVES`` holds instead.

    Returns:
        float64 (..., 12, dimensions), or (..., 20, dimensions), in the unit of the points.

    Raises:
        InputError: no such mesh, or a unit without an alternative.
    """
    unknown = sorted(set(alternatives) - AU_CENTRE_ALTERNATIVES.keys())
    if unknown:
        known = ", ".join(map(str, AU_CENTRE_ALTERNATIVES))
        raise InputError(f"alternatives: action unit {unknown[0]} has no second centre; those that have: {known}")
    at = AU_CENTRES | {unit: AU_CENTRE_ALTERNATIVES[unit] for unit in alternatives}
    chosen = [point for pair in at.values() for point in (pair if both_sides else pair[:1])]
    return _coordinates(points, dimensions)[..., chosen, :]


def au_distances(
    points: np.ndarray, *, both_sides: bool = False, dimensions: int = 2, alternatives: Collection[int] = ()
) -> np.ndarray:
    """Distances between all pairs of action-unit centres, as parts of the eye distance.

    Paper C names the distances, not their unit; we divide by the distance of the outer eye corners.
    Two of the 66 are always zero (12-15 and 23-24 share a point).

    Args:
        points: as for ``au_centres``, like the rest.
        both_sides: see there.
        dimensions: see there.
        alternatives: see there.

    Returns:
        float32 (..., 66), or (..., 190), in the order of ``au_distance_names``. NaN where a point is
        NaN or the eye distance is zero: undefined, not zero.

    Raises:
        InputError: see there.
    """
    centres = au_centres(points, both_sides=both_sides, dimensions=dimensions, alternatives=alternatives)
    first, second = np.triu_indices(centres.shape[-2], 1)
    lengths = np.linalg.norm(centres[..., first, :] - centres[..., second, :], axis=-1)
    return (lengths / _eye_distance(points, dimensions)).astype(np.float32)


def visible_features(points: np.ndarray, *, as_listed: bool = False, dimensions: int = 2) -> np.ndarray:
    """Widths, heights, distances and angles of paper C's Table 4.

    Args:
        points: float (..., 468 or more, 2 or 3), meshes.
        as_listed: the table's 16 rows, of which two are repeated, instead of the 14 that differ.
        dimensions: 2 for x and y, as in the paper, or 3.

    Returns:
        float32 (..., 14) or (..., 16), in the order of ``visible_feature_names``: 11 lengths as parts
        of the outer eye corners' distance, then 3 angles in radians, 0..pi. NaN where a point is NaN,
        the eye distance is zero or an angle has a side of length zero.

    Raises:
        InputError: the points are no mesh.
    """
    position = _coordinates(points, dimensions)

    def middle(group: tuple[int, ...]) -> np.ndarray:
        return position[..., list(group), :].mean(-2)

    def length(a: tuple[int, ...], b: tuple[int, ...]) -> np.ndarray:
        return np.linalg.norm(middle(a) - middle(b), axis=-1)

    unit = _eye_distance(points, dimensions)[..., 0]
    columns = {
        name: np.mean([length(*pair) for pair in pairs], axis=0) / unit for name, pairs in VISIBLE_LENGTHS.items()
    }
    columns |= {name: _angle(*map(middle, corners)) for name, corners in VISIBLE_ANGLES.items()}
    return np.stack([columns[name] for name in visible_feature_names(as_listed)], axis=-1).astype(np.float32)


def measurements(meshes: np.ndarray) -> np.ndarray:
    """Distances of action-unit centres and visible features side by side: what SAFER measures of a face.

    Args:
        meshes: float (..., 468, 3) in pixels, NaN where there is none.

    Returns:
        float32 (..., 80), NaN where there is no mesh.
    """
    return np.concatenate([au_distances(meshes), visible_features(meshes)], axis=-1)


def _angle(corner: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Angle between two sides, radians (...,); NaN where a side has no length."""
    a, b = one - corner, other - corner
    product = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.arccos(np.clip((a * b).sum(-1) / _or_nan(product), -1.0, 1.0))


def _eye_distance(points: np.ndarray, dimensions: int) -> np.ndarray:
    """Distance of the outer eye corners (..., 1), NaN where it is zero."""
    corners = _coordinates(points, dimensions)[..., list(EYE_DISTANCE), :]
    return _or_nan(np.linalg.norm(corners[..., 0, :] - corners[..., 1, :], axis=-1))[..., None]


def _or_nan(length: np.ndarray) -> np.ndarray:
    return np.where(length > 0, length, np.nan)


def _coordinates(points: np.ndarray, dimensions: int) -> np.ndarray:
    """The wanted coordinates of meshes, float64 (..., N, dimensions)."""
    points = np.asarray(points)
    if dimensions not in (2, 3):
        raise InputError(f"dimensions {dimensions}: expected 2 (x and y) or 3")
    if points.ndim < 2 or points.shape[-2] < POINTS or points.shape[-1] not in (2, 3) or points.shape[-1] < dimensions:
        raise InputError(
            f"points: expected meshes of shape (..., {POINTS} or more, {dimensions}{' or 3' * (dimensions == 2)}), "
            f"came {points.shape}: find them with fer_tf.faces.mesh"
        )
    return points[..., :dimensions].astype(np.float64)
