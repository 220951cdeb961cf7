"""The facial cues that the explanation may name: what each stands for, and what it is measured from.

Only cues whose measurement agrees with drawn action units on people that it was not learned from are here: on the
validation people of rendered faces balanced accuracy is 0.85 or more, and it is 0.7 or more where units are drawn one
by one, so that a cue is not only told by what goes with it in an emotion. Not here, for the first reason: wrinkled
nose, raised cheeks, pressed lips, widened, narrowed and closed eyes; for the second: raised outer brows, raised upper
lip, raised chin. Each cue is measured in its own part of the face: an open mouth does not say that brows are up.
"""

import dataclasses

import numpy as np

from fer_tf.explain.narrative.measures import BROWS, CHEEKS, MOUTH
from fer_tf.labels import ACTION_UNITS, FACS_LEVELS, PRESENT

# Weaker units show in the mesh hardly more than the network's own error.
MARKED = FACS_LEVELS["B"]


@dataclasses.dataclass(frozen=True)
class Cue:
    """Something that can be seen in a face.

    Attributes:
        name: in results and JSON.
        words: in sentences, after "looks like".
        units: action units; any of them above ``level`` is the cue.
        shown_by: the measure that people would look at, given beside the cue; it does not decide.
        measures: names of ``measures.MEASURES`` that decide together.
        emotions: those that it belongs to in SAFER's Table 1, without its contempt; none: it tells no emotion apart.
        unless: action units that must not be present (``labels.PRESENT``), since they undo what is seen.
        level: FACS C by default.
    """

    name: str
    words: str
    units: tuple[int, ...]
    shown_by: str
    measures: tuple[str, ...]
    emotions: tuple[str, ...] = ()
    unless: tuple[int, ...] = ()
    level: float = MARKED

    def drawn(self, intensities: np.ndarray) -> np.ndarray:
        """Whether the action units say that the cue is there.

        Args:
            intensities: float (N, 24), ``action_units`` of records, NaN where missing.

        Returns:
            float64 (N,): 1 yes, 0 no, NaN where a unit that decides is missing.
        """
        asked, undone = _columns(intensities, self.units), _columns(intensities, self.unless)
        # What is missing decides nothing where another unit has decided.
        shown, hidden = (asked > self.level).any(axis=1), (undone > PRESENT).any(axis=1)
        missing = np.isnan(asked).any(axis=1) & ~shown | np.isnan(undone).any(axis=1) & shown
        return np.where(hidden, 0.0, np.where(missing, np.nan, shown))


def _columns(intensities: np.ndarray, units: tuple[int, ...]) -> np.ndarray:
    return np.asarray(intensities)[:, [ACTION_UNITS.index(unit) for unit in units]]


_LOWER_FACE = (*MOUTH, *CHEEKS)
CUES = (
    Cue("smile", "a smile", (12,), "mouth_width", _LOWER_FACE, ("happiness",)),
    Cue(
        "inner_brows_raised",
        "raised inner ends of the brows",
        (1,),
        "brow_inner",
        BROWS,
        ("sadness", "fear", "surprise"),
    ),
    # With unit 1 or 2 the brows are drawn together, but not lower.
    Cue("brows_lowered", "lowered brows", (4,), "brow_inner", BROWS, ("anger", "disgust"), unless=(1, 2)),
    Cue("mouth_open", "an open mouth", (25, 26, 27), "mouth_opening", MOUTH),
    Cue("jaw_dropped", "a dropped jaw", (26, 27), "mouth_opening", MOUTH, ("surprise",)),
    Cue("mouth_corners_down", "mouth corners drawn down", (15,), "corner_lift", _LOWER_FACE, ("sadness",)),
    Cue("lips_stretched", "lips stretched sideways", (20,), "mouth_width", _LOWER_FACE, ("fear",)),
)
BY_NAME = {cue.name: cue for cue in CUES}
