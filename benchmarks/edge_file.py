"""How fast one TFLite file is, measured in a process of its own: python -m benchmarks.edge_file FILE --threads=1

Prints one line of JSON: ``start_s`` (reading, making the interpreter, first answer), ``ms`` (median of the runs, one
image), ``peak_mb`` (of the process) and ``mb_before`` (of the process without the model).
"""

import json
import time
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import run_main
from fer_tf.errors import InputError
from fer_tf.faces.tflite import open_interpreter

FLAGS = flags.FLAGS
_WARM_UP = 20


def measure(path: Path, threads: int, runs: int) -> dict[str, float]:
    """Times a file on random input."""
    before, started = _peak(), time.perf_counter()
    interpreter = open_interpreter(path.read_bytes(), threads)
    interpreter.allocate_tensors()
    random = np.random.default_rng(0)
    for detail in interpreter.get_input_details():
        values = random.integers(0, 256, detail["shape"])
        interpreter.set_tensor(detail["index"], values.astype(detail["dtype"]))
    interpreter.invoke()
    start, times = time.perf_counter() - started, []
    for _ in range(_WARM_UP + runs):
        started = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - started)
    return {
        "start_s": round(start, 4),
        "ms": round(1000 * float(np.median(times[_WARM_UP:])), 3),
        "peak_mb": round(_peak(), 1),
        "mb_before": round(before, 1),
    }


def _peak() -> float:
    """Of this program; ``ru_maxrss`` would count that of the one that started it."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e3


def main(arguments: list[str]) -> None:
    """Measures and prints."""
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        raise InputError(f"expected one TFLite file, came {' '.join(arguments) or 'nothing'}")
    print(json.dumps(measure(Path(arguments[0]), FLAGS.threads, FLAGS.runs)))


if __name__ == "__main__":
    flags.DEFINE_integer("threads", 1, "of the interpreter", 1)
    flags.DEFINE_integer("runs", 300, "timed answers", 1)
    run_main(main)
