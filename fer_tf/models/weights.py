"""Putting trained weights into a model, and refusing those that do not fit."""

import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras

import fer_tf.models.safer.layers  # noqa: F401 (files name its layers, which Keras must know to read them)
from fer_tf.errors import InputError


def pretrained(application: Callable[..., keras.Model], weights: str, **options) -> keras.Model:
    """A network of ``keras.applications``, filled as ``--weights`` says.

    Args:
        application: such as ``keras.applications.MobileNetV2``.
        weights: ``"imagenet"`` (downloads), ``"none"``, the path of a ``.weights.h5`` of this network,
            or of a whole ``.keras`` model, which is left to the caller.
        **options: of the application.

    Raises:
        InputError: no network to download from, or weights that do not fit.
    """
    if weights != "imagenet":
        model = application(weights=None, **options)
        if weights.endswith(".h5"):
            load_weights(model, weights)
        return model
    try:
        return application(weights="imagenet", **options)
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise InputError(
            f"ImageNet weights could not be downloaded ({' '.join(str(error).split())[:120]}): "
            "give the path of a file with weights=PATH, or weights=none"
        ) from error


def is_whole_model(weights: str) -> bool:
    """Whether ``--weights`` names a whole model and not a backbone."""
    return weights not in ("imagenet", "none") and not weights.endswith(".h5")


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
