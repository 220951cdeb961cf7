"""One frame in, one picture with its truth out."""

import dataclasses
import functools

import cv2
import numpy as np

from fer_tf.labels import DISGUISES
from fer_tf.synthesis.render.camera import photograph
from fer_tf.synthesis.render.disguise.wear import disguise_surfaces, hides_hair
from fer_tf.synthesis.render.hair.facial_hair import facial_hair_surfaces
from fer_tf.synthesis.render.hair.scalp_hair import hair_surfaces
from fer_tf.synthesis.render.head.build import Head, build_head
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.raster.projection import View, project
from fer_tf.synthesis.render.raster.render import Raster, render_surfaces
from fer_tf.synthesis.render.scene.places import draw_place
from fer_tf.synthesis.render.skin.make_up import apply_make_up
from fer_tf.synthesis.render.skin.texture import Skin, paint_skin
from fer_tf.synthesis.render.skin.wrinkles import expression_marks
from fer_tf.synthesis.render.spec import Expression, Frame, Subject
from fer_tf.synthesis.render.truth import face_mask, unit_masks

_MAKE_UP = DISGUISES.index("make_up")
_BEARD = DISGUISES.index("beard")  # in the place of the subject's own
# A bystander stands further away: E in the picture as part of the subject's.
_BYSTANDER_SIZE = (0.45, 0.7)
# Subjects are drawn one after the other; a few are kept for sheets that mix them.
_SUBJECTS_KEPT = 8


@dataclasses.dataclass(frozen=True)
class Picture:
    """A drawn face and what is true of it.

    Attributes:
        image: uint8 (size, size, 3) RGB.
        mesh: float32 (468, 2), x and y in pixels of the face mesh's points; hidden ones too.
        unit_masks: uint8 (size, size, 3), the region of each action unit: bit k % 8 of channel
            k // 8 stands for number k of ``labels.ACTION_UNITS``; see ``truth.unit_mask``.
        face: bool (size, size), where the face's skin is seen.
        person: bool (size, size), where the person is seen, with hair, clothes and disguise.
    """

    image: np.ndarray
    mesh: np.ndarray
    unit_masks: np.ndarray
    face: np.ndarray
    person: np.ndarray


def draw(frame: Frame) -> Picture:
    """Draws a frame; the same frame gives the same bytes, on any number of processes.

    Args:
        frame: everything about the picture.

    Returns:
        The picture with its truth.
    """
    scene = frame.scene or frame
    scene_seed, disguise_seed, _ = np.random.SeedSequence(scene.seed).spawn(3)
    camera_seed = np.random.SeedSequence(frame.seed).spawn(3)[2]
    background = _background(scene, np.random.default_rng(scene_seed))
    head, raster = _person(frame, background, np.random.default_rng(disguise_seed))
    return Picture(
        image=photograph(raster.image, frame.camera, np.random.default_rng(camera_seed)),
        mesh=project(head.landmarks, frame.pose, view_of(frame))[:, :2],
        unit_masks=unit_masks(raster),
        face=face_mask(raster),
        person=raster.coverage > 0.5,
    )


def view_of(frame: Frame) -> View:
    """The camera of a frame."""
    return View(face_size=frame.face_size, centre=frame.centre, size=frame.size)


def _person(frame: Frame, background: np.ndarray, rng: np.random.Generator) -> tuple[Head, Raster]:
    """The person of the frame before a background, uint8 (size, size, 3)."""
    subject, expression = frame.subject, frame.expression
    head = build_head(subject, expression)
    skin = _skin(subject)
    if frame.disguise == _MAKE_UP:
        skin = apply_make_up(skin, subject, rng)
    worn = disguise_surfaces(frame.disguise, subject, head, rng)
    surfaces = (
        *head.surfaces,
        *hair_surfaces(subject, head, hides_hair(frame.disguise)),
        *(() if frame.disguise == _BEARD else facial_hair_surfaces(subject, head)),
        *worn,
    )
    marks = expression_marks(subject, expression)
    return head, render_surfaces(surfaces, skin, marks, frame.pose, frame.light, view_of(frame), background)


@functools.lru_cache(maxsize=_SUBJECTS_KEPT)
def _skin(subject: Subject) -> Skin:
    return paint_skin(subject)


def _background(frame: Frame, rng: np.random.Generator) -> np.ndarray:
    """The place, with bystanders, out of focus."""
    image = draw_place(frame.place, rng, frame.size)
    for number in range(frame.bystanders):
        image = _with_bystander(frame, image, number, rng)
    if frame.bystanders:
        image = cv2.GaussianBlur(image, (0, 0), frame.size * rng.uniform(0.002, 0.008))
    return image


def _with_bystander(frame: Frame, background: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    # To either side in turn, at a height at which a person further away appears.
    side = 1 if number % 2 else -1
    size = frame.face_size * rng.uniform(*_BYSTANDER_SIZE)
    x = frame.centre[0] + side * (1.5 * frame.face_size + rng.uniform(0.5, 1.2) * size)
    other = dataclasses.replace(
        frame,
        subject=draw_subject(rng, f"{frame.subject.subject_id}_bystander{number}"),
        expression=Expression(),
        disguise=0,
        face_size=size,
        centre=(x, frame.centre[1] + rng.uniform(-0.05, 0.05)),
    )
    return _person(other, background, rng)[1].image
