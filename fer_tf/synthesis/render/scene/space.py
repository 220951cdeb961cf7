"""A camera in a room or landscape: projects panels, boxes, posts and balls to a picture."""

import dataclasses

import cv2
import numpy as np

from fer_tf.synthesis.render.scene.brushes import SIDE, Colour, corner_shade, scaled, shade

NEAR = 0.25  # metres before the camera where things are cut off
_SHIFT = 4  # drawing positions are in sixteenths of a pixel
_ONE = 1 << _SHIFT
_FAR = 20000.0 * _ONE  # drawing positions are kept within this
_GLOW_SIDE = SIDE // 4
# Faces of a box: corners (numbers whose bits are x, y, z: 0 low, 1 high), axis, high side?
_FACES = (
    ((0, 2, 6, 4), 0, False),
    ((1, 3, 7, 5), 0, True),
    ((0, 1, 5, 4), 1, False),
    ((2, 3, 7, 6), 1, True),
    ((0, 1, 3, 2), 2, False),
)
_FACE_GAIN = {(0, False): 0.80, (0, True): 0.66, (1, False): 0.40, (1, True): 1.12, (2, False): 0.92}
_CORNER_BITS = np.array([[number & 1, number >> 1 & 1, number >> 2 & 1] for number in range(8)], np.float64)


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
        glow: uint8 (SIDE / 4, SIDE / 4, 3): lamps that shine into the lens.
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
        self.eye = eye
        self._scale = focal * SIDE
        turn, tilt = np.deg2rad(yaw), np.deg2rad(pitch)
        right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
        level = np.array([np.sin(turn), 0.0, np.cos(turn)])
        up = np.array([0.0, np.cos(tilt), 0.0]) - np.sin(tilt) * level
        away = np.array([0.0, np.sin(tilt), 0.0]) + np.cos(tilt) * level
        rows = np.stack([SIDE / 2 * away + self._scale * right, SIDE / 2 * away - self._scale * up, away])
        self._matrix = np.concatenate([rows, -rows @ np.array([[0.0], [eye], [0.0]])], axis=1)
        self.horizon = int(np.clip(SIDE / 2 + self._scale * np.tan(tilt), 8, SIDE - 8))

    def project(self, points: np.ndarray) -> np.ndarray:
        """Homogeneous pixels (N, 3) of world points (N, 3); the last column is the depth in metres."""
        return np.asarray(points, np.float64) @ self._matrix[:, :3].T + self._matrix[:, 3]

    def _outline(self, points: np.ndarray) -> np.ndarray | None:
        """Pixels float (M, 2) of a flat polygon, cut off near the camera; None if nothing is left."""
        image = self.project(points)
        if image[:, 2].min() < NEAR:
            image = _cut_near(image)
            if len(image) < 3:
                return None
        return image[:, :2] / image[:, 2:]

    def polygon(self, points: np.ndarray, colour: Colour) -> None:
        """Fills a flat convex polygon, world points (N, 3), with one colour."""
        outline = self._outline(points)
        if outline is not None:
            cv2.fillConvexPoly(self.pixels, _fixed(outline), colour, cv2.LINE_AA, _SHIFT)

    def panel(self, corner: tuple, across: tuple, down: tuple, picture: np.ndarray, gain: float = 1.0) -> None:
        """Hangs a picture on a parallelogram in space.

        Args:
            corner: world point of the picture's upper left corner.
            across: world vector along its upper edge.
            down: world vector along its left edge.
            picture: uint8 (height, width, 3).
            gain: factor on its brightness.
        """
        corner, across, down = (np.array(part, np.float64) for part in (corner, across, down))
        outline = self._outline(np.stack([corner, corner + across, corner + across + down, corner + down]))
        if outline is None:
            return
        low = np.clip(np.floor(outline.min(axis=0)), 0, SIDE).astype(int)
        high = np.clip(np.ceil(outline.max(axis=0)) + 1, 0, SIDE).astype(int)
        if (high <= low).any():
            return
        height, width = picture.shape[:2]
        plane = np.stack([across / (width - 1), down / (height - 1), corner], axis=1)
        homography = self._matrix[:, :3] @ plane
        homography[:, 2] += self._matrix[:, 3]
        homography[:2] -= low[:, None] * homography[2]
        if gain != 1.0:
            picture = cv2.convertScaleAbs(picture, alpha=gain)
        view = self.pixels[low[1] : high[1], low[0] : high[0]]
        size = (view.shape[1], view.shape[0])
        seen = cv2.warpPerspective(picture, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros(view.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, _fixed(outline - low), 255, cv2.LINE_8, _SHIFT)
        cv2.copyTo(seen, mask, view)

    def box(self, low: tuple, high: tuple, colour: Colour, front: np.ndarray | None = None) -> None:
        """A box with faces along the axes, shaded by where they look.

        Args:
            low: smallest x, y, z.
            high: largest x, y, z.
            colour: of its faces.
            front: picture for the face towards the viewer, or None.
        """
        low, high = np.array(low, np.float64), np.array(high, np.float64)
        corners = low + _CORNER_BITS * (high - low)
        camera = (0.0, self.eye, 0.0)
        for numbers, axis, is_high in _FACES:
            seen = camera[axis] > high[axis] if is_high else camera[axis] < low[axis]
            if not seen:
                continue
            if axis == 2 and front is not None:
                size = high - low
                self.panel((low[0], high[1], low[2]), (size[0], 0, 0), (0, -size[1], 0), front)
            else:
                self.polygon(corners[list(numbers)], scaled(colour, _FACE_GAIN[axis, is_high]))

    def stick(self, start: tuple, end: tuple, thickness: float, colour: Colour) -> None:
        """A round post between two world points before the camera, its thickness in metres."""
        image = self.project(np.array([start, end]))
        if image[:, 2].min() < NEAR:
            return
        pixels = _fixed(image[:, :2] / image[:, 2:])
        width = max(1, round(self._scale * thickness / image[:, 2].mean()))
        first, last = (tuple(map(int, end)) for end in pixels)
        cv2.line(self.pixels, first, last, colour, width, cv2.LINE_AA, _SHIFT)
        if width >= 4:  # the lit side of the post
            lit = (first[0] - width * 3, first[1]), (last[0] - width * 3, last[1])
            cv2.line(self.pixels, *lit, scaled(colour, 1.25), max(1, width // 3), cv2.LINE_AA, _SHIFT)

    def spot(self, point: tuple) -> tuple[int, int, float] | None:
        """Column, row and pixels per metre at a world point; None behind the camera."""
        column, row, depth = self.project(np.array([point]))[0]
        return (int(column / depth), int(row / depth), self._scale / depth) if depth > NEAR else None

    def ball(self, centre: tuple, radius: float, colour: Colour, flat: float = 1.0) -> None:
        """A ball (``flat`` < 1: squeezed in height) with a lit upper side."""
        spot = self.spot(centre)
        if spot is None:
            return
        column, row, scale = spot
        size = max(1.0, radius * scale)
        for shrink, gain in ((1.0, 0.75), (0.82, 0.95), (0.5, 1.12)):
            middle = (
                int((column - size * (1 - shrink) * 0.4) * _ONE),
                int((row - size * flat * (1 - shrink) * 0.5) * _ONE),
            )
            axes = (int(size * shrink * _ONE), int(size * flat * shrink * _ONE))
            cv2.ellipse(self.pixels, middle, axes, 0, 0, 360, scaled(colour, gain), -1, cv2.LINE_AA, _SHIFT)

    def shadow(self, points: np.ndarray, strength: float = 0.5, softness: float = 2.0) -> None:
        """Darkens what lies under a flat polygon of world points, with a soft edge.

        Args:
            points: world points (N, 3).
            strength: 0..1.
            softness: blur in quarter pixels of the picture.
        """
        outline = self._outline(points)
        if outline is None:
            return
        mask = np.zeros((_GLOW_SIDE, _GLOW_SIDE), np.float32)
        cv2.fillConvexPoly(mask, _fixed(outline / 4.0), strength, cv2.LINE_8, _SHIFT)
        mask = cv2.resize(cv2.GaussianBlur(mask, (0, 0), softness), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        rows = np.flatnonzero(mask.max(axis=1) > 0.01)
        if rows.size:
            part = slice(rows[0], rows[-1] + 1)
            shade(self.pixels[part], 1.0 - mask[part])

    def lamp(self, point: tuple, radius: float, colour: Colour) -> None:
        """A shining disc at a world point with a halo in the lens; the radius in metres."""
        spot = self.spot(point)
        if spot is None:
            return
        column, row, scale = spot
        size = max(1, round(radius * scale))
        cv2.circle(self.pixels, (column, row), size, scaled(colour, 1.3), -1, cv2.LINE_AA)
        cv2.circle(self.glow, (column // 4, row // 4), max(1, size // 4), colour, -1)

    def bokeh_disc(self, across: float, down: float, radius: float, colour: Colour) -> None:
        """A light far out of focus; position and radius are shares of the picture's side."""
        middle = (int(across * SIDE), int(down * SIDE))
        size = max(1, int(radius * SIDE))
        cv2.circle(self.bokeh, middle, size, scaled(colour, 0.5), -1, cv2.LINE_AA)
        cv2.circle(self.bokeh, middle, size, scaled(colour, 0.65), 1, cv2.LINE_AA)

    def shine(self, points: np.ndarray, colour: Colour) -> None:
        """A flat shining polygon, as a window or a light panel, with a weak halo."""
        outline = self._outline(points)
        if outline is not None:
            cv2.fillConvexPoly(self.pixels, _fixed(outline), colour, cv2.LINE_AA, _SHIFT)
            cv2.fillConvexPoly(self.glow, _fixed(outline / 4.0), scaled(colour, 0.35), cv2.LINE_8, _SHIFT)

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


def _fixed(outline: np.ndarray) -> np.ndarray:
    """Pixel positions as OpenCV's fixed-point numbers; far ones are pulled in to stay in range."""
    return np.maximum(np.minimum(outline * _ONE, _FAR), -_FAR).astype(np.int32)


def _cut_near(image: np.ndarray) -> np.ndarray:
    """The part of a convex polygon, homogeneous (N, 3), deeper than NEAR."""
    kept = []
    for start, end in zip(image, np.roll(image, -1, axis=0), strict=True):
        if start[2] >= NEAR:
            kept.append(start)
        if (start[2] >= NEAR) != (end[2] >= NEAR):
            kept.append(start + (end - start) * (NEAR - start[2]) / (end[2] - start[2]))
    return np.array(kept).reshape(-1, 3)
