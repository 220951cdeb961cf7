"""From meshes to cues: how far each measurement is from neutral faces, and from where on a cue is named."""

import dataclasses
from pathlib import Path

import numpy as np

from fer_tf.errors import InputError
from fer_tf.explain.narrative.cues import BY_NAME
from fer_tf.explain.narrative.frontal import RIGID, frontal
from fer_tf.explain.narrative.measures import MEASURES, columns, measure
from fer_tf.training.record import read_json, write_json

SHIPPED = Path(__file__).with_name("cues.json")
# Of a neutral face's values this share lies below: what is above is said with less doubt.
_CLEAR = 1.645


@dataclasses.dataclass(frozen=True)
class Rule:
    """How one cue is decided.

    Attributes:
        weights: measure -> weight of its distance from neutral, in spreads.
        centre: median of the weighted sum among neutral faces.
        spread: its spread among them.
        threshold: spreads above the centre from which on the cue is there.
    """

    weights: dict[str, float]
    centre: float
    spread: float
    threshold: float


@dataclasses.dataclass(frozen=True)
class Reading:
    """A cue in one face.

    Attributes:
        cue: name of ``cues.CUES``.
        value: distance from neutral faces, in their spreads.
        threshold: the cue is named above this.
        size: of the cue's ``shown_by``, in eye distances.
        neutral: the same among neutral faces, their median.
    """

    cue: str
    value: float
    threshold: float
    size: float
    neutral: float

    @property
    def present(self) -> bool:
        """Whether the cue is named."""
        return self.value > self.threshold

    @property
    def clear(self) -> bool:
        """Whether it is also further from neutral than 95 of 100 neutral faces."""
        return self.present and self.value > max(_CLEAR, self.threshold)


@dataclasses.dataclass(frozen=True)
class CueReader:
    """Measures cues; see ``learn`` for how its numbers come about.

    Attributes:
        reference: float (len(RIGID), 3), an average face, see ``frontal.average_face``.
        neutral: measure -> (median, spread) among neutral faces.
        rules: cue -> how it is decided.
        learned: where the numbers come from, plain JSON values.
    """

    reference: np.ndarray
    neutral: dict[str, tuple[float, float]]
    rules: dict[str, Rule]
    learned: dict[str, object]

    def values(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Distance of each cue from neutral in many meshes.

        Args:
            points: float (N, 468 or more, 3), NaN where no mesh was found.

        Returns:
            cue -> float64 (N,), in spreads; NaN where there is no mesh.
        """
        distances = self._distances(measure(frontal(points, self.reference)[0]))
        return {name: (_sum(rule, distances) - rule.centre) / rule.spread for name, rule in self.rules.items()}

    def read(self, points: np.ndarray) -> tuple[tuple[Reading, ...], float]:
        """The cues of one mesh (468 or more, 3), and by how many degrees the head is turned away."""
        faces, angles = frontal(np.asarray(points)[None], self.reference)
        if np.isnan(angles[0]):
            return (), float("nan")
        found = measure(faces)
        distances = self._distances(found)
        readings = []
        for name, rule in self.rules.items():
            value, shown_by = (_sum(rule, distances)[0] - rule.centre) / rule.spread, BY_NAME[name].shown_by
            sizes = float(found[shown_by][0]), self.neutral[shown_by][0]
            readings.append(Reading(name, float(value), rule.threshold, *sizes))
        return tuple(readings), float(angles[0])

    def _distances(self, found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: (found[name] - centre) / spread for name, (centre, spread) in self.neutral.items()}

    def save(self, path: Path) -> None:
        """Writes a JSON file that ``load_cues`` reads."""
        content = {
            "learned": self.learned,
            "neutral": {name: _rounded(both) for name, both in self.neutral.items()},
            "cues": {
                name: {
                    "centre": round(rule.centre, 5),
                    "spread": round(rule.spread, 5),
                    "threshold": round(rule.threshold, 4),
                    "weights": {measure: round(weight, 5) for measure, weight in rule.weights.items()},
                }
                for name, rule in self.rules.items()
            },
            "reference": [_rounded(point) for point in self.reference.tolist()],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, content)


def _all_numbers(reader: CueReader) -> bool:
    """Whether everything that is computed with is finite, and every spread is one."""
    spreads = [rule.spread for rule in reader.rules.values()] + [spread for _, spread in reader.neutral.values()]
    numbers = [
        number for rule in reader.rules.values() for number in (rule.centre, rule.threshold, *rule.weights.values())
    ]
    numbers += [centre for centre, _ in reader.neutral.values()]
    real = all(isinstance(number, int | float) for number in (*numbers, *spreads))
    return real and bool(np.isfinite([*numbers, *spreads, *reader.reference.ravel()]).all()) and min(spreads) > 0


def _sum(rule: Rule, distances: dict[str, np.ndarray]) -> np.ndarray:
    return columns(distances, tuple(rule.weights)) @ np.array(list(rule.weights.values()))


def _rounded(values) -> list[float]:
    return [round(float(value), 5) for value in values]


def load_cues(path: Path | None = None) -> CueReader:
    """Reads what ``CueReader.save`` wrote.

    Args:
        path: file; None takes the one that comes with the project, learned on rendered faces.

    Raises:
        InputError: no such file, or not of this form.
    """
    path = Path(path or SHIPPED)
    if not path.is_file():
        raise InputError(f"{path} does not exist: learn cues with python -m fer_tf.explain.narrative --output={path}")
    content = read_json(path)
    try:
        reader = CueReader(
            np.array(content["reference"], np.float64),
            {name: (float(centre), float(spread)) for name, (centre, spread) in content["neutral"].items()},
            {name: Rule(**rule) for name, rule in content["cues"].items()},
            content["learned"],
        )
        used = {measure for rule in reader.rules.values() for measure in rule.weights}
        fits = reader.reference.shape == (len(RIGID), 3) and reader.rules.keys() <= BY_NAME.keys()
        fits = fits and used <= reader.neutral.keys() == set(MEASURES) and _all_numbers(reader)
    except (KeyError, TypeError, ValueError, AttributeError):
        fits = False
    if not fits:
        raise InputError(f"{path} holds no cues of this version: learn them with python -m fer_tf.explain.narrative")
    return reader
