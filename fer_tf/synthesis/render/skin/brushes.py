"""Brushes: maps of the texture's size, drawn from curves given in E.

Everything is drawn for the image's left half where a face is symmetric, and mirrored.
"""

import dataclasses
import functools

import cv2
import numba
import numpy as np

from fer_tf.synthesis.render.skin import texture_space as space

_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws at
_CURVE_STEP = 0.005  # E between the points of a smooth curve: one texture pixel
_GRAIN_SEED, _GRAIN_ROOM = 17, 256  # sheets of grain are so many pixels larger than the texture
_REACH = 3.2  # standard deviations at which a soft edge is cut


def mirrored(texture: np.ndarray) -> np.ndarray:
    """The texture seen in a mirror: what lies at x goes to -x. Any (HEIGHT, WIDTH, ...)."""
    flipped = np.empty_like(texture)
    flipped[:, 1:] = texture[:, :0:-1]
    flipped[:, 0] = texture[:, -1]
    return flipped


def both_sides(texture: np.ndarray) -> np.ndarray:
    """A map of the image's left half, repeated on the right: the larger of it and its mirror image."""
    return np.maximum(texture, mirrored(texture))


def smooth_curve(points: np.ndarray | list, closed: bool = False) -> np.ndarray:
    """A Catmull-Rom curve through points, sampled about every texture pixel.

    Args:
        points: float (P, 2) in E, at least two.
        closed: the last point is joined to the first.

    Returns:
        float32 (N, 2) in E.
    """
    points = np.asarray(points, np.float32)
    if closed:
        knots = np.concatenate([points[-1:], points, points[:2]])
    else:
        knots = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    pieces = []
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        count = max(2, int(np.hypot(*(c - b)) / _CURVE_STEP))
        t = np.linspace(0.0, 1.0, count, endpoint=False, dtype=np.float32)[:, None]
        pieces.append(b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))
    if not closed:
        pieces.append(points[-1:])
    return np.concatenate(pieces).astype(np.float32)


def box(low: np.ndarray, high: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the texture between two corners (x, y) in E; at least one pixel."""
    first = np.floor(space.to_texture(np.asarray(low))).astype(int)
    last = np.ceil(space.to_texture(np.asarray(high))).astype(int)
    return slice(first[1], last[1] + 1), slice(first[0], last[0] + 1)


def ridge(points: np.ndarray | list, width: float, ends: float = 0.3) -> np.ndarray:
    """A soft line along a curve, strongest in its middle.

    Args:
        points: float (P, 2) in E, see ``smooth_curve``.
        width: standard deviation across the line, E.
        ends: share of the length over which each end fades, 0..0.5; 0 ends it bluntly.

    Returns:
        float32 (HEIGHT, WIDTH), 0..1.
    """
    curve = smooth_curve(points)
    place = box(curve.min(0) - _REACH * width, curve.max(0) + _REACH * width)
    x, y = (grid[place] for grid in space.grids())
    square, nearest = _nearest(x, y, curve)
    along = nearest.astype(np.float32) / max(1, len(curve) - 1)
    fade = np.clip(np.minimum(along, 1 - along) / ends, 0, 1) if ends else np.float32(1)
    texture = np.zeros(space.SHAPE, np.float32)
    texture[place] = np.exp(-square / (2 * width**2)) * np.sin(fade * (np.pi / 2))
    return texture


@numba.njit(cache=True)
def _nearest(x, y, curve):
    """Square of each pixel's distance to the nearest point of a curve (N, 2), and that point's number."""
    square, nearest = np.empty(x.shape, np.float32), np.zeros(x.shape, np.int32)
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            least = np.float32(np.inf)
            for number in range(len(curve)):
                across, down = x[row, column] - curve[number, 0], y[row, column] - curve[number, 1]
                distance = across * across + down * down
                if distance < least:
                    least, nearest[row, column] = distance, number
            square[row, column] = least
    return square, nearest


def blob(centre: tuple[float, float], sigma: tuple[float, float], angle: float = 0.0) -> np.ndarray:
    """A Gaussian spot.

    Args:
        centre: (x, y) in E.
        sigma: standard deviations along the spot's own axes, E.
        angle: degrees by which its first axis is turned clockwise in the image.

    Returns:
        float32 (HEIGHT, WIDTH), 0..1.
    """
    x, y = space.grids()
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    across, down = x - np.float32(centre[0]), y - np.float32(centre[1])
    first, second = (cosine * across + sine * down) / sigma[0], (cosine * down - sine * across) / sigma[1]
    return np.exp(-0.5 * (first**2 + second**2)).astype(np.float32)


def area(points: np.ndarray | list, softness: float) -> np.ndarray:
    """The inside of a smooth closed curve.

    Args:
        points: float (P, 2) in E, in order round the area.
        softness: standard deviation of its edge, E; 0 leaves the edge anti-aliased.

    Returns:
        float32 (HEIGHT, WIDTH), 0..1.
    """
    canvas = np.zeros(space.SHAPE, np.uint8)
    pixels = np.rint(space.to_texture(smooth_curve(points, closed=True)) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [pixels], 255, cv2.LINE_AA, _SHIFT)
    texture = canvas.astype(np.float32) / 255
    return cv2.GaussianBlur(texture, (0, 0), softness * space.SCALE) if softness else texture


def hairs(roots: np.ndarray, tips: np.ndarray, bends: np.ndarray, widths: np.ndarray, shades: np.ndarray) -> np.ndarray:
    """Tapered, bent hairs.

    Args:
        roots, tips: float (N, 2) in E.
        bends: float (N,) sideways bow of the middle, as a share of the hair's length.
        widths: float (N,) at the root, E.
        shades: (N,) coverage 0..1 of each hair.

    Returns:
        float32 (HEIGHT, WIDTH) 0..1, how far the hairs cover the skin.
    """
    way = tips - roots
    normal = np.stack([-way[:, 1], way[:, 0]], 1)
    middle = roots + 0.5 * way + bends[:, None] * normal
    across = normal / np.maximum(np.hypot(*normal.T), 1e-6)[:, None] * (widths / 2)[:, None]
    outline = np.stack([roots + across, middle + 0.75 * across, tips, middle - 0.75 * across, roots - across], 1)
    pixels = np.rint(space.to_texture(outline) * (1 << _SHIFT)).astype(np.int32)
    canvas = np.zeros(space.SHAPE, np.uint8)
    for hair, shade in zip(pixels, np.rint(255 * shades).astype(int).tolist(), strict=True):
        cv2.fillPoly(canvas, [hair], shade, cv2.LINE_AA, _SHIFT)
    return canvas * np.float32(1 / 255)


def discs(centres: np.ndarray, radii: np.ndarray, shades: np.ndarray) -> np.ndarray:
    """Small round spots.

    Args:
        centres: float (N, 2) in E.
        radii: float (N,) E.
        shades: (N,) strength 0..1 of each.

    Returns:
        float32 (HEIGHT, WIDTH), 0..1.
    """
    canvas = np.zeros(space.SHAPE, np.uint8)
    pixels = np.rint(space.to_texture(centres) * (1 << _SHIFT)).astype(int).tolist()
    sizes = np.maximum(1, np.rint(radii * space.SCALE * (1 << _SHIFT))).astype(int).tolist()
    for centre, size, shade in zip(pixels, sizes, np.rint(255 * shades).astype(int).tolist(), strict=True):
        cv2.circle(canvas, centre, size, shade, -1, cv2.LINE_AA, _SHIFT)
    return canvas.astype(np.float32) / 255


def clouds(rng: np.random.Generator, cell: float) -> np.ndarray:
    """Smooth random variation of about unit standard deviation.

    Args:
        rng: the only source of chance.
        cell: E between its independent values.

    Returns:
        float32 (HEIGHT, WIDTH).
    """
    rows, columns = (int(np.ceil(side / (cell * space.SCALE))) + 3 for side in space.SHAPE)
    values = rng.standard_normal((rows, columns), dtype=np.float32)
    # Resizing keeps about 0.75 of the deviation of the values.
    return cv2.resize(values, (space.WIDTH, space.HEIGHT), interpolation=cv2.INTER_CUBIC) / 0.75


@dataclasses.dataclass(frozen=True)
class Grain:
    """Fine random grain: pieces of one sheet, since no two faces need a grain of their own.

    Attributes:
        blur: across and down, standard deviations in pixels.
        gain: factor on white noise of unit deviation, blurred.
    """

    blur: tuple[float, float]
    gain: float

    def piece(self, rng: np.random.Generator) -> np.ndarray:
        """A random piece, float32 (HEIGHT, WIDTH), read-only."""
        top, left = rng.integers(_GRAIN_ROOM, size=2).tolist()
        piece = _grain_sheet(self)[top : top + space.HEIGHT, left : left + space.WIDTH]
        return piece[:, ::-1] if rng.random() < 0.5 else piece


@functools.cache
def _grain_sheet(grain: Grain) -> np.ndarray:
    """The whole sheet of a grain, read-only; the same in every process."""
    shape = (space.HEIGHT + _GRAIN_ROOM, space.WIDTH + _GRAIN_ROOM)
    noise = np.random.default_rng(_GRAIN_SEED).standard_normal(shape, dtype=np.float32)
    across, down = grain.blur
    sheet = cv2.GaussianBlur(noise, (0, 0), across, sigmaY=down) * np.float32(grain.gain)
    sheet.flags.writeable = False
    return sheet
