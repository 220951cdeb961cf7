from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from mtcnn.utils.images import standarize_batch
from PIL import Image

from benchmarks.faces_rivals import package_network
from fer_tf.faces.face import MTCNN_KEYPOINTS
from fer_tf.faces.mtcnn import detector
from fer_tf.faces.mtcnn.detector import find_faces


def rows(faces):
    """(n, 15) as the package's: corners, score, keypoints; the surest first."""
    result = [(*face.box[:2], *np.add(face.box[:2], face.box[2:]), face.score) for face in faces]
    points = [np.ravel([face.keypoints[name] for name in MTCNN_KEYPOINTS]) for face in faces]
    return np.column_stack([np.reshape(result, (-1, 5)), np.reshape(points, (-1, 10))])


def assert_same(image, faces, package):
    expected = package(image)
    expected = expected[np.lexsort((expected[:, 0], expected[:, 1], -expected[:, 4]))]
    found = rows(faces)
    assert found.shape == expected.shape
    # Sums of products in another order: thousandths of a pixel.
    np.testing.assert_allclose(found, expected, atol=0.02)
    np.testing.assert_allclose(found[:, 4], expected[:, 4], atol=1e-4)


def test_rendered_faces_are_those_of_the_package(pictures, package):
    found = find_faces(pictures)
    assert [len(faces) for faces in found] == [1, 1, 2, 1]
    for image, faces in zip(pictures, found, strict=True):
        assert_same(image, faces, package)


def test_each_stage_leaves_what_the_packages_does(pictures):
    image = pictures[2]
    normalized, shapes, _ = standarize_batch([image])
    propose, refine, finish = package_network().stages
    with ThreadPoolExecutor(2) as threads:
        proposed = propose(bboxes_batch=None, images_normalized=normalized, images_oshapes=shapes)
        (found,) = detector._propose([image], [20], threads)
        assert len(found) > 10
        np.testing.assert_allclose(found, proposed[:, 1:], atol=0.01)
        refined = refine(normalized, proposed.copy())
        (found,) = detector._refine([image], [proposed[:, 1:]], threads)
        np.testing.assert_allclose(found, refined[:, 1:], atol=0.01)
        finished = finish(normalized, refined.copy())
        ((boxes, points),) = detector._finish([image], [refined[:, 1:]], threads)
    np.testing.assert_allclose(boxes, finished[:, 1:6], atol=0.01)
    np.testing.assert_allclose(points, finished[:, 6:].reshape(-1, 2, 5).swapaxes(1, 2), atol=0.01)


def test_scores_above_the_thresholds_stay(monkeypatch):
    boxes = np.array([(100 * i, 0, 100 * i + 50, 50, 1.0) for i in range(4)])
    answers = np.zeros((4, 15), np.float32)
    image = np.zeros((60, 500, 3), np.uint8)
    monkeypatch.setattr(detector.networks, "rnet", lambda crops: answers)
    monkeypatch.setattr(detector.networks, "onet", lambda crops: answers)
    with ThreadPoolExecutor(1) as threads:
        answers[:, -1] = 0.69, 0.71, 0.8, 0.6
        (rows,) = detector._refine([image], [boxes], threads)
        np.testing.assert_allclose(rows, [(200, 0, 250, 50, 0.8), (100, 0, 150, 50, 0.71)])
        answers[:, -1] = 0.79, 0.81, 0.95, 0.7
        ((rows, _),) = detector._finish([image], [boxes], threads)
        np.testing.assert_allclose(rows[:, 4], (0.95, 0.81))


def test_of_a_face_within_a_face_the_surer_one_stays(monkeypatch):
    # O-Net moves nothing here and is sure by turns; boxes overlap by a tenth of both and by all of the smaller.
    boxes = np.array([(0, 0, 90, 90), (30, 30, 60, 60), (200, 0, 290, 90), (230, 30, 260, 60), (400, 0, 450, 50)])
    answers = np.zeros((5, 15), np.float32)
    answers[:, 14] = 0.9, 0.95, 0.97, 0.85, 0.79
    monkeypatch.setattr(detector.networks, "onet", lambda crops: answers)
    candidates = np.column_stack([boxes.astype(float), np.ones(5)])
    with ThreadPoolExecutor(1) as threads:
        ((found, points),) = detector._finish([np.zeros((100, 500, 3), np.uint8)], [candidates], threads)
    np.testing.assert_allclose(found[:, :4], boxes[[2, 1]])
    np.testing.assert_allclose(found[:, 4], (0.97, 0.95))
    assert points.shape == (2, 5, 2)


@pytest.mark.shared
def test_faces_of_photos_are_those_of_the_package(shared, package):
    names = ("couple", "img12", "img50", "selfie-many-people")
    photos = [np.asarray(Image.open(shared / f"data/photos/{name}.jpg").convert("RGB")) for name in names]
    found = find_faces(photos)
    assert [len(faces) for faces in found] == [2, 1, 1, 4]
    for image, faces in zip(photos, found, strict=True):
        assert_same(image, faces, package)


def test_what_is_found_does_not_depend_on_the_batch(pictures):
    alone = [find_faces([image])[0] for image in pictures]
    assert find_faces(pictures) == alone
    many = [*pictures[::-1], np.zeros((9, 9, 3), np.uint8), *pictures * 4]
    assert find_faces(many) == [*alone[::-1], [], *alone * 4]


def test_views_and_read_only_images_are_as_good(pictures):
    image = pictures[0]
    mirrored = np.ascontiguousarray(image[:, ::-1])
    frozen = image.copy()
    frozen.flags.writeable = False
    assert find_faces([mirrored[:, ::-1], frozen]) == find_faces([image]) * 2
    assert not frozen.flags.writeable


@pytest.mark.parametrize("shape", [(1, 1), (10, 300), (20, 20000), (24, 24), (30, 30), (64, 64), (25, 200)])
def test_no_face_is_an_empty_list(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert find_faces([np.zeros((*shape, 3), np.uint8), noise]) == [[], []]


def test_no_images_are_no_lists():
    assert find_faces([]) == []


def test_a_larger_least_size_finds_the_same_large_faces(pictures):
    # Only levels of much smaller faces are left out.
    assert find_faces(pictures, 48) == find_faces(pictures, 20)


def test_images_are_shrunk_for_a_larger_least_size(pictures, package):
    picture = pictures[0]
    smaller = np.asarray(Image.fromarray(picture).resize((112, 112), Image.Resampling.BILINEAR))
    (expected,) = package(smaller)
    ((face,),) = find_faces([picture], 96)
    (found,) = rows([face])
    scales = [2] * 4 + [1] + [2] * 10
    np.testing.assert_allclose(found, expected * scales, atol=0.05)


def test_faces_in_a_panorama_are_in_its_pixels(pictures):
    panorama = np.full((700, 20000, 3), 120, np.uint8)
    large = np.asarray(Image.fromarray(pictures[0]).resize((650, 650)))
    panorama[30:680, 15000:15650] = large
    (expected,), (face,) = find_faces([large, panorama])
    # Searched at a tenth of its size, so a tenth as exact.
    moved = np.array(expected.box) + [15000, 30, 0, 0]
    np.testing.assert_allclose(face.box, moved, atol=60)
