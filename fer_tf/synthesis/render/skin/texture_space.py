"""The flat space the skin is painted in: the neutral mesh seen straight from the front.

Texture pixels are u = (x + LEFT) * SCALE and v = (y + TOP) * SCALE of a point (x, y) of the
stored neutral mesh. Whatever a person's shape and expression, a feature is painted at its
neutral place and moves with the mesh.
"""

import functools
import importlib.resources

import numpy as np

SCALE = 200.0  # pixels per E
LEFT, TOP = 1.0, 1.3  # E from the texture's corner to the origin between the outer eye corners
WIDTH, HEIGHT = 400, 560
SHAPE = (HEIGHT, WIDTH)
_NEUTRAL_FILE = "head/neutral_face.csv"


def to_texture(points: np.ndarray) -> np.ndarray:
    """Texture pixels of points in neutral coordinates.

    Args:
        points: float (..., 2 or more): x right and y down in E; further columns are ignored.

    Returns:
        float32 (..., 2): u right and v down, clipped to 0..WIDTH-1 and 0..HEIGHT-1.
    """
    points = np.asarray(points, np.float32)
    pixels = (points[..., :2] + np.float32([LEFT, TOP])) * np.float32(SCALE)
    return np.clip(pixels, 0.0, np.float32([WIDTH - 1, HEIGHT - 1]))


@functools.cache
def grids() -> tuple[np.ndarray, np.ndarray]:
    """Where the texture's pixels lie.

    Returns:
        x and y, each float32 (HEIGHT, WIDTH) in E, read-only.
    """
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    x, y = columns / SCALE - LEFT, rows / SCALE - TOP
    x.flags.writeable = y.flags.writeable = False
    return x, y


@functools.cache
def neutral_points() -> np.ndarray:
    """The neutral mesh's 468 points seen from the front, float32 (468, 2) in E, read-only."""
    text = importlib.resources.files("fer_tf.synthesis.render").joinpath(_NEUTRAL_FILE).read_text()
    points = np.loadtxt(text.splitlines(), delimiter=",", skiprows=1, usecols=(0, 1), dtype=np.float32)
    points.flags.writeable = False
    return points
