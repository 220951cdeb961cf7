import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_tf.errors import InputError
from fer_tf.faces import blazeface
from fer_tf.faces.blazeface import CROP_BORDER, anchors, find_faces, find_in_both_ranges
from fer_tf.faces.face import BLAZEFACE_KEYPOINTS, Face
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.spec import Frame, Pose

# Points of the mesh that lie where the keypoints do: pairs are averaged.
TRUTH = {"left_eye": (33, 133), "right_eye": (362, 263), "nose": (1, 1), "mouth": (13, 14)}


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(11)
    poses = (Pose(), Pose(yaw=15, roll=10), Pose(pitch=-8))
    people = [draw_subject(random, f"person {number}", gender=number % 2) for number in range(len(poses))]
    return [draw(Frame(person, pose=pose, place="office")) for person, pose in zip(people, poses, strict=True)]


@pytest.fixture(scope="module")
def images(pictures):
    return [picture.image for picture in pictures]


@pytest.fixture(scope="module")
def faces(images):
    return find_faces(images)


def theirs(images, model):
    """Of mediapipe's API: for each image (faces, 8, 2), corners and keypoints in pixels, and scores."""
    from mediapipe.python.solutions.face_detection import FaceDetection

    results = []
    with warnings.catch_warnings(), FaceDetection(model_selection=model) as detector:
        warnings.filterwarnings("ignore", r"SymbolDatabase\.GetPrototype", UserWarning)
        for image in images:
            found, scores = [], []
            for detection in detector.process(image).detections or []:
                data = detection.location_data
                box = data.relative_bounding_box
                points = [(box.xmin, box.ymin), (box.xmin + box.width, box.ymin + box.height)]
                points += [(point.x, point.y) for point in data.relative_keypoints]
                found.append(np.array(points) * image.shape[1::-1])
                scores.append(detection.score[0])
            results.append((np.array(found).reshape(-1, 8, 2), scores))
    return results


def points_of(face):
    left, top, width, height = face.box
    return np.array([(left, top), (left + width, top + height), *face.keypoints.values()])


@pytest.mark.parametrize(("kind", "model"), [("short_range", 0), ("full_range", 1)])
def test_as_mediapipe(images, kind, model):
    side_by_side = np.concatenate(images[:2], axis=1)
    mixed = [*images, side_by_side, images[0][:150], np.zeros((40, 60, 3), np.uint8)]
    ours = find_faces(mixed, kind=kind)
    assert [len(found) for found in ours][:4] == [1, 1, 1, 2]
    for image, found, (points, scores) in zip(mixed, ours, theirs(mixed, model), strict=True):
        assert len(found) == len(scores)
        # From left to right: two faces may be nearly as sure.
        order = np.argsort(points[:, 0, 0])
        found = sorted(found, key=lambda face: face.box[0])
        for face, other, score in zip(found, points[order], np.array(scores)[order], strict=True):
            np.testing.assert_allclose(points_of(face), other, atol=0.01 * max(image.shape))
            assert face.score == pytest.approx(score, abs=0.05)


def test_exactly_mediapipe_where_nothing_is_resampled(pictures):
    # At the network's own size the two conventions for the middle of a pixel agree.
    small = np.asarray(Image.fromarray(pictures[0].image).resize((128, 128), Image.Resampling.BOX))
    ((face,),) = find_faces([small])
    ((points,), (score,)) = theirs([small], 0)[0]
    np.testing.assert_allclose(points_of(face), points, atol=0.01)
    assert face.score == pytest.approx(score, abs=1e-4)


def test_keypoints_lie_where_they_were_drawn(pictures, faces):
    for picture, (face,) in zip(pictures, faces, strict=True):
        assert tuple(face.keypoints) == BLAZEFACE_KEYPOINTS
        unit = np.linalg.norm(picture.mesh[33] - picture.mesh[263])
        for name, pair in TRUTH.items():
            assert np.linalg.norm(face.keypoints[name] - picture.mesh[list(pair)].mean(axis=0)) < 0.15 * unit, name
        assert face.keypoints["left_ear"][0] < face.keypoints["left_eye"][0]
        assert face.keypoints["right_ear"][0] > face.keypoints["right_eye"][0]


def test_four_times_the_picture_gives_four_times_the_box(images):
    enlarged = cv2.resize(images[0], None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    (small,), (large,) = find_faces([images[0], enlarged])
    shift = points_of(large) - 4 * points_of(small)
    # Sampled as mediapipe does, all would lie 1.5 pixels to the right and down.
    assert (np.abs(shift.mean(axis=0)) < 0.75).all()


def test_the_batch_changes_nothing(images, faces):
    assert [find_faces([image])[0] for image in images] == faces
    assert find_faces([*images[::-1], images[1]]) == [*faces[::-1], faces[1]]


def test_surest_first(images):
    side_by_side = np.concatenate(images, axis=1)
    found = find_faces([side_by_side], kind="full_range")[0]
    assert len(found) == 3
    assert [face.score for face in found] == sorted((face.score for face in found), reverse=True)


def test_min_score(images, faces):
    score = faces[0][0].score
    assert find_faces(images[:1], min_score=(1 + score) / 2) == [[]]
    assert len(find_faces(images[:1], min_score=0.1)[0]) == 1


def test_a_border_finds_a_tight_crop_at_the_same_place(pictures, faces):
    left, top, width, height = (round(value) for value in faces[0][0].box)
    crop = pictures[0].image[top : top + height, left : left + width]
    ((face,),) = find_faces([crop], border=CROP_BORDER)
    np.testing.assert_allclose(np.add(face.keypoints["nose"], (left, top)), faces[0][0].keypoints["nose"], atol=5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (20000, 30), (64, 64)])
def test_no_face_is_an_empty_list(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert find_faces([np.zeros((*shape, 3), np.uint8), noise]) == [[], []]


def test_nothing():
    assert find_faces([]) == []


@pytest.mark.parametrize("image", [np.zeros((50, 50), np.uint8), np.zeros((50, 50, 3), np.float32)])
def test_other_arrays_are_refused(image):
    with pytest.raises(InputError, match=r"find_faces wants uint8 images of shape \(H, W, 3\); image 0"):
        find_faces([image])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"kind": "long"}, "kind 'long': expected one of short_range, full_range"),
        ({"border": -1}, "border -1"),
        ({"min_score": 1}, "min_score 1: expected >= 0 and between 0 and 1"),
    ],
)
def test_impossible_options(option, message):
    with pytest.raises(InputError, match=message):
        find_faces([], **option)


@pytest.mark.parametrize(
    ("kind", "grids"), [("short_range", [(8, 2), (16, 2), (16, 2), (16, 2)]), ("full_range", [(4, 1)])]
)
def test_anchors_as_mediapipe_lays_them(kind, grids):
    """ssd_anchors_calculator.cc, slowly: strides in a row that are equal share a cell."""
    side, expected, layer = blazeface.KINDS[kind].side, [], 0
    while layer < len(grids):
        stride, repeats = grids[layer][0], 0
        while layer < len(grids) and grids[layer][0] == stride:
            repeats += grids[layer][1]
            layer += 1
        for row in range(side // stride):
            for column in range(side // stride):
                expected += [((column + 0.5) * stride / side, (row + 0.5) * stride / side)] * repeats
    np.testing.assert_allclose(anchors(kind), expected)


def slow_merge(points, scores):
    """Weighted suppression, one pair at a time."""

    def area(box):
        return (box[1][0] - box[0][0]) * (box[1][1] - box[0][1])

    def overlap(a, b):
        width = min(a[1][0], b[1][0]) - max(a[0][0], b[0][0])
        height = min(a[1][1], b[1][1]) - max(a[0][1], b[0][1])
        shared = max(width, 0) * max(height, 0)
        return shared / (area(a) + area(b) - shared)

    left = sorted(range(len(scores)), key=lambda index: -scores[index])
    merged = []
    while left:
        group = [index for index in left if overlap(points[left[0]], points[index]) > 0.3]
        total = sum(scores[index] for index in group)
        merged.append((sum(points[index] * scores[index] for index in group) / total, scores[left[0]]))
        left = [index for index in left if index not in group]
    return merged


def test_overlapping_answers_are_merged():
    random = np.random.default_rng(5)
    points = random.uniform(0, 1, (60, 8, 2))
    points[:, 1] = points[:, 0] + random.uniform(0.1, 0.4, (60, 2))
    scores = random.uniform(0.5, 1, 60)
    merged, best = blazeface._merge(points, scores)
    expected = slow_merge(points, scores)
    assert 5 < len(expected) < 50
    np.testing.assert_allclose(merged, [group for group, _ in expected])
    np.testing.assert_allclose(best, [score for _, score in expected])


def test_empty_boxes_end():
    merged, best = blazeface._merge(np.zeros((3, 8, 2)), np.array([0.6, 0.9, 0.7]))
    assert len(merged) == 3
    assert best.tolist() == [0.9, 0.7, 0.6]


def face(left, top, side):
    return Face((left, top, side, side), 0.9, {})


def test_both_ranges_are_joined(monkeypatch):
    looks = {
        ("short_range", 0.0): [face(10, 10, 30)],
        ("full_range", 0.0): [face(12, 12, 28), face(70, 10, 10)],  # the first is the near one again
        ("short_range", CROP_BORDER): [face(0, 0, 90)],
    }
    asked = []

    def find(images, *, kind="short_range", border=0.0, min_score):
        asked.append((kind, border, len(images)))
        return [looks[kind, border] if image.any() else [] for image in images]

    monkeypatch.setattr(blazeface, "find_faces", find)
    picture = np.ones((100, 100, 3), np.uint8)
    assert find_in_both_ranges([picture]) == [[face(10, 10, 30), face(70, 10, 10)]]
    looks["short_range", 0.0] = [face(10, 10, 60)]  # fills the picture
    assert find_in_both_ranges([picture]) == [[face(10, 10, 60)]]
    assert asked[-2:] == [("full_range", 0.0, 0), ("short_range", CROP_BORDER, 0)]
    looks |= {("short_range", 0.0): [], ("full_range", 0.0): []}
    assert find_in_both_ranges([picture, np.zeros_like(picture)]) == [[face(0, 0, 90)], []]


def test_small_faces_are_found_in_both_ranges(pictures):
    large = np.full((1200, 1200, 3), 90, np.uint8)
    small = cv2.resize(pictures[0].image, (110, 110), interpolation=cv2.INTER_AREA)
    large[600:710, 500:610] = small
    assert find_faces([large]) == [[]]
    ((found,),) = find_in_both_ranges([large])
    left, top, width, height = found.box
    assert 500 < left < left + width < 610
    assert 600 < top < top + height < 710
