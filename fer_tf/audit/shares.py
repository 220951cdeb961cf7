"""Share of each group within each class: Table 10 of paper C, with intervals by subject."""

import dataclasses

import numpy as np

from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.findings import Finding
from fer_tf.evaluation.bootstrap import RESAMPLES, interval, resampled, subject_numbers
from fer_tf.evaluation.scores import divide
from fer_tf.labels import EMOTIONS, GROUPS


@dataclasses.dataclass(frozen=True)
class Share:
    """A group's share of a class.

    Attributes:
        column: ``gender`` and so on.
        group: its word.
        emotion: the class, or ``all``.
        n: pictures of the class whose group is known.
        share: of them that show the group, 0..1.
        low, high: 95 % interval of the share.
        gap_low, gap_high: of its difference from the share of all.
    """

    column: str
    group: str
    emotion: str
    n: int
    share: float
    low: float
    high: float
    gap_low: float
    gap_high: float


def group_shares(collected: Collected, seed: int = 0) -> list[Share]:
    """Every group of every class with at least one picture; nothing where no group is known."""
    return [share for column in GROUPS for share in _shares(collected, column, seed)]


def group_finding(shares: list[Share], gap: float) -> Finding:
    """Shares that lie further than ``gap`` from those of all, where chance alone does not explain it."""
    overall = {(share.column, share.group): share.share for share in shares if share.emotion == "all"}
    found = []
    for share in shares:
        apart = share.share - overall[share.column, share.group]
        if abs(apart) > gap and (share.gap_low > 0 or share.gap_high < 0):
            found.append((share, apart))
    names = ("column", "group", "emotion", "n", "share", "low", "high")
    rows = {name: np.array([getattr(share, name) for share, _ in found]) for name in names}
    rows["difference"] = np.array([apart for _, apart in found])
    return Finding("group_imbalance", np.zeros(0, int), rows=rows)


def _shares(collected: Collected, column: str, seed: int) -> list[Share]:
    first, words = GROUPS[column]
    groups, emotions = collected.numbers[column], collected.numbers["emotion"]
    known = (groups >= first) & (emotions >= 0)
    if not known.any():
        return []
    size = len(EMOTIONS) * len(words)
    cells = emotions[known].astype(np.int64) * len(words) + (groups[known] - first)
    total = np.bincount(cells, minlength=size).astype(float)[None]
    values = _split(total, len(words))
    members, people = subject_numbers(np.char.decode(collected.texts["subject_id"][known], "utf-8", "replace"))
    draws = _draws(cells, size, members, people, len(words), seed)
    found = []
    for number, name in enumerate((*EMOTIONS, "all")):
        n = int(values["n"][0, number])
        of_class = draws["share"][:, number]
        gaps = of_class - draws["share"][:, -1]
        behind = people if name == "all" else len(np.unique(members[cells // len(words) == number]))
        for group, word in enumerate(words):
            if n and values["n_of_group"][0, group]:
                bounds = (*interval(of_class[:, group], behind), *interval(gaps[:, group], behind))
                found.append(Share(column, word, name, n, float(values["share"][0, number, group]), *bounds))
    return found


def _split(sums: np.ndarray, groups: int) -> dict[str, np.ndarray]:
    """Shares of sums (draws, 7 * groups): (draws, 8, groups), the last row of all classes."""
    table = sums.reshape(len(sums), len(EMOTIONS), groups)
    table = np.concatenate([table, table.sum(axis=1, keepdims=True)], axis=1)
    n = table.sum(axis=2)
    return {"share": divide(table, n[..., None]), "n": n, "n_of_group": table[:, -1]}


def _draws(
    cells: np.ndarray, size: int, members: np.ndarray, people: int, groups: int, seed: int
) -> dict[str, np.ndarray]:
    """Shares in resampled datasets."""
    if people == len(cells):
        # Everyone has one picture: their number in each cell is all that is drawn, and there are few cells.
        counts = np.bincount(cells, minlength=size)
        drawn = np.random.default_rng(seed).multinomial(people, counts / people, RESAMPLES)
        return _split(drawn.astype(float), groups)
    sums = np.zeros((people, size), np.float32)
    np.add.at(sums, (members, cells), 1)
    return resampled(sums, lambda drawn: _split(drawn, groups), seed=seed)
