"""Drawings of what was found in a picture, to look at: boxes, meshes, centres and regions of action units."""

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fer_tf.faces.face import Face
from fer_tf.faces.geometry import au_centre_names, au_centres
from fer_tf.faces.indices import POINTS
from fer_tf.faces.regions import region_masks
from fer_tf.labels import ACTION_UNITS

Colour = tuple[int, int, int]

YELLOW, GREEN, WHITE, RED = (255, 215, 0), (60, 230, 110), (255, 255, 255), (255, 60, 60)
# Fractional bits of OpenCV's coordinates.
_SHIFT = 4


def draw_faces(image: np.ndarray, faces: Sequence[Face], colour: Colour = YELLOW) -> np.ndarray:
    """Boxes with scores, and keypoints.

    Args:
        image: uint8 (H, W, 3) RGB.
        faces: what a detector found.
        colour: RGB of the boxes.

    Returns:
        uint8 (H, W, 3), a copy.
    """
    image, width = image.copy(), _line_width(image)
    for face in faces:
        left, top, across, down = face.box
        corners = np.array([(left, top), (left + across, top + down)])
        cv2.rectangle(image, *_fixed(corners), colour, width, cv2.LINE_AA, _SHIFT)
        for point in _fixed(np.array(list(face.keypoints.values()))) if face.keypoints else ():
            cv2.circle(image, point, (1 + width) << _SHIFT, RED, -1, cv2.LINE_AA, _SHIFT)
    labels = [(f"{face.score:.2f}", (face.box[0] + 2, face.box[1] - 1)) for face in faces]
    return _written(image, labels, anchor="lb")


def draw_mesh(image: np.ndarray, points: np.ndarray, colour: Colour = GREEN) -> np.ndarray:
    """The mesh's lines and points.

    Args:
        image: uint8 (H, W, 3) RGB.
        points: float (468 or more, 2 or 3), pixels of the image.
        colour: RGB.

    Returns:
        uint8 (H, W, 3), a copy.
    """
    # Imported here: the package takes a second, and only pictures need its lines.
    from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

    image, fixed = image.copy(), _fixed(points[:POINTS, :2])
    for start, end in sorted(FACEMESH_TESSELATION):
        cv2.line(image, fixed[start], fixed[end], colour, 1, cv2.LINE_AA, _SHIFT)
    for point in fixed:
        cv2.circle(image, point, _line_width(image) << _SHIFT, WHITE, -1, cv2.LINE_AA, _SHIFT)
    return image


def draw_au_centres(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The centres of action units of paper C's Table 3, both sides, with their numbers.

    Args:
        image: uint8 (H, W, 3) RGB.
        points: float (468 or more, 2 or 3), pixels of the image.

    Returns:
        uint8 (H, W, 3), a copy.
    """
    image, shared = image.copy(), {}
    for name, centre in zip(au_centre_names(both_sides=True), au_centres(points, both_sides=True), strict=True):
        shared.setdefault(tuple(centre.tolist()), []).append(name.rstrip("RL"))
    for point in _fixed(np.array(list(shared))):
        cv2.circle(image, point, (1 + _line_width(image)) << _SHIFT, RED, -1, cv2.LINE_AA, _SHIFT)
    return _written(image, [(", ".join(names), (x + 4, y)) for (x, y), names in shared.items()], anchor="lm")


def draw_regions(
    image: np.ndarray, points: np.ndarray, units: Sequence[int] = ACTION_UNITS, *, opacity: float = 0.4
) -> np.ndarray:
    """Regions of action units, each in a colour of its own with its number.

    Args:
        image: uint8 (H, W, 3) RGB.
        points: float (468 or more, 2 or 3), pixels of the image.
        units: FACS numbers; a later one is drawn over an earlier one.
        opacity: of the colour, 0..1.

    Returns:
        uint8 (H, W, 3), a copy.
    """
    masks = region_masks(points, image.shape[:2], units)
    drawn, labels = image.astype(np.float32), []
    for unit, mask in zip(units, masks, strict=True):
        colour = np.array(unit_colour(unit), np.float32)
        drawn += opacity * mask[..., None] * (colour - drawn)
        edge = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
        drawn[edge] = colour
        if mask.any():
            labels.append((str(unit), _label_place(mask)))
    return _written(np.rint(drawn).astype(np.uint8), labels, anchor="mm")


def unit_colour(unit: int) -> Colour:
    """RGB of an action unit of ``labels.ACTION_UNITS``, the same in all pictures."""
    # Steps of the golden ratio keep neighbours in the list apart.
    hue = ACTION_UNITS.index(unit) * 0.618 % 1.0
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.85, 1.0))


def _label_place(mask: np.ndarray) -> tuple[float, float]:
    """The pixel that is deepest in a mask."""
    depth = cv2.distanceTransform(np.pad((mask > 0).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return column + 0.5, row + 0.5


def _fixed(points: np.ndarray) -> list[tuple[int, int]]:
    """OpenCV's fixed point numbers; for it a pixel's centre is whole, for us it is at a half."""
    return [tuple(point) for point in np.rint((points - 0.5) * (1 << _SHIFT)).astype(int).tolist()]


def _line_width(image: np.ndarray) -> int:
    return max(1, round(min(image.shape[:2]) / 400))


def _written(image: np.ndarray, labels: Sequence[tuple[str, tuple[float, float]]], anchor: str) -> np.ndarray:
    """White words with a black edge at some places."""
    picture = Image.fromarray(image)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(max(9, min(image.shape[:2]) // 28))
    for words, place in labels:
        pen.text(place, words, WHITE, font, anchor=anchor, stroke_width=1, stroke_fill="black")
    return np.asarray(picture)
