"""Action units that pull the skin: displacement of the landmarks for each, and how they combine.

Lids (5 7 43), the opening of the lips and the jaw have their own modules; this one holds what
moves skin over bone. Intensity 1 is FACS' E, the most a face can do.
"""

import dataclasses
import functools

import numpy as np

from fer_tf.synthesis.render.head.fields import lateral, masks, near
from fer_tf.synthesis.render.head.topology import LANDMARKS, neutral_face, smoothstep
from fer_tf.synthesis.render.spec import Expression

# From the table's moderate actions to FACS' E.
_TO_MAXIMUM = 1.45
# Half of the strip around the midline where the sides blend, E.
_BLEND = 0.12


@dataclasses.dataclass(frozen=True)
class Pull:
    """A part of the skin that a muscle moves.

    Attributes:
        centres: landmarks, either side; both sides move.
        sigma: reach, E.
        move: (outwards, down, forwards) at the centres, E.
        where: name of a mask of ``fields.masks``.
        span: distance from the midline, E, from which on the outward part is full.
    """

    centres: tuple[int, ...]
    sigma: float
    move: tuple[float, float, float]
    where: str = "all"
    span: float = 0.1


_CORNERS = (61, 78, 76, 62)
PULLS: dict[int, tuple[Pull, ...]] = {
    1: (Pull((107, 66, 55), 0.12, (-0.006, -0.095, 0.014), "brow"), Pull((108, 151), 0.12, (0, -0.022, 0), "brow")),
    2: (Pull((70, 63, 105), 0.14, (0, -0.075, 0.008), "brow"), Pull((71, 68), 0.12, (0, -0.02, 0), "brow")),
    4: (
        Pull((107, 55, 66), 0.13, (-0.036, 0.080, 0.01), "brow"),
        Pull((105, 52), 0.11, (-0.012, 0.045, 0.006), "brow"),
    ),
    6: (
        Pull((50, 117, 118), 0.16, (0.01, -0.06, 0.05), "cheek"),
        Pull((226, 130, 35), 0.09, (-0.02, 0.0, 0.008), "cheek"),
    ),
    9: (
        Pull((129, 49, 102), 0.10, (0.014, -0.052, 0.018), "upper"),
        Pull((55, 8, 193), 0.10, (-0.012, 0.03, 0.02), "brow"),
        Pull((37, 39, 40), 0.10, (0.0, -0.045, 0.01), "upper"),
        Pull((188, 122, 126), 0.08, (0.0, -0.035, 0.024), "upper"),
    ),
    10: (
        Pull((39, 40, 37), 0.11, (0.005, -0.080, 0.02), "upper"),
        Pull((203, 206), 0.11, (0.01, -0.054, 0.042), "upper"),
    ),
    11: (
        Pull((206, 203, 36), 0.10, (0.03, -0.05, 0.045), "cheek"),
        Pull((40, 185, 39), 0.08, (0.025, -0.045, 0.0), "upper"),
    ),
    12: (
        Pull(_CORNERS, 0.145, (0.090, -0.088, -0.062), "all", 0.3),
        Pull((205, 187, 207), 0.16, (0.035, -0.055, 0.042), "cheek"),
        # The lower lip is drawn up and flat against the teeth.
        Pull((17, 14, 84, 87), 0.12, (0.0, -0.018, -0.012), "mouth"),
        Pull((0, 13, 37), 0.12, (0.0, -0.026, -0.006), "upper"),
        Pull((192, 214), 0.13, (0.045, -0.025, 0.0), "not_lips"),
    ),
    14: (
        Pull(_CORNERS, 0.075, (0.045, -0.012, -0.065)),
        Pull((212, 216, 57), 0.08, (-0.02, 0.0, 0.035), "not_lips"),
    ),
    15: (Pull((61, 76, 146), 0.12, (0.012, 0.108, -0.012)), Pull((204, 202), 0.11, (0.02, 0.056, 0.02), "jaw")),
    16: (
        Pull((17, 84, 14, 87, 85), 0.105, (0.012, 0.085, 0.012), "jaw"),
        Pull((18, 83, 182), 0.08, (0.01, 0.035, 0.012), "jaw"),
    ),
    17: (
        Pull((199, 200, 175), 0.17, (0.0, -0.065, 0.045), "jaw"),
        Pull((16, 17, 84), 0.13, (0.0, -0.075, 0.045), "jaw"),
        Pull((0, 37), 0.16, (0.0, -0.030, 0.012), "upper"),
    ),
    18: (
        Pull((13, 14, 81, 178, 61), 0.14, (-0.070, 0.0, 0.0), "mouth", 0.3),
        Pull((0, 13, 14, 17), 0.13, (0.0, 0.0, 0.085), "mouth"),
        Pull(_CORNERS, 0.07, (0.0, 0.0, 0.055)),
    ),
    20: (
        Pull(_CORNERS, 0.15, (0.095, 0.040, -0.048), "all", 0.3),
        Pull((192, 214), 0.15, (0.05, 0.02, -0.02), "not_lips"),
    ),
    22: (
        Pull((13, 14, 81, 178, 61), 0.14, (-0.060, 0.0, 0.0), "mouth", 0.3),
        Pull((0, 11, 16, 17, 37, 84), 0.10, (0.0, 0.0, 0.075), "mouth"),
        Pull(_CORNERS, 0.07, (0.0, 0.0, 0.035)),
    ),
    23: (Pull(_CORNERS, 0.11, (-0.022, 0.0, -0.008), "all"),),
    24: (Pull(_CORNERS, 0.12, (-0.034, 0.0, -0.008), "all"), Pull((17, 18, 84), 0.10, (0.0, -0.015, 0.012), "jaw")),
    26: (Pull(_CORNERS, 0.12, (-0.022, 0.0, 0.0)),),
    27: (Pull(_CORNERS, 0.12, (-0.048, 0.0, 0.0)),),
    28: (Pull(_CORNERS, 0.10, (-0.012, 0.0, -0.01)), Pull((0, 17), 0.10, (0.0, 0.0, -0.008), "mouth")),
}


@functools.lru_cache(maxsize=1)
def pull_fields() -> dict[int, np.ndarray]:
    """What each unit of PULLS does at intensity 1, float64 (468, 3), E; symmetric."""
    return {unit: _TO_MAXIMUM * sum(_field(pull) for pull in pulls) for unit, pulls in PULLS.items()}


def _field(pull: Pull) -> np.ndarray:
    x = neutral_face()[:, 0]
    outwards = lateral() * np.minimum(1.0, np.abs(x) / pull.span)
    weight = near(pull.centres, pull.sigma) * masks()[pull.where]
    return weight[:, None] * np.column_stack([outwards * pull.move[0], *(np.full(LANDMARKS, m) for m in pull.move[1:])])


@functools.lru_cache(maxsize=1)
def right_share() -> np.ndarray:
    """How far each landmark belongs to the image's right side, float64 (468,) 0..1, 0.5 on the midline."""
    return smoothstep(-_BLEND, _BLEND, neutral_face()[:, 0])


def combined(expression: Expression) -> dict[int, np.ndarray]:
    """Intensity of each unit on each side once the muscles have had their say against each other.

    Args:
        expression: what is asked for.

    Returns:
        unit -> float64 (2,): left, right; 0..1. Only units that act.
    """
    asked = {unit: np.array(expression.sided(unit)) for unit in expression.units}
    none = np.zeros(2)

    def of(unit: int) -> np.ndarray:
        return asked.get(unit, none)

    opening = np.maximum(np.maximum(of(25), of(26)), of(27))
    factors = {
        5: 1 - of(43),
        7: 1 - 0.5 * of(43),
        12: (1 - 0.35 * of(15)) * (1 - 0.4 * of(18)) * (1 - 0.3 * of(22)),
        15: 1 - 0.35 * of(12),
        14: 1 - 0.5 * of(12),
        17: 1 - 0.4 * np.maximum(of(26), of(27)),
        20: 1 - 0.4 * of(12),
        23: 1 - 0.55 * opening,
        24: 1 - 0.75 * opening,
        26: 1 - of(27),
        28: 1 - 0.5 * opening,
    }
    return {unit: value * factors.get(unit, 1.0) for unit, value in asked.items() if value.any()}


def pulled(active: dict[int, np.ndarray]) -> np.ndarray:
    """Displacement by all units that pull the skin.

    Args:
        active: from ``combined``.

    Returns:
        float64 (468, 3), E.
    """
    right = right_share()
    total = np.zeros((LANDMARKS, 3))
    weights = {unit: sides[0] * (1 - right) + sides[1] * right for unit, sides in active.items()}
    for unit, field in pull_fields().items():
        if unit not in weights:
            continue
        move = weights[unit][:, None] * field
        if unit == 4:
            # The frontalis holds the brow that the corrugator would lower: together and up.
            held = 0.8 * weights.get(1, 0.0) + 0.3 * weights.get(2, 0.0)
            move[:, 1] *= 1 - np.minimum(held, 0.9)
        total += move
    return total
