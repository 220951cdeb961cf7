"""iNNvestigate behind the interface of our own analysers, in a process of its own.

Alber et al. 2019, "iNNvestigate neural networks!" (JMLR 20). It was written for Keras 2 and stops at TensorFlow 2.14's
interface; beside a current TensorFlow it works on networks such as VGG16 (``chain``), in a process that replaces Keras.
"""

import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path

import keras
import numpy as np

from fer_tf.errors import InputError
from fer_tf.explain.innvestigate.chain import read_chain
from fer_tf.explain.innvestigate.worker import receive, send
from fer_tf.explain.targets import check_images, checked_targets

_EPSILON = {"epsilon": 1e-6}
# Our names -> iNNvestigate's, and options that make them the same.
METHODS = {
    "epsilon": ("lrp.epsilon", _EPSILON),
    "epsilon_plus": ("lrp.sequential_preset_a", _EPSILON),
    "epsilon_plus_flat": ("lrp.sequential_preset_a_flat", _EPSILON),
    "epsilon_alpha2_beta1": ("lrp.sequential_preset_b", _EPSILON),
    "epsilon_alpha2_beta1_flat": ("lrp.sequential_preset_b_flat", _EPSILON),
    "zero": ("lrp.z", {}),
    "alpha1_beta0": ("lrp.alpha_1_beta_0", {}),
    "alpha2_beta1": ("lrp.alpha_2_beta_1", {}),
    "flat": ("lrp.flat", {}),
    "w_square": ("lrp.w_square", {}),
}


class Innvestigate:
    """Explains logits with iNNvestigate's analysers.

    The process starts with the first call and is kept; when weights have changed, it is started anew.

    Args:
        model: functional Keras model whose layers stand in one row, such as ``vgg_au``.
        method: a name in ``METHODS``.
        memory_limit: GiB that the process may take; when it wants more it ends, and that is reported.

    Raises:
        InputError: an unknown method, or a model that iNNvestigate cannot do.
    """

    def __init__(
        self,
        model: keras.Model,
        method: str = "epsilon_plus_flat",
        *,
        memory_limit: float = 12.0,
    ):
        self._process = None  # first, since close() is called even when the rest fails
        if method not in METHODS:
            raise InputError(f"iNNvestigate has no method {method!r}: choose one of {', '.join(METHODS)}")
        self._chain, self._method, self._memory_limit = read_chain(model), method, memory_limit
        self._connection = self._log = self._digest = None
        self._input_shape = model.input_shape
        # What the analyser itself took for the images of the last call, without the way to its process.
        self.seconds = 0.0
        self.targets = self._chain.targets

    def __call__(self, images: np.ndarray, targets: Sequence, *, batch_size: int = 8) -> np.ndarray:
        """Relevance of every pixel for some logits; as ``lrp.Lrp``.

        Args:
            images: (B, H, W, C), as the model takes them.
            targets: numbers of logits, (T,) or (B, T).
            batch_size: images computed at once.

        Returns:
            float32 (B, T, H, W, C).

        Raises:
            InputError: a logit that the model does not have, or the process ended.
        """
        check_images(images, self._input_shape, "image")
        images, targets = np.asarray(images), checked_targets(targets, len(images), self.targets)
        self._ensure_process()
        parts, self.seconds = [], 0.0
        for start in range(0, len(images), batch_size):
            some = images[start : start + batch_size]
            columns = targets[start : start + batch_size].T.tolist()
            facts, found = self._ask({"targets": columns}, [self._chain.prepared(some)])
            self.seconds += facts["seconds"]
            parts.append(np.stack([self._chain.back(some, relevance) for relevance in found], axis=1))
        return np.concatenate(parts)

    def peak_memory(self) -> int:
        """Largest resident memory of the process so far, in bytes; 0 when there is none."""
        if not self._process:
            return 0
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        peak = status.partition("VmHWM:")[2].split()
        return 1024 * int(peak[0]) if peak else 0

    def close(self) -> None:
        """Ends the process; another call starts one again."""
        if self._process:
            self._connection.close()
            self._process.kill()
            self._process.wait()
            self._log.close()
        self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def _ensure_process(self) -> None:
        weights = self._chain.weights()
        digest = 0
        for weight in weights:
            digest = zlib.crc32(np.ascontiguousarray(weight), digest)
        if self._process and digest == self._digest:
            return
        self.close()
        self._digest = digest
        ours, theirs = Pipe()
        worker = Path(__file__).with_name("worker.py")
        command = [sys.executable, str(worker), str(theirs.fileno()), str(int(self._memory_limit * 2**30))]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115, closed in close()
        environment = os.environ | {"TF_USE_LEGACY_KERAS": "1", "CUDA_VISIBLE_DEVICES": ""}
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdout=self._log, stderr=self._log, env=environment
        )
        theirs.close()
        self._connection = ours
        analyzer, options = METHODS[self._method]
        facts = {"layers": self._chain.layers, "shape": self._chain.shape, "analyzer": analyzer, "options": options}
        self._ask(facts, weights)

    def _ask(self, facts: dict, arrays: list[np.ndarray]) -> tuple[dict, list[np.ndarray]]:
        try:
            send(self._connection, facts, arrays)
            return receive(self._connection)
        except (EOFError, OSError) as error:
            raise InputError(self._death()) from error
        except BaseException:  # interrupted: what is still in the pipe would be taken for the next answer
            self.close()
            raise

    def _death(self) -> str:
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:  # it closed the pipe and goes on
            self._process.kill()
            status = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        how, last = f"signal {-status}" if status < 0 else f"status {status}", lines[-1][:200] if lines else "none"
        self.close()
        if "ModuleNotFoundError" in last:
            return f"iNNvestigate's process ended with {last!r}: install the extra innvestigate"
        return (
            f"iNNvestigate's process ended with {how}, last words {last!r}: with "
            f"memory_limit={self._memory_limit:g} GiB; give more, or a smaller batch_size"
        )
