"""Trainings that a study consists of: each is ``train.py`` with a flagfile, so that anybody can repeat it alone."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fer_tf.errors import InputError


def train_run(flagfile: str, run_dir: Path, data_dir: str, seed: int, flags: Sequence[str] = ()) -> Path:
    """Trains one seed, or goes on with it; a finished one is left as it is.

    Args:
        flagfile: of ``train.py``.
        run_dir: folder of the training; the seed gets ``seed_N`` in it.
        data_dir: folder of the built datasets.
        seed: of the training.
        flags: more flags, which come after the flagfile's.

    Returns:
        folder of the seed's run, with ``model.keras`` and ``run.json``.

    Raises:
        InputError: the training failed; what went wrong was printed.
    """
    folder = run_dir / f"seed_{seed}"
    command = [f"--flagfile={flagfile}", *flags, f"--data_dir={data_dir}", f"--run_dir={folder}", f"--seeds={seed}"]
    status = subprocess.run([sys.executable, "-m", "train", *command], check=False).returncode
    if status:
        raise InputError(f"the training in {folder} ended with status {status}: what went wrong stands above")
    return folder


def dataset_of(flagfile: str) -> str:
    """The dataset that a flagfile of ``train.py`` trains on: the last that it names, or flagfiles in it.

    Raises:
        InputError: a flagfile does not exist or names itself, or no dataset is named.
    """
    found = _named_dataset(flagfile, ())
    if not found:
        raise InputError(f"flagfile {flagfile} names no --dataset: add one")
    return found


def study_seeds(words: Sequence[str]) -> list[int]:
    """Seeds from the words of a flag.

    Raises:
        InputError: not whole numbers, or one twice, which would count as two.
    """
    if not words or not all(word.isdecimal() for word in words) or len({int(word) for word in words}) < len(words):
        raise InputError(f"seeds is {','.join(words)!r}: expected different whole numbers from 0 on, with commas")
    return [int(word) for word in words]


def _named_dataset(flagfile: str, above: tuple[Path, ...]) -> str:
    path, found = Path(flagfile), ""
    if not path.is_file():
        raise InputError(f"flagfile {flagfile} does not exist: give one of train.py, such as those in experiments")
    if path.resolve() in above:
        raise InputError(f"flagfile {flagfile} names itself: take that line out")
    for line in path.read_text().splitlines():
        name, _, value = line.strip().partition("=")
        if name in ("--dataset", "-dataset"):
            found = value
        elif name in ("--flagfile", "-flagfile"):
            found = _named_dataset(value, (*above, path.resolve())) or found
    return found
