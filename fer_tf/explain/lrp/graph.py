"""A Keras model as a list of steps that relevance can be taken back through."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

import keras

from fer_tf.errors import InputError

# Kinds of steps, by the names of Keras's classes, since functions such as flip have classes that are not public.
CONVOLUTION, DEPTHWISE, DENSE = "Conv2D", "DepthwiseConv2D", "Dense"
MAPS = (CONVOLUTION, DEPTHWISE, DENSE)
MAXIMUM, ADDITION, NORMALISATION = "MaxPooling2D", "Add", "BatchNormalization"
MEANS = ("AveragePooling2D", "GlobalAveragePooling2D")
MOVING = ("Flatten", "Reshape", "Permute", "Transpose", "ZeroPadding2D", "Cropping2D", "Flip", "GetItem", "Concatenate")
_ACTIVATION, _RECTIFIED = "Activation", "Rectified"
# In training only.
IDLE = ("Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise", "Identity")
PASSING = (_ACTIVATION, _RECTIFIED, "ReLU", "ELU", "LeakyReLU", "Rescaling", "Cast", NORMALISATION, *IDLE)
_RECTIFIERS = ("ReLU", "Relu", "Relu6")
_KEEPING_SIGN = (*MOVING, *MEANS, *IDLE, MAXIMUM, ADDITION, "Cast")


@dataclasses.dataclass(frozen=True)
class Step:
    """One operation.

    Attributes:
        name: of the Keras layer.
        kind: name of the Keras class; a ReLU of any form is ``Rectified``.
        layer: the layer or function itself.
        function: list of tensors in -> tensor out.
        sources: keys of the tensors that come in.
        result: key of the tensor that goes out.
        normalisation: of a linear map: the batch normalisation folded into it.
        signed_input: of a linear map: whether what comes in can be negative.
        signed_output: of a linear map: False if all that it goes into is a ReLU.
        first: of a linear map: whether no other comes before it.
    """

    name: str
    kind: str
    layer: object
    function: Callable
    sources: tuple[Hashable, ...]
    result: Hashable
    normalisation: keras.layers.Layer | None = None
    signed_input: bool = True
    signed_output: bool = True
    first: bool = False


@dataclasses.dataclass(frozen=True)
class Graph:
    """Steps in the order of computation.

    Attributes:
        inputs: keys of the inputs' tensors, in the model's order.
        steps: see ``Step``.
        output: key of the logits' tensor.
    """

    inputs: tuple[Hashable, ...]
    steps: tuple[Step, ...]
    output: Hashable


def read_graph(model: keras.Model) -> Graph:
    """The steps of a functional model: models inside it unfolded, activations apart, batch normalisation folded.

    Args:
        model: with one output (B, targets).

    Raises:
        InputError: no functional model, or several outputs.
    """
    model = _functional(model)
    steps = list(_unfolded(model, (), {}))
    steps = _marked(_folded(steps))
    return Graph(tuple(((), id(tensor)) for tensor in model.inputs), tuple(steps), ((), id(model.outputs[0])))


def _functional(model: keras.Model) -> keras.Model:
    functional = getattr(model, "_functional", None) or model  # what a Sequential is made of
    if not hasattr(functional, "_nodes_by_depth"):
        raise InputError(f"model {model.name} is no functional Keras model: its layers cannot be followed")
    if len(functional.outputs) != 1:
        raise InputError(f"model {model.name} has {len(functional.outputs)} outputs: choose one, Model(inputs, output)")
    return functional


def _unfolded(model: keras.Model, place: tuple, same: dict) -> Iterator[Step]:
    """Steps of a model and of those inside it.

    A tensor's key is the place of its model and its identity; ``same`` knows the keys of a model's inputs and outputs
    outside of it.
    """

    def key(tensor) -> Hashable:
        return same.get((place, id(tensor)), (place, id(tensor)))

    nodes = model._nodes_by_depth
    for node in (node for depth in sorted(nodes, reverse=True) for node in nodes[depth]):
        operation, kind = node.operation, type(node.operation).__name__
        sources, result = tuple(key(tensor) for tensor in node.input_tensors), key(node.outputs[0])
        activation = getattr(operation, "activation", None)
        if kind == "InputLayer":
            continue
        if isinstance(operation, keras.Model):
            inner, inside = _functional(operation), (*place, operation.name, id(node))
            ends = zip([*inner.inputs, *inner.outputs], [*sources, result], strict=True)
            same.update({(inside, id(tensor)): outer for tensor, outer in ends})
            yield from _unfolded(inner, inside, same)
        elif kind in MAPS and activation not in (None, keras.activations.linear):
            before = (*result, "before activation")
            yield Step(operation.name, kind, operation, None, sources, before)
            yield _activation(operation.name, activation, (before,), result)
        elif kind == _ACTIVATION:
            yield _activation(operation.name, activation, sources, result)
        else:
            kind = _RECTIFIED if kind in _RECTIFIERS and not _leaks(operation) else kind
            yield Step(operation.name, kind, operation, _caller(node), sources, result)


def _leaks(layer) -> bool:
    """Whether something of what is negative comes through a ReLU layer."""
    return bool(getattr(layer, "negative_slope", 0) or getattr(layer, "threshold", 0))


def _activation(name: str, function: Callable, sources: tuple, result: Hashable) -> Step:
    kind = _RECTIFIED if function in (keras.activations.relu, keras.activations.relu6) else _ACTIVATION
    if function is keras.activations.softmax:  # each output has many inputs: no rule here covers that
        kind = "Softmax"
    return Step(name, kind, function, lambda tensors: function(tensors[0]), sources, result)


def _caller(node) -> Callable:
    """The operation with the arguments that it has in the model."""

    def call(tensors: Sequence):
        given = {id(symbolic): tensor for symbolic, tensor in zip(node.input_tensors, tensors, strict=True)}
        positional, named = node.arguments.fill_in(given)
        return node.operation(*positional, **named)

    return call


def _folded(steps: list[Step]) -> list[Step]:
    """Batch normalisation that is all a linear map goes into becomes a part of it."""
    uses = Counter(source for step in steps for source in step.sources)
    normalisations = {step.sources[0]: step for step in steps if step.kind == NORMALISATION}
    merged = []
    for step in steps:
        after = normalisations.get(step.result)
        if step.kind in MAPS and after and uses[step.result] == 1 and _over_channels(after):
            step = dataclasses.replace(step, result=after.result, normalisation=after.layer)
        merged.append(step)
    results = {step.result for step in merged if step.normalisation is not None}
    return [step for step in merged if not (step.kind == NORMALISATION and step.result in results)]


def _over_channels(step: Step) -> bool:
    """Whether the layer normalises channels, which come last, and not, say, rows."""
    layer = step.layer
    return layer.axis in (-1, layer.input_spec.ndim - 1)


def _marked(steps: list[Step]) -> list[Step]:
    """Says of each linear map whether it is the first, and what signs go in and out."""
    consumers = {}
    for step in steps:
        for source in step.sources:
            consumers.setdefault(source, []).append(step.kind)
    mapped, unsigned, marked = set(), set(), []
    for step in steps:
        if step.kind in MAPS:
            after = consumers.get(step.result, [])
            step = dataclasses.replace(
                step,
                first=not mapped.intersection(step.sources),
                signed_input=not unsigned.issuperset(step.sources),
                signed_output=not after or any(kind != _RECTIFIED for kind in after),
            )
        if step.kind in MAPS or mapped.intersection(step.sources):
            mapped.add(step.result)
        if step.kind == _RECTIFIED or (step.kind in _KEEPING_SIGN and unsigned.issuperset(step.sources)):
            unsigned.add(step.result)
        marked.append(step)
    return marked
