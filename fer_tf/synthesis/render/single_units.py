"""Expressions drawn unit by unit: every unit often, and hardly one a hint of another.

In expressions of emotions a few units occur in half of the pictures and others in one of a
hundred, most of them weak, and a network may read one unit off its usual companions.
"""

import numpy as np

from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.settle import draw_asymmetry, settle
from fer_tf.synthesis.render.spec import Expression

# Chance that a unit acts, and that it is a weak one; the two ranges of intensity. Weak ones lie on both sides
# of the limit from which on a unit counts as present, so that it can be learnt.
CHANCE = 0.16
_WEAK_SHARE = 0.5
_WEAK, _STRONG = (0.03, 0.4), (0.3, 1.0)
# A jaw rarely drops behind closed lips: chance that the lips part with the unit.
_PARTING = {26: 0.85, 27: 1.0}
_GAZE_SPREAD = 5.0


def draw_units(rng: np.random.Generator) -> Expression:
    """A face on which each of the 24 units acts by itself, and that means no emotion.

    All have the same chance, but rivals yield to each other and lips part where the jaw drops.
    """
    acts, weak, low, high = rng.random((4, len(ACTION_UNITS)))
    weak_intensity = _WEAK[0] + (_WEAK[1] - _WEAK[0]) * low
    strong_intensity = _STRONG[0] + (_STRONG[1] - _STRONG[0]) * high
    intensity = np.where(weak < _WEAK_SHARE, weak_intensity, strong_intensity)
    units = {unit: float(intensity[n]) for n, unit in enumerate(ACTION_UNITS) if acts[n] < CHANCE}
    for unit, chance in _PARTING.items():
        if unit in units and rng.random() < chance:
            units[25] = max(units.get(25, 0.0), rng.uniform(0.3, 1.0))
    units = settle(units)
    right, down = (float(np.clip(rng.normal(0, _GAZE_SPREAD), -30, 30)) for _ in range(2))
    return Expression(units=units, asymmetry=draw_asymmetry(rng, units), gaze=(right, down))
