"""Rendered faces with their exact meshes, for the tests of this folder."""

import dataclasses
import functools

import numpy as np

from fer_tf.faces.face import Mesh
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.render.head.build import build_head
from fer_tf.synthesis.render.picture import draw, view_of
from fer_tf.synthesis.render.raster.projection import project
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Frame, Lamp, Light, Pose, Subject

SIZE = 192


@functools.cache
def frame(yaw: float = 0.0, lamp_x: float = 0.0) -> Frame:
    """A bald face before grey, lit from the front or a side."""
    scores = np.random.default_rng(5).normal(0, 0.7, len(SHAPE_NAMES))
    subject = Subject("s", 5, 1, 35.0, 4, tuple(scores), "bald", (60.0, 45.0, 35.0))
    light = Light((Lamp((lamp_x, -0.3, 1.0), (0.8, 0.8, 0.8)),), (0.35, 0.35, 0.35), (0.25, 0.25, 0.25))
    return Frame(subject, pose=Pose(yaw=yaw), light=light, place="studio", size=SIZE, face_size=0.27)


@functools.cache
def face(yaw: float = 0.0, lamp_x: float = 0.0) -> np.ndarray:
    """The picture, uint8 (SIZE, SIZE, 3); not to be written to."""
    image = draw(frame(yaw, lamp_x)).image
    image.setflags(write=False)
    return image


@functools.cache
def worn(name: str, yaw: float = 0.0) -> np.ndarray:
    """The same face with a disguise that the renderer drew."""
    return draw(dataclasses.replace(frame(yaw), disguise=DISGUISES.index(name))).image


@functools.cache
def mesh(yaw: float = 0.0) -> Mesh:
    """The drawn mesh, with depth in pixels, smaller towards the viewer."""
    of = frame(yaw)
    view = view_of(of)
    points = project(build_head(of.subject, of.expression).landmarks, of.pose, view)
    points[:, 2] = (points[:, 2] - view.camera_height) * of.face_size * of.size
    return Mesh(points.astype(np.float32), 1.0)
