"""Does memory stay flat over a video of ten thousand frames, and how many a second are read?

    python -m benchmarks.video_memory

A film of drawn people who walk, its few seconds written again and again, goes through the whole way of
``python -m fer_tf.predict``: decoding, tracking, classifying, rows.
"""

import contextlib
import io
import itertools
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from absl import flags

from benchmarks.faces_memory import resident_megabytes
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.predict.live import predict_videos
from fer_tf.predict.predictor import Predictor
from fer_tf.synthesis.render.video import Film, draw_film

FRAMES, SEED, PEOPLE = 10_000, 7305, 2
# One walk there and back, so that the film goes on where it began.
_CLIP = 200
# Memory at the beginning and at the end is the median over so many frames.
_PART = 1_000


class _Watched:
    """A predictor that notes this process's memory with each frame."""

    def __init__(self, predictor: Predictor):
        self._predictor, self.find = predictor, predictor.find
        self.labels, self.units = predictor.labels, predictor.units
        self.megabytes: list[float] = []

    def read(self, image: np.ndarray, faces: list) -> list[dict]:
        """As ``Predictor.read``."""
        self.megabytes.append(resident_megabytes())
        return self._predictor.read(image, faces)


def measure(
    frames: int = FRAMES, seed: int = SEED, predictor: Predictor | None = None
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Predicts a long video and watches the process's memory.

    Args:
        frames: how many; more than 2,000.
        seed: of the people.
        predictor: what finds and reads faces; None takes the model in the box.

    Returns:
        metrics: growth of the resident memory from the first to the last thousand frames and its peak in MB,
            frames a second, and how many faces were told apart.
        intervals: none.
    """
    watched, summary = _Watched(predictor or Predictor()), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        _write(path, Film(PEOPLE, _CLIP, 320, 240, seed=seed), frames)
        start = time.perf_counter()
        with contextlib.redirect_stderr(summary):
            predict_videos([path], watched, output=Path(folder) / "rows.jsonl")
        passed = time.perf_counter() - start
    first, last = (float(np.median(part)) for part in (watched.megabytes[:_PART], watched.megabytes[-_PART:]))
    return {
        "video_memory_growth_mb": last - first,
        "video_memory_peak_mb": max(watched.megabytes),
        "video_frames_per_second": frames / passed,
        "video_faces_told_apart": float(summary.getvalue().split("frames, ")[1].split(" faces")[0]),
    }, {}


def _write(path: Path, film: Film, frames: int) -> None:
    clip = [cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR) for frame in draw_film(film)]
    size = (film.width, film.height)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), film.rate, size)
    for frame in itertools.islice(itertools.cycle(clip), frames):
        writer.write(frame)
    writer.release()


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    refuse_arguments(arguments)
    metrics, _ = measure(flags.FLAGS.video_frames)
    for name, value in metrics.items():
        print(f"{name:<44} {value:.3f}")


if __name__ == "__main__":
    flags.DEFINE_integer("video_frames", FRAMES, "how many", 2 * _PART)
    run_main(main)
