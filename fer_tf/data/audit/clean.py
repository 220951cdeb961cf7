"""A split file without what was found."""

from collections.abc import Sequence

import numpy as np

from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.duplicates import Duplicates
from fer_tf.data.audit.findings import SETS, Finding
from fer_tf.errors import InputError

# Whoever is in several splits stays in the first of these; test images stay as they are, so that scores compare.
KEPT_FIRST = ("test", "validation")


def clean_members(
    collected: Collected, duplicates: Duplicates, findings: Sequence[Finding], names: Sequence[str]
) -> np.ndarray:
    """Which pictures remain, bool (N,).

    Of duplicates within a split the first remains. Of pictures that are in several splits, themselves, by their
    person or by their sequence, those remain that are in the test split, else in validation, else in the first split.

    Args:
        collected: the dataset.
        duplicates: found in it.
        findings: of ``findings.picture_findings``.
        names: the findings that are taken out.

    Raises:
        InputError: a split would be left empty.
    """
    kept = np.ones(len(collected), bool)
    ranks = _ranks(collected)
    for finding in findings:
        if finding.name not in names or (finding.others is not None and finding.name != "label_conflict"):
            continue
        if finding.name in SETS["leak"]:
            keys = collected.texts[finding.name.replace("_leak", "_id")]
            chosen = np.zeros(len(kept), bool)
            chosen[finding.pictures] = True
            _drop_copies(kept, chosen, np.unique(keys, return_inverse=True)[1], ranks)
        else:
            kept[finding.pictures] = False
    copied = {finding.name: finding.pictures for finding in findings}
    here = duplicates.group.astype(np.int64) * len(collected.splits) + collected.split
    _drop_copies(kept, _in_any(copied, names, SETS["duplicates"], len(kept)), here, np.arange(len(kept)))
    _drop_copies(kept, _in_any(copied, names, ("exact_leak", "near_leak"), len(kept)), duplicates.group, ranks)
    for number, split in enumerate(collected.splits):
        if not kept[collected.split == number].any():
            raise InputError(
                f"--write_clean_split: nothing of {split} would remain: choose less with --clean, or "
                "divide the dataset by subject"
            )
    return kept


def _ranks(collected: Collected) -> np.ndarray:
    """Of each picture's split, 0 first, int (N,)."""
    order = sorted(range(len(collected.splits)), key=lambda n: (_place(collected.splits[n]), n))
    return np.argsort(order)[collected.split]


def _place(split: str) -> int:
    return KEPT_FIRST.index(split) if split in KEPT_FIRST else len(KEPT_FIRST)


def _in_any(pictures: dict[str, np.ndarray], names: Sequence[str], kinds: Sequence[str], count: int) -> np.ndarray:
    members = np.zeros(count, bool)
    for kind in kinds:
        if kind in names:
            members[pictures[kind]] = True
    return members


def _drop_copies(kept: np.ndarray, copies: np.ndarray, group: np.ndarray, ranks: np.ndarray) -> None:
    """Of each group's copies that remain, leaves those of the lowest rank."""
    numbers = np.flatnonzero(copies & kept)
    _, members = np.unique(group[numbers], return_inverse=True)
    best = np.full(members.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(best, members, ranks[numbers])
    kept[numbers[ranks[numbers] > best[members]]] = False
