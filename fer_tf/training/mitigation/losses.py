"""Losses of networks that know groups: targets (B, 7 + D), outputs as ``networks`` makes them -> (B,)."""

from collections.abc import Callable

import keras
from keras import ops

from fer_tf.labels import EMOTIONS

_N = len(EMOTIONS)


def adversarial(targets, outputs):
    """Cross-entropy of the emotion, and of the group, whose gradient the network turns round.

    Args:
        targets: (B, 7 + D).
        outputs: (B, 7 + D), logits of the emotion, then of the group. An unknown group teaches nothing.
    """
    return _cross_entropy(targets[:, :_N], outputs[:, :_N]) + _cross_entropy(targets[:, _N:], outputs[:, _N:])


def discriminative(targets, outputs):
    """Cross-entropy of group and emotion together.

    Args:
        targets: (B, 7 + D).
        outputs: (B, D 7), one group after the other. Where the group is unknown each is as likely.
    """
    return _cross_entropy(_joint(targets), outputs)


def independent(targets, outputs):
    """Cross-entropy of the emotion in the head of the image's group.

    Args:
        targets: (B, 7 + D).
        outputs: (B, D 7), one head after the other. Where the group is unknown all heads learn a share.
    """
    groups = targets.shape[1] - _N
    joint = ops.reshape(_joint(targets), (-1, groups, _N))
    return ops.sum(_cross_entropy(joint, ops.reshape(outputs, (-1, groups, _N))), axis=-1)


def coral(strength: float) -> Callable:
    """Cross-entropy of the emotion plus ``strength`` times the mean over pairs of groups of |C - C'|^2 / (4 F^2).

    C is the covariance of a group's features in the batch (Sun and Saenko 2016); of groups with fewer
    than two images in it there is none.

    Args:
        strength: factor.

    Returns:
        loss of targets (B, 7 + D) and outputs (B, 7 + F), logits of the emotion, then features.
    """

    def loss(targets, outputs):
        distance = covariance_distance(outputs[:, _N:], targets[:, _N:])
        return _cross_entropy(targets[:, :_N], outputs[:, :_N]) + strength * distance

    return loss


def covariance_distance(features, groups):
    """Mean over pairs of groups of |C - C'|^2 / (4 F^2); 0 where there is no pair.

    Args:
        features: (B, F).
        groups: (B, D), one-hot or zeros.
    """
    width = features.shape[1]
    counts = ops.sum(groups, axis=0)
    means = ops.matmul(ops.transpose(groups), features) / ops.maximum(counts, 1.0)[:, None]
    centred = (features[:, None] - means[None]) * groups[:, :, None]
    covariances = ops.einsum("bgi,bgj->gij", centred, centred) / ops.maximum(counts - 1, 1.0)[:, None, None]
    able = ops.cast(counts >= 2, features.dtype)
    squares = ops.sum(ops.square(covariances[:, None] - covariances[None]), axis=(2, 3))
    pairs = able[:, None] * able[None] * (1 - ops.eye(groups.shape[1], dtype=features.dtype))
    return ops.sum(pairs * squares) / ops.maximum(ops.sum(pairs), 1.0) / (4 * width**2)


def first_logits(outputs):
    """Logits (B, 7) of outputs that begin with them."""
    return outputs[:, :_N]


def summed_logits(outputs):
    """Logits (B, 7) of outputs (B, D 7) with one softmax: the group summed out."""
    return ops.logsumexp(ops.reshape(outputs, (-1, outputs.shape[1] // _N, _N)), axis=1)


def mean_logits(outputs):
    """Logits (B, 7) of outputs (B, D 7) with a head for each group: their mean."""
    return ops.mean(ops.reshape(outputs, (-1, outputs.shape[1] // _N, _N)), axis=1)


class EmotionAccuracy(keras.metrics.MeanMetricWrapper):
    """Share of images whose emotion is right, of a network with outputs beyond the emotions."""

    def __init__(self, logits: Callable, name: str = "accuracy"):
        """Takes the function from outputs to logits (B, 7)."""

        def right(targets, outputs):
            return ops.cast(
                ops.equal(ops.argmax(targets[:, :_N], axis=1), ops.argmax(logits(outputs), axis=1)), "float32"
            )

        super().__init__(right, name=name)


def _cross_entropy(target, logits):
    return -ops.sum(target * ops.log_softmax(logits, axis=-1), axis=-1)


def _joint(targets):
    """Distribution over group and emotion, (B, D 7)."""
    emotion, group = targets[:, :_N], targets[:, _N:]
    groups = group.shape[1]
    group = group + (1 - ops.sum(group, axis=1, keepdims=True)) / groups
    return ops.reshape(group[:, :, None] * emotion[:, None], (-1, groups * _N))
