"""Streams of a picture: against the truth of drawn people, and what happens where something is missing."""

import dataclasses

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces import streams
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from fer_tf.faces.mesh import as_mtcnn
from fer_tf.faces.person import Removal
from fer_tf.faces.streams import SIDE, StreamSettings, find_streams
from tests.faces.people import drawn

NOISE = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
PEOPLE = (0, 2, 5)


@pytest.fixture(scope="module")
def pictures():
    return [drawn(index, size=SIDE) for index in PEOPLE]


@pytest.fixture(scope="module")
def found(pictures):
    return find_streams([picture.image for picture in pictures])


def in_frame(one, width, height):
    """The mesh in pixels of the frame, by ``face_box``."""
    return (one.face_box[:2] + one.mesh[:, :2] / SIDE * one.face_box[2:]) * (width, height)


def eye_distance(points):
    return np.linalg.norm(points[33, :2] - points[263, :2])


def test_the_mesh_lies_on_the_face_that_was_drawn(pictures, found):
    for picture, one in zip(pictures, found, strict=True):
        assert one.mesh.shape == (468, 3)
        assert one.faces == 1
        apart = np.linalg.norm(in_frame(one, SIDE, SIDE) - picture.mesh, axis=1).mean()
        assert apart < 0.12 * eye_distance(picture.mesh)
        # The crop shows the same pixels as the frame at the same place.
        left, top, side, _ = one.face_box * SIDE
        matrix = np.float32([[SIDE / side, 0, -left * SIDE / side], [0, SIDE / side, -top * SIDE / side]])
        matrix[:, 2] += 0.5 * (SIDE / side - 1)  # pixels are sampled at their middle
        theirs = cv2.warpAffine(picture.image, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        assert np.abs(theirs.astype(int) - one.face).mean() < 2


@pytest.mark.parametrize("detector", ["blazeface", "mtcnn"])
def test_faces_are_framed_as_fer2013_does(pictures, detector):
    found = find_streams([picture.image for picture in pictures], StreamSettings(detector=detector))
    for picture, one in zip(pictures, found, strict=True):
        eyes = (picture.mesh[[33, 133, 263, 362]].mean(0) / SIDE - one.face_box[:2]) / one.face_box[2:]
        mouth = (picture.mesh[[13, 14]].mean(0) / SIDE - one.face_box[:2]) / one.face_box[2:]
        np.testing.assert_allclose([eyes[0], eyes[1], mouth[1]], [0.5, 0.38, 0.765], atol=0.1)


def test_boxes_of_both_detectors_become_alike(pictures):
    images = [picture.image for picture in pictures]
    for (one,), (other,) in zip(*(detect_faces(images, detector=d) for d in ("blazeface", "mtcnn")), strict=True):
        mine, theirs = np.array(as_mtcnn(one)), np.array(as_mtcnn(other))
        assert tuple(theirs) == other.box
        np.testing.assert_allclose(mine[:2] + mine[2:] / 2, theirs[:2] + theirs[2:] / 2, atol=0.12 * theirs[3])
        np.testing.assert_allclose(mine[3], theirs[3], rtol=0.2)


def test_the_background_is_the_frame_without_the_person(pictures, found):
    for picture, one in zip(pictures, found, strict=True):
        np.testing.assert_array_equal(one.image, picture.image)
        near = cv2.dilate(picture.person.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
        np.testing.assert_array_equal(one.background[~near], picture.image[~near])
        inside = one.background[cv2.erode(picture.person.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0]
        assert (np.ptp(inside, axis=0) <= 2).mean() == 1, "one colour"
        assert 1 - near.mean() < one.background_share < 1 - picture.person.mean()


def test_a_frame_is_stretched_and_its_face_is_not(pictures):
    plain = pictures[0].image
    wide = np.hstack([plain, plain[:, ::-1][:, :176]])[:, :400]
    wide[:, SIDE:] = plain.mean((0, 1))
    (one,) = find_streams([wide])
    assert one.image.shape == one.face.shape == one.background.shape == (SIDE, SIDE, 3)
    apart = np.linalg.norm(in_frame(one, wide.shape[1], SIDE) - pictures[0].mesh, axis=1).mean()
    assert apart < 0.12 * eye_distance(pictures[0].mesh)
    assert one.face_box[2] * 400 == pytest.approx(one.face_box[3] * SIDE), "a square of the frame"
    seen = cv2.resize(wide, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    assert np.abs(seen.astype(int) - one.image).mean() < 4


def test_bystanders_go_or_stay():
    picture = drawn(2, bystanders=1, size=SIDE)
    everyone, subject = (
        find_streams([picture.image], StreamSettings(remove=who))[0] for who in ("everyone", "subject")
    )
    assert everyone.faces == subject.faces == 2
    np.testing.assert_array_equal(everyone.face, subject.face)
    assert subject.background_share > everyone.background_share + 0.02
    apart = np.linalg.norm(in_frame(subject, SIDE, SIDE) - picture.mesh, axis=1).mean()
    assert apart < 0.12 * eye_distance(picture.mesh), "the larger face is the subject"


def test_fills_differ_in_the_hole_only(pictures, found):
    images = [picture.image for picture in pictures]
    blurred = find_streams(images, StreamSettings(fill="blur"))
    for one, other, picture in zip(found, blurred, pictures, strict=True):
        changed = (one.background != other.background).any(axis=2)
        assert changed[picture.person].mean() > 0.5
        assert one.background_share == other.background_share


def test_too_little_background_is_none(pictures, found):
    images = [picture.image for picture in pictures]
    for one, other in zip(found, find_streams(images, StreamSettings(min_background=1.0)), strict=True):
        assert not other.background.any()
        assert other.background_share == one.background_share > 0


def test_a_person_who_is_not_found_leaves_no_background(pictures, monkeypatch):
    def nobody(images, *_):
        return [Removal(image.copy(), np.zeros(image.shape[:2], np.float32)) for image in images]

    monkeypatch.setattr(streams, "remove_person", nobody)
    for one in find_streams([picture.image for picture in pictures], StreamSettings(min_background=0.0)):
        assert not one.background.any()
        assert one.background_share == 0
        assert np.isfinite(one.mesh).all()


def test_no_face_is_none_and_others_do_not_care(pictures, found):
    mixed = [NOISE, pictures[1].image, NOISE]
    first, one, last = find_streams(mixed)
    assert first is last is None
    np.testing.assert_array_equal(one.face, found[1].face)
    np.testing.assert_array_equal(one.background, found[1].background)
    np.testing.assert_array_equal(one.mesh, found[1].mesh)
    assert find_streams([]) == []


def test_a_lamp_is_not_the_subject(pictures, monkeypatch):
    picture = pictures[0]
    lamp = Face((0.0, 120.0, 90.0, 90.0), 0.55, {})
    (known,) = detect_faces([picture.image], detector="blazeface")
    monkeypatch.setattr(streams, "detect_faces", lambda *_, **__: [[*known, lamp]])
    (one,) = find_streams([picture.image])
    apart = np.linalg.norm(in_frame(one, SIDE, SIDE) - picture.mesh, axis=1).mean()
    assert apart < 0.12 * eye_distance(picture.mesh)
    # But where the detector is surer of it, a face may lack its mesh.
    sure = dataclasses.replace(lamp, score=0.99)
    monkeypatch.setattr(streams, "detect_faces", lambda *_, **__: [[*known, sure]])
    (one,) = find_streams([picture.image])
    assert np.isnan(one.mesh).all()
    assert one.mesh.shape == (468, 3)


def test_crops_are_the_face(pictures):
    mesh = pictures[0].mesh
    (left, top), (right, bottom) = mesh.min(0).astype(int) - 4, mesh.max(0).astype(int) + 4
    crop = pictures[0].image[top:bottom, left:right]
    height, width = crop.shape[:2]
    tight = crop[height // 6 : -height // 6, width // 6 : -width // 6]
    one, pure, nothing = find_streams([crop, tight, NOISE], StreamSettings(crops=True))
    assert one.faces == 1
    assert np.isfinite(one.mesh).all()
    apart = np.linalg.norm(in_frame(one, width, height) + (left, top) - mesh, axis=1).mean()
    assert apart < 0.15 * eye_distance(mesh)
    assert pure.background_share < 0.1
    assert not pure.background.any()
    side = max(width, height)
    np.testing.assert_allclose(one.face_box[2:] * (width, height), side, rtol=1e-5)
    assert (nothing.faces, nothing.background_share) == (0, 0)
    assert np.isnan(nothing.mesh).all()
    np.testing.assert_allclose(nothing.face_box, [-10 / 70, 0, 90 / 70, 1], rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"detector": "haar"}, "detector 'haar': known are mtcnn, blazeface"),
        ({"remove": "nobody"}, "remove 'nobody': known are everyone, subject"),
        ({"fill": "grey"}, "fill 'grey': known are mean, blur, inpaint"),
        ({"min_background": 2}, r"min_background 2: expected 0\.\.1"),
    ],
)
def test_unknown_settings_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        StreamSettings(**options)


def test_other_pictures_are_refused():
    with pytest.raises(InputError, match=r"image 0 is float32 \(3, 3, 3\): convert it to RGB"):
        find_streams([np.zeros((3, 3, 3), np.float32)])
