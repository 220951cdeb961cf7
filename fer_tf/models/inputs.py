"""What a model takes in."""

import keras

IMAGE = "image"


def input_names(model: keras.Model) -> tuple[str, ...]:
    """Names of a model's inputs; ``("image",)`` for all that take one picture."""
    if len(model.inputs) == 1 and not takes_dictionary(model):
        return (IMAGE,)
    return tuple(tensor.name for tensor in model.inputs)


def takes_dictionary(model: keras.Model) -> bool:
    """Whether a model is called with its inputs by name."""
    # A Sequential model has inputs, and no structure of them.
    return isinstance(getattr(model, "input", None), dict)


def image_size(model: keras.Model) -> int:
    """Side of the pictures that a model takes, in pixels; 0 where it takes none."""
    sides = [tensor.shape[1] for tensor in model.inputs if len(tensor.shape) == 4]
    return sides[0] if sides else 0
