"""Squares in a picture, turned as the face is: what the face networks look at."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.errors import InputError

# OpenCV refuses to warp pictures of 32767 pixels and more.
_LONGEST_SIDE = 32000


@dataclasses.dataclass(frozen=True)
class Square:
    """A turned square in a picture.

    Attributes:
        centre: (x, y) pixels; pixel (0, 0) covers x from 0 to 1.
        side: pixels.
        angle: radians, positive where the square's right side lies lower in the picture.
    """

    centre: tuple[float, float]
    side: float
    angle: float = 0.0

    def cut(self, image: np.ndarray, size: int, border: int) -> np.ndarray:
        """The square's content, upright.

        mediapipe samples pixel i at i * side / size; here its middle is sampled, so that a
        picture of twice the size gives twice the coordinates. On 70 rendered faces of 96 pixels
        mediapipe's way shifts meshes by 0.008 of the eye distance, at 224 by less than 0.001.

        Args:
            image: uint8 (H, W, 3).
            size: side of the result in pixels.
            border: ``cv2.BORDER_CONSTANT`` (black) or ``cv2.BORDER_REPLICATE``, outside the picture.

        Returns:
            uint8 (size, size, 3), bilinear, not antialiased (as mediapipe).
        """
        turn, origin = self._turn(), np.array(self.centre)
        # Pixel i of the result has its middle at (i + 1/2) / size of the side.
        offset = origin + turn @ np.full(2, 0.5 / size - 0.5)
        step = -(-max(image.shape[:2]) // _LONGEST_SIDE)
        matrix = np.column_stack([turn / size, offset - 0.5]) / step
        source = np.ascontiguousarray(image[::step, ::step])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(source, matrix, (size, size), flags=flags, borderMode=border)

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Points of the square in pixels of the picture.

        Args:
            points: (..., 2), 0..1 across and down the square.

        Returns:
            (..., 2) x and y in pixels.
        """
        return (points - 0.5) @ self._turn().T + np.array(self.centre)

    def _turn(self) -> np.ndarray:
        """(2, 2): parts of the side, across and down, to pixels of the picture."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return self.side * np.array([[cosine, -sine], [sine, cosine]])


def check_pictures(images: Sequence[np.ndarray], function: str) -> None:
    """Refuses what is not an RGB picture.

    Args:
        images: to be checked.
        function: who wants them, for the message.

    Raises:
        InputError: an image is not uint8 (H, W, 3), or has no pixel.
    """
    for number, image in enumerate(images):
        if not isinstance(image, np.ndarray):
            raise InputError(
                f"{function} wants uint8 images of shape (H, W, 3); image {number} is a {type(image).__name__}: "
                "give NumPy arrays"
            )
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise InputError(
                f"{function} wants uint8 images of shape (H, W, 3); image {number} is {image.dtype} "
                f"{image.shape}: convert it to RGB"
            )
