"""Reading videos: against frames that carry their number in their pixels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.predict import video
from fer_tf.predict.video import Camera, Video
from fer_tf.predict.video_files import BrokenVideo
from tests.predict.films import RATE, numbered, read_film, write

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    for name, code in (("a.mp4", "mp4v"), ("a.mkv", "mp4v"), ("a.mov", "mp4v"), ("a.avi", "MJPG"), ("a.webm", "VP80")):
        write(folder / name, map(numbered, range(FRAMES)), code)
    return folder


def expected(numbers):
    return [(number, round(number / RATE, 4), number) for number in numbers]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi", "a.webm"])
def test_every_frame_of_every_kind(folder, name):
    assert read_film(folder / name) == expected(range(FRAMES))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.webm"])
@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"every": 3}, range(0, 200, 3)),
        ({"start": 1.0, "end": 2.0}, range(25, 50)),
        ({"start": 5.0, "every": 7}, range(125, 200, 7)),
        ({"start": 5.01}, range(126, 200)),
        ({"start": 7.96}, [199]),
        ({"end": 0.01}, [0]),
    ],
)
def test_parts_are_exact(folder, name, options, numbers):
    assert read_film(folder / name, **options) == expected(numbers)


def test_frames_are_rgb(tmp_path):
    red = np.zeros((48, 96, 3), np.uint8)
    red[..., 2] = 255
    (frame, *_) = Video(write(tmp_path / "r.mp4", [red] * 3)).frames()
    assert (frame.image.shape, frame.image.dtype) == ((48, 96, 3), np.uint8)
    np.testing.assert_allclose(frame.image[24, 48], (255, 0, 0), atol=12)


class Counting:
    """Passes on to a capture and counts what is asked of it."""

    def __init__(self, *arguments):
        self.inner, self.grabbed, self.retrieved = CAPTURE(*arguments), 0, 0
        MADE.append(self)

    def grab(self):
        self.grabbed += 1
        return self.inner.grab()

    def retrieve(self):
        self.retrieved += 1
        return self.inner.retrieve()

    def __getattr__(self, name):
        return getattr(self.inner, name)


CAPTURE, MADE = cv2.VideoCapture, []


def test_what_is_left_out_is_neither_converted_nor_decoded(folder, monkeypatch):
    MADE.clear()
    monkeypatch.setattr(cv2, "VideoCapture", Counting)
    assert len(read_film(folder / "a.mp4", start=5.0, end=6.0, every=5)) == 5
    assert sum(capture.retrieved for capture in MADE) == 5
    # A second before --start, the second that was asked for, the frame behind it, and those that are probed.
    assert sum(capture.grabbed for capture in MADE) <= 25 + 25 + 2 + 8 < 150


def collected(source):
    """Numbers of the frames, and the error behind the last."""
    numbers = []

    def read():
        for frame in source.frames():
            numbers.append(frame.number)

    with pytest.raises(InputError) as caught:
        read()
    assert "\n" not in str(caught.value)
    return numbers, str(caught.value)


@pytest.mark.parametrize("name", ["a.avi", "a.mkv"])
def test_a_broken_off_video_is_told_after_its_frames(folder, tmp_path, name):
    content = (folder / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    numbers, message = collected(Video(tmp_path / name))
    assert 50 < len(numbers) < 150
    assert numbers == list(range(len(numbers)))
    assert f"{name} breaks off after frame {len(numbers)} of 200" in message


def test_a_broken_end_does_not_matter_before_it(folder, tmp_path):
    content = (folder / "a.avi").read_bytes()
    (tmp_path / "a.avi").write_bytes(content[: len(content) // 2])
    assert read_film(tmp_path / "a.avi", end=1.0) == expected(range(25))


class Fake:
    """A capture of frames that are given."""

    def __init__(self, images, milliseconds=None):
        self.images, self.at = images, -1
        self.milliseconds = milliseconds or [40 * number for number in range(len(images))]

    def isOpened(self):
        return True

    def grab(self):
        self.at += 1
        return self.at < len(self.images)

    def retrieve(self):
        image = self.images[self.at]
        return image is not None, image

    def get(self, key):
        if key == cv2.CAP_PROP_POS_MSEC:
            return self.milliseconds[self.at]
        return {cv2.CAP_PROP_FPS: 25.0, cv2.CAP_PROP_FRAME_COUNT: len(self.images)}.get(key, 64.0)

    def release(self):
        pass


@pytest.fixture
def faked(folder, monkeypatch):
    def open_fake(*arguments):
        monkeypatch.setattr(cv2, "VideoCapture", lambda *_: Fake(*arguments))
        return Video(folder / "a.mp4")

    return open_fake


BLACK = np.zeros((48, 64, 3), np.uint8)


def test_another_size_midway_is_told(faked):
    numbers, message = collected(faked([BLACK] * 3 + [np.zeros((80, 96, 3), np.uint8)] * 2))
    assert numbers == [0, 1, 2]
    assert message.endswith("a.mp4 changes its size at frame 3: expected 64x48, came 96x80: cut it there")


def test_frames_that_cannot_be_decoded_are_told(faked):
    numbers, message = collected(faked([BLACK, None]))
    assert (numbers, message.endswith("frame 1 cannot be decoded: repair or convert the video")) == ([0], True)


def test_times_that_cannot_be_are_replaced(faked):
    milliseconds = [0, 40, 40, -5, float("nan"), 500, 100]
    times = [frame.time for frame in faked([BLACK] * 7, milliseconds).frames()]
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.5, 0.54])


def test_huge_frames_are_refused(faked, monkeypatch):
    monkeypatch.setattr(Fake, "get", lambda self, key: 20_000.0)
    with pytest.raises(BrokenVideo, match=r"20000x20000 pixels, more than 100,000,000: shrink it"):
        faked([BLACK])


def test_what_is_no_video_is_refused(folder, tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:8,\n{folder}/a.mp4\n#EXT-X-ENDLIST\n")
    for name in ("text", "empty", "list"):
        with pytest.raises(InputError, match=rf"{name}.mp4 is no video of a known kind: expected MP4"):
            Video(tmp_path / f"{name}.mp4")
    (tmp_path / "half.mp4").write_bytes((folder / "a.mp4").read_bytes()[:2000])
    with pytest.raises(InputError, match=r"half.mp4 cannot be opened: it is damaged, cut short"):
        Video(tmp_path / "half.mp4")
    numbers, message = collected(Video(write(tmp_path / "none.avi", [], "MJPG")))
    assert (numbers, message.endswith("none.avi has no frames: it is empty or damaged")) == ([], True)


def test_numbers_are_checked(folder):
    with pytest.raises(InputError, match="every is 0: expected 1 or more"):
        Video(folder / "a.mp4", every=0)
    with pytest.raises(InputError, match="start is 3 and end 2 seconds: expected 0 <= start < end"):
        Video(folder / "a.mp4", start=3, end=2)
    numbers, message = collected(Video(folder / "a.mp4", start=50))
    assert numbers == []
    assert message.startswith("start is 50 s, but ")
    assert message.endswith("a.mp4 ends after 7.960 s: start earlier")


@pytest.mark.parametrize(
    ("options", "count"), [({}, 200), ({"every": 3}, 67), ({"start": 2.0, "end": 4.0}, 50), ({"end": 99}, 200)]
)
def test_the_bar_knows_how_many(folder, options, count):
    assert Video(folder / "a.mp4", **options).expected() == count


def test_no_camera():
    with pytest.raises(InputError, match="camera 63 is not there, or another program has it"):
        Camera(63)


def test_a_camera_has_a_clock_of_its_own(monkeypatch):
    clock = iter([100.0, 100.5, 101.25, 102.0])
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Fake([BLACK] * 4))
    monkeypatch.setattr(video.time, "monotonic", lambda: next(clock))
    camera = Camera(0, end=2.0)
    assert [(number, seconds) for number, seconds, _ in camera.frames()] == [(0, 0.0), (1, 0.5), (2, 1.25)]
    assert camera.name == "camera 0"


def test_a_camera_that_is_unplugged(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Fake([BLACK] * 2))
    numbers, message = collected(Camera(0))
    assert (numbers, message) == ([0, 1], "camera 0 gives no more pictures after 2 frames: is it still connected?")


def test_ffmpeg_is_silent_and_nothing_heavy_is_imported(folder, tmp_path):
    content = (folder / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(content[: len(content) // 2])
    program = (
        "import json, sys\n"
        "from fer_tf.predict.video import Video, Camera\n"
        "import fer_tf.predict.smooth, fer_tf.predict.overlay, fer_tf.predict.output\n"
        "for make in (lambda: sum(1 for _ in Video(sys.argv[1]).frames()), lambda: Camera(63)):\n"
        "    try: make()\n"
        "    except ValueError: pass\n"
        "print(json.dumps(sorted({'tensorflow', 'keras', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.mkv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("OPENCV")},
    )
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, "", [])
