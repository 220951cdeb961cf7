"""From head coordinates to the picture: turn of head and body, perspective."""

import dataclasses
import functools
import math

import numpy as np

from fer_tf.errors import InputError
from fer_tf.synthesis.render.raster.compiled import exact
from fer_tf.synthesis.render.spec import Pose
from fer_tf.synthesis.render.surface import Surface

# What the head turns about (head coordinates, E): the top of the neck, inside the head.
PIVOT = np.array([0.0, 0.25, -0.4], np.float32)
# Part of the head's yaw, pitch and roll that the shoulders follow.
BODY_SHARE = (0.25, 0.0, 0.25)
# The surface of this name bends between the two: above the first y (E) it goes with the head,
# below the second with the body.
BENDING_NAME = "neck"
BEND_TOP, BEND_BOTTOM = 0.9, 1.7


@dataclasses.dataclass(frozen=True)
class View:
    """Where the person lands in the picture.

    Attributes:
        face_size: E in the picture as part of its side, above 0.
        centre: (x, y) shares of width and height where the pivot lands.
        size: side of the picture in pixels.
        distance: E from the camera to the eyes; small is a wide-angle look.
        supersampling: subpixels per pixel and direction, 1..4.
    """

    face_size: float = 0.3
    centre: tuple[float, float] = (0.5, 0.5)
    size: int = 224
    distance: float = 8.0
    supersampling: int = 2

    def __post_init__(self) -> None:
        if not self.face_size > 0:
            raise InputError(f"face_size {self.face_size}: expected a share of the picture's side above 0")
        if self.size < 8:
            raise InputError(f"size {self.size}: expected at least 8 pixels")
        if not self.distance >= 3:
            raise InputError(f"distance {self.distance}: expected at least 3 E, or the nose touches the lens")
        if self.supersampling not in (1, 2, 3, 4):
            raise InputError(f"supersampling {self.supersampling}: expected 1, 2, 3 or 4")

    @property
    def camera_height(self) -> float:
        """E from the pivot to the camera, along z."""
        return self.distance - float(PIVOT[2])


@functools.lru_cache(maxsize=16)
def rotation_matrix(pose: Pose, shares: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> np.ndarray:
    """Turn of the head: pitch in the head's own axes, then yaw, then roll in the picture.

    Args:
        pose: degrees.
        shares: factors on yaw, pitch, roll.

    Returns:
        float32 (3, 3), read-only; world = matrix @ head, both relative to the pivot.
    """
    yaw, pitch, roll = (
        math.radians(angle * share) for angle, share in zip((pose.yaw, pose.pitch, pose.roll), shares, strict=True)
    )
    turn = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    tilt = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    matrix = (tilt @ turn @ nod).astype(np.float32)
    matrix.setflags(write=False)
    return matrix


def place(surface: Surface, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """Turns a surface with the head or the body.

    Args:
        surface: in head coordinates.
        pose: of the head.

    Returns:
        World coordinates, float32 (N, 3), E relative to the pivot; and the (3, 3) rotation that
        directions of this surface take (of a bending one, the head's).
    """
    vertices = np.asarray(surface.vertices, np.float32)
    head = rotation_matrix(pose)
    if surface.on_head:
        return turned(vertices, PIVOT, head), head
    body = rotation_matrix(pose, BODY_SHARE)
    if surface.name != BENDING_NAME:
        return turned(vertices, PIVOT, body), body
    down = np.clip((vertices[:, 1:2] - BEND_TOP) / (BEND_BOTTOM - BEND_TOP), 0.0, 1.0)
    down = down * down * (3.0 - 2.0 * down)
    return turned(vertices, PIVOT, head) * (1.0 - down) + turned(vertices, PIVOT, body) * down, head


@exact
def turned(points: np.ndarray, centre: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Matrix @ (point - centre) of each point, float32 (N, 3): for so narrow arrays faster than numpy's product."""
    result = np.empty(points.shape, np.float32)
    for index in range(points.shape[0]):
        x, y, z = points[index, 0] - centre[0], points[index, 1] - centre[1], points[index, 2] - centre[2]
        for axis in range(3):
            result[index, axis] = matrix[axis, 0] * x + matrix[axis, 1] * y + matrix[axis, 2] * z
    return result


def to_pixels(world: np.ndarray, view: View) -> np.ndarray:
    """Perspective.

    Args:
        world: float32 (N, 3), E relative to the pivot.
        view: the camera.

    Returns:
        float32 (N, 3): x and y in pixels of the final picture (pixel i covers i..i+1), and the
        distance from the camera along z in E.
    """
    middle = (view.centre[0] * view.size, view.centre[1] * view.size)
    near = view.face_size * view.size * view.distance
    return _pixels(
        world, np.float32(view.camera_height), np.float32(near), np.float32(middle[0]), np.float32(middle[1])
    )


@exact
def _pixels(world, camera_height, near, middle_x, middle_y):
    pixels = np.empty(world.shape, np.float32)
    for index in range(world.shape[0]):
        depth = camera_height - world[index, 2]
        scale = near / depth
        pixels[index, 0] = middle_x + scale * world[index, 0]
        pixels[index, 1] = middle_y + scale * world[index, 1]
        pixels[index, 2] = depth
    return pixels


def project(points: np.ndarray, pose: Pose, view: View) -> np.ndarray:
    """Where points of the head land in the picture.

    Args:
        points: float (N, 3), head coordinates.
        pose: of the head.
        view: the camera.

    Returns:
        float32 (N, 3): x, y in pixels, and the distance from the camera in E.
    """
    return to_pixels(turned(np.asarray(points, np.float32), PIVOT, rotation_matrix(pose)), view)
