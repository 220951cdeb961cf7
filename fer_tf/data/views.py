"""What a model looks at: the picture of a record, or face, measurements, background and place (paper C)."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from fer_tf.data.images import resize, resize_uint8
from fer_tf.errors import InputError
from fer_tf.faces.geometry import au_distance_names, measurements, visible_feature_names

IMAGE, GEOMETRY = "image", "geometry"
# A model's input -> the field of the record that it is made of.
_FIELDS = {IMAGE: "image", "face": "face", GEOMETRY: "mesh", "background": "background", "place": "background"}
PLAIN = (IMAGE,)
_WIDTH = len(au_distance_names()) + len(visible_feature_names())

Tensors = dict[str, tf.Tensor]


def view_fields(views: Sequence[str]) -> tuple[str, ...]:
    """Fields of the record that a model's inputs are made of.

    Args:
        views: names of the model's inputs, such as ``("image",)`` or ``("face", "geometry")``.

    Raises:
        InputError: a name that no field stands for.
    """
    if unknown := [name for name in views if name not in _FIELDS]:
        raise InputError(f"a model's input {unknown[0]!r} is not known: known are {', '.join(_FIELDS)}")
    return tuple(dict.fromkeys(_FIELDS[name] for name in views))


def kept_views(record: Tensors, views: Sequence[str], size: int) -> Tensors:
    """What of a record is kept in memory for training.

    Args:
        record: with the fields of ``view_fields``.
        views: see there.
        size: side to which pictures are resized; 0 keeps them as they are.

    Returns:
        field -> uint8 (H, W, 3), and ``mesh`` -> the measurements, float32 (80,).
    """
    kept = {}
    for field in view_fields(views):
        if field == "mesh":
            kept[field] = _measured(record[field])
        else:
            kept[field] = resize_uint8(record[field], size) if size else record[field]
    return kept


def finished_views(kept: Tensors, views: Sequence[str], change: Callable[[tf.Tensor, int], tf.Tensor]):
    """A batch as the model takes it.

    Args:
        kept: of ``kept_views``, in batches.
        views: names of the model's inputs.
        change: resizes or augments a batch of pictures; the second argument is the number of the picture's field.

    Returns:
        one tensor for ``("image",)``, else input -> tensor; inputs of one field hold the same.
    """
    made = {
        field: values if field == "mesh" else _where_present(change(values, number), values)
        for number, (field, values) in enumerate(kept.items())
    }
    return _as_taken({name: made[_FIELDS[name]] for name in views}, views)


def scored_views(record: Tensors, views: Sequence[str], size: int):
    """One record as the model takes it: pictures float32 (size, size, 3), not augmented."""
    made = {
        field: _measured(record[field]) if field == "mesh" else resize(record[field], size)
        for field in view_fields(views)
    }
    return _as_taken({name: made[_FIELDS[name]] for name in views}, views)


def _where_present(changed: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
    """A picture that is all black stands for none, and stays black however bright augmentation makes it."""
    there = tf.reduce_max(before, axis=(1, 2, 3), keepdims=True) > 0
    return tf.where(there, changed, tf.zeros_like(changed))


def _as_taken(inputs: Tensors, views: Sequence[str]):
    return inputs[IMAGE] if tuple(views) == PLAIN else inputs


def _measured(mesh: tf.Tensor) -> tf.Tensor:
    values = tf.numpy_function(measurements, [mesh], tf.float32)
    return tf.ensure_shape(values, (_WIDTH,))
