"""From videos to rows, copies and windows; the command on a film of drawn people."""

import csv
import io
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.faces.face import MTCNN_KEYPOINTS, Face
from fer_tf.labels import EMOTIONS
from fer_tf.predict import live, video
from fer_tf.predict.live import predict_videos
from fer_tf.predict.output import VideoCSVWriter
from tests.predict.films import frames_of

ROOT = Path(__file__).resolve().parents[2]
SIZE, BOX = (160, 120), (40.0, 30.0, 50.0, 60.0)
BLACK, RED, GREEN = (0, 0, 0), (255, 0, 0), (0, 255, 0)


class ByColour:
    """A face wherever the frame is not black; red is anger, green disgust, as sure as it is bright."""

    labels, units = EMOTIONS, ()

    def __init__(self):
        self.interrupt_at = None

    def find(self, image):
        return [Face(BOX, 0.98765, dict.fromkeys(MTCNN_KEYPOINTS, (60.0, 50.0)))] if image.max() > 50 else []

    def read(self, image, faces):
        if self.interrupt_at is not None and image[0, 0].sum() > 50:
            self.interrupt_at -= 1
            if self.interrupt_at < 0:
                raise KeyboardInterrupt
        emotion = EMOTIONS[int(image.mean(axis=(0, 1)).argmax())]
        chances = dict.fromkeys(EMOTIONS, 0.0) | {emotion: 1.0}
        return [
            {"box": list(face.box), "score": 0.9877, "emotion": emotion, "probabilities": chances} for face in faces
        ]


@pytest.fixture(autouse=True)
def no_mesh(monkeypatch):
    """Plain colours have none, as the network would say."""
    monkeypatch.setattr("fer_tf.predict.track._meshes", lambda image, faces: [None] * len(faces))


def write(path, colours, code="mp4v", size=SIZE):
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), 25, size)
    for colour in colours:
        writer.write(np.full((size[1], size[0], 3), colour[::-1], np.uint8))
    writer.release()
    return path


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def film(tmp_path):
    return write(tmp_path / "film.mp4", [RED] * 10 + [BLACK] * 10 + [GREEN] * 10)


def test_a_line_for_each_frame(film, tmp_path, capsys):
    output = tmp_path / "out" / "rows.jsonl"
    assert predict_videos([film], ByColour(), output=output, smoothing=0) == 0
    found = rows(output)
    assert [row["frame"] for row in found] == list(range(30))
    assert [row["time"] for row in found] == [round(number / 25, 3) for number in range(30)]
    assert {(row["video"], row["width"], row["height"]) for row in found} == {(str(film), 160, 120)}
    assert [[face["id"] for face in row["faces"]] for row in found] == [[1]] * 10 + [[]] * 10 + [[1]] * 10
    assert list(found[0]["faces"][0]) == ["id", "box", "score", "emotion", "probabilities"]
    assert [row["faces"][0]["emotion"] for row in (found[0], found[-1])] == ["anger", "disgust"]
    err = capsys.readouterr().err
    assert err.startswith("30 frames, 1 faces, ")
    assert err.endswith(" frames/s\n")
    assert err.count("\n") == 1


def test_probabilities_are_smoothed(tmp_path):
    path = write(tmp_path / "a.mp4", [RED] * 5 + [GREEN] * 20)
    predict_videos([path], ByColour(), output=tmp_path / "o.jsonl", smoothing=0.25)
    faces = [row["faces"][0] for row in rows(tmp_path / "o.jsonl")]
    # All red up to frame 4, all green from frame 5 on.
    expected = [np.exp(-max(0, number - 4) * 0.04 / 0.25) for number in range(25)]
    assert [face["probabilities"]["anger"] for face in faces] == pytest.approx(expected, abs=1e-4)
    assert [face["emotion"] for face in faces] == ["anger" if share > 0.5 else "disgust" for share in expected]
    assert all(sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-3) for face in faces)


def test_rows_of_faces(film, tmp_path):
    output = tmp_path / "rows.csv"
    predict_videos([film], ByColour(), output=output, form="csv", every=5)
    found = list(csv.DictReader(io.StringIO(output.read_text())))
    assert list(found[0])[:9] == ["video", "frame", "time", "width", "height", "id", "box_left", "box_top", "box_width"]
    assert list(found[0])[9:12] == ["box_height", "score", "emotion"]
    assert list(found[0])[12:] == [f"probability_{emotion}" for emotion in EMOTIONS]
    assert [(row["frame"], row["time"], row["id"], row["emotion"]) for row in found] == [
        ("0", "0.0", "1", "anger"),
        ("5", "0.2", "1", "anger"),
        ("10", "0.4", "", ""),
        ("15", "0.6", "", ""),
        ("20", "0.8", "1", "disgust"),
        ("25", "1.0", "1", "disgust"),
    ]


def test_several_videos_one_after_the_other(film, tmp_path, capsys):
    other = write(tmp_path / "other.mp4", [BLACK] * 3)
    broken = write(tmp_path / "broken.avi", [RED] * 100, "MJPG")
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    output = tmp_path / "o.jsonl"
    with pytest.raises(InputError, match="1 of 3 videos could not be read to their end: see the warnings"):
        predict_videos([broken, film, other], ByColour(), output=output)
    found = rows(output)
    names = [Path(row["video"]).name for row in found]
    first = names.index("film.mp4")
    assert 20 < first < 80
    assert names == ["broken.avi"] * first + ["film.mp4"] * 30 + ["other.mp4"] * 3
    # Numbers of faces begin anew in each video.
    assert found[first]["faces"][0]["id"] == 1
    assert f"warning: {broken} breaks off after frame {first} of 100" in capsys.readouterr().err


def test_a_broken_video_keeps_its_rows(tmp_path):
    path = write(tmp_path / "broken.avi", [RED] * 100, "MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"broken.avi breaks off after frame \d+ of 100"):
        predict_videos([path], ByColour(), output=tmp_path / "o.jsonl", annotated=tmp_path / "drawn")
    count = len(rows(tmp_path / "o.jsonl"))
    assert count > 20
    assert len(list(frames_of(tmp_path / "drawn" / "broken.avi.annotated.mp4"))) == count


def test_nothing_is_opened_if_one_is_no_video(film, tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(InputError, match=r"text.mp4 is no video of a known kind"):
        predict_videos([film, tmp_path / "text.mp4"], ByColour(), output=tmp_path / "o.jsonl")
    assert not (tmp_path / "o.jsonl").exists()


def test_no_face_at_all(tmp_path, capsys):
    path = write(tmp_path / "dark.mp4", [BLACK] * 4)
    assert predict_videos([path], ByColour()) == 0
    out, err = capsys.readouterr()
    assert err == "no face was found in any of the 4 frames\n"
    assert [json.loads(line)["faces"] for line in out.splitlines()] == [[]] * 4


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_interruption_keeps_what_was_written(film, tmp_path, capsys, form):
    predictor, output = ByColour(), tmp_path / "o"
    predictor.interrupt_at = 7
    assert predict_videos([film], predictor, output=output, form=form, annotated=tmp_path) == 130
    assert len(output.read_text().splitlines()) == 7 + (form == "csv")
    assert capsys.readouterr().err == "interrupted: the rows of 7 frames are written\n"
    assert len(list(frames_of(tmp_path / "film.mp4.annotated.mp4"))) == 7


@pytest.mark.parametrize("every", [1, 3])
def test_the_copy_plays_as_the_original(film, tmp_path, every):
    predict_videos([film], ByColour(), output=tmp_path / "o", annotated=tmp_path / "drawn", every=every, smoothing=0)
    path = tmp_path / "drawn" / "film.mp4.annotated.mp4"
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    assert capture.get(cv2.CAP_PROP_FPS) == 25
    drawn = list(frames_of(path))
    assert len(drawn) == {1: 30, 3: 28}[every]
    assert drawn[0].shape == (120, 160, 3)
    # Each frame stands until the next: what is seen at a time is what was there.
    for number in (0, 5, 15, 25):
        shown = drawn[number][100, 150]
        assert (shown > 100).tolist() == [number < 10, number >= 20, False]


def test_places_that_cannot_be_written_are_named(film, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/film.mp4.annotated.mp4 cannot be written .*another folder for --annot"):
        predict_videos([film], ByColour(), output=tmp_path / "o", annotated=tmp_path / "file")


class FakeCamera(video.Camera):
    def __init__(self, number, *, every, end):
        self.name, self.rate, self.closed = f"camera {number}", 25.0, False
        CAMERAS.append(self)

    def frames(self):
        for number in range(1000):
            yield video.VideoFrame(number, number / 25, np.full((120, 160, 3), RED, np.uint8))

    def expected(self):
        return None

    def close(self):
        self.closed = True


CAMERAS = []


class FakeWindow:
    def __init__(self, title):
        self.shown = 0

    def show(self, frame):
        self.shown += 1
        return self.shown < 5

    def close(self):
        WINDOWS.append(self.shown)


WINDOWS = []


def test_a_camera_in_a_window_until_it_is_closed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(live, "Camera", FakeCamera)
    monkeypatch.setattr(live, "Window", FakeWindow)
    assert predict_videos([], ByColour(), camera=2, show=True, output=tmp_path / "o", annotated=tmp_path) == 0
    found = rows(tmp_path / "o")
    assert [(row["video"], row["frame"]) for row in found] == [("camera 2", number) for number in range(5)]
    assert (CAMERAS[-1].closed, WINDOWS[-1]) == (True, 5)
    assert (tmp_path / "camera_2.annotated.mp4").is_file()
    assert "5 frames, 1 faces, " in capsys.readouterr().err


def test_what_is_read_is_not_written_over(film, tmp_path):
    content = film.read_bytes()
    with pytest.raises(InputError, match=r"is read and would be written over: choose another --output"):
        predict_videos([film], ByColour(), output=film)
    assert film.read_bytes() == content


def test_an_older_file_stays_where_there_is_nothing_to_see(tmp_path):
    (tmp_path / "rows.jsonl").write_text("older")
    with pytest.raises(InputError, match="camera 97 is not there"):
        predict_videos([], ByColour(), camera=97, output=tmp_path / "rows.jsonl")
    assert (tmp_path / "rows.jsonl").read_text() == "older"


def test_frames_of_another_size_are_scaled_to_the_first(tmp_path):
    small, large = (write(tmp_path / f"{size[0]}.mpg", [RED] * 20, "mpg1", size) for size in (SIZE, (96, 80)))
    both = tmp_path / "both.mpg"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    assert predict_videos([both], ByColour(), output=tmp_path / "o.jsonl") == 0
    sizes = {(row["width"], row["height"]) for row in rows(tmp_path / "o.jsonl")}
    assert (sizes, len(rows(tmp_path / "o.jsonl")) > 20) == ({SIZE}, True)


def test_one_of_videos_and_camera(film):
    for videos, camera in (([], None), ([film], 0)):
        with pytest.raises(InputError, match="expected either videos or a camera: give one of the two"):
            predict_videos(videos, ByColour(), camera=camera)
    with pytest.raises(InputError, match="start is 3 s, but a camera begins now: leave it out"):
        predict_videos([], ByColour(), camera=0, start=3)


def test_the_writer_holds_nothing():
    """What the writer of rows refers to does not grow with them."""
    writer = VideoCSVWriter(open(os.devnull, "w"), EMOTIONS)  # noqa: SIM115
    row = {"video": "a", "frame": 0, "time": 0.0, "width": 1, "height": 1, "faces": []}
    before = len(vars(writer))
    for number in range(100):
        writer.write(row | {"frame": number})
    held = [value for value in vars(writer).values() if isinstance(value, list | dict | set)]
    writer._file.close()
    assert (len(vars(writer)), held) == (before, [])
