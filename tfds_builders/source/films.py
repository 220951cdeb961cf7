"""Frames of the videos of strangers."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from fer_tf.errors import InputError
from tfds_builders.source.pictures import LARGEST_SIDE, MOST_PIXELS

# Begin AVI, Matroska, MPEG and ASF; MP4 and MOV have ``ftyp`` after four bytes. FFmpeg would also take lists that name
# other files.
_STARTS = (b"RIFF", b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"0&\xb2u")

# 22 hours at 25 frames a second; a file can claim any number.
_MOST_FRAMES = 2_000_000
_FASTEST = 1000.0


@dataclasses.dataclass(frozen=True)
class Film:
    """What a video says of itself.

    Attributes:
        rate: frames a second.
        frames: how many it has.
    """

    rate: float
    frames: int


def describe(path: Path) -> Film:
    """Reads a video's head; where that does not tell the number of frames, they are counted.

    Args:
        path: the video, on the disk.

    Raises:
        InputError: with the reason why it cannot be read.
    """
    fault = _wrong_file(path)
    film = cv2.VideoCapture() if fault else cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if fault := fault or _wrong_film(film):
            raise InputError(fault)
        rate, frames = film.get(cv2.CAP_PROP_FPS), int(film.get(cv2.CAP_PROP_FRAME_COUNT))
        if frames <= 0:
            frames = 0
            while frames <= _MOST_FRAMES and film.grab():
                frames += 1
    finally:
        film.release()
    if not 0 < rate <= _FASTEST:
        raise InputError(f"expected a video of at most {_FASTEST:g} frames a second, came {rate:g}")
    if not 0 < frames <= _MOST_FRAMES:
        raise InputError(f"expected a video of 1 to {_MOST_FRAMES:,} frames, came {frames:,}")
    return Film(rate, frames)


def film_frames(path: Path, wanted: Iterable[int]) -> Iterator[np.ndarray | str]:
    """Reads a video from its beginning, a frame in memory at a time.

    Args:
        path: the video, on the disk.
        wanted: positions of frames from 0, in rising order.

    Yields:
        For each: uint8 (H, W, 3) RGB, or as text why there is none.
    """
    fault = _wrong_file(path)
    film = cv2.VideoCapture() if fault else cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        fault = fault or _wrong_film(film)
        grabbed = 0
        for position in wanted:
            while not fault and grabbed <= position:
                # Frames in between are not converted.
                if film.grab():
                    grabbed += 1
                else:
                    fault = f"the video ends or is damaged after {grabbed:,} frames"
            yield fault or _frame(film)
    finally:
        film.release()


def _wrong_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        return f"cannot be read ({error})"
    is_film = start.startswith(_STARTS) or start[4:8] == b"ftyp"
    return "" if is_film else "not a video that can be read: expected AVI, MP4, MOV, MKV, MPEG or WMV"


def _wrong_film(film: cv2.VideoCapture) -> str:
    if not film.isOpened():
        return "not a video that can be read"
    width, height = (int(film.get(which)) for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    if max(width, height) > LARGEST_SIDE or width * height > MOST_PIXELS:
        return f"expected frames of at most {LARGEST_SIDE} a side and {MOST_PIXELS:,} pixels, came {width} x {height}"
    return ""


def _frame(film: cv2.VideoCapture) -> np.ndarray | str:
    came, frame = film.retrieve()
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if came else "damaged frame"
