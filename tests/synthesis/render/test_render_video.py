"""Films of drawn people: what is written as true against what the pixels show."""

import itertools
import json

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS
from fer_tf.synthesis.render.video import Film, draw_film, write_film

# Small, and few frames a second: 3.4 seconds, in which two people cross and the third leaves and comes back.
FILM = Film(people=3, frames=34, width=320, height=240, rate=10)


@pytest.fixture(scope="module")
def frames():
    return list(draw_film(FILM))


def heads(frames, person):
    return [frame.truth["heads"][person] for frame in frames]


def test_the_same_film_is_drawn_again(frames):
    for frame, again in zip(itertools.islice(draw_film(FILM), 3), frames, strict=False):
        np.testing.assert_array_equal(frame.image, again.image)
        assert frame.truth == again.truth
    other = next(draw_film(Film(people=3, frames=1, width=320, height=240, seed=1)))
    assert (other.image != frames[0].image).any()


def test_frames_are_numbered_and_timed(frames):
    assert [frame.truth["frame"] for frame in frames] == list(range(34))
    assert [frame.truth["time"] for frame in frames] == pytest.approx(np.arange(34) / 10)
    assert {frame.image.shape for frame in frames} == {(240, 320, 3)}
    assert all([head["person"] for head in frame.truth["heads"]] == [0, 1, 2] for frame in frames)


def test_the_first_two_cross_and_the_second_is_hidden(frames):
    left = np.array([[head["box"][0] for head in heads(frames, person)] for person in (0, 1)])
    assert left[0, 0] < left[1, 0]
    assert left[0, -1] > left[1, -1]
    assert {head["visible"] for head in heads(frames, 0)} == {1.0}
    shares = [head["visible"] for head in heads(frames, 1)]
    assert (shares[0], shares[-1]) == (1.0, 1.0)
    assert min(shares) < 0.2


def test_the_third_leaves_and_comes_back(frames):
    shares = np.array([head["visible"] for head in heads(frames, 2)])
    gone = np.flatnonzero(shares == 0)
    assert 2 <= len(gone) <= 12
    assert (shares[[0, gone[-1] + 5]] == 1).all()
    assert all(heads(frames, 2)[number]["box"][0] > 310 for number in gone)


def test_a_face_looks_the_same_wherever_its_box_is(frames):
    """The first person's face, cut at its box: nearly equal pictures while the emotion stays; else not."""

    def inner(frame, box):
        left, top, width, height = box
        matrix = np.array([[width / 32, 0, left], [0, height / 32, top]])
        crop = cv2.warpAffine(frame.image, matrix, (32, 32), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return crop[6:26, 6:26].astype(int)

    first, *boxes = (head["box"] for head in heads(frames, 0)[:10])
    face = inner(frames[0], first)
    for frame, box in zip(frames[1:], boxes, strict=False):
        assert np.abs(inner(frame, box) - face).mean() < 4
    assert np.abs(inner(frames[9], first) - face).mean() > 20


def test_emotions_change_one_after_the_other(frames):
    for person in range(3):
        shown = [emotion for emotion, _ in itertools.groupby(head["emotion"] for head in heads(frames, person))]
        assert len(shown) == 3
        assert set(shown) <= set(EMOTIONS)
    # While one emotion becomes another the face passes through pictures of its own.
    faces = [frame.image[:, :160].astype(int) for frame in frames]
    assert np.abs(faces[15] - faces[14]).max() > 20


def test_a_film_is_written_with_its_truth(frames, tmp_path):
    film = Film(people=3, frames=4, width=320, height=240, rate=10)
    truth = write_film(tmp_path / "film.mp4", film)
    assert truth == tmp_path / "film.jsonl"
    assert [json.loads(line) for line in truth.read_text().splitlines()] == [frame.truth for frame in frames[:4]]
    capture = cv2.VideoCapture(str(tmp_path / "film.mp4"), cv2.CAP_FFMPEG)
    assert capture.get(cv2.CAP_PROP_FPS) == 10
    for frame in frames[:4]:
        _, image = capture.read()
        assert np.abs(cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(int) - frame.image).mean() < 4
    assert not capture.read()[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"people": 0}, r"film: people 0, .*expected 1\.\.3"),
        ({"frames": 0}, "film: people 2, frames 0"),
        ({"rate": 0}, "rate 0"),
        ({"width": 33}, r"film: 33x480 pixels: expected even sides of 64\.\.2048"),
    ],
)
def test_impossible_films_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Film(**options)


def test_impossible_places_are_refused(tmp_path):
    for path in (tmp_path / "film.avi", tmp_path / "gone" / "film.mp4"):
        with pytest.raises(InputError, match=r"expected a name that ends in .mp4, in a folder that is there"):
            write_film(path, FILM)
