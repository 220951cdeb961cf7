"""The rules of layer-wise relevance propagation.

What they share (Bach et al. 2015, "On pixel-wise explanations for non-linear classifier decisions by layer-wise
relevance propagation"; names after Montavon et al. 2019, "Layer-Wise Relevance Propagation: An Overview"): unit k of
a layer has relevance R_k and z_k = sum_j a_j w_jk + b_k; a rule says which share of R_k input j gets. What the bias
would get is lost, so relevance is conserved where there is none.

A rule is a function of where it stands (``maps.Use``) that returns another: relevance of the outputs to relevance of
the inputs. What does not depend on the relevance is computed once, also for several targets.
"""

import abc
import dataclasses
from collections.abc import Callable

import tensorflow as tf

from fer_tf.explain.lrp.maps import Use

Redistribution = Callable[[tf.Tensor], tf.Tensor]


class Rule(abc.ABC):
    """How the relevance of a linear layer's outputs is divided among its inputs."""

    @abc.abstractmethod
    def __call__(self, use: Use, z: tf.Tensor) -> Redistribution:
        """Prepares the rule.

        Args:
            use: the layer and what comes in.
            z: W a + b, as the network computed it.

        Returns:
            function of R (B, ...), shaped as z, to R shaped as a.
        """


@dataclasses.dataclass(frozen=True)
class Epsilon(Rule):
    """R_j = sum_k a_j w_jk / (z_k + epsilon sign(z_k)) R_k, with sign(0) = 1 (Bach et al. 2015, eq. 58).

    Attributes:
        epsilon: absorbs relevance of what is weak; 0 is LRP-0, which divides nothing by nothing to nothing.
    """

    epsilon: float = 1e-6

    def __call__(self, use, z):
        z = stabilised(z, self.epsilon)
        return lambda relevance: use.a * use.back(tf.math.divide_no_nan(relevance, z), use.kernel)


@dataclasses.dataclass(frozen=True)
class Gamma(Rule):
    """R_j = sum_k a_j (w + gamma w+)_jk / sum_j a_j (w + gamma w+)_jk R_k (Montavon et al. 2019, table 10.1).

    For inputs of both signs, contributions a_j w_jk of the sign of z_k are enlarged (Andeol et al. 2021, "Learning
    domain invariant representations by joint Wasserstein distance minimization", appendix; zennit has it too).

    Attributes:
        gamma: 0 is LRP-0; infinity keeps what agrees with z alone, which is z+ where z is positive.
        epsilon: as of ``Epsilon``.
    """

    gamma: float = 0.25
    epsilon: float = 1e-6

    def __call__(self, use, z):
        positive = self._towards(use, z, 1.0)
        if not use.signed_output:
            return positive
        negative = self._towards(use, z, -1.0)
        return lambda relevance: positive(tf.where(z >= 0, relevance, 0.0)) + negative(tf.where(z < 0, relevance, 0.0))

    def _towards(self, use: Use, z: tf.Tensor, sign: float) -> Redistribution:
        """The rule for outputs of one sign: contributions of that sign are enlarged."""
        plain = 0.0 if self.gamma == float("inf") else 1.0
        gain = 1.0 if self.gamma == float("inf") else self.gamma
        bias = plain * use.bias + gain * sign * tf.nn.relu(sign * use.bias)
        # Weights for inputs that are positive, and for those that are negative.
        weights = [plain * use.kernel + gain * way * tf.nn.relu(way * use.kernel) for way in (sign, -sign)]
        return _divided(use, weights, bias, self.epsilon)


@dataclasses.dataclass(frozen=True)
class AlphaBeta(Rule):
    """R_j = sum_k (alpha z+_jk / z+_k - beta z-_jk / z-_k) R_k, alpha - beta = 1 (Bach et al. 2015, eq. 60).

    Biases count by their sign. (1, 0) is the z+ rule.

    Attributes:
        alpha: weight of what supports.
        beta: weight of what opposes.
        epsilon: as of ``Epsilon``.
    """

    alpha: float = 1.0
    beta: float = 0.0
    epsilon: float = 1e-6

    def __post_init__(self):
        if abs(self.alpha - self.beta - 1) > 1e-9 or self.beta < 0:
            raise ValueError(f"alpha {self.alpha}, beta {self.beta}: expected alpha - beta = 1 and beta >= 0")

    def __call__(self, use, z):
        kernels = tf.nn.relu(use.kernel), -tf.nn.relu(-use.kernel)
        supports = _divided(use, kernels, tf.nn.relu(use.bias), self.epsilon)
        if not self.beta:
            return supports
        opposes = _divided(use, kernels[::-1], -tf.nn.relu(-use.bias), self.epsilon)
        return lambda relevance: self.alpha * supports(relevance) - self.beta * opposes(relevance)


@dataclasses.dataclass(frozen=True)
class Flat(Rule):
    """R_j = sum_k R_k / (number of k's inputs): relevance spreads evenly (Lapuschkin et al. 2019, supplement)."""

    def __call__(self, use, z):
        return _spread(use, tf.ones_like(use.kernel))


@dataclasses.dataclass(frozen=True)
class WSquare(Rule):
    """R_j = sum_k w_jk^2 / sum_j w_jk^2 R_k (Montavon et al. 2017, "Explaining nonlinear ... decisions", eq. 12)."""

    def __call__(self, use, z):
        return _spread(use, tf.square(use.kernel))


@dataclasses.dataclass(frozen=True)
class ZBox(Rule):
    """The z^B rule, for inputs within limits, such as pixels (Montavon et al. 2017, eq. 16).

    R_j = sum_k (a_j w_jk - l_j w+_jk - h_j w-_jk) / sum_j (same) R_k.

    The limits are those of black and white pictures after the network's own scaling.

    Attributes:
        epsilon: as of ``Epsilon``.
    """

    epsilon: float = 1e-6

    def __call__(self, use, z):
        low, high = (tf.broadcast_to(limit, tf.shape(use.a[:1])) for limit in (use.low, use.high))
        positive, negative = tf.nn.relu(use.kernel), -tf.nn.relu(-use.kernel)
        sums = use.forward(use.a, use.kernel) - use.forward(low, positive) - use.forward(high, negative)
        sums = stabilised(sums, self.epsilon)

        def redistribute(relevance: tf.Tensor) -> tf.Tensor:
            s = tf.math.divide_no_nan(relevance, sums)
            return use.a * use.back(s, use.kernel) - low * use.back(s, positive) - high * use.back(s, negative)

        return redistribute


def stabilised(z: tf.Tensor, epsilon: float) -> tf.Tensor:
    """Z + epsilon sign(z), with sign(0) = 1."""
    if not epsilon:
        return z
    return z + tf.where(z >= 0, epsilon, -epsilon)


def _spread(use: Use, weights: tf.Tensor) -> Redistribution:
    """Shares in proportion to weights alone, whatever comes in."""
    sums = use.forward(tf.ones_like(use.a[:1]), weights)
    return lambda relevance: use.back(tf.math.divide_no_nan(relevance, sums), weights)


def _divided(use: Use, weights, bias: tf.Tensor, epsilon: float) -> Redistribution:
    """Shares in proportion to a+ w + a- v, where (w, v) are the weights for positive and for negative inputs."""
    if not use.signed_input:
        sums = stabilised(use.forward(use.a, weights[0]) + bias, epsilon)
        return lambda relevance: use.a * use.back(tf.math.divide_no_nan(relevance, sums), weights[0])
    parts = tf.nn.relu(use.a), -tf.nn.relu(-use.a)
    sums = sum(use.forward(part, kernel) for part, kernel in zip(parts, weights, strict=True)) + bias
    sums = stabilised(sums, epsilon)

    def redistribute(relevance: tf.Tensor) -> tf.Tensor:
        s = tf.math.divide_no_nan(relevance, sums)
        return sum(part * use.back(s, kernel) for part, kernel in zip(parts, weights, strict=True))

    return redistribute
