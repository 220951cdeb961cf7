"""What an audit leaves: tables of findings, a summary, a split file."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fer_tf.audit.shares import Share
from fer_tf.data.audit import labels
from fer_tf.data.audit.clean import clean_members
from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.findings import Finding
from fer_tf.data.audit.run import Audit
from fer_tf.labels import EMOTIONS

_ROWS = 4096


def write_tables(folder: Path, audit: Audit, findings: Sequence[Finding], shares: Sequence[Share]) -> None:
    """Writes ``FINDING.csv`` for each finding, empty ones too, and ``group_shares.csv``."""
    for finding in findings:
        _write(folder / f"{finding.name}.csv", *_table(audit.collected, finding))
    columns = [name for name in Share.__dataclass_fields__ if not name.startswith("gap")]
    _write(folder / "group_shares.csv", columns, ([getattr(share, name) for name in columns] for share in shares))


def _table(collected: Collected, finding: Finding) -> tuple[list[str], Iterator[Sequence[object]]]:
    if finding.rows is not None:
        return list(finding.rows), iter(zip(*(column.tolist() for column in finding.rows.values()), strict=True))
    others = ["other_id", "other_split"] if finding.others is not None else []
    return ["image_id", "split", *others, *finding.details], _picture_rows(collected, finding)


def _picture_rows(collected: Collected, finding: Finding) -> Iterator[Sequence[object]]:
    for start in range(0, len(finding), _ROWS):
        part = slice(start, start + _ROWS)
        pictures = finding.pictures[part]
        columns = [collected.ids(pictures), collected.split_names(pictures)]
        if finding.others is not None:
            columns += [collected.ids(finding.others[part]), collected.split_names(finding.others[part])]
        columns += [_plain(values[part]) for values in finding.details.values()]
        yield from zip(*columns, strict=True)


def _plain(values: np.ndarray) -> list[object]:
    """As they are written: numbers with four digits, nothing for NaN."""
    if values.dtype.kind != "f":
        return values.tolist()
    return ["" if value != value else f"{value:.4g}" for value in values.tolist()]


def write_split_file(path: Path, audit: Audit, names: Sequence[str]) -> tuple[int, int]:
    """Writes what ``tfds_builders --split_file`` reads.

    Args:
        path: CSV with image_id and split.
        audit: of the dataset.
        names: findings that are left out.

    Returns:
        how many pictures stay and how many there were.
    """
    collected = audit.collected
    kept = np.flatnonzero(clean_members(collected, audit.duplicates, audit.findings, names))
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, ["image_id", "split"], _split_rows(collected, kept))
    return len(kept), len(collected)


def _split_rows(collected: Collected, kept: np.ndarray) -> Iterator[Sequence[object]]:
    for start in range(0, len(kept), _ROWS):
        part = kept[start : start + _ROWS]
        yield from zip(collected.ids(part), collected.split_names(part), strict=True)


def _write(path: Path, columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    """Whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(rows)
    partial.replace(path)


def summary(dataset: str, audit: Audit, findings: Sequence[Finding], failed: Sequence[str]) -> dict[str, object]:
    """What ``summary.json`` holds: counts of everything, no names."""
    collected = audit.collected
    counts = labels.class_counts(collected)
    splits = np.bincount(collected.split, minlength=len(collected.splits)).tolist()
    return {
        "dataset": dataset,
        "pictures": len(collected),
        "splits": dict(zip(collected.splits, splits, strict=True)),
        "classes": {
            split: dict(zip(EMOTIONS, row.tolist(), strict=True))
            for split, row in zip(collected.splits, counts, strict=True)
        },
        "tight_crops": collected.cut_faces,
        "detectors": list(collected.detectors),
        "findings": {finding.name: len(finding) for finding in findings},
        "pairs": _pairs(audit),
        "consensus": _consensus(audit),
        "failed": list(failed),
    }


def metrics(audit: Audit, findings: Sequence[Finding]) -> dict[str, float]:
    """The same numbers flat, for the ledger: counts of findings and pairs, and shares that consensus rules keep."""
    flat = {finding.name: len(finding) for finding in findings}
    flat |= {f"{name}_pairs": pairs for name, pairs in _pairs(audit).items()}
    flat |= {f"consensus_{name}": value for name, value in _consensus(audit).items()}
    return flat | ({"paper_removed": labels.PAPER_REMOVED} if _consensus(audit) else {})


def _consensus(audit: Audit) -> dict[str, float]:
    return labels.consensus_facts(audit.collected, audit.options.consensus)


def _pairs(audit: Audit) -> dict[str, int]:
    found = audit.duplicates
    kinds = {"exact_duplicates": found.exact, "near_duplicates": found.near}
    kinds |= {"exact_leak": found.exact_across, "near_leak": found.near_across}
    return {name: partners.pairs for name, partners in kinds.items()}
