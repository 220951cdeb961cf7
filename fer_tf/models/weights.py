"""Putting trained weights into a model, and refusing those that do not fit."""

import warnings
import zipfile
from pathlib import Path

import h5py
import keras

from fer_tf.errors import InputError


def load_weights(model: keras.Model, path: str | Path) -> None:
    """Loads a ``.weights.h5`` or ``.keras`` file into a model of the same architecture.

    Args:
        model: the model to fill, whole or a part (a backbone) of another.
        path: file that Keras 3 saved.

    Raises:
        InputError: no such file, not such a file, or a layer whose shape differs.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"weights {path} do not exist: give a .weights.h5 or .keras file, 'imagenet' or 'none'")
    if path.suffix == ".keras":
        _copy(load_model(path), model, path)
        return
    if not h5py.is_hdf5(path):
        raise InputError(f"weights {path} are no HDF5 file: expected one that Keras wrote (.weights.h5)")
    try:
        with warnings.catch_warnings():
            # Keras only warns of parts that it finds no weights for, and leaves them random.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise InputError(f"weights {path} do not fit {model.name}: {_one_line(error)}") from error


def load_model(path: str | Path) -> keras.Model:
    """Reads a whole model from a ``.keras`` file, without running code from it.

    Raises:
        InputError: the file is missing or not a model.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"model {path} does not exist: give a .keras file that train.py wrote")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"model {path} cannot be read: {_one_line(error)}") from error


def _copy(source: keras.Model, target: keras.Model, path: Path) -> None:
    theirs = {weight.path: weight for weight in source.weights}
    for weight in target.weights:
        if weight.path not in theirs:
            raise InputError(f"weights {path} lack {weight.path} of {target.name}")
        if theirs[weight.path].shape != weight.shape:
            raise InputError(
                f"weights {path} do not fit at {weight.path}: "
                f"the file has shape {tuple(theirs[weight.path].shape)}, the model {tuple(weight.shape)}"
            )
    for weight in target.weights:
        weight.assign(theirs[weight.path])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
