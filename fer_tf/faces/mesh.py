"""The face mesh: 468 points on a face that was found.

Kartynnik et al. 2019 (arXiv 1907.06724); network, crop and thresholds of mediapipe 0.10.21.
"""

import functools
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.blazeface import CROP_BORDER, find_faces
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.square import Square, check_pictures
from fer_tf.faces.tflite import BundledNetwork, Network, sigmoid

SIDE, POINTS = 192, 468
# The network looks at a square of this many times the face's longer side.
_MARGIN = 1.5
# Outer eye corners: from the first to the second is level in an upright face.
EYE_CORNERS = (33, 263)
# From MTCNN's box to BlazeFace's, in longer sides of MTCNN's: this much shorter, and its middle
# this much lower along the face. Medians of 134 faces of photos and drawings that both found
# (quartiles 0.03 apart). Meshes then lie as close to those from BlazeFace (0.0095 of the eye
# distance) as another pass of the network would move them (0.010); without it 0.016.
_MTCNN_SIDE, _MTCNN_LOWER = 0.816, 0.106


def find_meshes(
    images: Sequence[np.ndarray], faces: Sequence[Sequence[Face]], *, min_score: float = 0.5, passes: int = 1
) -> list[list[Mesh | None]]:
    """Finds the mesh of each face.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        faces: the faces of each image, of BlazeFace or MTCNN. A face without eyes among its
            keypoints is taken to be upright.
        min_score: a mesh that the network is less sure of is None, 0..1.
        passes: how often the network looks, each time at where it found the face before, as mediapipe
            does in videos. Two bring the median error on rendered faces of 224 pixels from 0.0369 to 0.0357
            of the eye distance, of 96 pixels from 0.0391 to 0.0369; three add nothing.

    Returns:
        for each image the meshes of its faces, in their order; None where there is no face after all.

    Raises:
        InputError: an image is not RGB uint8, the lists differ in length, or an option is impossible.
    """
    check_pictures(images, "find_meshes")
    if len(images) != len(faces):
        raise InputError(f"find_meshes got {len(images)} images and faces of {len(faces)}: give a list for each image")
    if passes < 1 or not 0 <= min_score <= 1:
        raise InputError(f"find_meshes got passes {passes} and min_score {min_score}: expected >= 1 and 0 to 1")
    jobs = [(image, face) for image, found in zip(images, faces, strict=True) for face in found]
    meshes = iter(_network().map(functools.partial(_find, min_score=min_score, passes=passes), jobs))
    return [[next(meshes) for _ in found] for found in faces]


def follow_meshes(image: np.ndarray, squares: Sequence[Square], *, min_score: float = 0.5) -> list[Mesh | None]:
    """Finds meshes where faces were a moment ago, as mediapipe does in videos; no detector is asked.

    Args:
        image: RGB uint8 (H, W, 3), the next frame.
        squares: where to look, ``square_of_points`` of the last frame's meshes.
        min_score: a mesh that the network is less sure of is None, 0..1.

    Returns:
        a mesh for each square; None where the face is gone.

    Raises:
        InputError: the image is not RGB uint8, or min_score is impossible.
    """
    check_pictures([image], "follow_meshes")
    if not 0 <= min_score <= 1:
        raise InputError(f"follow_meshes got min_score {min_score}: expected 0 to 1")
    jobs = [(image, square) for square in squares]
    return _network().map(functools.partial(_find_in, min_score=min_score), jobs)


def find_crop_meshes(images: Sequence[np.ndarray], *, min_score: float = 0.5) -> list[Mesh | None]:
    """Finds the mesh of pictures that one face fills, such as FER-2013's.

    BlazeFace looks with a border, because it misses faces that the picture's edge cuts; where it finds
    none, the picture itself is the face. The mesh is looked for twice.

    Args:
        images: RGB uint8 (H, W, 3) each; sizes may differ.
        min_score: as for ``find_meshes``.

    Returns:
        a mesh for each image, or None.

    Raises:
        InputError: an image is not RGB uint8.
    """
    found = find_faces(images, border=CROP_BORDER)
    faces = [faces[:1] or [whole_picture_face(image)] for image, faces in zip(images, found, strict=True)]
    return [mesh for (mesh,) in find_meshes(images, faces, min_score=min_score, passes=2)]


def whole_picture_face(image: np.ndarray) -> Face:
    """An upright face that fills the picture, for ``find_meshes``.

    Args:
        image: (H, W, ...).

    Returns:
        a face without keypoints whose box is the picture.
    """
    height, width = image.shape[:2]
    return Face(box=(0.0, 0.0, float(width), float(height)), score=1.0, keypoints={})


def square_of_points(points: np.ndarray) -> Square:
    """The square that the network looks at when the mesh is known.

    Args:
        points: (POINTS, 2 or more), x and y in pixels.

    Returns:
        the square around the box of the points, as mediapipe's face_landmark_landmarks_to_roi.
    """
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return _square((low + high) / 2, (high - low).max(), *points[EYE_CORNERS, :2])


@functools.cache
def _network() -> BundledNetwork:
    return BundledNetwork("face_landmark.tflite")


def _find(network: Network, job: tuple[np.ndarray, Face], min_score: float, passes: int) -> Mesh | None:
    image, face = job
    return _find_in(network, (image, _square_of_face(face)), min_score, passes)


def _find_in(network: Network, job: tuple[np.ndarray, Square], min_score: float, passes: int = 1) -> Mesh | None:
    image, square = job
    for _ in range(passes):
        if not 0 < square.side < np.inf:
            return None
        pixels = square.cut(image, SIDE, cv2.BORDER_REPLICATE)
        numbers, flag = network(np.multiply(pixels, 1 / 255, dtype=np.float32))
        found = numbers.reshape(POINTS, 3).astype(np.float64) / SIDE
        points = np.column_stack([square.to_picture(found[:, :2]), found[:, 2] * square.side])
        square = square_of_points(points)
    score = sigmoid(flag).item()
    return Mesh(points.astype(np.float32), score) if score >= min_score else None


def _square_of_face(face: Face) -> Square:
    """As mediapipe's face_detection_front_detection_to_roi, for MTCNN's boxes as well."""
    left, top, width, height = face.box
    centre, side = np.array([left + width / 2, top + height / 2]), max(width, height)
    # Without eyes, any two points on a level line.
    eyes = [np.array(face.keypoints.get(name, level)) for name, level in (("left_eye", (0, 0)), ("right_eye", (1, 0)))]
    square = _square(centre, side, *eyes)
    if "mouth_left" not in face.keypoints:
        return square
    return _square(centre + _MTCNN_LOWER * side * _downward(square.angle), _MTCNN_SIDE * side, *eyes)


def as_mtcnn(face: Face) -> tuple[float, float, float, float]:
    """The square that MTCNN's box of a face has about the height of, so that crops do not depend on the detector.

    Args:
        face: of BlazeFace or MTCNN.

    Returns:
        left, top, width, height as ``Face.box``; that of MTCNN's faces as it is.
    """
    if "mouth_left" in face.keypoints:
        return face.box
    square = _square_of_face(face)
    side = square.side / _MARGIN / _MTCNN_SIDE
    middle = np.array(square.centre) - _MTCNN_LOWER * side * _downward(square.angle)
    left, top = (middle - side / 2).tolist()
    return left, top, side, side


def _downward(angle: float) -> np.ndarray:
    """Unit vector from the brow to the chin of a face that is turned so far."""
    return np.array([-np.sin(angle), np.cos(angle)])


def _square(centre: np.ndarray, side: float, left_eye: np.ndarray, right_eye: np.ndarray) -> Square:
    across, down = right_eye - left_eye
    return Square((float(centre[0]), float(centre[1])), float(side) * _MARGIN, float(np.arctan2(down, across)))
