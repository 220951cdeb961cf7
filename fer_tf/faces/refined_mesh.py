"""478 points: the face mesh with finer eyes and lips, and the irises, through mediapipe's own API.

Grishchenko et al. 2020 (arXiv 2006.10962). Its network has operations of mediapipe's own, so that only
mediapipe runs it, one face at a time.
"""

import contextlib
import dataclasses
import warnings
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.mesh import SIDE, find_meshes, square_of_points
from fer_tf.faces.square import Square

# mediapipe detects the face again and cuts it out itself. In a square 1.5 times as large as the
# network's it has room, and its own cut is neither enlarged nor shrunk nor turned.
_ROOM = 1.5


def find_refined_meshes(
    images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]], *, min_score: float = 0.5
) -> list[list[Mesh | None]]:
    """Finds the mesh of each face with irises (468 to 472 on the image's left, 473 to 477 on its right).

    Args:
        images: as for ``find_meshes``.
        faces: likewise.
        min_score: likewise.

    Returns:
        as ``find_meshes``, with 478 points; the score is that of the mesh of 468 points. None also
        where mediapipe does not find the face again.

    Raises:
        InputError: as ``find_meshes``.
    """
    meshes = find_meshes(images, faces, min_score=min_score)
    with _mediapipe() as finder:
        return [
            [mesh and _refine(finder, image, mesh) for mesh in found]
            for image, found in zip(images, meshes, strict=True)
        ]


def _refine(finder, image: np.ndarray, mesh: Mesh) -> Mesh | None:
    inner = square_of_points(mesh.points)
    square = Square(inner.centre, inner.side * _ROOM, inner.angle)
    size = round(SIDE * _ROOM)
    with warnings.catch_warnings():
        # protobuf 4 announces the end of what mediapipe calls.
        warnings.filterwarnings("ignore", r"SymbolDatabase\.GetPrototype", UserWarning)
        found = finder.process(square.cut(image, size, cv2.BORDER_CONSTANT)).multi_face_landmarks
    if not found:
        return None
    parts = np.array([(point.x, point.y, point.z) for point in found[0].landmark])
    points = np.column_stack([square.to_picture(parts[:, :2]), parts[:, 2] * square.side])
    return dataclasses.replace(mesh, points=points.astype(np.float32))


@contextlib.contextmanager
def _mediapipe() -> Iterator:
    """A finder of one face in an image; it needs 0.1 s to start, and is closed in the end."""
    from mediapipe.python.solutions.face_mesh import FaceMesh  # here, because it takes seconds

    with FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True) as finder:
        yield finder
