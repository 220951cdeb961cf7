"""Sheets of cloth, tubes and colours: what everything that is worn is made of."""

import cv2
import numpy as np

from fer_tf.synthesis.render.surface import Material, Surface, grid_triangles, to_linear

_JITTER = 0.12  # standard deviation of the lightness of one piece of cloth against its palette
_PATTERNS = ("plain", "stripes", "checks", "dots", "blotches")


def sheet(
    points: np.ndarray,
    name: str,
    colour: np.ndarray,
    material: Material = Material.CLOTH,
    opacity: float = 1.0,
    on_head: bool = True,
    two_sided: bool = True,
) -> Surface:
    """A grid of points as a surface, its uv measured along the cloth in E.

    Args:
        points: float (rows, columns, 3) in E; columns to the right and rows down face the viewer.
        name: of the surface.
        colour: linear RGB, (3,) or (rows, columns, 3).
        material: of the surface.
        opacity: of a LENS.
        on_head: turns with the head.
        two_sided: also seen from behind.

    Returns:
        The surface, of 2 (rows - 1)(columns - 1) triangles.
    """
    points = np.asarray(points, np.float32)
    rows, columns = points.shape[:2]
    colours = np.broadcast_to(np.asarray(colour, np.float32), points.shape)
    return Surface(
        vertices=points.reshape(-1, 3),
        triangles=grid_triangles(rows, columns),
        material=material,
        colour=np.clip(colours.reshape(-1, 3), 0.0, 1.0),
        name=name,
        uv=cloth_uv(points).reshape(-1, 2),
        opacity=opacity,
        two_sided=two_sided,
        on_head=on_head,
    )


def cloth_uv(points: np.ndarray) -> np.ndarray:
    """Distances along a sheet, from the middle column and the first row.

    Args:
        points: float (rows, columns, 3) in E.

    Returns:
        float32 (rows, columns, 2): u along the row, v down the column, in E.
    """
    across = np.linalg.norm(np.diff(points, axis=1), axis=-1)
    down = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    u = np.pad(np.cumsum(across, axis=1), ((0, 0), (1, 0)))
    v = np.pad(np.cumsum(down, axis=0), ((1, 0), (0, 0)))
    u = u - u[:, u.shape[1] // 2, None]
    return np.stack([u, v], axis=-1).astype(np.float32)


def tube(
    path: np.ndarray,
    name: str,
    colour: np.ndarray,
    material: Material,
    half_width: float,
    half_height: float,
    up: tuple[float, float, float],
    closed: bool = False,
    sides: int = 8,
) -> Surface:
    """A bar along a path: a strap, a wire, the rim of glasses.

    Args:
        path: float (N, 3) in E.
        name: of the surface.
        colour: linear RGB, (3,).
        material: of the surface.
        half_width: E, square to ``up``.
        half_height: E, along ``up``.
        up: a direction that the path never takes.
        closed: the path's end is joined to its beginning; else both ends are shut.
        sides: corners of the cross section.

    Returns:
        The surface.
    """
    path = np.asarray(path, np.float32)
    if closed:
        along = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
        size = np.ones(len(path), np.float32)
    else:
        along = np.gradient(path, axis=0)
        path = np.concatenate([path[:1], path, path[-1:]])
        along = np.concatenate([along[:1], along, along[-1:]])
        size = np.ones(len(path), np.float32)
        size[[0, -1]] = 1e-3
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    above = np.float32(up) - along * (along @ np.float32(up))[:, None]
    above /= np.linalg.norm(above, axis=1, keepdims=True)
    aside = np.cross(along, above)
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False, dtype=np.float32) + np.pi / sides
    around = np.cos(turn)[:, None] * half_height * above[:, None] + np.sin(turn)[:, None] * half_width * aside[:, None]
    points = path[:, None] + around * size[:, None, None]
    points = np.concatenate([points, points[:1]]) if closed else points
    rows = len(points)
    return Surface(
        vertices=points.reshape(-1, 3).astype(np.float32),
        triangles=grid_triangles(rows, sides, closed=True),
        material=material,
        colour=np.broadcast_to(np.float32(colour), (rows * sides, 3)).copy(),
        name=name,
        uv=np.zeros((rows * sides, 2), np.float32),
    )


def lathed(middle: np.ndarray, axis: np.ndarray, radius: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Points of a round part: a profile turned about an axis.

    Args:
        middle: float (3,), E.
        axis: float (3,), unit, outwards; not straight up.
        radius: float (rows,), E, of the profile from the outer end's middle to the inner end.
        height: float (rows,), E along the axis from ``middle``.

    Returns:
        float (rows, columns, 3) for ``sheet``.
    """
    right = np.cross(np.float32([0, 1, 0]), axis)
    right /= np.linalg.norm(right)
    down = np.cross(axis, right)
    turn = np.radians(np.linspace(-180, 180, 33))[None, :, None]
    round_about = np.sin(turn) * right + np.cos(turn) * down
    return middle + radius[:, None, None] * round_about + height[:, None, None] * axis


def soft_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Smooth random hills.

    Args:
        rng: source of the hills.
        shape: rows and columns wanted.
        cells: hills down and across; fewer are broader.

    Returns:
        float32 (rows, columns), standard deviation about 0.6.
    """
    coarse = rng.standard_normal((cells[0] + 2, cells[1] + 2)).astype(np.float32)
    return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def curve(points: np.ndarray, count: int) -> np.ndarray:
    """Points along a smooth curve (Catmull-Rom) through given ones.

    Args:
        points: float (N, D), N at least 2.
        count: points wanted, the ends included; evenly spread over the pieces.

    Returns:
        float32 (count, D).
    """
    points = np.asarray(points, np.float32)
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    place = np.linspace(0, len(points) - 1, count, dtype=np.float32)
    piece = np.minimum(place.astype(int), len(points) - 2)
    t = (place - piece)[:, None]
    a, b, c, d = (padded[piece + shift] for shift in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3)


def dye(rng: np.random.Generator, palette: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    """A colour near one of the palette's.

    Args:
        rng: source of the choice.
        palette: sRGB 0..255.

    Returns:
        float32 (3,) linear RGB 0..1.
    """
    chosen = to_linear(palette[rng.integers(len(palette))])
    return np.clip(chosen * np.float32(np.exp(rng.normal(0, _JITTER))), 0.004, 0.9)


def printed(
    rng: np.random.Generator, points: np.ndarray, palette: tuple[tuple[int, int, int], ...], plain: float
) -> np.ndarray:
    """Colours of a piece of cloth, dyed plain or with a pattern in two or three colours.

    Args:
        rng: source of pattern and colours.
        points: float (rows, columns, 3) of the cloth in E.
        palette: sRGB 0..255.
        plain: chance 0..1 of a plain cloth.

    Returns:
        float32 (rows, columns, 3) linear RGB 0..1.
    """
    ground, ink = dye(rng, palette), dye(rng, palette)
    kind = "plain" if rng.random() < plain else _PATTERNS[rng.integers(1, len(_PATTERNS))]
    share = _pattern(rng, kind, cloth_uv(points))
    return (ground + (ink - ground) * share[..., None]).astype(np.float32)


def _pattern(rng: np.random.Generator, kind: str, uv: np.ndarray) -> np.ndarray:
    """Share 0..1 of the second colour, float32 (rows, columns)."""
    period = rng.uniform(0.16, 0.3)
    u, v = (np.cos(2 * np.pi * uv[..., axis] / period) for axis in (0, 1))
    if kind == "stripes":
        wave = u if rng.random() < 0.5 else v
    elif kind == "checks":
        return 0.25 * (np.sign(u) + np.sign(v)) + 0.5
    elif kind == "dots":
        wave = u + v - 1.1
    elif kind == "blotches":
        wave = soft_noise(rng, uv.shape[:2], (9, 12)) - 0.25
    else:
        return np.zeros(uv.shape[:2], np.float32)
    return np.clip(0.5 + 2.5 * wave, 0.0, 1.0)
