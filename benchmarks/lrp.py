"""How fast is layer-wise relevance propagation?

    python -m benchmarks.lrp --record=results/lrp_speed.json

VGG16 at 224 pixels, batch 8, on all cores, the composites ``epsilon_plus_flat`` and ``epsilon``. The unit is one
gradient of a logit by the pixels, compiled by Keras, forward and backward, measured in the same process in turn with
ours. What the first call takes is told for one picture, and for the batch as what it adds to a later one, since the
batch itself is the processor's affair. iNNvestigate and zennit run on the same weights and pictures in processes of
their own, one after the other; peak memory is that of each one's process, of ours with the gradient. With several
targets ours goes forward once.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main
from fer_tf.errors import InputError

FLAGS = flags.FLAGS
SIZE, BATCH, TARGET, TARGETS = 224, 8, 3, 4
METHODS = ("epsilon_plus_flat", "epsilon")
_OWN = "--own"


def own_times(repeats: int) -> dict[str, object]:
    """Seconds of the gradient and of ours in turn, of the first call, and peak memory; in a process for this alone."""
    from benchmarks.lrp_rivals import pictures, vgg16
    from fer_tf.explain.gradients import Gradient
    from fer_tf.explain.lrp import Lrp

    model, shown = vgg16(SIZE), pictures(BATCH, SIZE)
    first_one = _seconds(lambda: Lrp(model, METHODS[0])(shown[:1], [TARGET]))
    calls: dict[str, Callable] = {"gradient": Gradient(model)} | {method: Lrp(model, method) for method in METHODS}
    first = {method: _seconds(lambda method=method: calls[method](shown, [TARGET])) for method in METHODS}
    found: dict[str, list[float]] = {name: [] for name in [*calls, "several"]}
    for turn in range(repeats + 1):
        for name, call in calls.items():
            found[name].append(_seconds(lambda call=call: call(shown, [TARGET])))
        found["several"].append(_seconds(lambda: calls[METHODS[0]](shown, list(range(TARGETS)))))
        if turn == 0:  # compiling
            found = {name: [] for name in found}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": found, "first": first, "first_one": first_one, "peak_bytes": peak}


def innvestigate_times(repeats: int) -> tuple[dict[str, list[float]], dict[str, float], int]:
    """Seconds by method, of the first call, and the largest peak of its processes."""
    from benchmarks.lrp_rivals import pictures, vgg16
    from fer_tf.explain.innvestigate import Innvestigate

    model, shown = vgg16(SIZE), pictures(BATCH, SIZE)
    found, first, peak = {}, {}, 0
    for method in METHODS:
        with Innvestigate(model, method) as analyser:
            first[method] = _seconds(lambda analyser=analyser: analyser(shown, [TARGET]))
            found[method] = [_answer_seconds(analyser, shown) for _ in range(repeats)]
            peak = max(peak, analyser.peak_memory())
    return found, first, peak


def _answer_seconds(analyser, shown: np.ndarray) -> float:
    """What it took itself: sending weights and pictures to its process is our doing."""
    analyser(shown, [TARGET])
    return analyser.seconds


def zennit_times(repeats: int, python: str) -> tuple[dict[str, list[float]], int]:
    """Seconds by method, and the peak of its process."""
    from benchmarks.lrp_rivals import pictures, vgg16, zennit

    answers = zennit(vgg16(SIZE), pictures(BATCH, SIZE), TARGET, METHODS, repeats=repeats + 1, python=python)
    return {method: answers[f"seconds_{method}"][1:].tolist() for method in METHODS}, int(answers["peak_bytes"])


def _seconds(work: Callable) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _own_process(repeats: int) -> dict:
    command = [sys.executable, "-m", "benchmarks.lrp", f"{_OWN}=true", f"--repeats={repeats}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"our own measurement failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main(arguments: list[str]) -> None:
    """Measures, prints, records."""
    refuse_arguments(arguments)
    if FLAGS.own:
        print(json.dumps(own_times(FLAGS.repeats)))
        return
    from fer_tf.training.record import write_entry

    started = time.monotonic()
    own = _own_process(FLAGS.repeats)
    rival, rival_first, rival_peak = innvestigate_times(FLAGS.repeats)
    torch, torch_peak = zennit_times(FLAGS.repeats, FLAGS.zennit_python)
    ours = own["seconds"]
    metrics, intervals = {}, {}
    for method in METHODS:
        _ratio(metrics, intervals, f"{method}_over_gradient", ours[method], ours["gradient"])
        _ratio(metrics, intervals, f"{method}_speedup_over_innvestigate", rival[method], ours[method])
        _ratio(metrics, intervals, f"{method}_speedup_over_zennit", torch[method], ours[method])
    _ratio(metrics, intervals, f"{TARGETS}_targets_over_one", ours["several"], ours[METHODS[0]])
    # The slower of the two methods counts.
    for name in ("speedup_over_innvestigate", "speedup_over_zennit"):
        metrics[name] = min(metrics[f"{method}_{name}"] for method in METHODS)
    metrics |= {
        "first_call_one_image_seconds": own["first_one"],
        "first_call_adds_seconds": max(_added(own["first"], ours).values()),
        "innvestigate_first_call_adds_seconds": max(_added(rival_first, rival).values()),
        "gradient_ms_an_image": 1000 * float(np.median(ours["gradient"])) / BATCH,
        "peak_gib": own["peak_bytes"] / 2**30,
        "innvestigate_peak_gib": rival_peak / 2**30,
        "zennit_peak_gib": torch_peak / 2**30,
    }
    for name, value in metrics.items():
        print(f"{name:<50}{value:8.2f}  {'..'.join(f'{end:.2f}' for end in intervals.get(name, []))}")
    if FLAGS.record:
        facts = {"command": command_line(), "dataset": "random pictures", "n": BATCH, "repeats": FLAGS.repeats}
        write_entry(Path(FLAGS.record), metrics, intervals, **facts, duration_s=round(time.monotonic() - started, 1))


def _added(first: dict[str, float], later: dict[str, list[float]]) -> dict[str, float]:
    return {method: seconds - float(np.median(later[method])) for method, seconds in first.items()}


def _ratio(metrics: dict, intervals: dict, name: str, above: list[float], below: list[float]) -> None:
    """Ratio of medians; as interval the quartiles of the ratios turn by turn."""
    metrics[name] = float(np.median(above) / np.median(below))
    turns = np.array(above) / np.array(below)
    intervals[name] = [float(value) for value in np.percentile(turns, [25, 75])]


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 7, "measurements of each", 1)
    flags.DEFINE_string("zennit_python", "", "interpreter with torch and zennit; empty: this one")
    flags.DEFINE_string("record", None, "also write the ledger entry, such as results/lrp_speed.json")
    flags.DEFINE_bool("own", False, "measure ours alone and print JSON; what the benchmark calls")
    run_main(main)
