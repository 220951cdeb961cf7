"""Finding faces in photos with MTCNN."""

import functools
import importlib.resources
from collections.abc import Sequence

import numpy as np
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces.face import MTCNN_KEYPOINTS, Face

# O-Net, the last of the three networks, looks at 48x48 pixels. Shrinking a picture so
# far that the smallest wanted face still has 48 costs nothing in accuracy.
_ENOUGH_PIXELS = 48
# Beyond this side the image pyramid takes seconds and gigabytes.
_LONGEST_SIDE = 2000
# P-Net's pyramid has no level for less than this, and the package then fails.
_SHORTEST_SIDE = 24


def detect_faces(images: Sequence[np.ndarray], *, min_size: float = 20, min_score: float = 0.9) -> list[list[Face]]:
    """Finds the faces in each image.

    MTCNN (Zhang et al. 2016, arXiv 1604.02878), weights of the PyPI package mtcnn 1.0.0.
    Images longer than 2000 pixels are searched at that size, so that the smallest face
    to be found grows with them; boxes are always in pixels of the image given.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        min_size: faces less than this many pixels high are left out; MTCNN finds none below 20.
        min_score: faces that the detector is less sure of are left out, 0..1; MTCNN's own
            threshold of 0.8 is the least that has an effect.

    Returns:
        for each image its faces, the surest first; an empty list where there is none.

    Raises:
        InputError: an image is not RGB uint8.
    """
    return [_detect(image, min_size, min_score) for image in images]


def _detect(image: np.ndarray, min_size: float, min_score: float) -> list[Face]:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(
            f"detect_faces wants uint8 images of shape (H, W, 3), not {image.dtype} {image.shape}: convert them to RGB"
        )
    scale = min(1.0, _ENOUGH_PIXELS / max(min_size, 1), _LONGEST_SIDE / max(image.shape[:2]))
    rows = _rows(_shrink(image, scale))
    rows = rows[np.lexsort((rows[:, 1], rows[:, 2], -rows[:, 5]))]
    # What was searched may be shrunk by a slightly different factor in each direction.
    factors = np.array([1.0, 1.0]) if scale == 1 else np.array(_size(image, scale)) / image.shape[1::-1]
    faces = []
    for row in rows:
        left_top, right_bottom = row[1:3] / factors, row[3:5] / factors
        width_height = right_bottom - left_top
        if row[5] < min_score or width_height[1] < min_size:
            continue
        points = np.stack([row[6:11], row[11:16]], axis=1) / factors
        faces.append(
            Face(
                box=tuple(np.concatenate([left_top, width_height]).tolist()),
                score=float(row[5]),
                keypoints=dict(zip(MTCNN_KEYPOINTS, map(tuple, points.tolist()), strict=True)),
            )
        )
    return faces


def _rows(image: np.ndarray) -> np.ndarray:
    """(faces, 16) of MTCNN: 0, x1, y1, x2, y2, score, five x, five y."""
    nothing = np.empty((0, 16))
    if min(image.shape[:2]) < _SHORTEST_SIDE:
        return nothing
    try:
        rows = _detector().detect_faces(
            [image], fit_to_image=False, limit_boundaries_landmarks=False, box_format="xyxy", output_type="numpy"
        )
    except (ValueError, IndexError):
        # mtcnn 1.0.0 stacks an empty list when one of its stages leaves no candidate.
        return nothing
    return rows if len(rows) else nothing


def _size(image: np.ndarray, scale: float) -> tuple[int, int]:
    height, width = image.shape[:2]
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shrink(image: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1:
        return image
    return np.asarray(Image.fromarray(image).resize(_size(image, scale), Image.Resampling.BILINEAR))


@functools.cache
def _detector():
    # Imported here: it takes TensorFlow's seconds, and a crop needs no detector.
    from mtcnn import MTCNN
    from mtcnn.stages import StageONet, StagePNet, StageRNet

    # By name alone the package would first unpickle a file of that name in the current folder.
    weights = importlib.resources.files("mtcnn.assets.weights")
    stages = ((StagePNet, "pnet.lz4"), (StageRNet, "rnet.lz4"), (StageONet, "onet.lz4"))
    return MTCNN(stages=[stage(weights=str(weights / name)) for stage, name in stages])
