"""From a torch state_dict into the layers of a Keras model: other names, other axes."""

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from fer_tf.errors import InputError
from fer_tf.models.torch_file.reading import read_state_dict

_NORMALISATION = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
# Torch counts batches, which Keras does not.
_COUNTER = "num_batches_tracked"


def load_torch(
    model: keras.Model,
    path: str | Path,
    names: Mapping[str, str],
    *,
    flattened: Mapping[str, tuple[int, int, int]] | None = None,
    without: tuple[str, ...] = (),
) -> None:
    """Fills a model from a file of torch.

    Args:
        model: of convolutions, dense layers and batch normalisations.
        path: see ``torch_file.reading``.
        names: layer -> its name in torch.
        flattened: dense layer that follows a flattened map -> that map's (channels, height, width):
            torch flattens channel by channel, Keras pixel by pixel.
        without: how the names of torch begin that this model leaves off.

    Raises:
        InputError: a file that is refused, or that lacks a tensor, has one too many, or one of another shape.
    """
    state = {name: array for name, array in read_state_dict(path).items() if not name.endswith(_COUNTER)}
    new, wanted = [], set()
    for layer_name, torch_name in names.items():
        for variable in model.get_layer(layer_name).weights:
            name = f"{torch_name}.{_torch_variable(variable.name)}"
            where = f"torch file {path} does not fit {model.name} at {name} (layer {layer_name})"
            if name not in state:
                raise InputError(f"{where}: the file has no such tensor")
            array = _in_keras_form(state[name], variable, (flattened or {}).get(layer_name), where)
            new.append((variable, array))
            wanted.add(name)
    extra = [name for name in state if name not in wanted and not name.startswith(without)]
    if extra:
        raise InputError(
            f"torch file {path} does not fit {model.name}: it has {extra[0]!r}, which is of another network"
        )
    for variable, array in new:
        variable.assign(array)


def _torch_variable(name: str) -> str:
    return _NORMALISATION.get(name, {"kernel": "weight", "bias": "bias"}.get(name, name))


def _in_keras_form(array: np.ndarray, variable, flattened: tuple[int, int, int] | None, where: str) -> np.ndarray:
    shape = tuple(variable.shape)
    # Kernels: (height, width, in, out) and (in, out) here, (out, in, height, width) and (out, in) there.
    expected = {4: lambda: (shape[3], shape[2], *shape[:2]), 2: lambda: shape[::-1], 1: lambda: shape}[len(shape)]()
    if array.shape != expected:
        raise InputError(f"{where}: the file has shape {array.shape}, the model needs {expected}")
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    if array.ndim == 2 and flattened:
        return array.reshape(-1, *flattened).transpose(2, 3, 1, 0).reshape(shape)
    return array.T
