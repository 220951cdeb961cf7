"""A camera in a room or landscape: projects panels, boxes, posts and balls to a picture."""

import dataclasses
import math
from collections.abc import Sequence

import cv2
import numpy as np

from fer_tf.synthesis.render.scene.brushes import SIDE, Colour, corner_shade, scaled, shade
from fer_tf.synthesis.render.scene.projection import ONE, SHIFT, Point, Projection, fixed

_GLOW_SHARE = 2
_GLOW_SIDE = SIDE // _GLOW_SHARE
# A picture so many times higher than where it hangs is shrunk first, unless its sides have fewer pixels.
_SHRUNK_FROM, _LEAST = 1.7, 8
# Faces of a box: corners (numbers whose bits are x, y, z: 0 low, 1 high), axis, high side?
_FACES = (
    ((0, 2, 6, 4), 0, False),
    ((1, 3, 7, 5), 0, True),
    ((0, 1, 5, 4), 1, False),
    ((2, 3, 7, 6), 1, True),
    ((0, 1, 3, 2), 2, False),
)
_FACE_GAIN = {(0, False): 0.80, (0, True): 0.66, (1, False): 0.40, (1, True): 1.12, (2, False): 0.92}


@dataclasses.dataclass(frozen=True)
class Room:
    """A room around the camera, metres: walls at x = left and right, the back one at z = depth."""

    left: float
    right: float
    depth: float
    height: float


class Space:
    """A picture and the camera that looks into it.

    World axes: x to the right, y up from the floor, z away from the camera; metres. The camera
    stands at (0, eye, 0). Things are painted over what was drawn before: draw the far ones first.

    Attributes:
        pixels: uint8 (SIDE, SIDE, 3) sRGB.
        glow: uint8 (SIDE / 2, SIDE / 2, 3): lamps that shine into the lens.
        bokeh: uint8 (SIDE, SIDE, 3): lights far out of focus.
        tint: factors of the whole picture's red, green and blue.
        horizon: row of the horizon in pixels.
    """

    def __init__(self, eye: float, focal: float, yaw: float = 0.0, pitch: float = 0.0):
        """Sets up the camera.

        Args:
            eye: height above the floor in metres.
            focal: focal length as part of the picture's side; 0.8 is a wide angle.
            yaw: degrees to the right.
            pitch: degrees upwards.
        """
        self.pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
        self.glow = np.zeros((_GLOW_SIDE, _GLOW_SIDE, 3), np.uint8)
        self.bokeh = np.zeros((SIDE, SIDE, 3), np.uint8)
        self.tint: Colour = (1.0, 1.0, 1.0)
        self._view = Projection(eye, focal, yaw, pitch)
        self.horizon = self._view.horizon

    def sees(self, points: Sequence[Point]) -> bool:
        """Whether a part of a flat convex polygon of world points may be in the picture."""
        return self._view.outline(points) is not None

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fills a flat convex polygon of world points with one colour."""
        outline = self._view.outline(points)
        if outline is not None:
            cv2.fillConvexPoly(self.pixels, fixed(outline, 0.0, 0.0, 1.0), colour, cv2.LINE_AA, SHIFT)

    def panel(self, corner: tuple, across: tuple, down: tuple, picture: np.ndarray, gain: float = 1.0) -> None:
        """Hangs a picture on a parallelogram in space.

        Args:
            corner: world point of the picture's upper left corner.
            across: world vector along its upper edge.
            down: world vector along its left edge.
            picture: uint8 (height, width, 3).
            gain: factor on its brightness.
        """
        end = [c + a + d for c, a, d in zip(corner, across, down, strict=True)]
        upper = [c + a for c, a in zip(corner, across, strict=True)]
        lower = [c + d for c, d in zip(corner, down, strict=True)]
        outline = self._view.outline((corner, upper, end, lower))
        if outline is None:
            return
        (low_column, low_row), (high_column, high_row) = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
        left, top = max(0, math.floor(low_column)), max(0, math.floor(low_row))
        view = self.pixels[top : max(0, math.ceil(high_row) + 1), left : max(0, math.ceil(high_column) + 1)]
        if not view.size:
            return
        if picture.shape[0] > _SHRUNK_FROM * (high_row - low_row) and min(picture.shape[:2]) > _LEAST:
            half = (picture.shape[1] // 2, picture.shape[0] // 2)
            picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
        height, width = picture.shape[:2]
        plane = np.array((across, down, corner), np.float64).T
        plane[:, :2] /= (width - 1, height - 1)
        homography = self._view.matrix[:, :3] @ plane
        homography[:, 2] += self._view.matrix[:, 3]
        homography[0] -= left * homography[2]
        homography[1] -= top * homography[2]
        if gain != 1.0:
            picture = cv2.convertScaleAbs(picture, alpha=gain)
        size = (view.shape[1], view.shape[0])
        seen = cv2.warpPerspective(picture, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros(view.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, fixed(outline, left, top, 1.0), 255, cv2.LINE_8, SHIFT)
        cv2.copyTo(seen, mask, view)

    def box(self, low: tuple, high: tuple, colour: Colour, front: np.ndarray | None = None) -> None:
        """A box with faces along the axes, shaded by where they look.

        Args:
            low: smallest x, y, z.
            high: largest x, y, z.
            colour: of its faces.
            front: picture for the face towards the viewer, or None.
        """
        camera = (0.0, self._view.eye, 0.0)
        for numbers, axis, is_high in _FACES:
            seen = camera[axis] > high[axis] if is_high else camera[axis] < low[axis]
            if not seen:
                continue
            if axis == 2 and front is not None:
                wide, tall = high[0] - low[0], high[1] - low[1]
                self.panel((low[0], high[1], low[2]), (wide, 0, 0), (0, -tall, 0), front)
            else:
                corners = [[(high if number >> axis & 1 else low)[axis] for axis in range(3)] for number in numbers]
                self.polygon(corners, scaled(colour, _FACE_GAIN[axis, is_high]))

    def stick(self, start: Point, end: Point, thickness: float, colour: Colour) -> None:
        """A round post between two world points before the camera, its thickness in metres."""
        first, last = self._view.pixel(start), self._view.pixel(end)
        if first is None or last is None:
            return
        width = max(1, round(self._view.scale * thickness * 2 / (first[2] + last[2])))
        if _beside(first[0], last[0], width) or _beside(first[1], last[1], width):
            return
        first, last = (int(first[0] * ONE), int(first[1] * ONE)), (int(last[0] * ONE), int(last[1] * ONE))
        cv2.line(self.pixels, first, last, colour, width, cv2.LINE_AA, SHIFT)
        if width >= 3:  # the lit side of the post
            lit = (first[0] - width * 3, first[1]), (last[0] - width * 3, last[1])
            cv2.line(self.pixels, *lit, scaled(colour, 1.25), max(1, width // 3), cv2.LINE_AA, SHIFT)

    def spot(self, point: Point) -> tuple[int, int, float] | None:
        """Column, row and pixels per metre at a world point; None behind the camera."""
        pixel = self._view.pixel(point)
        return (int(pixel[0]), int(pixel[1]), self._view.scale / pixel[2]) if pixel else None

    def ball(self, centre: tuple, radius: float, colour: Colour, flat: float = 1.0) -> None:
        """A ball (``flat`` < 1: squeezed in height) with a lit upper side."""
        spot = self.spot(centre)
        if spot is None:
            return
        column, row, scale = spot
        size = max(1.0, radius * scale)
        if _beside(column, column, 2 * size) or _beside(row, row, 2 * size):
            return
        for shrink, gain in ((1.0, 0.75), (0.82, 0.95), (0.5, 1.12)):
            middle = (
                int((column - size * (1 - shrink) * 0.4) * ONE),
                int((row - size * flat * (1 - shrink) * 0.5) * ONE),
            )
            axes = (int(size * shrink * ONE), int(size * flat * shrink * ONE))
            cv2.ellipse(self.pixels, middle, axes, 0, 0, 360, scaled(colour, gain), -1, cv2.LINE_AA, SHIFT)

    def shadow(self, points: np.ndarray, strength: float = 0.5, softness: float = 2.0) -> None:
        """Darkens what lies under a flat polygon of world points, with a soft edge.

        Args:
            points: world points (N, 3).
            strength: 0..1.
            softness: blur in pixels of ``glow``.
        """
        outline = self._view.outline(points)
        if outline is None:
            return
        reach = 2 + int(3 * softness)
        low, high = (outline[:, 1].min() / _GLOW_SHARE - reach, outline[:, 1].max() / _GLOW_SHARE + reach)
        first, last = int(max(0, low)), int(min(_GLOW_SIDE, high))
        mask = np.zeros((last - first, _GLOW_SIDE), np.float32)
        cv2.fillConvexPoly(mask, fixed(outline, 0.0, first * _GLOW_SHARE, 1 / _GLOW_SHARE), strength, cv2.LINE_8, SHIFT)
        mask = cv2.GaussianBlur(mask, (0, 0), softness)
        mask = cv2.resize(mask, (SIDE, len(mask) * _GLOW_SHARE), interpolation=cv2.INTER_LINEAR)
        shade(self.pixels[first * _GLOW_SHARE : last * _GLOW_SHARE], 1.0 - mask)

    def lamp(self, point: tuple, radius: float, colour: Colour) -> None:
        """A shining disc at a world point with a halo in the lens; the radius in metres."""
        spot = self.spot(point)
        if spot is None:
            return
        column, row, scale = spot
        size = max(1, round(radius * scale))
        cv2.circle(self.pixels, (column, row), size, scaled(colour, 1.3), -1, cv2.LINE_AA)
        middle = (column // _GLOW_SHARE, row // _GLOW_SHARE)
        cv2.circle(self.glow, middle, max(1, size // _GLOW_SHARE), colour, -1)

    def bokeh_disc(self, across: float, down: float, radius: float, colour: Colour) -> None:
        """A light far out of focus; position and radius are shares of the picture's side."""
        middle = (int(across * SIDE * ONE), int(down * SIDE * ONE))
        size = int(max(1.0, radius * SIDE) * ONE)
        cv2.circle(self.bokeh, middle, size, scaled(colour, 0.5), -1, cv2.LINE_AA, SHIFT)
        cv2.circle(self.bokeh, middle, size, scaled(colour, 0.65), 1, cv2.LINE_AA, SHIFT)

    def shine(self, points: np.ndarray, colour: Colour) -> None:
        """A flat shining polygon, as a window or a light panel, with a weak halo."""
        outline = self._view.outline(points)
        if outline is not None:
            cv2.fillConvexPoly(self.pixels, fixed(outline, 0.0, 0.0, 1.0), colour, cv2.LINE_AA, SHIFT)
            cv2.fillConvexPoly(
                self.glow, fixed(outline, 0.0, 0.0, 1 / _GLOW_SHARE), scaled(colour, 0.35), cv2.LINE_8, SHIFT
            )

    def walls(
        self,
        room: Room,
        back: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        floor: np.ndarray,
        ceiling: np.ndarray,
        gains: tuple[float, float] = (0.9, 0.75),
    ) -> None:
        """Paints an empty room. The pictures are darkened towards their edges in place.

        Args:
            room: its measures.
            back: picture on the back wall.
            left: picture on the left wall; its left edge is near the camera.
            right: picture on the right wall; its right edge is near the camera.
            floor: its upper edge is at the back.
            ceiling: its lower edge is at the back.
            gains: brightness of the left and the right wall.
        """
        wide = (room.right - room.left, 0, 0)
        deep = (0, 0, room.depth)
        tall = (0, -room.height, 0)
        for picture in (back, left, right, floor, ceiling):
            shade(picture, corner_shade(*picture.shape[:2]))
        self.panel((room.left, room.height, 0), wide, deep, ceiling)
        self.panel((room.left, 0, room.depth), wide, (0, 0, -room.depth), floor)
        self.panel((room.left, room.height, 0), deep, tall, left, gains[0])
        self.panel((room.right, room.height, room.depth), (0, 0, -room.depth), tall, right, gains[1])
        self.panel((room.left, room.height, room.depth), wide, tall, back)


def _beside(first: float, last: float, margin: float) -> bool:
    """Whether all between two columns (or rows) lies outside the picture, by more than a margin."""
    return max(first, last) < -margin or min(first, last) > SIDE + margin
