"""Reading videos and cameras, one frame at a time.

OpenCV scales frames of a file that changes its size to the size of the first, and does not say so: boxes are in
pixels of the first. MPEG files do not say how long they are: that one breaks off is not noticed.
"""

import abc
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Read when OpenCV first touches FFmpeg, whose notes on damaged files would bury our one line.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2

from fer_tf.errors import InputError
from fer_tf.predict.images import MAX_PIXELS
from fer_tf.predict.video_files import BrokenVideo, check_video

# These hold the number of frames; the others only the length, to which the sound belongs as well, or nothing.
_COUNTED, _TIMED = (".mp4", ".m4v", ".mov", ".avi"), (".mkv", ".webm")
# Whole files of real cameras announce up to this many frames, or seconds, more than can be read.
_MISSING_FRAMES, _MISSING_SHARE = 2, 0.01
# Of files that tell their length in seconds, which may be that of the sound: so many, or this share of a short one.
_MISSING_SECONDS, _MISSING_LENGTH = 1.0, 0.15
# Taken where a file names no frame rate, or an impossible one.
_USUAL_RATE, _HIGHEST_RATE = 25.0, 1000.0
# Before and after a jump to --start so many frames must lie where the frame rate says.
_PROBED, _BEFORE_START = 8, 1.0
_EPSILON = 1e-6


class VideoFrame(NamedTuple):
    """One frame.

    Attributes:
        number: from 0, counting those that were left out too.
        time: seconds since the first frame of the video, or since the camera's first.
        image: RGB uint8 (H, W, 3).
    """

    number: int
    time: float
    image: np.ndarray


class Source(abc.ABC):
    """Frames of a video or of a camera; see ``Video`` and ``Camera``.

    Attributes:
        name: of the file as given, or "camera 0".
        rate: frames a second.
    """

    def __init__(self, name: str, capture: cv2.VideoCapture, every: int, start: float, end: float | None):
        """Takes an open capture.

        Args:
            name: for messages and records.
            capture: open.
            every: each n-th frame is read, from the first at or after ``start``.
            start: seconds; earlier frames are left out.
            end: seconds; frames at or after it are left out; None reads all.

        Raises:
            InputError: a number out of range, or frames larger than 100 megapixels.
        """
        if every < 1:
            raise InputError(f"every is {every}: expected 1 or more: give 2 for each second frame")
        if not 0 <= start < math.inf or (end is not None and not end > start):
            raise InputError(f"start is {start:g} and end {end} seconds: expected 0 <= start < end")
        self.name, self.rate = name, _rate(capture)
        self._capture, self._every, self._start, self._end = capture, every, start, end
        self._size: tuple[int, ...] | None = None
        width, height = (capture.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > MAX_PIXELS:
            raise BrokenVideo(f"{name}: frames of {width:g}x{height:g} pixels, more than {MAX_PIXELS:,}: shrink it")

    def frames(self) -> Iterator[VideoFrame]:
        """The frames that were asked for; those between are not converted.

        Yields:
            the frames, in order, with times that grow.

        Raises:
            BrokenVideo: after all before it: the video breaks off, changes its size, or has no frame in the
                range; a camera gives no more.
        """
        inside = 0
        for number, seconds in self._grabbed():
            if self._end is not None and seconds >= self._end - _EPSILON:
                break
            if seconds < self._start - _EPSILON:
                continue
            if inside % self._every == 0:
                yield VideoFrame(number, seconds, self._retrieve(number))
            inside += 1
        if not inside:
            raise BrokenVideo(f"{self.name} has no frame from {self._start:g} s to {self._end} s: choose other times")

    def expected(self) -> int | None:
        """About how many frames ``frames`` yields; None where nobody knows."""
        if self._end is None or self._end == math.inf:
            return None
        return max(1, round((self._end - self._start) * self.rate / self._every))

    def close(self) -> None:
        """Lets go of the file or the camera."""
        self._capture.release()

    @abc.abstractmethod
    def _grabbed(self) -> Iterator[tuple[int, float]]:
        """Number and time of each frame that ``_retrieve`` would convert now."""

    def _retrieve(self, number: int) -> np.ndarray:
        decoded, image = self._capture.retrieve()
        if not decoded or image is None:
            raise BrokenVideo(f"{self.name}: frame {number} cannot be decoded: repair or convert the video")
        self._size = self._size or image.shape
        if image.shape != self._size:
            (height, width), (new_height, new_width) = self._size[:2], image.shape[:2]
            raise BrokenVideo(
                f"{self.name} changes its size at frame {number}: expected {width}x{height}, came "
                f"{new_width}x{new_height}: cut it there"
            )
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class Video(Source):
    """A video file."""

    def __init__(self, path: str | Path, *, every: int = 1, start: float = 0.0, end: float | None = None):
        """Opens a file.

        Args:
            path: a local file that ends in one of ``video_files.SUFFIXES``.
            every: each n-th frame is read.
            start: seconds; earlier frames are left out.
            end: seconds; frames at or after it are left out; None reads all.

        Raises:
            InputError: no such file, no video, or a number out of range.
        """
        self._path = check_video(path)
        super().__init__(str(path), _open(self._path), every, start, end)
        announced = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        # Files without an index say 0 or a large negative number.
        self._announced = int(announced) if 0 < announced < 2**40 else 0

    def expected(self) -> int | None:
        """See ``Source.expected``."""
        if not self._announced:
            return super().expected()
        end = min(self._announced / self.rate, math.inf if self._end is None else self._end)
        return max(1, math.ceil((end - self._start) * self.rate / self._every))

    def _grabbed(self) -> Iterator[tuple[int, float]]:
        number, before = self._jump()
        if number < 0 and not self._capture.grab():
            raise BrokenVideo(f"{self.name} has no frames: it is empty or damaged")
        number = max(number, 0)
        while True:
            before = self._time(before)
            yield number, before
            if not self._capture.grab():
                break
            number += 1
        self._check_end(number + 1, before)

    def _time(self, before: float | None) -> float:
        """Seconds of the frame just grabbed: the file's own, so that a rate that varies does not drift."""
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if before is None:
            return seconds if 0 <= seconds < math.inf else 0.0
        return seconds if before < seconds < math.inf else before + 1 / self.rate

    def _jump(self) -> tuple[int, float | None]:
        """Goes near ``start`` without decoding all before it.

        Returns:
            number and time of the frame before the one now grabbed, or (-1, None) at the beginning.
        """
        before = max(_BEFORE_START, 2 * _PROBED / self.rate)
        if self._start <= 2 * before:
            return -1, None
        regular = self._regular(0)
        self._rewind()
        if not regular:
            return -1, None
        self._capture.set(cv2.CAP_PROP_POS_MSEC, (self._start - before) * 1000)
        number = self._regular()
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if number and seconds <= self._start:
            return number, seconds - 1 / self.rate
        # FFmpeg did not find the place, or the rate varies: the long way is always right.
        self._rewind()
        return -1, None

    def _regular(self, first: int | None = None) -> int:
        """Grabs a few frames; the last one's number, or 0 unless they come one after the other at the video's rate.

        ``first`` is the first one's number, None takes what its time says.
        """
        for number in range(_PROBED):
            if not self._capture.grab():
                return 0
            seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first = round(seconds * self.rate) if first is None else first
            # Matroska rounds to milliseconds.
            if abs(seconds - (first + number) / self.rate) >= 0.001 + 0.01 / self.rate:
                return 0
        return first + _PROBED - 1

    def _rewind(self) -> None:
        self._capture.release()
        self._capture = _open(self._path)

    def _check_end(self, frames: int, last: float) -> None:
        """Whether the file held what it announced; ``last`` is the last frame's time."""
        suffix, announced = self._path.suffix.lower(), self._announced
        if suffix in _COUNTED:
            short = announced - frames > max(_MISSING_FRAMES, _MISSING_SHARE * announced)
        else:
            length = announced / self.rate
            short = suffix in _TIMED and length - last > min(_MISSING_SECONDS, max(_MISSING_LENGTH * length, 0.2))
        if announced and short:
            raise BrokenVideo(
                f"{self.name} breaks off after frame {frames} of {announced}: copy it again; rows up to there are right"
            )
        if last < self._start - _EPSILON:
            raise InputError(f"start is {self._start:g} s, but {self.name} ends after {last:.3f} s: start earlier")


class Camera(Source):
    """A camera of this machine; time is counted from its first frame by a clock that nobody sets."""

    def __init__(self, number: int = 0, *, every: int = 1, end: float | None = None):
        """Opens a camera.

        Args:
            number: of the camera, from 0.
            every: each n-th frame is read.
            end: seconds after which it ends; None goes on.

        Raises:
            InputError: no such camera, or a number out of range.
        """
        _silence()
        capture = cv2.VideoCapture(number)
        if not capture.isOpened():
            raise InputError(f"camera {number} is not there, or another program has it: try --camera=0, 1 or 2")
        super().__init__(f"camera {number}", capture, every, 0.0, end)

    def _grabbed(self) -> Iterator[tuple[int, float]]:
        number, begin = 0, None
        while self._capture.grab():
            now = time.monotonic()
            begin = now if begin is None else begin
            yield number, now - begin
            number += 1
        raise BrokenVideo(f"{self.name} gives no more pictures after {number} frames: is it still connected?")


def _open(path: Path) -> cv2.VideoCapture:
    _silence()
    # The second guard; OpenCV 4.11's wheel lets it pass without effect, others heed it.
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "protocol_whitelist;file"
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise BrokenVideo(
            f"{path} cannot be opened: it is damaged, cut short or of a kind FFmpeg does not know; convert it to MP4"
        )
    return capture


def _silence() -> None:
    cv2.setLogLevel(0)


def _rate(capture: cv2.VideoCapture) -> float:
    rate = capture.get(cv2.CAP_PROP_FPS)
    return float(rate) if 0 < rate <= _HIGHEST_RATE else _USUAL_RATE
