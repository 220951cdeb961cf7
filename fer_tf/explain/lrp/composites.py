"""Composites: which rule where."""

import dataclasses
from collections.abc import Callable

from fer_tf.errors import InputError
from fer_tf.explain.lrp import graph, steps
from fer_tf.explain.lrp.rules import AlphaBeta, Epsilon, Flat, Gamma, Rule, WSquare, ZBox

WINNER, AVERAGE = "winner", "average"
_MAXIMA = {WINNER: steps.pooling_by_winner, AVERAGE: steps.pooling_by_average}


@dataclasses.dataclass(frozen=True)
class Composite:
    """Rules by kind of layer. What is None is not covered, and a model that has it is refused.

    Attributes:
        first: of layers that see the picture.
        convolution: of the other convolutions.
        dense: of connected layers.
        depthwise: of depthwise convolutions.
        maximum: ``winner`` takes all, or divided as an ``average``.
        addition: of residual connections, ``steps.SumBySign()`` or ``steps.SumBySize()``.
    """

    first: Rule
    convolution: Rule
    dense: Rule
    depthwise: Rule | None = None
    addition: Callable | None = None
    maximum: str = WINNER

    def __post_init__(self):
        if self.maximum not in _MAXIMA:
            raise InputError(f"maximum is {self.maximum!r}: choose one of {', '.join(_MAXIMA)}")

    def rule(self, step: graph.Step) -> Rule | None:
        """The rule of a linear map, or None."""
        if step.kind == graph.DEPTHWISE and self.depthwise is None:
            return None
        if step.first:
            return self.first
        rules = {graph.CONVOLUTION: self.convolution, graph.DEPTHWISE: self.depthwise, graph.DENSE: self.dense}
        return rules[step.kind]

    def other(self, step: graph.Step) -> Callable | None:
        """The function in ``steps`` for what is no linear map, or None."""
        if step.kind == graph.NORMALISATION:
            return steps.passing_normalisation(step.layer)
        if step.kind in graph.PASSING:
            return steps.passing(step.function)
        if step.kind in graph.MOVING:
            return steps.moving(step.function)
        if step.kind in graph.MEANS:
            return steps.averaging(step.layer)
        if step.kind == graph.MAXIMUM:
            return _MAXIMA[self.maximum](step.layer)
        # With a constant, Keras's addition has one source: what the constant would get is not followed.
        return self.addition if step.kind == graph.ADDITION and len(step.sources) > 1 else None

    @property
    def spreads(self) -> bool:
        """Whether outputs of zero can have relevance, because a rule above the first layer does not look at them."""
        return any(isinstance(rule, Flat | WSquare) for rule in (self.convolution, self.dense, self.depthwise))

    def covers(self, step: graph.Step) -> bool:
        """Whether there is a rule for a step."""
        if step.kind not in graph.MAPS:
            return self.other(step) is not None
        groups, dilation = getattr(step.layer, "groups", 1), getattr(step.layer, "dilation_rate", 1)
        return groups == 1 and dilation in (1, (1, 1)) and self.rule(step) is not None


_EPSILON = 1e-6
_SIGNED = steps.SumBySign()
COMPOSITES = {
    # LRP-epsilon everywhere; with a small epsilon nearly gradient times input.
    "epsilon": Composite(*[Epsilon(_EPSILON)] * 4, _SIGNED),
    # z+ for convolutions, epsilon for connected layers (Kohlbrenner et al. 2020, "Towards best practice ...").
    "epsilon_plus": Composite(AlphaBeta(1, 0), AlphaBeta(1, 0), Epsilon(_EPSILON)),
    "epsilon_plus_flat": Composite(Flat(), AlphaBeta(1, 0), Epsilon(_EPSILON)),
    "epsilon_gamma_box": Composite(ZBox(_EPSILON), Gamma(0.25), Epsilon(_EPSILON), Gamma(0.25), _SIGNED),
    "epsilon_alpha2_beta1": Composite(AlphaBeta(2, 1), AlphaBeta(2, 1), Epsilon(_EPSILON)),
    "epsilon_alpha2_beta1_flat": Composite(Flat(), AlphaBeta(2, 1), Epsilon(_EPSILON)),
    # Our own, for batch normalisation, depthwise convolutions and residual connections.
    "residual": Composite(ZBox(_EPSILON), Gamma(0.25), Epsilon(_EPSILON), Gamma(0.25), steps.SumBySize()),
}


def composite_named(name: str) -> Composite:
    """A composite of ``COMPOSITES``.

    Raises:
        InputError: unknown name.
    """
    if name not in COMPOSITES:
        raise InputError(f"composite {name!r} is unknown: choose one of {', '.join(COMPOSITES)}")
    return COMPOSITES[name]


def check_covered(composite: Composite, network: graph.Graph) -> None:
    """Refuses a network with a layer that no rule covers.

    Raises:
        InputError: the layer's name and kind, and which composites would do.
    """
    for step in network.steps:
        if not composite.covers(step):
            others = [name for name, other in COMPOSITES.items() if all(map(other.covers, network.steps))]
            help_ = f"composites that do: {', '.join(others)}" if others else "none of ours does"
            raise InputError(f"layer {step.name!r} ({step.kind}): no rule of this composite covers it; {help_}")
