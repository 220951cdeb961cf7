"""Draws a cartoon face from a person, action units and a disguise."""

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from fer_tf.labels import DISGUISES, GENDERS
from tfds_builders.drawn_faces.people import Person

# Monk skin tones 1..10 (https://skintone.google), as RGB.
MONK_SWATCHES = (
    *((246, 237, 228), (243, 231, 219), (247, 234, 208), (234, 218, 186), (215, 189, 150)),
    *((160, 126, 86), (130, 92, 67), (96, 65, 52), (58, 49, 42), (41, 36, 32)),
)
_SUPERSAMPLING = 4
_TURN = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
_WAY = np.linspace(0.0, 1.0, 12)[:, None]
# Weights of start, middle and end along a parabola through all three (Lagrange).
_PARABOLA = (2 * (_WAY - 0.5) * (_WAY - 1), 4 * _WAY * (1 - _WAY), 2 * _WAY * (_WAY - 0.5))

Colour = tuple[int, int, int]
Points = np.ndarray  # float (N, 2): x to the right, y down, in half images from the middle of the face


def draw_face(
    person: Person, units: dict[int, float], disguise: int, rng: np.random.Generator, size: int = 64
) -> np.ndarray:
    """Draws one picture; place, turn, light and noise are random.

    Args:
        person: who.
        units: action unit -> intensity 0..1; a missing one is 0.
        disguise: index in ``DISGUISES``; drawn are hat, sunglasses, clear_glasses and beard.
        rng: the source of chance.
        size: pixels a side.

    Returns:
        uint8 (size, size, 3) RGB.
    """
    face = _Face(person, units, rng, size * _SUPERSAMPLING)
    worn = DISGUISES[disguise]
    face.draw_head()
    face.draw_folds()
    if worn == "beard":
        face.draw_beard()
    face.draw_eyes()
    face.draw_nose()
    face.draw_mouth()
    face.draw_brows()
    face.draw_hair_front()
    if worn in ("sunglasses", "clear_glasses"):
        face.draw_glasses(dark=worn == "sunglasses")
    if worn == "hat":
        face.draw_hat()
    return _photograph(face.image, rng, size)


def _photograph(image: Image.Image, rng: np.random.Generator, size: int) -> np.ndarray:
    """Shrinks the drawing and adds what a camera adds: uneven light, blur, noise."""
    small = image.reduce(_SUPERSAMPLING).filter(ImageFilter.GaussianBlur(rng.uniform(0.0, 0.6)))
    pixels = np.asarray(small)
    direction = rng.uniform(0.0, 2.0 * np.pi)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    light = rng.uniform(0.8, 1.15) + rng.uniform(0.0, 0.25) * (np.cos(direction) * x + np.sin(direction) * y)
    noise = rng.normal(0.0, rng.uniform(2.0, 7.0), pixels.shape)
    return np.clip(pixels * light[..., None] + noise, 0.0, 255.0).round().astype(np.uint8)


def _shade(colour: Iterable[float], factor: float) -> Colour:
    return tuple(int(np.clip(channel * factor, 0, 255)) for channel in colour)


def _mix(first: Iterable[float], second: Iterable[float], share: float) -> Colour:
    return tuple(int(a + (b - a) * share) for a, b in zip(first, second, strict=True))


def _ellipse(x: float, y: float, width: float, height: float) -> Points:
    return np.stack([x + width * np.cos(_TURN), y + height * np.sin(_TURN)], axis=1)


def _curve(start: tuple, through: tuple, end: tuple) -> Points:
    """A parabola from start to end that passes a point half-way."""
    start, through, end = np.array([start, through, end], float)
    return _PARABOLA[0] * start + _PARABOLA[1] * through + _PARABOLA[2] * end


class _Face:
    """A drawing in progress: the canvas, the pose, and one method for each part."""

    def __init__(self, person: Person, units: dict[int, float], rng: np.random.Generator, pixels: int):
        self.person, self.pixels, self._rng = person, pixels, rng
        self._units = units
        swatch = np.array(MONK_SWATCHES[person.skin_tone - 1], float)
        # A little light, or the features of dark faces would vanish in 64 pixels.
        self.skin = tuple(np.clip(swatch * 0.9 + 18, 0, 255))
        self.line = _shade(self.skin, 0.55)
        self.hair = _shade(person.hair, rng.uniform(0.9, 1.1))
        self.brow = _mix(_shade(self.hair, 0.7), (0, 0, 0), 0.35)
        self._roll, self._scale = rng.normal(0.0, 0.07), rng.uniform(1.0, 1.18)
        self._place = rng.uniform(-0.05, 0.05, 2)
        self._yaw, self._pitch = rng.uniform(-0.08, 0.08), rng.uniform(-0.03, 0.03)
        top, bottom = (rng.integers(40, 220) + rng.integers(-35, 36, 3) for _ in range(2))
        ramp = np.clip(top + (bottom - top) * np.linspace(0.0, 1.0, pixels)[:, None], 0, 255).astype(np.uint8)
        self.image = Image.fromarray(ramp[:, None]).resize((pixels, pixels), Image.Resampling.NEAREST)
        self._pen = ImageDraw.Draw(self.image)

    def unit(self, number: int) -> float:
        return self._units.get(number, 0.0)

    def _to_pixels(self, points: Points, depth: float) -> list[float]:
        """Turns and places points; what is nearer to the viewer moves further with the turn."""
        shifted = np.asarray(points) + depth * np.array([self._yaw, self._pitch])
        cosine, sine = np.cos(self._roll), np.sin(self._roll)
        turned = shifted @ np.array([[cosine, sine], [-sine, cosine]]) * self._scale + self._place
        return ((turned + 1.0) * (self.pixels / 2)).ravel().tolist()

    def fill(self, points: Points, colour: Colour, depth: float = 1.0) -> None:
        self._pen.polygon(self._to_pixels(points, depth), fill=tuple(int(c) for c in colour))

    def stroke(self, points: Points, colour: Colour, width: float, depth: float = 1.0) -> None:
        pixels = max(1, round(width * self.pixels / 2 * self._scale))
        self._pen.line(self._to_pixels(points, depth), fill=tuple(int(c) for c in colour), width=pixels, joint="curve")

    def draw_head(self) -> None:
        width, height = self.person.head
        drop = 0.05 * self.unit(26)
        if GENDERS[self.person.gender] == "female":
            self.fill(_ellipse(0, 0.12, width * 1.28, height * 1.12), self.hair, depth=-0.5)
        neck = np.array([[-0.24, 0.4], [0.24, 0.4], [0.3, 1.3], [-0.3, 1.3]])
        self.fill(neck, _shade(self.skin, 0.8), depth=-0.5)
        for side in (-1, 1):
            self.fill(_ellipse(side * width, 0.02, 0.08, 0.14), _shade(self.skin, 0.9), depth=-0.2)
        self.fill(_ellipse(0, 0.05 + drop / 2, width, height + drop), self.skin, depth=0.0)

    def draw_beard(self) -> None:
        width, height = self.person.head
        jaw = _ellipse(0, 0.05, width, height)
        jaw = jaw[jaw[:, 1] > 0.2]
        order = np.argsort(jaw[:, 0])[::-1]
        inner = _curve((-width * 0.8, 0.2), (0, 0.24), (width * 0.8, 0.2))
        self.fill(np.concatenate([jaw[order], inner]), self.hair, depth=0.2)

    def draw_eyes(self) -> None:
        size, x_eye, y_eye = self.person.eye_size, 0.25 * self.person.eye_distance, -0.07
        upper = 0.075 * size * max(0.12, 1 + 0.75 * self.unit(5) - 0.45 * self.unit(7) - 0.25 * self.unit(6))
        lower = 0.055 * size * max(0.05, 1 - 0.75 * self.unit(7) - 0.85 * self.unit(6))
        gaze = self._rng.uniform(-0.025, 0.025)
        for side in (-1, 1):
            x, half = side * x_eye, 0.125 * size
            top = _curve((x - half, y_eye), (x, y_eye - upper), (x + half, y_eye))
            bottom = _curve((x + half, y_eye), (x, y_eye + lower), (x - half, y_eye))
            opening = np.concatenate([top, bottom])
            self.fill(opening, (238, 236, 232))
            for radius, colour in ((0.068, self.person.iris), (0.034, (10, 10, 10))):
                disc = _ellipse(x + gaze, y_eye - 0.008, radius * size, radius * size)
                disc[:, 1] = np.clip(disc[:, 1], *self._lid_limits(disc[:, 0] - x, half, y_eye, upper, lower))
                self.fill(disc, colour)
            self.stroke(top, _shade(self.line, 0.45), 0.032)
            self.stroke(bottom, _shade(self.line, 0.9), 0.016)

    @staticmethod
    def _lid_limits(x: np.ndarray, half: float, y_eye: float, upper: float, lower: float) -> tuple:
        """Heights of the two lids at x: the iris ends there."""
        share = np.clip(1.0 - (x / half) ** 2, 0.0, 1.0)
        return y_eye - upper * share, y_eye + lower * share

    def draw_folds(self) -> None:
        """The lines that a moving face throws; none in a resting one."""
        for side in (-1, 1):
            x = side * 0.25 * self.person.eye_distance
            self._fold(_curve((x - 0.1, 0.055), (x, 0.085), (x + 0.1, 0.055)), self.unit(6))
            cheek = max(self.unit(12), 0.8 * self.unit(10), 0.8 * self.unit(9))
            self._fold(_curve((side * 0.13, 0.16), (side * 0.25, 0.23), (side * 0.31, 0.38)), cheek)
            self._fold(np.array([[side * 0.05, -0.27 + 0.04], [side * 0.045, -0.14]]), self.unit(4))
            self._fold(np.array([[side * 0.09, 0.0], [side * 0.02, 0.03]]), self.unit(9))
            self._fold(np.array([[side * 0.09, 0.06], [side * 0.02, 0.085]]), self.unit(9))
        forehead = max(self.unit(2), 0.7 * self.unit(1))
        for y in (-0.47, -0.53):
            self._fold(_curve((-0.22, y + 0.02), (0, y), (0.22, y + 0.02)), forehead)
        self._fold(_curve((-0.09, 0.63), (0, 0.60), (0.09, 0.63)), self.unit(17))

    def _fold(self, points: Points, strength: float) -> None:
        if strength > 0.1:
            self.stroke(points, _mix(self.skin, self.line, min(1.0, strength * 1.2)), 0.022)

    def draw_nose(self) -> None:
        length = 0.2 * self.person.nose_length * (1 - 0.18 * self.unit(9))
        flare = 0.085 * (1 + 0.25 * self.unit(9))
        self.stroke(np.array([[0.02, -0.04], [0.035, length - 0.04]]), _mix(self.skin, self.line, 0.4), 0.02, depth=1.6)
        self.stroke(_curve((-flare, length), (0, length + 0.045), (flare, length)), self.line, 0.03, depth=1.8)

    def draw_mouth(self) -> None:
        unit, person = self.unit, self.person
        y = 0.40 - 0.02 * unit(17)
        half = 0.21 * person.mouth_width * (1 + 0.4 * unit(12) + 0.38 * unit(20) - 0.25 * unit(24) - 0.28 * unit(26))
        y_corner = y - 0.13 * unit(12) + 0.14 * unit(15) + 0.03 * unit(20)
        part = 0.05 * unit(25) + 0.22 * unit(26)
        y_top = y - 0.075 * unit(10) - 0.03 * unit(9) - 0.25 * part - 0.05 * unit(15) + 0.02 * unit(12)
        y_bottom = max(y_top, y + 0.75 * part + 0.055 * unit(12) - 0.05 * unit(15) - 0.045 * unit(17))
        if unit(25) < 0.1 and unit(26) < 0.1:
            y_top = y_bottom = (y_top + y_bottom) / 2
        thick = 0.05 * person.lip_weight * (1 - 0.65 * unit(24)) * (1 - 0.3 * unit(20))
        left, right = (-half, y_corner), (half, y_corner)
        lip = _mix(self.skin, (165, 60, 65), 0.6)
        outline = [_curve(left, (0, y_top - thick), right), _curve(right, (0, y_bottom + 1.2 * thick), left)]
        self.fill(np.concatenate(outline), lip)
        inner_top, inner_bottom = _curve(left, (0, y_top), right), _curve(right, (0, y_bottom), left)
        dark = _shade(_mix(self.line, (60, 10, 15), 0.6), 0.5)
        if y_bottom - y_top > 0.02:
            self.fill(np.concatenate([inner_top, inner_bottom]), dark)
            teeth = min(0.5 * (y_bottom - y_top), 0.07) * (1.4 if unit(26) < 0.3 else 0.7)
            edge = _curve(
                (0.8 * half, 0.8 * y_corner + 0.2 * y_top),
                (0, y_top + teeth),
                (-0.8 * half, y_corner * 0.8 + 0.2 * y_top),
            )
            self.fill(np.concatenate([inner_top[1:-1], edge]), (232, 228, 220))
        else:
            self.stroke(inner_top, dark, 0.028)

    def draw_brows(self) -> None:
        unit, x_eye = self.unit, 0.25 * self.person.eye_distance
        inner_y = -0.26 - 0.13 * unit(1) + 0.13 * unit(4) + 0.05 * unit(9)
        outer_y = -0.24 - 0.11 * unit(2) + 0.01 * unit(4)
        middle_y = -0.28 - 0.05 * unit(1) - 0.09 * unit(2) + 0.06 * unit(4) + 0.02 * unit(9)
        for side in (-1, 1):
            inner = (side * (x_eye - 0.13 - 0.045 * unit(4)), inner_y)
            brow = _curve(inner, (side * (x_eye + 0.02), middle_y), (side * (x_eye + 0.17), outer_y))
            self.stroke(brow, self.brow, 0.062 * self.person.brow_weight)

    def draw_hair_front(self) -> None:
        width, height = self.person.head
        top = _ellipse(0, 0.02, width * 1.06, height * 1.06)
        is_female = GENDERS[self.person.gender] == "female"
        line_y = -0.38 if is_female else -0.44
        crown = top[top[:, 1] < line_y]
        fringe = _curve((crown[:, 0].max(), line_y), (0.0, line_y - 0.1), (crown[:, 0].min(), line_y))
        self.fill(np.concatenate([crown[np.argsort(crown[:, 0])], fringe]), self.hair, depth=0.2)

    def draw_glasses(self, dark: bool) -> None:
        frame = (20, 20, 24)
        for side in (-1, 1):
            rim = _ellipse(side * 0.25 * self.person.eye_distance, -0.05, 0.2, 0.155)
            if dark:
                self.fill(rim, frame, depth=1.5)
            self.stroke(np.concatenate([rim, rim[:2]]), frame, 0.028, depth=1.5)
            self.stroke(np.array([[side * 0.43, -0.08], [side * self.person.head[0], -0.1]]), frame, 0.03, depth=0.8)
        self.stroke(np.array([[-0.06, -0.07], [0.06, -0.07]]), frame, 0.03, depth=1.5)

    def draw_hat(self) -> None:
        width = self.person.head[0]
        colour = tuple(self._rng.integers(20, 200, 3))
        dome = _ellipse(0, -0.4, width * 1.08, 0.55)
        self.fill(dome[dome[:, 1] <= -0.39], colour, depth=0.2)
        self.fill(_ellipse(0, -0.4, width * 1.4, 0.07), _shade(colour, 0.7), depth=0.6)
