"""Tracking and smoothing: on people whose paths are known, with a detector and a mesh network made from them."""

import dataclasses
import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces.face import MTCNN_KEYPOINTS, Face, Mesh
from fer_tf.faces.mesh import EYE_CORNERS, POINTS
from fer_tf.faces.square import Square
from fer_tf.predict import track
from fer_tf.predict.boxes import moved_box, overlap
from fer_tf.predict.smooth import Smoother
from fer_tf.predict.track import Tracker

RATE, WIDTH, HEIGHT = 25, 640, 480
IMAGE = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
# A face's points, its height being 1: an ellipse, its box from -0.4 to 0.4 and -0.5 to 0.5.
TURNS = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
TEMPLATE = np.column_stack([0.4 * np.cos(TURNS), 0.5 * np.sin(TURNS), np.zeros(POINTS)])
TEMPLATE[list(EYE_CORNERS)] = (-0.25, -0.1, 0), (0.25, -0.1, 0)


@dataclasses.dataclass
class Person:
    """Where somebody is: time -> middle x, y, height in pixels, or None; the first of a list is nearest."""

    path: Callable[[float], tuple[float, float, float] | None]
    angle: Callable[[float], float] = lambda time: 0.0

    def box(self, time):
        """What the detector says: not quite the middle of the mesh, nor its size."""
        x, y, height = self.path(time)
        return x - 0.40 * height, y - 0.60 * height, 0.9 * height, 1.1 * height


class World:
    """Detector and mesh network of some people, and how often they were asked."""

    def __init__(self, *people, found=lambda time: True):
        self.people, self.found = people, found
        self.time, self.detections, self.lookings = 0.0, 0, 0

    def visible(self):
        shown = []
        for person in self.people:
            place = person.path(self.time)
            # A nearer one hides whose middle is less than half a face away.
            if place and not any(math.dist(place[:2], other.path(self.time)[:2]) < 0.5 * place[2] for other in shown):
                shown.append(person)
        return shown

    def find(self, image):
        self.detections += 1
        if not self.found(self.time):
            return []
        points = dict.fromkeys(MTCNN_KEYPOINTS, (0.0, 0.0))
        return [Face(person.box(self.time), 0.99, points) for person in self.visible()]

    def follow(self, image, squares):
        self.lookings += len(squares)
        return [self._look(square) for square in squares]

    def mesh(self, image, faces):
        return self.follow(image, [Square((x + w / 2, y + h / 2), 1.5 * h) for x, y, w, h in (f.box for f in faces)])

    def _look(self, square):
        """The mesh of whoever is nearest to the square's middle; it slides onto another's face."""
        near = [(math.dist(p.path(self.time)[:2], square.centre), n) for n, p in enumerate(self.visible())]
        distance, number = min(near, default=(math.inf, 0))
        if distance > 0.4 * square.side:
            return None
        person = self.visible()[number]
        x, y, height = person.path(self.time)
        turned = (TEMPLATE[:, 0] + 1j * TEMPLATE[:, 1]) * np.exp(1j * person.angle(self.time)) * height
        points = np.column_stack([turned.real + x, turned.imag + y, TEMPLATE[:, 2]])
        return Mesh(points.astype(np.float32), 0.99)

    def tracker(self, **options):
        return Tracker(self.find, follow=self.follow, mesh=self.mesh, **options)

    def film(self, seconds, tracker=None, rate=RATE, **options):
        """Time and faces of each frame."""
        tracker = tracker or self.tracker(**options)
        for number in range(round(seconds * rate)):
            self.time = number / rate
            yield self.time, tracker.update(IMAGE, self.time)

    def ids_of(self, person, film):
        """Ids over time of what lies on a person; None where nothing does."""
        ids = []
        for time, faces in film:
            if person in self.visible():
                on = [face.id for face in faces if overlap(face.face.box, person.box(time)) > 0.5]
                assert len(on) <= 1, "two tracks of one face"
                ids.append(on[0] if on else None)
        return ids


def line(x, y, speed_x, speed_y=0.0, height=100.0, growth=0.0):
    return lambda time: (x + speed_x * time, y + speed_y * time, height + growth * time)


def test_a_face_keeps_its_id_and_the_framing_of_detection():
    world = World(Person(line(150, 200, 90, 30, growth=20)), Person(line(450, 200, -20, height=80)))
    for time, faces in world.film(3):
        assert [face.id for face in faces] == [1, 2]
        for face, person in zip(faces, world.people, strict=True):
            assert face.face.box == pytest.approx(person.box(time), abs=0.1)
            assert face.face.score == 0.99


def test_the_box_turns_with_the_head(monkeypatch):
    monkeypatch.setattr(track, "_LONGEST_WAIT", math.inf)
    person = Person(line(300, 240, 0), angle=lambda time: 0.4 * time)
    world = World(person)
    # Once only, so that all later boxes are moved ones. The box of an ellipse that turns grows.
    *_, (time, (face,)) = world.film(1, detect_every=1000)
    left, top, width, height = face.face.box
    first_left, first_top, first_width, first_height = person.box(0)
    offset = complex(first_left + first_width / 2 - 300, first_top + first_height / 2 - 240)
    grown = height / first_height
    turned = offset * complex(math.cos(0.4 * time), math.sin(0.4 * time)) * grown
    assert (left + width / 2 - 300, top + height / 2 - 240) == pytest.approx((turned.real, turned.imag), abs=0.5)
    assert 0.95 < grown < 1.05


@pytest.mark.parametrize(("rate", "forget"), [(1.0, 0.5), (0.5, 1.0), (2.0, 0.0), (3.0, 1.0), (5.0, 1.0)])
def test_frames_may_be_far_apart(rate, forget):
    world = World(Person(line(150, 200, 10)), Person(line(450, 240, -10)))
    frames = list(world.film(8, rate=rate, forget=forget))
    assert len(frames) >= 4
    assert [[face.id for face in faces] for _, faces in frames] == [[1, 2]] * len(frames)


def test_moved_boxes():
    box = (90.0, 80.0, 20.0, 40.0)
    assert moved_box(box, Square((100, 120), 50), Square((300, 320), 100)) == pytest.approx((280, 240, 40, 80))
    quarter = moved_box(box, Square((100, 120), 50), Square((100, 120), 50, math.pi / 2))
    assert quarter == pytest.approx((110, 100, 20, 40))
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap((0, 0, 10, 10), (20, 0, 10, 10)) == overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0


@pytest.mark.parametrize("every", [1, 5, 7])
def test_the_detector_is_asked_every_few_frames(every):
    world = World(Person(line(150, 200, 50)))
    list(world.film(3, detect_every=every))
    assert world.detections == math.ceil(75 / every)


def test_a_lost_face_is_looked_for_at_once():
    # It jumps in frame 11; the next detection was due in frame 15.
    world = World(Person(lambda time: (150 if time < 11 / RATE else 210, 200, 100)))
    ids = world.ids_of(world.people[0], world.film(1))
    assert ids == [1] * 25
    assert world.detections == 6


def test_faces_that_cross_keep_their_ids():
    world = World(Person(line(150, 220, 100)), Person(line(450, 200, -60)))
    ids = [set(world.ids_of(person, world.film(4))) - {None} for person in world.people]
    assert sorted(map(sorted, ids)) == [[1], [2]]
    missed = world.ids_of(world.people[1], world.film(4)).count(None)
    assert missed <= 4


def test_a_slow_crossing_never_leaves_two_tracks_on_one_face():
    # Hidden for longer than a face is remembered: the one behind gets a new id, the front one keeps its own.
    world = World(Person(line(300, 220, 0)), Person(line(200, 210, 40)))
    front = set(world.ids_of(world.people[0], world.film(6)))
    assert len(front) == 1
    behind = world.ids_of(world.people[1], world.film(6))
    assert set(behind) - {None} == {front.symmetric_difference({1, 2}).pop(), 3}


@pytest.mark.parametrize(("away", "ids"), [(0.8, {1}), (1.5, {1, 2})])
def test_who_comes_back_in_time_keeps_the_id(away, ids):
    world = World(Person(lambda time: None if 1 <= time < 1 + away else (200, 200, 100)))
    found = world.ids_of(world.people[0], world.film(4))
    assert set(found) - {None} == ids
    assert found.count(None) <= 4


def test_ids_are_never_given_twice():
    stays = [Person(lambda time, n=n: (200, 200, 100) if 3 * n <= time < 3 * n + 1 else None) for n in range(4)]
    world = World(*stays)
    tracker = world.tracker()
    seen = [face.id for _, faces in world.film(12, tracker) for face in faces]
    assert sorted(set(seen)) == [1, 2, 3, 4]
    assert tracker.count == 4


def test_a_face_without_a_mesh_is_detected_in_every_frame():
    world = World(Person(lambda time: (200 + 25 * time, 200, 100) if time < 1 else None))
    world.follow = lambda image, squares: [None] * len(squares)
    for time, faces in world.film(2):
        assert [face.face.box for face in faces] == ([world.people[0].box(time)] if time < 1 else [])
        assert [face.id for face in faces] == [1] * (time < 1)
    # Later every other frame until it is forgotten, then every fifth.
    assert world.detections <= 25 + 1 + 13 + 5


def test_what_only_the_mesh_sees_is_given_up():
    world = World(Person(line(200, 200, 0)), found=lambda time: time < 1)
    seen = [bool(faces) for _, faces in world.film(4)]
    assert seen[:25] == [True] * 25
    assert 25 + 25 - 5 <= sum(seen) <= 25 + 25 + 5


def test_two_looks_at_one_face_are_one_track():
    world = World(Person(line(200, 200, 0)))
    inner = world.find

    def twice(image):
        (face,) = inner(image)
        left, top, width, height = face.box
        return [face, dataclasses.replace(face, box=(left + 0.5 * width, top, width, height))]

    world.find = twice
    assert {tuple(face.id for face in faces) for _, faces in world.film(2)} == {(1,)}


def test_a_second_look_does_not_bring_a_lost_face_back():
    world = World(Person(line(200, 200, 0)), Person(lambda time: (300, 200, 100) if time < 1 else None))
    inner = world.find

    def twice(image):
        faces = inner(image)
        left, top, width, height = faces[0].box
        return [*faces, dataclasses.replace(faces[0], box=(left + 0.4 * width, top, width, height))]

    world.find = twice
    assert set(world.ids_of(world.people[0], world.film(1))) == {1}
    later = [[face.id for face in faces] for time, faces in world.film(3) if time >= 1]
    assert later == [[1]] * len(later)


def test_memory_does_not_grow():
    """A thousand people, each for half a second."""
    world = World(*[Person(lambda time, n=n: (200, 200, 100) if n <= time < n + 0.5 else None) for n in range(100)])
    tracker, smoother = world.tracker(forget=0.2), Smoother()
    held = []
    for time, faces in world.film(100, tracker):
        for face in faces:
            smoother.update(face.id, time, {"anger": 1.0})
        smoother.keep(tracker.ids)
        held.append((len(tracker.ids), len(smoother)))
    assert tracker.count == 100
    assert max(held) == (1, 1)


@pytest.mark.parametrize(("option", "value"), [("detect_every", 0), ("forget", -1), ("forget", math.inf)])
def test_numbers_are_checked(option, value):
    with pytest.raises(InputError, match=f"{option} (is )?{value}"):
        World().tracker(**{option: value})


def test_smoothing_is_the_formula():
    times = [0.0, 0.04, 0.08, 0.2, 1.0]
    answers = np.random.default_rng(0).dirichlet([1, 1, 1], len(times))
    smoother = Smoother(0.25)
    found = [smoother.update(7, t, dict(zip("abc", row, strict=True))) for t, row in zip(times, answers, strict=True)]
    # The same as weights of all answers: each step keeps exp(-dt / constant) of what was.
    weights = [np.exp(-(times[-1] - t) / 0.25) * (1 - np.exp(-(t - s) / 0.25)) for s, t in itertools.pairwise(times)]
    weights = np.array([np.exp(-times[-1] / 0.25), *weights])
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(list(found[-1].values()), weights @ answers)
    assert found[0] == dict(zip("abc", answers[0], strict=True))
    for row in found:
        assert sum(row.values()) == pytest.approx(1)


def test_faces_are_smoothed_apart_and_forgotten():
    smoother = Smoother(0.25)
    smoother.update(1, 0.0, {"a": 1.0, "b": 0.0})
    assert smoother.update(2, 0.0, {"a": 0.0, "b": 1.0}) == {"a": 0.0, "b": 1.0}
    smoother.keep({2})
    assert smoother.update(1, 0.1, {"a": 0.0, "b": 1.0}) == {"a": 0.0, "b": 1.0}


def test_no_smoothing():
    smoother = Smoother(0)
    smoother.update(1, 0.0, {"a": 1.0})
    assert smoother.update(1, 0.04, {"a": 0.25}) == {"a": 0.25}
    with pytest.raises(InputError, match=r"smoothing is -1 seconds: expected 0 \(none\) or more"):
        Smoother(-1)
