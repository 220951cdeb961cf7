"""From the mesh of a face in a photo to the head coordinates in which disguises are built."""

import dataclasses
import functools

import numpy as np

from fer_tf.synthesis.render.head.topology import LANDMARKS, neutral_face
from fer_tf.synthesis.render.raster.projection import PIVOT, View, to_pixels

# E from the camera to the eyes: about a metre, between an arm's length and a portrait lens.
DISTANCE = 10.0
# Below this height (E) the face moves with every expression: it counts this little for the pose.
_MOVES_BELOW, _MOVING_WEIGHT = 0.45, 0.15
# A mesh that differs from the average face by more than this (E) is no face. Press photos: 0.02 to
# 0.05; FER-2013's training images 0.02 to 0.07.
_WORST_RESIDUAL = 0.11
# Less than so many pixels between the eyes, and the mesh is a guess.
_SMALLEST_SCALE = 6.0


@dataclasses.dataclass(frozen=True)
class Fit:
    """A head that lies under a face mesh.

    Attributes:
        landmarks: float32 (468, 3), the face as it is, head coordinates (see ``surface.Surface``).
        pixels: float32 (468, 2), where they lie in the photo.
        turn: float32 (3, 3), world = turn @ (head - PIVOT).
        scale: pixels of the photo in one E, at the eyes.
        middle: (x, y) pixels where the head's pivot lands.
        residual: E by which the mesh differs from the average face, root mean square.
    """

    landmarks: np.ndarray
    pixels: np.ndarray
    turn: np.ndarray
    scale: float
    middle: tuple[float, float]
    residual: float

    def view(self, left: int, top: int, side: int, size: int) -> View:
        """The camera that shows a square of the photo.

        Args:
            left: x of the square's corner in pixels of the photo.
            top: its y.
            side: of the square in pixels of the photo.
            size: pixels across, at which it is drawn.
        """
        centre = ((self.middle[0] - left) / side, (self.middle[1] - top) / side)
        return View(face_size=self.scale / side, centre=centre, size=size, distance=DISTANCE)

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Where points of surfaces in world coordinates (float (N, 3), E) lie: float32 (N, 2) pixels of the photo."""
        view = self.view(0, 0, 1, 8)
        return to_pixels(np.asarray(points - PIVOT, np.float32), view)[:, :2] / view.size


def fit_head(points: np.ndarray) -> Fit | None:
    """The head under a mesh: turned as the average face fits best, with the person's own shape.

    Umeyama 1991, "Least-squares estimation of transformation parameters", section II, weighted.

    Args:
        points: float (468 or more, 3), as ``faces.face.Mesh.points``.

    Returns:
        The fit; None where the mesh is no face, or too small to be one.
    """
    seen = np.asarray(points, np.float64)[:LANDMARKS] * (1, 1, -1)  # z to the viewer
    if seen.shape != (LANDMARKS, 3) or not np.isfinite(seen).all():
        return None
    average, weights = np.asarray(neutral_face()), _weights()
    scale, turn, start = _similarity(average, seen, weights)
    if scale < _SMALLEST_SCALE:
        return None
    off = seen - (scale * average @ turn.T + start)
    residual = float(np.sqrt(weights @ (off**2).sum(1))) / scale
    if residual > _WORST_RESIDUAL:
        return None
    pivot = scale * turn @ PIVOT + start
    # The mesh's x and y are those of a camera at a distance: what is nearer looks larger.
    world = (seen - pivot) / scale
    world[:, :2] *= (DISTANCE - PIVOT[2] - world[:, 2:]) / DISTANCE
    landmarks = world @ turn + PIVOT
    return Fit(
        landmarks.astype(np.float32),
        seen[:, :2].astype(np.float32),
        turn.astype(np.float32),
        float(scale),
        (float(pivot[0]), float(pivot[1])),
        residual,
    )


@functools.cache
def _weights() -> np.ndarray:
    """How much each landmark counts for the pose, float64 (468,), sum 1."""
    weights = np.where(neutral_face()[:, 1] < _MOVES_BELOW, 1.0, _MOVING_WEIGHT)
    return weights / weights.sum()


def _similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation (3, 3) and shift (3,) that bring source points nearest to target points."""
    source_mean, target_mean = weights @ source, weights @ target
    source_off, target_off = source - source_mean, target - target_mean
    left, strength, right = np.linalg.svd((target_off * weights[:, None]).T @ source_off)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = (left * sign) @ right
    scale = (strength @ sign) / (weights @ (source_off**2).sum(1))
    return float(scale), turn, target_mean - scale * turn @ source_mean
