import subprocess
import sys
import types

import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import Face
from fer_tf.faces.mtcnn import detector


def blank(height, width):
    return np.zeros((height, width, 3), np.uint8)


def a_face(score, left, width, height):
    return Face((left, 0.0, width, height), score, {})


# The surest first, as both detectors give them.
FOUND = [a_face(0.99, 1.0, 30.0, 30.0), a_face(0.95, 2.0, 50.0, 60.0), a_face(0.85, 3.0, 70.0, 80.0)]


@pytest.fixture
def fake(monkeypatch):
    """Both detectors find the same in every image; what they are called with is kept."""
    calls = []

    def mtcnn(images, min_size):
        calls.append(("mtcnn", len(images), min_size))
        return [FOUND for _ in images]

    def blazeface(images, min_score):
        calls.append(("blazeface", len(images), min_score))
        return [[*FOUND, a_face(0.4, 4.0, 90.0, 90.0)] for _ in images]

    monkeypatch.setattr(detector, "find_faces", mtcnn)
    module = types.ModuleType("fer_tf.faces.blazeface")
    module.find_faces = blazeface
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("fer_tf.faces.blazeface", module, raising=False)
    return calls


def lefts(faces):
    return [face.box[0] for face in faces]


def test_each_detector_has_its_own_least_score(fake):
    images = [blank(50, 60), blank(20, 20)]
    assert [lefts(faces) for faces in detect_faces(images)] == [[1, 2], [1, 2]]
    assert [lefts(faces) for faces in detect_faces(images, detector="blazeface")] == [[1, 2, 3]] * 2
    assert fake == [("mtcnn", 2, 20), ("blazeface", 2, 0.5)]
    assert lefts(*detect_faces(images[:1], min_score=0.8)) == [1, 2, 3]
    assert lefts(*detect_faces(images[:1], detector="blazeface", min_score=0.97)) == [1]
    assert lefts(*detect_faces(images[:1], detector="blazeface", min_score=0.3)) == [1, 2, 3, 4]
    assert fake[-1][-1] == 0.3
    assert lefts(*detect_faces(images[:1], min_score=0)) == [1, 2, 3]


@pytest.mark.parametrize("options", [{"min_size": float("nan")}, {"min_score": 1.5}, {"min_score": float("nan")}])
def test_limits_that_cannot_be_are_refused(options):
    with pytest.raises(InputError, match=r"expected 0 or more and 0\.\.1"):
        detect_faces([blank(50, 60)], **options)


def test_small_faces_are_left_out(fake):
    assert lefts(*detect_faces([blank(90, 90)], min_size=60)) == [2]
    assert fake[-1] == ("mtcnn", 1, 60)
    assert lefts(*detect_faces([blank(90, 90)], detector="blazeface", min_size=60.5)) == [3]


@pytest.mark.parametrize(("keep", "kept"), [("all", [1, 2, 3]), ("largest", [3]), ("best", [1])])
def test_keep(fake, keep, kept):
    assert lefts(*detect_faces([blank(50, 50)], min_score=0.8, keep=keep)) == kept
    assert detect_faces([blank(50, 50)], min_score=0.999, keep=keep) == [[]]


@pytest.mark.parametrize("shape", [(1, 1), (10, 300), (30, 30), (300, 200)])
def test_no_face_is_an_empty_list(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert detect_faces([blank(*shape), noise]) == [[], []]


@pytest.mark.parametrize(
    "image", [np.zeros((50, 50), np.uint8), np.zeros((50, 50, 3), np.float32), np.zeros((0, 50, 3), np.uint8)]
)
def test_other_arrays_are_refused(image):
    with pytest.raises(InputError, match=r"wants uint8 images of shape \(H, W, 3\); image 1 is .*: convert it to RGB"):
        detect_faces([blank(9, 9), image])


def test_paths_are_refused():
    with pytest.raises(InputError, match="image 0 is a str: give NumPy arrays"):
        detect_faces(["photo.jpg"])


def test_unknown_options_are_refused():
    with pytest.raises(InputError, match="detector is 'haar': expected one of mtcnn, blazeface, blazeface_both"):
        detect_faces([], detector="haar")
    with pytest.raises(InputError, match="keep is 'first': expected one of all, largest, best"):
        detect_faces([], keep="first")


def test_mtcnn_does_not_wait_for_tensorflow():
    code = "import sys, fer_tf.faces.mtcnn.detector; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.shared
def test_a_photo(shared, monkeypatch, tmp_path):
    # A file of the weights' name in the current folder must not be unpickled.
    (tmp_path / "pnet.lz4").write_bytes(b"not weights")
    monkeypatch.chdir(tmp_path)
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
