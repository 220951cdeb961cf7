"""Showing what was found in a video: drawn into its frames, in a file or a window."""

import math
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from fer_tf.errors import InputError
from fer_tf.predict.annotate import COLOURS

SUFFIX = ".annotated.mp4"
_OTHER = "#bbbbbb"
_PAPER, _INK, _PALE = (30, 30, 30), (242, 242, 242), (85, 85, 85)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
# Pixels of a capital letter at scale 1.
_FONT_HEIGHT = 21.0
# Height of a line of text as a share of the frame's shorter side, and at least so many pixels.
_LINE, _SMALLEST_LINE = 1 / 28, 11
_BARS = 3
# Where a camera or a video stops for longer, the copy goes on after so many seconds of a still picture.
_LONGEST_STILL = 10.0


def draw_frame(image: np.ndarray, record: dict, rate: float) -> np.ndarray:
    """A copy of a frame with boxes, numbers, emotions and the three likeliest as bars.

    Args:
        image: RGB uint8 (H, W, 3).
        record: of ``live``, for this frame.
        rate: frames a second that were processed; written at the top.

    Returns:
        BGR uint8 (H, W, 3), as OpenCV writes and shows it.
    """
    canvas = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    line = max(_SMALLEST_LINE, round(min(image.shape[:2]) * _LINE))
    for face in record["faces"]:
        _draw_face(canvas, face, line)
    _tag(canvas, f"{rate:.1f} frames/s", (0, 0), line, _PAPER)
    return canvas


class AnnotatedVideo:
    """An MP4 file that plays as the original does: a frame stands until the next one's time."""

    def __init__(self, path: Path, rate: float):
        """Makes the folder; the file begins with the first frame.

        Args:
            path: to write, ending in .mp4.
            rate: frames a second of the file.

        Raises:
            InputError: the folder cannot be made.
        """
        self._path, self._rate = path, rate
        self._writer: cv2.VideoWriter | None = None
        self._begin, self._written, self._last = 0.0, 0, None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refused(error.strerror) from error

    def write(self, frame: np.ndarray, time: float) -> None:
        """Adds a frame.

        Args:
            frame: BGR uint8 (H, W, 3), all of one size.
            time: seconds in the original.

        Raises:
            InputError: the file cannot be written.
        """
        if self._writer is None:
            self._begin, self._writer = time, self._open(frame)
        due = round((time - self._begin) * self._rate) + 1 - self._written
        for _ in range(min(due - 1, math.ceil(_LONGEST_STILL * self._rate))):
            self._writer.write(self._last)
        if due > 0:
            self._writer.write(frame)
            self._written += due
        self._last = frame

    def close(self) -> None:
        """Ends the file, so that it can be played."""
        if self._writer is not None:
            self._writer.release()

    def _open(self, frame: np.ndarray) -> cv2.VideoWriter:
        size = (frame.shape[1], frame.shape[0])
        writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), self._rate, size)
        if not writer.isOpened():
            raise self._refused(f"{size[0]}x{size[1]} pixels")
        return writer

    def _refused(self, reason: str | None) -> InputError:
        return InputError(f"{self._path} cannot be written ({reason}): choose another folder for --annotate")


class Window:
    """A window with the annotated frames."""

    def __init__(self, title: str):
        """Opens it.

        Args:
            title: above the pictures.

        Raises:
            InputError: there is no display, or OpenCV comes without windows.
        """
        # Tried in a process of its own: without a display Qt ends the process that asks it.
        attempt = "import cv2; cv2.namedWindow('fer_tf'); cv2.waitKey(1)"
        if subprocess.run([sys.executable, "-c", attempt], capture_output=True, check=False).returncode:
            raise InputError(
                "no window can be opened (no display, or an OpenCV without windows): use --annotate instead of --show"
            )
        self._title = title
        cv2.namedWindow(title, cv2.WINDOW_AUTOSIZE)

    def show(self, frame: np.ndarray) -> bool:
        """Shows a frame, BGR uint8 (H, W, 3); False when the user ended it with q, Esc or by closing it."""
        cv2.imshow(self._title, frame)
        key = cv2.waitKey(1) & 0xFF
        return key not in (ord("q"), 27) and cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) > 0

    def close(self) -> None:
        """Closes it."""
        cv2.destroyWindow(self._title)


def _draw_face(canvas: np.ndarray, face: dict, line: int) -> None:
    left, top, width, height = (round(value) for value in face["box"])
    colour = _bgr(face["emotion"])
    thick = max(1, line // 8)
    cv2.rectangle(canvas, (left, top), (left + width, top + height), colour, thick)
    # Above the box, or inside it where the picture ends.
    text, above = f"{face['id']} {face['emotion']}", top - line if top >= line else top
    end = _tag(canvas, text, (left, above), line, colour)
    likeliest = sorted(face["probabilities"].items(), key=lambda entry: -entry[1])[:_BARS]
    _bars(canvas, likeliest, (left, top + height + thick), max(end, left + width + thick), line)


def _bars(
    canvas: np.ndarray, likeliest: list[tuple[str, float]], corner: tuple[int, int], beside: int, line: int
) -> None:
    """Bars with their left top ``corner`` below the box; where the picture ends there, ``beside`` it, or inside."""
    step = max(1, round(line * 0.8))
    text, bar = max(_text_width(label, step) for label, _ in likeliest) + step, 4 * step
    high, wide = step * len(likeliest), text + bar + step // 2
    left, top = corner
    if top + high > canvas.shape[0] and beside + wide <= canvas.shape[1]:
        left = beside
    left = max(0, min(left, canvas.shape[1] - wide))
    top = max(0, min(top, canvas.shape[0] - high))
    cv2.rectangle(canvas, (left, top), (left + wide, top + high), _PAPER, cv2.FILLED)
    for row, (label, chance) in enumerate(likeliest):
        above, middle = top + row * step, top + row * step + step // 2
        _write(canvas, label, (left + step // 3, above), step, _INK)
        ends = [(left + text + round(bar * share), middle + step // 4) for share in (1.0, chance)]
        for end, colour in zip(ends, (_PALE, _bgr(label)), strict=True):
            cv2.rectangle(canvas, (left + text, middle - step // 4), end, colour, cv2.FILLED)


def _tag(canvas: np.ndarray, text: str, corner: tuple[int, int], line: int, colour: tuple[int, int, int]) -> int:
    """Text on a filled ground, moved into the picture; returns its right edge."""
    width = _text_width(text, line) + line // 2
    left = max(0, min(corner[0], canvas.shape[1] - width))
    top = max(0, min(corner[1], canvas.shape[0] - line))
    cv2.rectangle(canvas, (left, top), (left + width, top + line), colour, cv2.FILLED)
    blue, green, red = colour
    ink = (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else _INK
    _write(canvas, text, (left + line // 4, top), line, ink)
    return left + width


def _write(canvas: np.ndarray, text: str, corner: tuple[int, int], line: int, ink: tuple[int, int, int]) -> None:
    cv2.putText(canvas, text, (corner[0], corner[1] + round(line * 0.76)), _FONT, _scale(line), ink, 1, cv2.LINE_AA)


def _text_width(text: str, line: int) -> int:
    return cv2.getTextSize(text, _FONT, _scale(line), 1)[0][0]


def _scale(line: int) -> float:
    return 0.6 * line / _FONT_HEIGHT


def _bgr(emotion: str) -> tuple[int, int, int]:
    colour = COLOURS.get(emotion, _OTHER)
    return tuple(int(colour[i : i + 2], 16) for i in (5, 3, 1))
