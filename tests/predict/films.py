"""What the tests of films share: writing them, reading them back, and running the command."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from fer_tf.predict.video import Video

ROOT = Path(__file__).resolve().parents[2]
RATE, SIZE = 25, (96, 48)


def numbered(number, size=SIZE):
    """BGR frame whose eight stripes are the bits of its number."""
    stripes = np.array([255 * (number >> bit & 1) for bit in range(8)], np.uint8)
    frame = np.repeat(np.repeat(stripes, size[0] // 8)[None], size[1], axis=0)
    return np.repeat(frame[..., None], 3, axis=2)


def number_in(image):
    """The number of such a frame."""
    width = image.shape[1] // 8
    return sum(int(image[:, bit * width : (bit + 1) * width].mean() > 128) << bit for bit in range(8))


def write(path, frames, code="mp4v", rate=RATE, size=SIZE):
    """Writes BGR frames to a file."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), rate, size)
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def read_film(path, **options):
    """Number, time and the number in the pixels of each frame that ``Video`` reads."""
    source = Video(path, **options)
    found = [(number, round(seconds, 4), number_in(image)) for number, seconds, image in source.frames()]
    source.close()
    return found


def frames_of(path):
    """RGB frames, as OpenCV reads them."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    while True:
        read, frame = capture.read()
        if not read:
            return
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


def run_command(*arguments):
    """``python -m fer_tf.predict`` in a process of its own."""
    command = [sys.executable, "-m", "fer_tf.predict", *map(str, arguments)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False, env=environment)
