"""What holds for every expression, however its units were drawn: rivals yield, no face is quite symmetric."""

import numpy as np

# Units that pull on the same part in opposite ways: the stronger one stays, the other yields by its strength.
_RIVALS = ((5, 43), (24, 25), (28, 25), (18, 20), (23, 27), (24, 27), (28, 27), (24, 26), (28, 26), (26, 27))
# Weaker than this is too little to see.
_TRACE = 0.02
# Both sides move as one: jaw and the middle of the lips.
_MEDIAN_UNITS = (17, 18, 22, 24, 25, 26, 27, 28)
# Chance that a part of the face is asymmetric in earnest, and what it may be: one brow, a smirk,
# a sneer, a crooked mouth.
LOPSIDED = 0.14
_LOPSIDED_PARTS = ((1, 2), (2,), (4,), (12, 6, 14), (12,), (10, 9, 11), (15,), (20, 16), (7,))


def settle(units: dict[int, float]) -> dict[int, float]:
    """Within 0..1, rivals resolved, traces too small to see left out; in order of unit."""
    settled = {unit: float(min(max(value, 0.0), 1.0)) for unit, value in sorted(units.items())}
    for first, second in _RIVALS:
        if first in settled and second in settled:
            weaker, stronger = sorted((first, second), key=settled.get)
            settled[weaker] *= 1.0 - settled[stronger]
    return {unit: round(value, 4) for unit, value in settled.items() if value >= _TRACE}


def draw_asymmetry(rng: np.random.Generator, units: dict[int, float]) -> dict[int, float]:
    """Leans -1..1: a mild one shared by the whole face, sometimes a strong one of a part of it."""
    shared = rng.normal(0.0, 0.06)
    leans = {unit: shared + rng.normal(0.0, 0.08) for unit in units if unit not in _MEDIAN_UNITS}
    parts = [part for part in _LOPSIDED_PARTS if any(unit in leans for unit in part)]
    if parts and rng.random() < LOPSIDED:
        part = parts[rng.integers(len(parts))]
        lean = rng.choice((-1.0, 1.0)) * rng.uniform(0.35, 1.0)
        leans.update({unit: lean for unit in part if unit in leans})
    return {unit: round(float(min(max(lean, -1.0), 1.0)), 4) for unit, lean in leans.items()}
