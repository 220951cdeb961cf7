import dataclasses

import cv2
import numpy as np
import pytest

from fer_tf.data.audit.measure import FACTS, measure, picture_facts
from fer_tf.faces.face import Face
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames
from fer_tf.synthesis.render.spec import Camera

BLAZEFACE = ("blazeface",)
POINTS = {"left_eye": (40.0, 40.0), "right_eye": (60.0, 40.0), "mouth": (50.0, 60.0)}


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    frame = frames(Plan("measure", 72, {"test": 1}, 1, size=128, disguised=0.0), "test", 0)[0].frame
    return draw(dataclasses.replace(frame, camera=Camera(), bystanders=0)).image


def facts(image: np.ndarray, detectors=BLAZEFACE) -> dict[str, float]:
    content = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
    return dict(zip(FACTS, measure([content], detectors)["facts"][0].tolist(), strict=True))


def test_a_face_is_found_and_measured(person):
    found = facts(person)
    assert found["faces"] == 1
    assert 30 < found["face_side"] < 90
    assert found["cut"] == 0
    assert 1 <= found["monk"] <= 10
    grey = np.repeat(cv2.cvtColor(person, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert np.isnan(facts(grey)["monk"])


def test_a_face_at_the_edge_is_found_and_cut(person):
    assert facts(person[:, 50:])["cut"] > 0.05


def test_two_people_are_two(person):
    assert facts(np.concatenate([person, person], axis=1))["faces"] == 2


def test_the_second_detector_looks_where_the_first_finds_nothing(person, monkeypatch):
    from fer_tf.data.audit import measure as measuring

    asked = []

    def detect(images, detector, min_score):
        asked.append((detector, len(images), min_score))
        found = [Face((74, 74, 40, 40), 0.9, POINTS)]
        return [found if (detector == "blazeface") != (number == 0) else [] for number, _ in enumerate(images)]

    monkeypatch.setattr(measuring, "detect_faces", detect)
    found = measuring.find_faces([np.zeros((96, 96, 3), np.uint8)] * 3, ("mtcnn", "blazeface"))
    assert asked == [("mtcnn", 3, None), ("blazeface", 2, 0.65)]
    # The border is taken off again: 24 pixels.
    assert [len(faces) for faces in found] == [1, 0, 1]
    assert found[0][0].box == (50, 50, 40, 40)
    assert found[0][0].keypoints["mouth"] == (26, 36)


def test_faces_in_the_background_do_not_count():
    image = np.zeros((100, 100, 3), np.uint8)
    faces = [Face((30, 30, 40, 40), 1.0, POINTS), Face((0, 0, 15, 15), 1.0, POINTS), Face((80, 0, 20, 20), 1.0, POINTS)]
    assert picture_facts(image, image[..., 0], faces)["faces"] == 2


def test_the_cut_is_the_share_of_the_box_outside():
    image = np.zeros((100, 100, 3), np.uint8)
    faces = [Face((-20, 60, 40, 50), 1.0, POINTS)]
    assert picture_facts(image, image[..., 0], faces)["cut"] == pytest.approx(1 - 20 * 40 / 2000)
