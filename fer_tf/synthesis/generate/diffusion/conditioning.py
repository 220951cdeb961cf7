"""What the ControlNet sees of a reference image: edges, or the outlines of a face mesh."""

import functools
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.faces.blazeface import CROP_BORDER, find_faces
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.refined_mesh import find_refined_meshes
from fer_tf.synthesis.disguise.photo import Refused

# Lines of mediapipe's mesh and their colours, RGB, as in the training images of CrucibleAI's
# ControlNetMediaPipeFace (laion_face_common.py): right is the subject's right. Later ones lie above.
_OUTLINES = {
    "FACEMESH_FACE_OVAL": (10, 200, 10),
    "FACEMESH_LEFT_EYE": (10, 200, 180),
    "FACEMESH_LEFT_EYEBROW": (10, 220, 180),
    "FACEMESH_RIGHT_EYE": (180, 200, 10),
    "FACEMESH_RIGHT_EYEBROW": (180, 220, 10),
    "FACEMESH_LIPS": (10, 180, 10),
}
_PUPILS = {468: (250, 200, 10), 473: (10, 200, 250)}
_LINE, _PUPIL = 2, 2  # pixels at 512: width of the lines, half width of the squares
_TRAINED_AT = 512


def edges(reference: np.ndarray, size: int, low: int, high: int) -> np.ndarray:
    """Edges of a reference by Canny's method, white on black.

    Args:
        reference: uint8 (H, W, 3) RGB.
        size: side of the result in pixels.
        low: threshold for edges that go on from others, for the change from one pixel of the reference to the next.
        high: threshold for edges that begin, likewise.

    Returns:
        uint8 (size, size, 3), 0 and 255. A reference that is not square is cut about its middle.
    """
    left, top, side = _square(reference, (reference.shape[1] / 2, reference.shape[0] / 2))
    grey = cv2.cvtColor(reference[top : top + side, left : left + side], cv2.COLOR_RGB2GRAY).astype(np.float32)
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR  # cubic would ring, and rings are edges
    resized, factor = cv2.resize(grey, (size, size), interpolation=way), max(1.0, size / side)
    if factor > 1:
        # A step between two pixels has become a ramp, whose edge lies in its middle only once it is rounded.
        resized = cv2.GaussianBlur(resized, (0, 0), factor / 2)
    # As much steeper as enlarging made it flatter: else crops of 48 pixels would have no edges.
    across, down = (
        np.rint(factor * cv2.Sobel(resized, cv2.CV_32F, *axis)).astype(np.int16) for axis in ((1, 0), (0, 1))
    )
    found = cv2.Canny(across, down, low, high)
    return np.repeat(found[..., None], 3, axis=2)


def face_outlines(references: Sequence[np.ndarray], size: int) -> list[np.ndarray | Refused]:
    """Outlines of the largest face's oval, brows, eyes, lips and pupils, in colours on black.

    Args:
        references: uint8 (H, W, 3) RGB each; sizes may differ.
        size: side of the results in pixels.

    Returns:
        For each uint8 (size, size, 3), or why there is none. A reference that is not square is cut
        as near about the face as its edges allow.
    """
    meshes = find_refined_meshes(references, [_largest_face(reference) for reference in references])
    return [
        _drawn(reference, found[0], size) if found and found[0] else Refused("no face mesh on the reference image")
        for reference, found in zip(references, meshes, strict=True)
    ]


def _largest_face(reference: np.ndarray) -> list[Face]:
    """BlazeFace with a border, which is sure of crops, then MTCNN, which finds small faces."""
    (faces,) = find_faces([reference], border=CROP_BORDER)
    (faces,) = (faces,) if faces else detect_faces([reference])
    return sorted(faces, key=lambda face: -face.box[2] * face.box[3])[:1]


def _drawn(reference: np.ndarray, mesh: Mesh, size: int) -> np.ndarray:
    left, top, side = _square(reference, mesh.points[:, :2].mean(axis=0))
    points = (mesh.points[:, :2] - (left, top)) * (size / side)
    # Pixel (0, 0) covers 0 to 1 for us; OpenCV's whole numbers are middles of pixels.
    corners = np.rint(points - 0.5).astype(int)
    picture = np.zeros((size, size, 3), np.uint8)
    width = max(1, round(_LINE * size / _TRAINED_AT))
    for name, colour in _OUTLINES.items():
        for start, end in _lines(name):
            cv2.line(picture, tuple(corners[start].tolist()), tuple(corners[end].tolist()), colour, width)
    half = max(1, round(_PUPIL * size / _TRAINED_AT))
    for number, colour in _PUPILS.items():
        column, row = np.rint(points[number]).astype(int)
        picture[max(0, row - half) : max(0, row + half), max(0, column - half) : max(0, column + half)] = colour
    return picture


@functools.cache
def _lines(name: str) -> tuple[tuple[int, int], ...]:
    # Imported here: the package takes a second, and only these drawings need its lines.
    from mediapipe.python.solutions import face_mesh_connections

    return tuple(sorted(getattr(face_mesh_connections, name)))


def _square(picture: np.ndarray, middle: Sequence[float]) -> tuple[int, int, int]:
    """Left, top and side of the largest square in a picture, as near about a point as it goes."""
    height, width = picture.shape[:2]
    side = min(height, width)
    left, top = (round(min(max(at - side / 2, 0), end - side)) for at, end in zip(middle, (width, height), strict=True))
    return left, top, side
