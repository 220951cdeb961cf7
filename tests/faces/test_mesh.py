import dataclasses
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces.blazeface import find_faces
from fer_tf.faces.crop import crop_face
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.face import MTCNN_KEYPOINTS, Face
from fer_tf.faces.mesh import find_crop_meshes, find_meshes, follow_meshes, square_of_points, whole_picture_face
from fer_tf.faces.refined_mesh import find_refined_meshes
from fer_tf.faces.square import Square
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.spec import Expression, Frame, Pose

NOISE = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(12)
    shown = (
        (Pose(), Expression()),
        (Pose(yaw=18, roll=12), Expression({26: 0.8})),
        (Pose(pitch=-8), Expression({12: 0.9, 6: 0.8}, {12: 0.9, 6: 0.8})),
    )
    return [
        draw(Frame(draw_subject(random, str(number), gender=number % 2), expression, pose, place="kitchen"))
        for number, (pose, expression) in enumerate(shown)
    ]


@pytest.fixture(scope="module")
def images(pictures):
    return [picture.image for picture in pictures]


@pytest.fixture(scope="module")
def faces(images):
    return find_faces(images)


@pytest.fixture(scope="module")
def meshes(images, faces):
    return find_meshes(images, faces)


def eye_distance(points):
    return np.linalg.norm(points[33, :2] - points[263, :2])


def apart(points, others):
    """Mean distance, of the other's outer eye corners' distance."""
    return np.linalg.norm(points[:468, :2] - others[:468, :2], axis=1).mean() / eye_distance(others)


def theirs(images, refined=False):
    """Points of mediapipe's API, (468 or 478, 3) in pixels."""
    from mediapipe.python.solutions.face_mesh import FaceMesh

    with warnings.catch_warnings(), FaceMesh(static_image_mode=True, refine_landmarks=refined) as finder:
        warnings.filterwarnings("ignore", r"SymbolDatabase\.GetPrototype", UserWarning)
        for image in images:
            (found,) = finder.process(image).multi_face_landmarks
            height, width = image.shape[:2]
            yield np.array([(point.x * width, point.y * height, point.z * width) for point in found.landmark])


def test_as_mediapipe(images, meshes):
    for (mesh,), points in zip(meshes, theirs(images), strict=True):
        assert mesh.points.shape == (468, 3)
        assert mesh.points.dtype == np.float32
        assert mesh.score > 0.9
        distance = np.linalg.norm(mesh.points[:, :2] - points[:, :2], axis=1)
        assert np.median(distance) < 0.6
        assert np.quantile(distance, 0.99) < 2
        assert np.abs(mesh.points[:, 2] - points[:, 2]).mean() < 1


def test_as_drawn(pictures, meshes):
    for picture, (mesh,) in zip(pictures, meshes, strict=True):
        assert apart(mesh.points, picture.mesh) < 0.06


def test_a_second_look_is_where_the_first_found_the_face(pictures, images, faces, meshes):
    again = find_meshes(images, faces, passes=2)
    for picture, (mesh,), (first,), (face,) in zip(pictures, again, meshes, faces, strict=True):
        assert 0 < apart(mesh.points, first.points) < 0.05
        assert apart(mesh.points, picture.mesh) < 0.06
        # It looks at the square around the first mesh: so does a face of that box and those eyes.
        square = square_of_points(first.points)
        side, (x, y) = square.side / 1.5, square.centre
        eyes = {name: tuple(first.points[index, :2]) for name, index in (("left_eye", 33), ("right_eye", 263))}
        boxed = Face((x - side / 2, y - side / 2, side, side), face.score, eyes)
        ((other,),) = find_meshes([picture.image], [[boxed]])
        np.testing.assert_allclose(mesh.points, other.points, atol=0.05)


def test_faces_of_mtcnn_give_the_meshes_of_blazeface(images, meshes):
    found = detect_faces(images)
    assert all(tuple(face.keypoints) == MTCNN_KEYPOINTS for (face,) in found)
    distances = [
        apart(other.points, mesh.points) for (other,), (mesh,) in zip(find_meshes(images, found), meshes, strict=True)
    ]
    assert max(distances) < 0.03
    # Taken for boxes of BlazeFace, they would give others.
    eyes = [[Face(face.box, 1.0, dict(list(face.keypoints.items())[:2]))] for (face,) in found]
    raw = [
        apart(other.points, mesh.points) for (other,), (mesh,) in zip(find_meshes(images, eyes), meshes, strict=True)
    ]
    assert np.mean(distances) < 0.8 * np.mean(raw)


@pytest.mark.parametrize("degrees", [30, -90, 180])
def test_a_turned_picture_turns_its_mesh(images, faces, meshes, degrees):
    height, width = images[0].shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1.0)
    turned = cv2.warpAffine(images[0], turn, (width, height), flags=cv2.INTER_LINEAR)
    centre = np.array([width / 2, height / 2])  # of the picture, where pixel 0 has its middle at 0.5

    def moved(points):
        return (np.asarray(points) - centre) @ turn[:, :2].T + centre

    face, (mesh,) = faces[0][0], meshes[0]
    left, top, box_width, box_height = face.box
    x, y = moved((left + box_width / 2, top + box_height / 2))
    keypoints = {name: tuple(moved(point)) for name, point in face.keypoints.items()}
    box = (x - box_width / 2, y - box_height / 2, box_width, box_height)
    ((found,),) = find_meshes([turned], [[Face(box, 1.0, keypoints)]])
    assert apart(found.points, moved(mesh.points[:, :2])) < 0.01
    np.testing.assert_allclose(found.points[:, 2], mesh.points[:, 2], atol=1.5)


def test_the_size_of_the_picture_moves_nothing(images, faces, meshes):
    enlarged = cv2.resize(images[0], None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    face = faces[0][0]
    box = tuple(4 * value for value in face.box)
    keypoints = {name: (4 * x, 4 * y) for name, (x, y) in face.keypoints.items()}
    ((mesh,),) = find_meshes([enlarged], [[Face(box, 1.0, keypoints)]])
    shift = mesh.points - 4 * meshes[0][0].points
    # mediapipe's own sampling would lie 1.5 pixels lower and to the right.
    assert (np.abs(shift.mean(axis=0)) < 0.4).all()


def test_the_batch_changes_nothing(images, faces, meshes):
    for image, found, (mesh,) in zip(images, faces, meshes, strict=True):
        ((alone,),) = find_meshes([image], [found])
        np.testing.assert_array_equal(alone.points, mesh.points)
        assert alone.score == mesh.score


def test_results_stand_where_their_faces_stood(images, faces, meshes):
    together = np.concatenate(images[:2], axis=1)
    ((left, top, width, height), keypoints) = faces[1][0].box, faces[1][0].keypoints
    wide = images[0].shape[1]
    moved = {name: (x + wide, y) for name, (x, y) in keypoints.items()}
    second = Face((left + wide, top, width, height), 1.0, moved)
    nothing = whole_picture_face(NOISE)
    found = find_meshes([NOISE, together, images[2], NOISE], [[nothing], [second, faces[0][0]], [], [nothing, nothing]])
    assert [len(one) for one in found] == [1, 2, 0, 2]
    assert found[0] == [None]
    assert found[3] == [None, None]
    np.testing.assert_allclose(found[1][0].points - [wide, 0, 0], meshes[1][0].points, atol=0.5)
    np.testing.assert_allclose(found[1][1].points, meshes[0][0].points, atol=0.5)


def test_min_score(images, faces):
    nothing = whole_picture_face(NOISE)
    ((mesh,),) = find_meshes([NOISE], [[nothing]], min_score=0)
    assert 0 <= mesh.score < 0.5
    ((same,),) = find_meshes([NOISE], [[nothing]], min_score=mesh.score)
    assert same.score == mesh.score
    assert find_meshes(images[:1], faces[:1], min_score=1) == [[None]]


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (3, 3, -2, -5), (0, 0, np.inf, 1), (0, np.nan, 5, 5), (5000, 0, 9, 9)])
def test_an_impossible_box_has_no_mesh(images, box):
    assert find_meshes(images[:1], [[Face(box, 1.0, {})]]) == [[None]]


def test_grey_48_pixel_crops(pictures, faces):
    crops, truth = [], []
    for picture, (face,) in zip(pictures, faces, strict=True):
        left, top, width, height = face.box
        crop = crop_face(picture.image, face.box, 48, margin=0.08)
        grey = np.asarray(Image.fromarray(crop).convert("L"))
        crops.append(np.repeat(grey[..., None], 3, axis=2))
        side = max(width, height) * 1.16
        corner = np.array([left + width / 2, top + height / 2]) - side / 2
        truth.append((picture.mesh - corner) / side * 48)
    for mesh, points in zip(find_crop_meshes(crops), truth, strict=True):
        assert apart(mesh.points, points) < 0.075
    whole = find_meshes(crops, [[whole_picture_face(crop)] for crop in crops], passes=2)
    for (mesh,), points in zip(whole, truth, strict=True):
        assert apart(mesh.points, points) < 0.075
    assert find_crop_meshes([NOISE]) == [None]


def test_whole_picture_face():
    face = whole_picture_face(np.zeros((30, 40, 3), np.uint8))
    assert face.box == (0, 0, 40, 30)
    assert face.keypoints == {}


def test_refined(images, faces, meshes, pictures):
    nothing = whole_picture_face(NOISE)
    *found, none, empty = find_refined_meshes([*images, NOISE, images[0]], [*faces, [nothing], []])
    assert none == [None]
    assert empty == []
    for (mesh,), (coarse,), picture, points in zip(found, meshes, pictures, theirs(images, refined=True), strict=True):
        assert mesh.points.shape == (478, 3)
        assert mesh.points.dtype == np.float32
        assert mesh.score == coarse.score
        assert apart(mesh.points, picture.mesh) < 0.06
        assert np.median(np.linalg.norm(mesh.points - points, axis=1)) < 1.5
        for iris, corners in ((slice(468, 473), [33, 133]), (slice(473, 478), [362, 263])):
            eye = mesh.points[corners, 0]
            assert eye.min() < mesh.points[iris, 0].mean() < eye.max()


def test_refined_of_several_faces(images, faces):
    wide = images[0].shape[1]
    together = np.concatenate(images, axis=1)
    shifted = []
    for number, (face,) in enumerate(faces):
        left, top, width, height = face.box
        keypoints = {name: (x + number * wide, y) for name, (x, y) in face.keypoints.items()}
        shifted.append(Face((left + number * wide, top, width, height), 1.0, keypoints))
    (found,) = find_refined_meshes([together], [shifted])
    alone = find_refined_meshes(images, faces)
    for number, (mesh, (other,)) in enumerate(zip(found, alone, strict=True)):
        assert apart(mesh.points - [number * wide, 0, 0], other.points) < 0.02


def test_nothing():
    assert find_meshes([], []) == []
    assert find_crop_meshes([]) == []


@pytest.mark.parametrize("image", [np.zeros((50, 50), np.uint8), np.zeros((50, 50, 3), np.float32)])
def test_other_arrays_are_refused(image):
    with pytest.raises(InputError, match=r"find_meshes wants uint8 images of shape \(H, W, 3\); image 0"):
        find_meshes([image], [[]])


def test_impossible_calls():
    with pytest.raises(InputError, match="1 images and faces of 2: give a list for each image"):
        find_meshes([NOISE], [[], []])
    with pytest.raises(InputError, match="passes 0"):
        find_meshes([NOISE], [[]], passes=0)
    with pytest.raises(InputError, match=r"min_score 1\.5"):
        find_meshes([NOISE], [[]], min_score=1.5)


def test_following_is_the_second_look(images, faces):
    for image, found in zip(images, faces, strict=True):
        (once,) = find_meshes([image], [found])
        (twice,) = find_meshes([image], [found], passes=2)
        followed = follow_meshes(image, [square_of_points(mesh.points.astype(np.float64)) for mesh in once])
        for mesh, expected in zip(followed, twice, strict=True):
            np.testing.assert_allclose(mesh.points, expected.points, atol=0.05)
            assert mesh.score == pytest.approx(expected.score)


def test_following_gives_up_where_no_face_is(images):
    noise = Square((35.0, 45.0), 60.0)
    assert follow_meshes(NOISE, [noise, dataclasses.replace(noise, side=0.0)]) == [None, None]
    assert follow_meshes(images[0], []) == []
    with pytest.raises(InputError, match=r"follow_meshes wants uint8 images"):
        follow_meshes(images[0][..., 0], [noise])
    with pytest.raises(InputError, match=r"follow_meshes got min_score 2: expected 0 to 1"):
        follow_meshes(images[0], [noise], min_score=2)
