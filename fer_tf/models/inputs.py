"""What a model takes in."""

import keras

IMAGE = "image"


def input_names(model: keras.Model) -> tuple[str, ...]:
    """Names of a model's inputs; ``("image",)`` for all that take one picture."""
    if len(model.inputs) == 1 and not isinstance(model.input, dict):
        return (IMAGE,)
    return tuple(tensor.name for tensor in model.inputs)


def image_size(model: keras.Model) -> int:
    """Side of the pictures that a model takes, in pixels; 0 where it takes none."""
    sides = [tensor.shape[1] for tensor in model.inputs if len(tensor.shape) == 4]
    return sides[0] if sides else 0
