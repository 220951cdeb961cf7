"""What a run writes down about itself, so that it can be repeated and trusted."""

import datetime
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from fer_tf.errors import InputError

# Distribution -> name in the record; tensorflow-cpu is the same library.
_PACKAGES = {name: name for name in ("tensorflow", "keras", "numpy", "tensorflow-datasets", "jax", "torch")}
_PACKAGES |= {"tensorflow-cpu": "tensorflow"}


def environment() -> dict[str, object]:
    """Commit, package versions and hardware of this process."""
    return {"commit": commit(), "versions": _versions(), "hardware": hardware()}


def commit() -> str:
    """Git commit of the code, with ``+changes`` when files differ from it; "" outside git."""
    folder = Path(__file__).parent
    try:
        run = {"cwd": folder, "capture_output": True, "text": True, "check": True}
        head = subprocess.run(["git", "rev-parse", "HEAD"], **run).stdout.strip()
        changed = subprocess.run(["git", "status", "--porcelain", "--untracked-files=no"], **run).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+changes" if changed else "")


def hardware() -> str:
    """Processor, cores and memory, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        name = models[0] if models else name
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{name}, {cores} cores, {memory:.0f} GiB, no GPU" if not _gpus() else f"{name}, {cores} cores, {_gpus()} GPU"
    )


def _gpus() -> int:
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for distribution, name in _PACKAGES.items():
        try:
            found[name] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return found


def write_entry(path: Path, metrics: dict[str, float], intervals: dict[str, list[float]], **facts) -> None:
    """Writes an entry of the results ledger.

    Args:
        path: ``results/NAME.json``; its folder is made.
        metrics: name -> number; fractions, not percent.
        intervals: name -> [low, high].
        **facts: what else DESIGN asks for: ``command``, ``dataset``, ``split``, ``n``,
            ``seeds``, ``duration_s``; they go before what every entry has, and win over it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    common = environment() | {"date": datetime.date.today().isoformat()}
    write_json(path, {"name": path.stem} | common | facts | {"metrics": metrics, "intervals": intervals})


def write_entry_part(path: Path, part: str, metrics: dict, intervals: dict, **facts) -> None:
    """Writes one part of an entry that several commands fill, and leaves the other parts as they are.

    Args:
        path: see ``write_entry``, like the rest.
        part: name of the part, which stands before its metrics and intervals, ``PART/NAME``, and in ``parts``.
        metrics: see there.
        intervals: see there.
        **facts: see there; they and the environment are kept for each part.

    Raises:
        InputError: the file is damaged.
    """
    before, start = read_json(path), f"{part}/"
    kept = {
        kind: {name: value for name, value in before.get(kind, {}).items() if not name.startswith(start)}
        for kind in ("metrics", "intervals")
    }
    parts = before.get("parts", {}) | {part: environment() | {"date": datetime.date.today().isoformat()} | facts}
    added = {"metrics": metrics, "intervals": intervals}
    joined = {kind: kept[kind] | {start + name: value for name, value in added[kind].items()} for kind in kept}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"name": path.stem, "paper": facts.get("paper", ""), "parts": parts} | joined)


def write_json(path: Path, content: dict) -> None:
    """Writes a JSON file whole or not at all; NaN becomes null."""
    write_text(path, json.dumps(_without_nan(content), indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    partial.replace(path)


def _without_nan(value):
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and value != value:
        return None
    return value


def read_json(path: Path) -> dict:
    """Reads a JSON object; an absent file is an empty one.

    Raises:
        InputError: the file is damaged.
    """
    try:
        return json.loads(path.read_text()) if path.is_file() else {}
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON ({error}): restore it, or train again in another run_dir") from error
