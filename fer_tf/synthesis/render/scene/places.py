"""The background behind a person: a place of a named type, drawn anew for every picture."""

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.scene import indoor_home, indoor_public, outdoor, town
from fer_tf.synthesis.render.scene.brushes import through_lens
from fer_tf.synthesis.render.spec import PLACES

_DRAWERS = {
    **{name: getattr(indoor_home, name) for name in ("bar", "bedroom", "kitchen", "living_room")},
    **{name: getattr(indoor_public, name) for name in ("classroom", "hospital_room", "office", "supermarket")},
    **{name: getattr(outdoor, name) for name in ("beach", "forest_path", "mountain", "park", "plain", "studio")},
    **{name: getattr(town, name) for name in ("street", "playground")},
}
_OUTDOOR = frozenset(("beach", "forest_path", "mountain", "park", "playground", "street"))
_BLURS = (0.5, 0.5, 0.8, 0.8, 1.2, 1.6)  # standard deviations of the lens blur, in pixels of SIDE
_TINT_SPREAD = 0.05  # white balance differs from picture to picture
_EXPOSURE = (0.78, 1.22)
_MIN_SIDE = 16


def is_indoor(place: str) -> bool:
    """Whether a place lies under a roof; "plain" and "studio" do.

    Raises:
        InputError: the place is not known.
    """
    _check(place)
    return place not in _OUTDOOR


def draw_place(place: str, rng: np.random.Generator, size: int) -> np.ndarray:
    """Draws a place as a lens that is focused on a person before it would show it.

    Args:
        place: one of ``spec.PLACES``, "plain" (soft gradient) or "studio" (grey cloth).
        rng: source of randomness; the same state gives the same picture.
        size: side in pixels, at least 16. The same state gives the same place at any size.

    Returns:
        uint8 (size, size, 3) sRGB.

    Raises:
        InputError: the place is not known, or the size is too small.
    """
    _check(place)
    if size < _MIN_SIDE:
        raise InputError(f"size {size}: expected at least {_MIN_SIDE} pixels")
    space = _DRAWERS[place](rng)
    balance = rng.uniform(1.0 - _TINT_SPREAD, 1.0 + _TINT_SPREAD, 3) * rng.uniform(*_EXPOSURE)
    tint = tuple(np.array(space.tint) * balance)
    blur = _BLURS[int(rng.integers(len(_BLURS)))]
    picture = through_lens(space.pixels, space.glow, space.bokeh, rng, tint, blur)
    if rng.random() < 0.5:
        picture = cv2.flip(picture, 1)
    shrinks = size < picture.shape[0]
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _check(place: str) -> None:
    if place not in _DRAWERS:
        raise InputError(f"place {place!r}: known are plain, studio, {', '.join(PLACES)}")
