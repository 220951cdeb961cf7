import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces import detect
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import MTCNN_KEYPOINTS


class FakeDetector:
    """Finds faces at fixed shares of the image: (x1, y1, x2, y2, score)."""

    def __init__(self, *faces):
        self.faces, self.shapes = faces, []

    def detect_faces(self, images, **_):
        height, width = images[0].shape[:2]
        self.shapes.append((height, width))
        size = np.array([width, height, width, height])
        points = np.concatenate([np.linspace(0.4, 0.6, 5) * width, np.linspace(0.3, 0.7, 5) * height])
        return np.array([np.concatenate([[0], np.array(face[:4]) * size, [face[4]], points]) for face in self.faces])


@pytest.fixture
def fake(monkeypatch):
    def use(*faces):
        detector = FakeDetector(*faces)
        monkeypatch.setattr(detect, "_detector", lambda: detector)
        return detector

    return use


def blank(height, width):
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (10, 300), (24, 24), (30, 30), (64, 64), (300, 200)])
def test_no_face_is_an_empty_list(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert detect_faces([blank(*shape), noise]) == [[], []]


def test_faces_come_surest_first_and_below_the_score_not_at_all(fake):
    fake((0, 0, 0.2, 0.3, 0.95), (0.5, 0.5, 0.7, 0.8, 0.99), (0.1, 0.1, 0.3, 0.4, 0.85))
    (faces,) = detect_faces([blank(200, 100)])
    assert [face.score for face in faces] == [0.99, 0.95]
    np.testing.assert_allclose(faces[0].box, (50, 100, 20, 60))
    assert list(faces[0].keypoints) == list(MTCNN_KEYPOINTS)
    np.testing.assert_allclose(faces[0].keypoints["left_eye"], (40, 60))
    np.testing.assert_allclose(faces[0].keypoints["mouth_right"], (60, 140))
    assert len(detect_faces([blank(200, 100)], min_score=0.8)[0]) == 3


def test_small_faces_are_left_out(fake):
    fake((0, 0, 0.2, 0.2, 0.99), (0.5, 0.5, 0.9, 0.9, 0.99))
    (faces,) = detect_faces([blank(100, 100)], min_size=30)
    assert [round(face.box[3]) for face in faces] == [40]


@pytest.mark.parametrize(
    ("shape", "min_size", "searched"),
    [((400, 300), 20, (400, 300)), ((400, 300), 96, (200, 150)), ((4000, 1000), 20, (2000, 500))],
)
def test_shrunk_images_give_boxes_of_the_original(fake, shape, min_size, searched):
    detector = fake((0.25, 0.25, 0.75, 0.75, 0.99))
    (faces,) = detect_faces([blank(*shape)], min_size=min_size)
    assert detector.shapes == [searched]
    height, width = shape
    np.testing.assert_allclose(faces[0].box, (width / 4, height / 4, width / 2, height / 2))
    np.testing.assert_allclose(faces[0].keypoints["nose"], (width / 2, height / 2))


@pytest.mark.parametrize("image", [np.zeros((50, 50), np.uint8), np.zeros((50, 50, 3), np.float32)])
def test_other_arrays_are_refused(image):
    with pytest.raises(InputError, match=r"wants uint8 images of shape \(H, W, 3\)"):
        detect_faces([image])


@pytest.mark.shared
def test_a_photo(shared, monkeypatch, tmp_path):
    # A file of the weights' name in the current folder must not be unpickled.
    (tmp_path / "pnet.lz4").write_bytes(b"not weights")
    monkeypatch.chdir(tmp_path)
    detect._detector.cache_clear()
    image = np.asarray(Image.open(shared / "data/photos/couple.jpg").convert("RGB"))
    (faces,) = detect_faces([image])
    assert len(faces) == 2
    for face in faces:
        left, top, width, height = face.box
        assert 0.5 < width / height < 1
        assert 150 < height < 400
        points = face.keypoints
        assert all(left < x < left + width and top < y < top + height for x, y in points.values())
        assert points["left_eye"][0] < points["right_eye"][0]
        assert points["left_eye"][1] < points["nose"][1] < points["mouth_left"][1]
