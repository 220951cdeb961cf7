"""Models up to their logits, where explanations start."""

import warnings

import keras

_PROBABILITIES = (keras.activations.softmax, keras.activations.sigmoid)


def logit_model(model: keras.Model) -> keras.Model:
    """The model without a softmax or sigmoid at its end, which is said in a warning; one without is returned as it is.

    A last connected layer with its activation inside is copied, with its weights as they are now.

    Args:
        model: functional, with one output.
    """
    last = model.layers[-1] if getattr(model, "layers", None) else None
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax):
        activation = keras.activations.softmax
    if activation not in _PROBABILITIES:
        return model
    warnings.warn(f"model {model.name} ends with {activation.__name__}: relevance starts at its logits", stacklevel=2)
    if not last.weights:
        return keras.Model(model.inputs, last.input, name=model.name)
    config = last.get_config() | {"activation": None}
    copy = type(last).from_config(config)
    logits = keras.Model(model.inputs, copy(last.input), name=model.name)
    copy.set_weights(last.get_weights())
    return logits
