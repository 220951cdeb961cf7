"""Checkpoints of everything that training changes, and the way back from a damaged one."""

import re
import sys
from pathlib import Path

import keras
import numpy as np

from fer_tf.errors import InputError

KEPT = 2


def save_checkpoint(folder: Path, epoch: int, model: keras.Model) -> Path:
    """Writes the state after an epoch and drops all but the newest two.

    The file is a plain archive of arrays, so reading it runs no code, and each array
    carries a checksum, so damage is found.

    Args:
        folder: where checkpoints of the run lie.
        epoch: number of epochs that are complete.
        model: compiled model; its weights, seeds and optimiser state are saved.

    Returns:
        the file written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"epoch_{epoch:05d}.npz"
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, **{f"{i:05d}": np.asarray(v) for i, v in enumerate(_state(model))})
    partial.replace(path)
    for old in _files(folder)[:-KEPT]:
        old.unlink()
    return path


def restore_newest(folder: Path, model: keras.Model) -> int:
    """Loads the newest checkpoint that can be read, and says so when one cannot.

    Args:
        folder: where checkpoints of the run lie.
        model: compiled model of the same architecture and optimiser.

    Returns:
        number of complete epochs; 0 when there is nothing to restore.

    Raises:
        InputError: there are checkpoints, and none of them can be read.
    """
    state = _state(model)
    for path in reversed(_files(folder)):
        try:
            arrays = _read(path, state)
        except Exception as error:  # damage shows itself in any way that zip and NumPy know
            print(f"checkpoint {path} is damaged ({error}): falling back to the one before", file=sys.stderr)
            continue
        for variable, array in zip(state, arrays, strict=True):
            variable.assign(array)
        return int(re.search(r"\d+", path.stem).group())
    if _files(folder):
        # Starting anew would overwrite the best model of the run.
        raise InputError(f"no checkpoint in {folder} can be read: restore one, or choose another run_dir")
    return 0


def _read(path: Path, state: list) -> list[np.ndarray]:
    # Opened here, because np.load leaves a file that is no archive open.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        if len(archive.files) != len(state):
            raise ValueError(f"it holds {len(archive.files)} arrays, the model {len(state)}")
        arrays = [archive[name] for name in sorted(archive.files)]
    for variable, array in zip(state, arrays, strict=True):
        if tuple(variable.shape) != array.shape:
            raise ValueError(f"{variable.path} has shape {tuple(variable.shape)}, the file {array.shape}")
    return arrays


def _state(model: keras.Model) -> list:
    """Variables in a fixed order: the model's own with its seeds, then the optimiser's."""
    return [*model.variables, *model.optimizer.variables]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch_*.npz"))
