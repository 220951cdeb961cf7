"""Skin tone from pixels: ITA and Monk scale of the cheeks.

What is measured is the colour in the picture, not of the person: light, exposure and white balance move it by several
steps of the scale. It tells whether a dataset's pictures show many tones, and is no label of a person.
"""

import cv2
import numpy as np

from fer_tf.faces.face import Face

CAVEAT = (
    "Skin tone is read from the pixels of the cheeks: light, exposure, white balance and make-up move it by several "
    "steps. It describes the pictures of a dataset as a whole, and must not be taken for an attribute of a person."
)
# The Monk scale's swatches 1..10, sRGB (skintone.google).
_SWATCHES = "f6ede4 f3e7db f7ead0 eadaba d7bd96 a07e56 825c43 604134 3a312a 292420"
MONK_SWATCHES = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in _SWATCHES.split()], np.uint8)
# Lower ends in degrees (Chardon et al. 1991, Del Bino and Bernerd 2013), lightest first.
ITA_BANDS = {"very light": 55.0, "light": 41.0, "intermediate": 28.0, "tan": 10.0, "brown": -30.0, "dark": -90.0}
# Of the distance between the eyes: how far outwards a cheek lies, and its radius; of the way from eyes to mouth.
_OUTWARDS, _RADIUS, _DOWN = 0.08, 0.12, 0.6
_FEWEST_PIXELS = 8


def cheek_colour(image: np.ndarray, face: Face) -> np.ndarray | None:
    """Median colour of both cheeks.

    Args:
        image: uint8 (H, W, 3) RGB.
        face: found in it.

    Returns:
        float64 (3,) sRGB 0..255; None where too few pixels of them are in the picture.
    """
    points = {name: np.array(point) for name, point in face.keypoints.items()}
    eyes = (points["left_eye"], points["right_eye"])
    mouth = points["mouth"] if "mouth" in points else (points["mouth_left"] + points["mouth_right"]) / 2
    across, down = eyes[1] - eyes[0], mouth - (eyes[0] + eyes[1]) / 2
    distance = float(np.linalg.norm(across))
    height, width = image.shape[:2]
    left, top = (np.minimum(*eyes) - distance).clip(0, (width, height)).astype(int)
    right, bottom = (np.maximum(np.maximum(*eyes), mouth) + distance).clip(0, (width, height)).astype(int)
    rows, columns = np.mgrid[top:bottom, left:right] + 0.5
    cheeks = np.zeros(rows.shape, bool)
    for eye, side in zip(eyes, (-1, 1), strict=True):
        x, y = eye + side * _OUTWARDS * across + _DOWN * down
        cheeks |= (columns - x) ** 2 + (rows - y) ** 2 <= (_RADIUS * distance) ** 2
    pixels = image[top:bottom, left:right][cheeks]
    return np.median(pixels, axis=0) if len(pixels) >= _FEWEST_PIXELS else None


def lab(colours: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of sRGB colours 0..255, float64 (..., 3)."""
    flat = np.asarray(colours, np.float32).reshape(-1, 1, 3) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(np.shape(colours)).astype(np.float64)


def individual_typology_angle(colours: np.ndarray) -> np.ndarray:
    """ITA in degrees, atan2(L* - 50, b*), of sRGB colours 0..255 (..., 3); larger is lighter."""
    values = lab(colours)
    return np.degrees(np.arctan2(values[..., 0] - 50, np.maximum(values[..., 2], 1e-6)))


def monk_tone(colours: np.ndarray) -> np.ndarray:
    """The nearest of the Monk scale's swatches by CIEDE2000, int 1..10, of sRGB colours 0..255 (..., 3)."""
    distances = colour_difference(lab(colours)[..., None, :], lab(MONK_SWATCHES))
    return 1 + np.argmin(distances, axis=-1)


def colour_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """CIEDE2000 between colours in CIELAB (Sharma, Wu and Dalal 2005, equations 2 to 22).

    Args:
        one: float (..., 3).
        other: float (..., 3), of a shape that broadcasts with it.
    """
    (light1, a1, b1), (light2, a2, b2) = (np.moveaxis(np.asarray(colour, np.float64), -1, 0) for colour in (one, other))
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    (chroma1, hue1), (chroma2, hue2) = _polar(stretch * a1, b1), _polar(stretch * a2, b2)
    coloured = (chroma1 > 0) & (chroma2 > 0)
    turn = np.where(coloured, (hue2 - hue1 + 180) % 360 - 180, 0.0)
    hue = np.where(coloured, hue1 + turn / 2, hue1 + hue2) % 360
    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    weight = 1 + sum(
        factor * np.cos(np.radians(times * hue + shift))
        for factor, times, shift in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    )
    in_light = (light2 - light1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    in_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    in_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    rotation = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation *= -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return np.sqrt(in_light**2 + in_chroma**2 + in_hue**2 + rotation * in_chroma * in_hue)


def _polar(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
