"""Networks of mediapipe, TFLite files run by LiteRT on all cores.

Measured on two cores with the detector, the face mesh and the segmentation: interpreters of one
thread and one image each, side by side, were the fastest (0.6 ms an image for the detector,
against 0.7 for one interpreter of two threads), whatever the size of the batch; and on a busy
machine an interpreter of two threads took 10 to 40 times as long. Resized to a batch, the
detector runs its images together, because its reshapes name a batch of one.
"""

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from ai_edge_litert.interpreter import Interpreter

Item = TypeVar("Item")
Result = TypeVar("Result")
# One image, float32 (height, width, 3), to the network's outputs without their batch axis.
Network = Callable[[np.ndarray], tuple[np.ndarray, ...]]


class BundledNetwork:
    """One of mediapipe's networks, for many images at a time.

    The file is read and interpreters are made at the first use, one for each thread at most, and
    kept. Several threads may share an object. Nothing is kept of the images.
    """

    def __init__(self, file: str, threads: int | None = None) -> None:
        """Names the network; nothing is read yet.

        Args:
            file: name of the file in ``pretrained/mediapipe``.
            threads: images looked at side by side; by default as many as this process has cores.
        """
        self._file = file
        self._threads = threads or len(os.sched_getaffinity(0))
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        # A place for each interpreter; None where it is still to be made.
        self._free: queue.LifoQueue[Network | None] = queue.LifoQueue()
        for _ in range(self._threads):
            self._free.put(None)

    def map(self, work: Callable[[Network, Item], Result], items: Sequence[Item]) -> list[Result]:
        """Does ``work(network, item)`` for each item on all cores.

        What is done before and after the network belongs into ``work``: OpenCV and the
        interpreter leave the other threads alone, and one image at a time needs little memory.

        Args:
            work: gets the network, a function from one float32 image (height, width, 3) to the
                tuple of its outputs without their batch axis, and an item. May call the network often.
            items: anything.

        Returns:
            the results in the order of the items; each depends on its item alone.
        """

        def one(item: Item) -> Result:
            with self._borrowed() as network:
                return work(network, item)

        if self._threads == 1 or len(items) <= 1:
            return [one(item) for item in items]
        with self._lock:
            # Kept: new threads for each call took memory that did not come back, 1.7 kB a call.
            self._pool = self._pool or ThreadPoolExecutor(self._threads)
        return list(self._pool.map(one, items))

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[Network]:
        network = self._free.get()
        try:
            if network is None:
                with self._lock:
                    network = _open(bundled_file(self._file).read_bytes())
            yield network
        finally:
            self._free.put(network)


def bundled_file(file: str) -> Path:
    """Where one of mediapipe's networks lies, copied from its package: ``pretrained/mediapipe/SOURCE.md``.

    Args:
        file: its name, such as "face_landmark.tflite".

    Returns:
        the file's path.
    """
    return Path(__file__).resolve().parent.parent / "pretrained" / "mediapipe" / file


def open_interpreter(content: bytes, threads: int = 1) -> Interpreter:
    """LiteRT's reader of a TFLite file, for those who want to look inside.

    Args:
        content: of the file.
        threads: of one run.
    """
    return Interpreter(model_content=content, num_threads=threads)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probability of a logit, float64, without overflow."""
    return 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -100, 100)))


def _open(content: bytes) -> Network:
    interpreter = open_interpreter(content)
    interpreter.allocate_tensors()
    (entrance,) = interpreter.get_input_details()
    exits = [detail["index"] for detail in interpreter.get_output_details()]

    def network(image: np.ndarray) -> tuple[np.ndarray, ...]:
        interpreter.set_tensor(entrance["index"], image[None])
        interpreter.invoke()
        return tuple(interpreter.get_tensor(index)[0] for index in exits)

    return network
