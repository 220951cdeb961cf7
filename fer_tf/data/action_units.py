"""From a record's action units to what a model is trained on and scored against.

A unit that a source does not annotate is NaN and stays NaN: the loss and the scores leave it
out, so that datasets with different units can be trained on together.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, PRESENT

ALL = "all"


@dataclasses.dataclass(frozen=True)
class ActionUnitOptions:
    """Which action units are learnt, and how.

    Attributes:
        action_units: FACS numbers with commas, or ``all`` 24 of the record.
        min_occurrences: with ``all``: units that fewer training images show are left out; the
            paper's number is 8,000. 0 keeps every unit that some image shows.
        positive_weight_power: an image that shows a unit counts ((N - N+) / N+) ** power times, N+ of the
            N annotated training images showing it: 1 is JAA-Net's form, 0.5 half way, 0 none.
        presence_softness: 0 learns present or absent. Above: learns sigmoid((intensity - 0.15) /
            softness), so that an intensity next to the limit is neither; for sources with intensities.
    """

    action_units: str = ALL
    min_occurrences: int = 8000
    positive_weight_power: float = 0.0
    presence_softness: float = 0.0

    def __post_init__(self):
        if self.min_occurrences < 0:
            raise InputError(f"min_occurrences is {self.min_occurrences}: it must not be negative, 0 keeps all")
        if not 0 <= self.positive_weight_power <= 1:
            raise InputError(f"positive_weight_power is {self.positive_weight_power}: it must lie in 0..1")
        if not 0 <= self.presence_softness <= 0.2:
            raise InputError(f"presence_softness is {self.presence_softness}: it must lie in 0..0.2")
        asked_units(self.action_units)


def asked_units(text: str) -> tuple[int, ...]:
    """Units of ``"1,2,12"`` or ``"all"``, in the order of ``labels.ACTION_UNITS``.

    Raises:
        InputError: a word that is no unit of the record.
    """
    if text == ALL:
        return ACTION_UNITS
    words = [word.strip() for word in text.split(",")]
    known = {str(unit): unit for unit in ACTION_UNITS}
    for word in words:
        if word not in known:
            raise InputError(f"action_units: {word!r} is none of {', '.join(known)}: give some with commas, or {ALL}")
    return tuple(unit for unit in ACTION_UNITS if str(unit) in words)


def unit_columns(units: Sequence[int]) -> list[int]:
    """Columns of ``action_units`` in a record that hold these units."""
    return [ACTION_UNITS.index(unit) for unit in units]


def presence(intensity: np.ndarray) -> np.ndarray:
    """Present (1), absent (0) or missing (NaN), by the one rule of ``labels.PRESENT``.

    Args:
        intensity: float, any shape, 0..1 or NaN; sources that only say yes or no have 0 and 1.

    Returns:
        float32, same shape.
    """
    intensity = np.asarray(intensity)
    return np.where(np.isnan(intensity), np.nan, intensity > PRESENT).astype(np.float32)


def positive_weights(truth: np.ndarray, power: float) -> np.ndarray:
    """How much an image counts that shows a unit, float32 (U,); see ``ActionUnitOptions``.

    Args:
        truth: float (N, U), 1 present, 0 absent, NaN missing.
        power: 0..1.
    """
    present, absent = np.nansum(truth, axis=0), np.nansum(1 - truth, axis=0)
    # A unit that all show, or none, keeps its weight: there is nothing to balance.
    balanced = (present > 0) & (absent > 0)
    odds = np.divide(absent, present, out=np.ones(len(present)), where=balanced)
    return (odds**power).astype(np.float32)


class ActionUnitTargets:
    """Targets of an action-unit model, once its training labels are known.

    Attributes:
        fields: features of a record that the target is made from.
        units: FACS numbers that are learnt, one logit each.
        present: int (24,), training images that show each unit of the record.
        absent: int (24,), those annotated as not showing it.
        positive_weights: float32 (units,), see ``ActionUnitOptions``.
    """

    fields = ("action_units",)

    def __init__(self, options: ActionUnitOptions, facts: dict[str, np.ndarray], dataset: str):
        """Counts the labels and chooses the units.

        Args:
            options: see ``ActionUnitOptions``.
            facts: columns of the training split, ``fields`` among them.
            dataset: its name, for errors.

        Raises:
            InputError: no label at all, a unit that no image shows, or no unit that enough show.
        """
        self._softness = options.presence_softness
        truth = presence(facts["action_units"])
        self.present = np.nansum(truth, axis=0).astype(np.int64)
        self.absent = np.nansum(1 - truth, axis=0).astype(np.int64)
        if not (self.present + self.absent).any():
            raise InputError(f"{dataset}: no image has a label for any action unit: train an emotion model on it")
        self.units = self._choose(options, dataset)
        self._columns = unit_columns(self.units)
        self.positive_weights = positive_weights(truth[:, self._columns], options.positive_weight_power)

    def _choose(self, options: ActionUnitOptions, dataset: str) -> tuple[int, ...]:
        present = dict(zip(ACTION_UNITS, self.present.tolist(), strict=True))
        if options.action_units != ALL:
            units = asked_units(options.action_units)
            for unit in units:
                if not present[unit]:
                    shown = ", ".join(str(known) for known, count in present.items() if count)
                    raise InputError(f"no training image of {dataset} shows AU {unit}: it has {shown or 'none'}")
            return units
        least = max(options.min_occurrences, 1)
        units = tuple(unit for unit, count in present.items() if count >= least)
        if not units:
            most = max(present, key=present.get)
            raise InputError(
                f"no action unit is shown by {least} training images of {dataset}; AU {most} by {present[most]}, the "
                "most: lower min_occurrences, 0 keeps all"
            )
        return units

    def labelled(self, record: dict):
        """Whether a record, or each row of columns, says anything of a chosen unit."""
        return labelled_with(self.units)(record)

    def of_batch(self, intensity: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Targets float32 (B, units), 0..1 or NaN for missing, and weights float32 (B,), all 1."""
        intensity = tf.gather(intensity, self._columns, axis=1)
        if self._softness:
            target = tf.sigmoid((intensity - PRESENT) / self._softness)  # of NaN it is NaN
        else:
            target = tf.where(tf.math.is_nan(intensity), intensity, tf.cast(intensity > PRESENT, tf.float32))
        return target, tf.ones(tf.shape(intensity)[0])


def labelled_with(units: Sequence[int]):
    """Makes the test whether a record, or each row of columns, says anything of one of some units."""
    columns = unit_columns(units)

    def labelled(record: dict):
        if isinstance(record["action_units"], np.ndarray):
            return ~np.isnan(record["action_units"][:, columns]).all(axis=1)
        return ~tf.reduce_all(tf.math.is_nan(tf.gather(record["action_units"], columns)))

    return labelled
