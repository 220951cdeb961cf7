"""Channels of a tensor brought to like ranges, which changes nothing in floats and much in int8.

A tensor has one scale in the int8 file. If one of its channels reaches far beyond the others, these are left with a few
levels. Dividing channel c by s and multiplying what the next layer makes of it by s is the same function as long as
what lies between lets factors through (cross-layer equalisation, Nagel et al. 2019, arXiv 1906.04721, section 4.1).
"""

from collections import Counter
from collections.abc import Hashable

import keras
import numpy as np

from export.fake_quantisation import QuantisedTwin, folded
from fer_tf.explain.lrp import graph as lrp
from fer_tf.explain.lrp.graph import Step

# A positive factor of a channel goes through these as it is, and is the same on all their sides.
_LET_THROUGH = (lrp.ADDITION, lrp.MAXIMUM, *lrp.MEANS, *lrp.IDLE, "ZeroPadding2D", "Cropping2D")


def equalise(twin: QuantisedTwin, images: np.ndarray) -> int:
    """Rescales channels wherever a model lets it: between linear maps, through ReLU, sums, pooling and padding.

    s = sqrt(r1 / r2), with r1 the largest absolute value of the channel on the images and r2 its largest weight in the
    next layers, relative to the largest of the same output (equation 11, where r1 is the range of the weights; those
    have a scale for each channel here). ReLU6 cuts at a value of its own and so lets nothing through.

    Args:
        twin: its model's variables are changed: gamma, beta, kernels and biases; the model's outputs stay the same
            but for float rounding.
        images: (N, H, W, 3), 0..255, training images.

    Returns:
        number of tensors, those tied to one another counted once, that were rescaled.
    """
    reaches, done = twin.channel_reaches(images), 0
    for keys, makers, users in _groups(twin):
        found = [reaches[key] for key in keys if key in reaches]
        if not found or not makers or not users or len({len(reach) for reach in found}) > 1:
            continue
        reach, weight = np.max(found, axis=0), np.max([_weights(step) for step in users], axis=0)
        alive = (reach > 0) & (weight > 0)
        if not alive.any():
            continue
        factor = np.ones_like(reach)
        factor[alive] = np.sqrt(reach[alive] / weight[alive])
        # The middle channel stays as it is, so that whole layers do not drift.
        factor[alive] /= np.median(factor[alive])
        for step in makers:
            _divide_outputs(step, factor)
        for step in users:
            _multiply_inputs(step, factor)
        done += 1
    return done


def _groups(twin: QuantisedTwin) -> list[tuple[list[Hashable], list[Step], list[Step]]]:
    """Tensors whose channels must be scaled alike, the linear maps that make them and those that use them."""
    group, fixed = {}, {twin.input, twin.output}
    layers = Counter(id(step.layer) for step in twin.steps if step.kind in lrp.MAPS)
    for step in twin.steps:
        tensors = (*step.sources, step.result)
        for tensor in tensors:
            group.setdefault(tensor, {tensor})
        if step.kind in _LET_THROUGH or _is_plain_relu(step):
            tied = set().union(*(group[tensor] for tensor in tensors))
            group.update(dict.fromkeys(tied, tied))
        elif step.kind not in lrp.MAPS or layers[id(step.layer)] > 1 or not _can_be_scaled(step):
            fixed.update(tensors)
    together = {id(tied): tied for tied in group.values() if not tied & fixed}
    maps = [step for step in twin.steps if step.kind in lrp.MAPS]
    return [
        (sorted(tied, key=str), [s for s in maps if s.result in tied], [s for s in maps if s.sources[0] in tied])
        for tied in together.values()
    ]


def _is_plain_relu(step: Step) -> bool:
    layer = step.layer
    plain = isinstance(layer, keras.layers.ReLU) and layer.max_value is None
    return step.kind == "Rectified" and (plain or layer is keras.activations.relu)


def _can_be_scaled(step: Step) -> bool:
    """One channel in, one factor; batch normalisation with both of its parameters."""
    layer, normalisation = step.layer, step.normalisation
    simple = layer.depth_multiplier == 1 if step.kind == lrp.DEPTHWISE else getattr(layer, "groups", 1) == 1
    return simple and (normalisation is None or (normalisation.gamma is not None and normalisation.beta is not None))


def _weights(step: Step) -> np.ndarray:
    """Largest weight of each input channel, relative to the largest of the same output channel, 0..1."""
    kernel = np.abs(folded(step)[0].numpy())
    if step.kind == lrp.DEPTHWISE:
        return (kernel.max((0, 1, 3)) > 0).astype(np.float32)
    kernel = kernel.reshape(-1, *kernel.shape[-2:]).max(0)
    return (kernel / np.maximum(kernel.max(0), 1e-30)).max(1)


def _divide_outputs(step: Step, factor: np.ndarray) -> None:
    if step.normalisation is not None:
        changed = [step.normalisation.gamma, step.normalisation.beta]
    else:
        kernel = step.layer.kernel
        kernel.assign(kernel / (factor[:, None] if step.kind == lrp.DEPTHWISE else factor))
        changed = [] if step.layer.bias is None else [step.layer.bias]
    for variable in changed:
        variable.assign(variable / factor)


def _multiply_inputs(step: Step, factor: np.ndarray) -> None:
    # Input channels are the last axis but one, of depthwise kernels too.
    step.layer.kernel.assign(step.layer.kernel * factor[:, None])
