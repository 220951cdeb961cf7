"""The whole head of a subject with an expression."""

import dataclasses
import functools

import numpy as np

from fer_tf.synthesis.render.head import eyes, lids, lips, mouth, muscles, skull, topology
from fer_tf.synthesis.render.head.body import body_surfaces
from fer_tf.synthesis.render.head.ears import ears_surface
from fer_tf.synthesis.render.head.lashes import lash_surface
from fer_tf.synthesis.render.head.shape import rest_landmarks, subject_scores
from fer_tf.synthesis.render.skin import texture_space
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Expression, Subject
from fer_tf.synthesis.render.surface import Material, Surface

# Half axes of the line in the texture, outside of the face, whose colours the back of the head takes
# (to the sides; down, up), and the depths between which it changes over, E.
_BORDER_X, _BORDER_Y = 0.95, (1.62, 1.12)
_BEHIND = (-0.70, -0.95)

# Light at the lips' inner line and on the two rows behind it.
_LIP_LINE = (0.5, 0.4, 0.25)


@dataclasses.dataclass(frozen=True)
class Head:
    """A head, ready to be drawn.

    Attributes:
        landmarks: float32 (468, 3), E, with the expression.
        neutral: float32 (468, 3), the same person at rest.
        jaw: float32 (4, 4), how the lower jaw has moved.
        surfaces: "face" (textured, with the skull), eyes, mouth, ears, neck and clothes.
    """

    landmarks: np.ndarray
    neutral: np.ndarray
    jaw: np.ndarray
    surfaces: tuple[Surface, ...]


@functools.lru_cache(maxsize=1)
def face_uv() -> np.ndarray:
    """Texture pixels of the fine face vertices, float32 (N, 2)."""
    points = topology.refine_face(topology.extend(topology.neutral_face()))
    # Behind its widest part the skull would take the face's colours: it takes those of its border.
    centre = skull.scalp_centre(topology.neutral_face())
    way = points[:, :2] - centre[:2]
    length = np.linalg.norm(way, axis=1) + 1e-9
    border = 1 / np.hypot(way[:, 0] / length / _BORDER_X, way[:, 1] / length / np.where(way[:, 1] > 0, *_BORDER_Y))
    behind = topology.smoothstep(*_BEHIND, points[:, 2])
    points[:, :2] = centre[:2] + way * (1 + behind * (np.maximum(border / length, 1) - 1))[:, None]
    points[:, 0] = points[:, 0].clip(-_BORDER_X, _BORDER_X)
    return texture_space.to_texture(points)


@functools.lru_cache(maxsize=1)
def _face_colour() -> np.ndarray:
    """1, but darker where little light comes: at the lips' inner line and behind it, float32 (N, 3)."""
    common = topology.mesh()
    colour = np.ones((common.count, 3), np.float32)
    for vertices, share in zip((common.mouth, *common.mouth_rims), _LIP_LINE, strict=True):
        colour[vertices] = share
    return colour


@functools.lru_cache(maxsize=32)
def _rest(subject: Subject) -> tuple[np.ndarray, np.ndarray, tuple[eyes.Socket, eyes.Socket]]:
    landmarks = rest_landmarks(subject)
    return landmarks, topology.extend(landmarks), eyes.sockets(landmarks)


@functools.lru_cache(maxsize=32)
def _still_surfaces(subject: Subject) -> tuple[Surface, ...]:
    """What no expression moves: ears, neck, clothes."""
    scores = dict(zip(SHAPE_NAMES, subject_scores(subject), strict=True))
    ears = ears_surface(subject, _rest(subject)[0], scores["ear_size"])
    return ears, *body_surfaces(subject, scores["neck_width"])


def build_head(subject: Subject, expression: Expression) -> Head:
    """Shape a subject's head.

    Args:
        subject: who; the rest shape is remembered for the last few.
        expression: action units and gaze.

    Returns:
        The head in head coordinates.
    """
    rest, coarse_rest, places = _rest(subject)
    active = muscles.combined(expression)
    points = rest + muscles.pulled(active)
    lids.move_lids(points, rest, places, active, expression.gaze[1])
    lips.move_lips(points, rest, active)
    fine = topology.refine_face(topology.follow(coarse_rest, points))
    lids.fit_to_eyeball(fine, places)
    mouth.curl_lips(fine)
    face = Surface(
        fine.astype(np.float32),
        topology.mesh().triangles,
        Material.SKIN,
        _face_colour(),
        "face",
        uv=face_uv(),
        textured=True,
    )
    jaw = lips.jaw_transform(lips.jaw_angle(active))
    surfaces = (
        face,
        *eyes.eye_surfaces(subject, places, expression.gaze),
        lash_surface(subject, fine, places),
        *mouth.mouth_surfaces(fine, rest, jaw, subject),
        *_still_surfaces(subject),
    )
    return Head(
        fine[: topology.LANDMARKS].astype(np.float32), rest.astype(np.float32), jaw.astype(np.float32), surfaces
    )
