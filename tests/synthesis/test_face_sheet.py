import numpy as np
import pytest
from PIL import Image

from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.fill import FILLS
from fer_tf.labels import DISGUISES
from fer_tf.synthesis import face_sheet
from fer_tf.synthesis.contact_sheet import contact_sheet
from fer_tf.synthesis.face_sheet import SIZE, face_sections, rendered_pictures


@pytest.fixture(scope="module")
def sections():
    nobody = np.full((50, 120, 3), 90, np.uint8)
    return face_sections([*rendered_pictures(1, seed=3), nobody])


def test_every_tool_has_a_row_and_every_picture_a_column(sections):
    assert [caption for ((caption, _), _) in sections["disguises"]] == list(DISGUISES[1:])
    assert [caption for ((caption, _), _) in sections["people_removed"]] == list(FILLS)
    for rows in sections.values():
        assert all(len(row) == 2 and all(image.shape == (SIZE, SIZE, 3) for _, image in row) for row in rows)


def test_each_tool_shows_something_of_its_own(sections):
    shown = [row[0][1] for rows in sections.values() for row in rows]
    assert len({image.tobytes() for image in shown}) == len(shown)


def test_a_picture_without_a_face_stays_empty(sections):
    assert all(np.ptp(row[1][1]) == 0 for name in ("crops", "meshes", "disguises") for row in sections[name])


def test_close_ups_keep_points_on_their_pixels():
    image = np.zeros((300, 300, 3), np.uint8)
    image[140:143, 160:163] = 255
    points = np.zeros((468, 3), np.float32)
    points[:, :2] = np.random.default_rng(0).uniform(100, 200, (468, 2))
    points[0, :2] = (161.5, 141.5)
    picture, moved = face_sheet._close_up(image, Mesh(points, 1.0), 0.25)
    rows, columns = np.nonzero(picture[..., 0] > 128)
    assert moved[0] == pytest.approx([columns.mean() + 0.5, rows.mean() + 0.5], abs=0.6)


def test_the_sheet_holds_all(sections):
    sheet = contact_sheet(sections, SIZE)
    assert isinstance(sheet, Image.Image)
    assert sheet.width >= 2 * SIZE
    assert sheet.height >= SIZE * sum(map(len, sections.values()))


def test_the_surest_face_is_not_taken_for_the_largest(monkeypatch):
    small, large = Face((0, 0, 10, 10), 1.0, {}), Face((0, 0, 40, 40), 0.9, {})
    monkeypatch.setattr(face_sheet, "detect_faces", lambda images: [[small, large]])
    seen = []
    monkeypatch.setattr(face_sheet, "find_meshes", lambda images, faces: seen.extend(faces) or [[None]])
    monkeypatch.setattr(face_sheet, "remove_person", lambda images, faces, fill: [_Removed(images[0])])
    monkeypatch.setattr(face_sheet, "_crop", lambda image, found: image)
    face_sections([np.zeros((SIZE, SIZE, 3), np.uint8)])
    assert seen == [[large]]


class _Removed:
    def __init__(self, background):
        self.background = background
