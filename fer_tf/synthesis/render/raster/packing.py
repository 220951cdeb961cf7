"""All surfaces of a picture in one set of arrays, as the compiled loops want them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.compiled import exact_leaf
from fer_tf.synthesis.render.raster.projection import View, place, to_pixels, turned
from fer_tf.synthesis.render.spec import Pose
from fer_tf.synthesis.render.surface import Material, Surface

MOST_SURFACES = 127
# First columns of ``Mesh.points``; what one loop wants of a vertex lies together in memory.
WORLD, NORMAL, COLOUR, UV, TANGENT, COLUMNS = 0, 3, 6, 9, 11, 14
_NOWHERE, _ONE = np.zeros(3, np.float32), np.float32(1)


class Mesh(NamedTuple):
    """Triangles of several surfaces.

    Attributes:
        points: float32 (N, 14), columns from WORLD (E relative to the pivot, turned), NORMAL (unit),
            COLOUR (linear RGB), UV and TANGENT (turned; 0 where a surface has none).
        screen: float32 (N, 3): x, y in subpixels and 1 / distance from the camera.
        triangles: int32 (M, 3).
        surface: int32 (M,), position in the sequence of surfaces.
        material: int32 (S,) of each surface.
        two_sided: bool (S,).
        textured: bool (S,).
        opacity: float32 (S,).
        turns: float32 (S, 3, 3), rotation of each surface.
    """

    points: np.ndarray
    screen: np.ndarray
    triangles: np.ndarray
    surface: np.ndarray
    material: np.ndarray
    two_sided: np.ndarray
    textured: np.ndarray
    opacity: np.ndarray
    turns: np.ndarray


def pack(surfaces: Sequence[Surface], pose: Pose, view: View) -> Mesh:
    """Turns, projects and joins surfaces.

    Args:
        surfaces: at least one.
        pose: of the head.
        view: the camera.

    Returns:
        The mesh; ``surface`` counts in the order given.

    Raises:
        InputError: too many surfaces, or arrays of one that do not fit together.
    """
    if not 0 < len(surfaces) <= MOST_SURFACES:
        raise InputError(f"{len(surfaces)} surfaces: expected 1..{MOST_SURFACES}; join those of one material")
    for surface in surfaces:
        _check(surface)
    starts = np.cumsum([0] + [len(surface.vertices) for surface in surfaces])
    ends = np.cumsum([0] + [len(surface.triangles) for surface in surfaces])
    triangles, owner = np.empty((ends[-1], 3), np.int32), np.empty(ends[-1], np.int32)
    points = np.zeros((starts[-1], COLUMNS), np.float32)
    turns = np.empty((len(surfaces), 3, 3), np.float32)
    for index, surface in enumerate(surfaces):
        rows, corners = points[starts[index] : starts[index + 1]], slice(ends[index], ends[index + 1])
        np.add(surface.triangles, starts[index], out=triangles[corners], casting="unsafe")
        owner[corners] = index
        world, turns[index] = place(surface, pose)
        _put(rows, WORLD, world)
        _put(rows, COLOUR, surface.colour)
        if surface.uv is not None:
            _put(rows, UV, surface.uv)
        if surface.tangent is not None:
            _put(rows, TANGENT, turned(np.asarray(surface.tangent, np.float32), _NOWHERE, turns[index]))
    _add_normals(points[:, WORLD:NORMAL], triangles, points[:, NORMAL:COLOUR])
    screen = to_pixels(points[:, WORLD:NORMAL], view)
    _to_subpixels(screen, np.float32(view.supersampling))
    return Mesh(
        points=points,
        screen=screen,
        triangles=triangles,
        surface=owner,
        material=np.array([s.material for s in surfaces], np.int32),
        two_sided=np.array([s.two_sided for s in surfaces], np.bool_),
        textured=np.array([s.textured for s in surfaces], np.bool_),
        opacity=np.array([s.opacity for s in surfaces], np.float32),
        turns=turns,
    )


@exact_leaf
def _put(rows, column, values):
    """Writes columns of a wide array, which numpy does slowly."""
    for index in range(values.shape[0]):
        for number in range(values.shape[1]):
            rows[index, column + number] = values[index, number]


@exact_leaf
def _to_subpixels(screen, supersampling):
    for index in range(screen.shape[0]):
        screen[index, 0] *= supersampling
        screen[index, 1] *= supersampling
        screen[index, 2] = _ONE / screen[index, 2]


def _check(surface: Surface) -> None:
    """Refuses arrays that a compiled loop would read beyond the end of."""
    count = len(surface.vertices)
    for name, width in (("vertices", 3), ("colour", 3), ("uv", 2), ("tangent", 3)):
        values = getattr(surface, name)
        if values is not None and values.shape != (count, width):
            raise InputError(f"surface {surface.name}: {name} {values.shape}: expected ({count}, {width})")
    if not np.isfinite(surface.vertices).all():
        raise InputError(f"surface {surface.name}: vertices hold NaN or infinity: expected finite E")
    if len(surface.triangles) and not 0 <= surface.triangles.min() <= surface.triangles.max() < count:
        raise InputError(f"surface {surface.name}: triangles name vertices outside 0..{count - 1}")
    if (surface.textured or surface.material == Material.HAIR) and surface.uv is None:
        raise InputError(f"surface {surface.name}: no uv: textured surfaces and hair need it")
    if surface.material == Material.HAIR and surface.tangent is None:
        raise InputError(f"surface {surface.name}: no tangent: hair needs the direction of its strands")


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Smooth normals, weighted by the triangles' areas.

    Args:
        vertices: float32 (N, 3).
        triangles: int32 (M, 3).

    Returns:
        float32 (N, 3) unit; (0, 0, 1) where a vertex has no area round it.
    """
    normals = np.zeros_like(vertices)
    _add_normals(vertices, triangles, normals)
    return normals


@exact_leaf
def _add_normals(vertices, triangles, normals):
    """Smooth normals into an array of zeros."""
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for vertex in (a, b, c):
            normals[vertex, 0] += x
            normals[vertex, 1] += y
            normals[vertex, 2] += z
    for index in range(vertices.shape[0]):
        x, y, z = normals[index, 0], normals[index, 1], normals[index, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            share = _ONE / length
            normals[index, 0] = x * share
            normals[index, 1] = y * share
            normals[index, 2] = z * share
        else:
            normals[index, 2] = _ONE
