"""The group that each training image belongs to, for trainings that take groups into account."""

import dataclasses

import numpy as np
import tensorflow as tf

from fer_tf.data.mixing import Places
from fer_tf.data.targets import EmotionTargets, TargetOptions
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS, GROUPS, TONE_BANDS, UNKNOWN

OVER, UNDER = "over", "under"
# Column -> the record's field, and stored value -> word of its group; "" belongs to none.
_BANDS = {
    "skin": ("skin_tone", lambda tone: "light" if tone in TONE_BANDS["light"] else "dark"),
    "disguised": ("disguise", lambda kind: "yes" if kind else "no"),
    "synthetic": ("synthetic", lambda synthetic: "synthetic" if synthetic else "real"),
}
GROUP_COLUMNS = (*GROUPS, *_BANDS)
_VALUES = range(max(first + len(words) for first, words in GROUPS.values()))


@dataclasses.dataclass(frozen=True)
class Grouping:
    """What a training does with the group of each image.

    Attributes:
        column: one of ``GROUP_COLUMNS``.
        sampling: ``over`` shows images of rare groups more often, until all groups of an emotion have as many places in
            an epoch as its largest; ``under`` leaves images of frequent ones for other epochs, down to its smallest.
        reweighing: give each image the weight P(group) P(emotion) / P(group, emotion), under which group and emotion
            are independent (Kamiran and Calders 2012, "Data preprocessing techniques for classification without
            discrimination", section 5.2).
        in_targets: append the group, one-hot, to the target.
    """

    column: str
    sampling: str = ""
    reweighing: bool = False
    in_targets: bool = False

    def __post_init__(self):
        if self.column not in GROUP_COLUMNS:
            raise InputError(f"group_column is {self.column!r}: choose one of {', '.join(GROUP_COLUMNS)}")


class GroupedTargets(EmotionTargets):
    """Targets of an emotion model whose training knows groups.

    Attributes:
        groups: words of the groups that occur in training, (D,).
        counts: int64 (D, 7), training images of each group and emotion.
        unknown: how many images have no known group: they teach emotions alone, shown once with weight 1.
    """

    def __init__(self, options: TargetOptions, facts: dict[str, np.ndarray], dataset: str, grouping: Grouping):
        """Counts labels and groups.

        Args:
            options: see ``TargetOptions``.
            facts: columns of the training split, ``fields_of(grouping)`` among them.
            dataset: its name, for errors.
            grouping: see ``Grouping``.

        Raises:
            InputError: as ``EmotionTargets``; or fewer than two groups of the column are there.
        """
        super().__init__(options, facts, dataset)
        self.fields, self._grouping = fields_of(grouping), grouping
        kept = self.labelled(facts)
        emotion, values = facts["emotion"][kept], facts[self.fields[-1]][kept].astype(np.int64)
        words = _words(grouping.column)
        present = dict.fromkeys(words[value] for value in sorted(set(values.tolist())) if value in words)
        self.groups = tuple(word for word in present if word)
        if len(self.groups) < 2:
            found = ", ".join(self.groups) or "none"
            raise InputError(
                f"group_column is {grouping.column!r}: the labelled training images of {dataset} have {found} of its "
                "groups, and at least two are needed: choose another column or dataset"
            )
        self._table = np.full(len(_VALUES) + 1, UNKNOWN, np.int64)
        for value, word in words.items():
            if word in self.groups:
                self._table[value + 1] = self.groups.index(word)
        group = self._table[values + 1]
        known = group != UNKNOWN
        self.unknown = int((~known).sum())
        self.counts = np.zeros((len(self.groups), len(EMOTIONS)), np.int64)
        np.add.at(self.counts, (group[known], emotion[known]), 1)
        self._cells = np.where(known, group, len(self.groups)) * len(EMOTIONS) + emotion
        shares = np.ones((len(self.groups) + 1, len(EMOTIONS)), np.float32)  # the last row is of unknown groups
        if grouping.reweighing:
            shares[:-1] = reweighing(self.counts)
        self._group_weights = shares

    @property
    def places(self) -> Places | None:
        """How often each labelled image is shown; None: once."""
        if not self._grouping.sampling:
            return None
        sizes = {}
        for emotion, column in enumerate(self.counts.T):
            if (present := np.flatnonzero(column)).size:
                wanted = column[present].max() if self._grouping.sampling == OVER else column[present].min()
                sizes |= {int(group) * len(EMOTIONS) + emotion: int(wanted) for group in present}
        return Places(self._cells, sizes)

    def of_batch(self, emotion, votes, value):
        """Targets float32 (B, 7), or (B, 7 + D) with the group, zero where unknown; weights float32 (B,)."""
        target, weight = super().of_batch(emotion, votes)
        group = tf.gather(self._table, tf.cast(value, tf.int64) + 1)
        weight *= tf.gather_nd(
            self._group_weights, tf.stack([group % (len(self.groups) + 1), tf.cast(emotion, tf.int64)], axis=-1)
        )
        if self._grouping.in_targets:
            target = tf.concat([target, tf.one_hot(group, len(self.groups))], axis=-1)
        return target, weight


def fields_of(grouping: Grouping) -> tuple[str, ...]:
    """Features of a record that the target is made from; the last one tells the group."""
    return (*EmotionTargets.fields, _BANDS[grouping.column][0] if grouping.column in _BANDS else grouping.column)


def reweighing(counts: np.ndarray) -> np.ndarray:
    """P(group) P(emotion) / P(group, emotion), float32 (D, 7), of counts (D, 7); 1 where nothing was counted."""
    counts = np.asarray(counts, np.float64)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return np.divide(expected, counts, out=np.ones_like(counts), where=counts > 0).astype(np.float32)


def group_words_of(column: str, values: np.ndarray) -> np.ndarray:
    """Words of the groups that stored values belong to, text (N,), ``""`` where unknown.

    Args:
        column: one of ``GROUP_COLUMNS``.
        values: int or bool (N,), of the record's field.
    """
    words = _words(column)
    return np.array([words.get(int(value), "") for value in values])


def _words(column: str) -> dict[int, str]:
    if column in GROUPS:
        first, words = GROUPS[column]
        return dict(enumerate(words, first))
    field, word = _BANDS[column]
    first, words = GROUPS.get(field, (0, (False, True)))
    return {value: word(value) for value in range(first, first + len(words))}
