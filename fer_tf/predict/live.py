"""From videos and cameras to rows: what the command does with them, with plain arguments."""

import contextlib
import dataclasses
import functools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from fer_tf.errors import InputError
from fer_tf.predict.annotate import annotated_path, common_root
from fer_tf.predict.output import Writer, make_writer, open_or_stdout
from fer_tf.predict.overlay import SUFFIX, AnnotatedVideo, Window, draw_frame
from fer_tf.predict.smooth import Smoother
from fer_tf.predict.track import Tracker
from fer_tf.predict.video import Camera, Source, Video, VideoFrame
from fer_tf.predict.video_files import BrokenVideo, check_video

# Weight of the last frame in the frame rate that is shown.
_RATE_SHARE = 0.1


@dataclasses.dataclass
class _Tally:
    """What the last lines say."""

    frames: int = 0
    faces: int = 0
    failed: int = 0
    last: BrokenVideo | None = None
    begin: float = 0.0

    def add(self, faces: int) -> None:
        """A frame, with so many faces that were not there before."""
        # The networks are read with the first frame, which says nothing of the others.
        self.begin = self.begin or time.perf_counter()
        self.frames, self.faces = self.frames + 1, self.faces + faces

    def summary(self) -> str:
        if not self.faces:
            return f"no face was found in any of the {self.frames} frames"
        rate = (self.frames - 1) / max(time.perf_counter() - self.begin, 1e-9)
        return f"{self.frames} frames, {self.faces} faces, {rate:.1f} frames/s"

    @contextlib.contextmanager
    def failures(self, warn: bool) -> Iterator[None]:
        """Counts a video that breaks off, so that the next one is looked at all the same."""
        try:
            yield
        except BrokenVideo as error:
            self.failed, self.last = self.failed + 1, error
            if warn:
                print(f"warning: {error}", file=sys.stderr)


class _Ended(Exception):
    """The user closed the window."""


def predict_videos(
    videos: Sequence[str | Path],
    predictor,
    *,
    camera: int | None = None,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    smoothing: float = 0.25,
    detect_every: int = 5,
    forget: float = 1.0,
    form: str = "jsonl",
    output: str | Path | None = None,
    annotated: str | Path | None = None,
    show: bool = False,
) -> int:
    """Predicts videos one after the other, or a camera; whatever was written stays if it is interrupted.

    Args:
        videos: files; none with a camera.
        predictor: ``Predictor``, or what has its ``labels``, ``units``, ``find`` and ``read``.
        camera: number of a camera to look through instead.
        every: each n-th frame is looked at.
        start: seconds; earlier frames of each video are left out.
        end: seconds; frames at or after it are left out; None goes to the end.
        smoothing: seconds, see ``Smoother``.
        detect_every: frames looked at from one detection to the next, see ``Tracker``.
        forget: seconds after which a face that is not seen loses its number.
        form: ``jsonl`` (one line a frame) or ``csv`` (one row a face).
        output: file to write; None writes to standard output.
        annotated: folder for copies of the videos with what was found; None makes none.
        show: opens a window; q or Esc ends.

    Returns:
        exit status: 0, or 130 when interrupted from the keyboard.

    Raises:
        InputError: something does not exist or cannot be read to its end, after all before it was written;
            a number is out of range; a file or a window cannot be opened.
    """
    videos = list(dict.fromkeys(map(Path, videos)))
    sources = _sources(videos, camera, every, start, end)
    names = videos or [Path(f"camera_{camera}")]
    targets = [
        annotated_path(Path(annotated), name, common_root(names), SUFFIX) if annotated else None for name in names
    ]

    def look() -> _Look:
        return _Look(predictor, Tracker(predictor.find, detect_every=detect_every, forget=forget), Smoother(smoothing))

    look()  # numbers out of range are told before anything is opened
    tally = _Tally()
    with contextlib.ExitStack() as stack:
        # Before what is to be written: where there is nothing to see, an older file stays.
        first = stack.enter_context(contextlib.closing(sources[0]()))
        sources[0] = lambda: first
        file = stack.enter_context(open_or_stdout(output, videos))
        writer = make_writer(form, file, predictor.labels, predictor.units, video=True)
        window = stack.enter_context(contextlib.closing(Window("fer_tf"))) if show else None
        try:
            for opened, target in zip(sources, targets, strict=True):
                with tally.failures(warn=len(sources) > 1):
                    _one(opened, look(), writer, target, window, tally)
        except _Ended:
            pass
        except KeyboardInterrupt:
            print(f"interrupted: the rows of {tally.frames} frames are written", file=sys.stderr)
            return 130
    if tally.frames:
        print(tally.summary(), file=sys.stderr)
    if tally.failed:
        if len(sources) == 1:
            raise tally.last
        raise InputError(f"{tally.failed} of {len(sources)} videos could not be read to their end: see the warnings")
    return 0


def _sources(
    videos: Sequence[str | Path], camera: int | None, every: int, start: float, end: float | None
) -> list[Callable[[], Source]]:
    """What opens each video, or the camera; a file that is none is told before the first is looked at."""
    if (camera is None) == (not videos):
        raise InputError("expected either videos or a camera: give one of the two")
    if camera is not None:
        if start:
            raise InputError(f"start is {start:g} s, but a camera begins now: leave it out")
        return [functools.partial(Camera, camera, every=every, end=end)]
    for path in videos:
        check_video(path)
    return [functools.partial(Video, path, every=every, start=start, end=end) for path in videos]


class _Look:
    """What is found in the frames of one video."""

    def __init__(self, predictor, tracker: Tracker, smoother: Smoother):
        self._predictor, self._tracker, self._smoother = predictor, tracker, smoother
        self._told = 0

    def record(self, name: str, frame: VideoFrame) -> dict:
        """The row of a frame."""
        number, seconds, image = frame
        faces = self._tracker.update(image, seconds)
        found = self._predictor.read(image, [tracked.face for tracked in faces])
        rows = [self._face(tracked.id, row, seconds) for tracked, row in zip(faces, found, strict=True)]
        self._smoother.keep(self._tracker.ids)
        height, width = image.shape[:2]
        return {
            "video": name,
            "frame": number,
            "time": round(seconds, 3),
            "width": width,
            "height": height,
            "faces": rows,
        }

    def begun(self) -> int:
        """How many faces are new since it was last asked."""
        told, self._told = self._told, self._tracker.count
        return self._told - told

    def _face(self, number: int, row: dict, seconds: float) -> dict:
        units = row.get("action_units", {})
        smooth = self._smoother.update(number, seconds, row["probabilities"] | units)
        changed = {"emotion": max(row["probabilities"], key=smooth.__getitem__)}
        for part in ("probabilities", "action_units")[: 2 if units else 1]:
            changed[part] = {label: round(smooth[label], 4) for label in row[part]}
        return {"id": number, **row, **changed}


def _one(
    opened: Callable[[], Source],
    look: _Look,
    writer: Writer,
    target: Path | None,
    window: Window | None,
    tally: _Tally,
) -> None:
    """One video from its first to its last frame."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(contextlib.closing(opened()))
        copy = stack.enter_context(contextlib.closing(AnnotatedVideo(target, source.rate))) if target else None
        for frame, rate in _timed(source):
            record = look.record(source.name, frame)
            writer.write(record)
            tally.add(look.begun())
            if copy is None and window is None:
                continue
            drawn = draw_frame(frame.image, record, rate)
            if copy is not None:
                copy.write(drawn, frame.time)
            if window is not None and not window.show(drawn):
                raise _Ended


def _timed(source: Source) -> Iterator[tuple[VideoFrame, float]]:
    """Frames, and how many a second are being processed; a bar on a terminal."""
    rate, before = 0.0, time.perf_counter()
    # Shown on a terminal only (disable=None), on standard error.
    with tqdm(source.frames(), total=source.expected(), unit="frame", desc=Path(source.name).name, disable=None) as bar:
        for frame in bar:
            yield frame, rate
            now = time.perf_counter()
            rate += (1 / max(now - before, 1e-9) - rate) * (_RATE_SHARE if rate else 1.0)
            before = now
