"""Locks grow from the scalp, fall under their weight and keep clear of the head."""

import dataclasses

import numba
import numpy as np

from fer_tf.synthesis.render.head.skull import scalp_centre, scalp_points

DOWN = np.array([0.0, 1.0, 0.0], np.float32)
# Below the hat line long hair hangs outside this much longer ellipsoid: past ears, jaw and neck.
_TUBE_LENGTH = 3.4
# The part of the frontal picture that hair other than a fringe keeps clear of: centre's y,
# half width as share of the head's, heights up and down; only what lies before _WINDOW_DEPTH counts.
_WINDOW_Y, _WINDOW_WIDTH, _WINDOW_UP, _WINDOW_DOWN, _WINDOW_DEPTH = 0.30, 0.83, 0.97, 1.6, -0.55
_TINY = 1e-6
# How strongly long hair below the hat line is drawn in to its layer.
_HANGING_SETTLE = 0.3
# Shoulders, one ellipsoid: centre and radii.
_SHOULDER_CENTRE = np.array([0.0, 2.86, -0.8], np.float32)
_SHOULDER_RADII = np.array([2.1, 1.3, 1.12], np.float32)
# The forehead's corners stand out from the ellipsoid by this many E, between depth limits of the
# direction and up to a height of it.
_SWELL, _SWELL_DEPTH, _SWELL_HEIGHT = 0.03, (0.05, 0.4), (0.68, 0.9)


@dataclasses.dataclass(frozen=True)
class HeadSpace:
    """Where hair may lie about one head.

    Attributes:
        centre: float32 (3,) middle of the skull, E.
        half_width: of the skull, E.
        above: from the centre to the crown, E.
        front: from the centre to the forehead, E.
        behind: from the centre to the back, E.
    """

    centre: np.ndarray
    half_width: float
    above: float
    front: float
    behind: float

    def radii(self, offset: np.ndarray, tube: bool) -> np.ndarray:
        """Radii of the ellipsoid that holds for points at ``offset`` (..., 3) from the centre."""
        below = _TUBE_LENGTH if tube else self.above
        return np.stack(
            [
                np.full(offset.shape[:-1], self.half_width, np.float32),
                np.where(offset[..., 1] > 0, np.float32(below), np.float32(self.above)),
                np.where(offset[..., 2] > 0, np.float32(self.front), np.float32(self.behind)),
            ],
            axis=-1,
        )

    def on_scalp(self, direction: np.ndarray, lift: np.ndarray | float = 0.0) -> np.ndarray:
        """Points on the scalp, float32 (..., 3), from unit vectors of (azimuth, elevation), lifted by E."""
        way = direction * self.radii(direction, tube=False)
        length = np.linalg.norm(way, axis=-1, keepdims=True)
        lift = np.asarray(lift, np.float32) + swell(direction)
        return (self.centre + way * (1 + lift[..., None] / length)).astype(np.float32)

    def outwards(self, points: np.ndarray, tube: bool = False) -> np.ndarray:
        """Unit normals of the ellipsoid under the points, float32 (..., 3)."""
        offset = points - self.centre
        return unit(offset / self.radii(offset, tube) ** 2)

    def height(self, points: np.ndarray, tube: bool = False) -> np.ndarray:
        """How far above the scalp points (..., 3) lie, measured from the centre, E; negative inside."""
        length, surface = self._along_rays(points - self.centre, tube)
        return length - surface

    def elevation(self, points: np.ndarray) -> np.ndarray:
        """Degrees above the hat line, as ``skull.scalp_points`` counts them."""
        offset = points - self.centre
        share = offset / self.radii(offset, tube=False)
        return np.degrees(np.arctan2(-share[..., 1], np.hypot(share[..., 0], share[..., 2])))

    def raise_to(self, points: np.ndarray, height: np.ndarray, tube: bool = False) -> np.ndarray:
        """The points moved along the ray from the centre to a height above the scalp."""
        offset = points - self.centre
        length, surface = self._along_rays(offset, tube)
        return self.centre + offset * ((surface + height) / np.maximum(length, _TINY))[..., None]

    def _along_rays(self, offset: np.ndarray, tube: bool) -> tuple[np.ndarray, np.ndarray]:
        """How far from the centre points at ``offset`` (..., 3) and the scalp under them lie, (...) each."""
        below = _TUBE_LENGTH if tube else self.above
        radii = (self.half_width, self.above, below, self.front, self.behind)
        flat = np.ascontiguousarray(offset).reshape(-1, 3)
        length, surface = _along_rays(flat, np.array(radii, flat.dtype))
        return length.reshape(offset.shape[:-1]), surface.reshape(offset.shape[:-1])

    def clear_face(self, points: np.ndarray, share: np.ndarray | float = 1.0) -> np.ndarray:
        """Points before the face, seen from the front, moved out to the edge of the face's window.

        Args:
            points: float (..., 3).
            share: how far they are moved, 0..1.

        Returns:
            float (..., 3).
        """
        x, y = points[..., 0], points[..., 1] - _WINDOW_Y
        wide, high = self.half_width * _WINDOW_WIDTH, np.where(y < 0, _WINDOW_UP, _WINDOW_DOWN)
        inside = np.hypot(x / wide, y / high)
        before = np.clip((points[..., 2] - _WINDOW_DEPTH) / 0.15, 0, 1) * (inside < 1)
        edge = wide * np.sqrt(np.maximum(1 - (y / high) ** 2, 0)) * np.where(x < 0, -1, 1)
        moved = points.copy()
        moved[..., 0] += (edge - x) * before * share
        return moved

    def clear_shoulders(self, points: np.ndarray) -> np.ndarray:
        """Points inside the shoulders moved out of them."""
        offset = (points - _SHOULDER_CENTRE) / _SHOULDER_RADII
        share = np.linalg.norm(offset, axis=-1, keepdims=True)
        return np.where(share < 1, _SHOULDER_CENTRE + offset / np.maximum(share, 1e-6) * _SHOULDER_RADII, points)


def head_space(landmarks: np.ndarray) -> HeadSpace:
    """The space about the head with these landmarks, float (468, 3), E."""
    centre = scalp_centre(landmarks).astype(np.float32)
    sides = np.array([[0, 0], [90, 0], [180, 0], [0, 90]], float)
    reach = np.abs(scalp_points(landmarks, sides[:, 0], sides[:, 1]) - centre)
    return HeadSpace(centre, half_width=reach[1, 0], front=reach[0, 2], behind=reach[2, 2], above=reach[3, 1])


def swell(direction: np.ndarray) -> np.ndarray:
    """How far the forehead stands out from the ellipsoid at unit vectors (..., 3), E."""
    near, far = _SWELL_DEPTH
    low, high = _SWELL_HEIGHT
    front = np.clip((direction[..., 2] - near) / (far - near), 0, 1)
    return _SWELL * front * np.clip((high + direction[..., 1]) / (high - low), 0, 1)


@numba.njit(cache=True)
def _along_rays(offset, radii):
    """Distances from the centre of points (N, 3) and of the scalp under them, (N,) each; see ``HeadSpace``.

    ``radii`` are half width, above, below, front and behind; the swelling is that of ``swell``.
    """
    half_width, above, below, front, behind = radii
    length, surface = np.empty(len(offset), offset.dtype), np.empty(len(offset), offset.dtype)
    near, far = _SWELL_DEPTH
    low, high = _SWELL_HEIGHT
    for number in range(len(offset)):
        x, y, z = offset[number]
        across, down = x / half_width, y / (below if y > 0 else above)
        ahead = z / (front if z > 0 else behind)
        share = max(np.sqrt(across * across + down * down + ahead * ahead), _TINY)
        length[number] = np.sqrt(x * x + y * y + z * z)
        forehead = min(max((ahead / share - near) / (far - near), 0.0), 1.0)
        forehead *= min(max((high + down / share) / (high - low), 0.0), 1.0)
        surface[number] = length[number] / share + _SWELL * forehead
    return length, surface


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) at length 1; a zero vector stays zero."""
    return _unit(np.ascontiguousarray(vectors).reshape(-1, 3)).reshape(vectors.shape)


@numba.njit(cache=True)
def _unit(vectors):
    result = np.empty_like(vectors)
    for number in range(len(vectors)):
        x, y, z = vectors[number]
        length = max(np.sqrt(x * x + y * y + z * z), 1e-9)
        result[number, 0], result[number, 1], result[number, 2] = x / length, y / length, z / length
    return result


@dataclasses.dataclass(frozen=True)
class Habit:
    """How locks grow.

    Attributes:
        segments: pieces per lock.
        gravity: 0 keeps the combed direction, 1 falls straight at the tip.
        settle: 0..1, how strongly a lock lies down to its own layer.
        tube: long hair, which hangs outside ears, jaw and neck.
        fringe: may cover the forehead.
    """

    segments: int = 6
    gravity: float = 0.5
    settle: float = 0.6
    tube: bool = False
    fringe: bool = False


def grow(
    space: HeadSpace, roots: np.ndarray, comb: np.ndarray, length: np.ndarray, layer: np.ndarray, habit: Habit
) -> np.ndarray:
    """Centre lines of locks.

    Args:
        space: the head.
        roots: float32 (N, 3) on the scalp, E.
        comb: float32 (N, 3) unit directions at the root.
        length: float (N,) E.
        layer: float (N,) E above the scalp where each lock comes to lie.
        habit: see there.

    Returns:
        float32 (N, segments + 1, 3).
    """
    points, step = [roots], (length / habit.segments)[:, None]
    for number in range(1, habit.segments + 1):
        share = number / habit.segments
        fall = habit.gravity * share**0.7
        way = unit(comb * (1 - fall) + DOWN * fall)
        if habit.tube:
            # Past the widest part of the head nothing carries a lock further out.
            out = space.outwards(points[-1], tube=True)
            below = np.clip((points[-1][:, 1:2] - space.centre[1] + 0.3) / 0.4, 0, 1)
            way = way - out * np.maximum((way * out).sum(-1, keepdims=True), 0) * below
        place = points[-1] + way * step
        floor = layer * min(1.0, 2.5 * share)
        height = space.height(place, habit.tube)
        # Beneath the widest part of the head little draws a lock to the skin again.
        settle = habit.settle * np.clip((space.centre[1] + 0.25 - place[:, 1]) / 0.3, _HANGING_SETTLE * habit.tube, 1)
        wanted = np.maximum(height + (floor - height) * settle, floor)
        ramp = min(1.0, 3.0 * share)
        place = place + (space.raise_to(place, wanted, habit.tube) - place) * ramp
        if not habit.fringe:
            place = space.clear_face(place, ramp)
        if habit.tube:
            place = space.clear_shoulders(place)
        points.append(place)
    return _smooth(np.stack(points, axis=1)).astype(np.float32)


def _smooth(points: np.ndarray) -> np.ndarray:
    """Lines without the corners that obstacles gave them; their ends stay."""
    inner = 0.25 * points[:, :-2] + 0.5 * points[:, 1:-1] + 0.25 * points[:, 2:]
    return np.concatenate([points[:, :1], inner, points[:, -1:]], axis=1)


def cut_at(points: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Locks cut off where they first hang below a level, float32 of the same shape.

    Args:
        points: float (N, K, 3).
        level: float (N,) y, E.
    """
    count, pieces = points.shape[:2]
    low = points[..., 1] > level[:, None]
    first = np.where(low.any(1), np.maximum(low.argmax(1), 1), pieces - 1)
    rows = np.arange(count)
    above, below = points[rows, first - 1, 1], points[rows, first, 1]
    part = np.clip((level - above) / np.where(np.abs(below - above) < 1e-6, 1e-6, below - above), 0.05, 1.0)
    end = np.where(low.any(1), first - 1 + part, pieces - 1)
    spot = end[:, None] * np.linspace(0, 1, pieces)
    left = np.minimum(spot.astype(int), pieces - 2)
    share = (spot - left)[..., None]
    return (points[rows[:, None], left] * (1 - share) + points[rows[:, None], left + 1] * share).astype(np.float32)


def curl(points: np.ndarray, radius: np.ndarray, turns: np.ndarray, phase: np.ndarray, flat: float = 0.5) -> np.ndarray:
    """Winds locks round their own centre lines.

    Args:
        points: float (N, K, 3).
        radius: float (N,) E, reached at a third of the length.
        turns: float (N,) from root to tip.
        phase: float (N,) radians.
        flat: 0 waves within one plane, 1 winds a round helix.

    Returns:
        float32 (N, K, 3).
    """
    share = np.linspace(0, 1, points.shape[1])
    along = unit(np.gradient(points, axis=1))
    first = unit(np.cross(along, np.array([0.3, 0.1, 0.95])))
    second = np.cross(along, first)
    angle = phase[:, None] + 2 * np.pi * turns[:, None] * share
    reach = radius[:, None] * np.minimum(1, 3 * share)
    offset = first * (np.cos(angle) * reach)[..., None] + second * (flat * np.sin(angle) * reach)[..., None]
    return (points + offset).astype(np.float32)


def gather(points: np.ndarray, places: np.ndarray, leaders: np.ndarray, strength: float) -> np.ndarray:
    """Draws the tips of locks to the tips of their leaders, as hair clumps.

    Args:
        points: float (N, K, 3).
        places: float (N, D) of equal lengths; the leader with the largest product is the nearest.
        leaders: int (M,) which locks lead.
        strength: 0..1.

    Returns:
        float32 (N, K, 3).
    """
    nearest = leaders[np.argmax(places @ places[leaders].T, axis=1)]
    pull = strength * np.linspace(0, 1, points.shape[1]) ** 1.3
    return (points + (points[nearest] - points) * pull[:, None]).astype(np.float32)
