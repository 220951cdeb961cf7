"""What is found in a picture: faces and face meshes."""

import dataclasses

import numpy as np

# Five points of MTCNN and six of BlazeFace; left is left in the image.
MTCNN_KEYPOINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
BLAZEFACE_KEYPOINTS = ("left_eye", "right_eye", "nose", "mouth", "left_ear", "right_ear")


@dataclasses.dataclass(frozen=True)
class Face:
    """One face found in an image.

    Attributes:
        box: left, top, width, height in pixels of the image; may reach beyond its edges.
        score: the detector's confidence, 0..1.
        keypoints: (x, y) pixels of each name in ``MTCNN_KEYPOINTS`` or ``BLAZEFACE_KEYPOINTS``;
            left is left in the image.
    """

    box: tuple[float, float, float, float]
    score: float
    keypoints: dict[str, tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class Mesh:
    """The face mesh of one face.

    Attributes:
        points: float32 (468, 3), or (478, 3) with the irises: x right and y down in pixels of
            the image, z in the same unit, smaller towards the viewer, 0 near the head's centre.
            Pixel (0, 0) covers x from 0 to 1. Numbers of points: mediapipe's canonical face model.
        score: the network's confidence that there is a face, 0..1.
    """

    points: np.ndarray
    score: float
