"""The audit of a built dataset, from its records to its findings."""

import dataclasses
import functools
from collections.abc import Callable, Iterable
from pathlib import Path

from fer_tf.data.audit.collect import FIELDS, Collected, Record, collect
from fer_tf.data.audit.duplicates import Duplicates, find_duplicates
from fer_tf.data.audit.findings import Finding, class_finding, picture_findings
from fer_tf.data.audit.options import AuditOptions
from fer_tf.data.load import dataset_names, load, num_examples, split_names
from fer_tf.errors import InputError
from tfds_builders import reporting
from tfds_builders.derived import shows_cut_faces
from tfds_builders.registry import load_builder


@dataclasses.dataclass(frozen=True)
class Audit:
    """What was found in a dataset.

    Attributes:
        collected: what was measured.
        duplicates: of its pictures.
        findings: in the order of ``findings.TITLES``; that of groups is not among them.
        options: the thresholds.
    """

    collected: Collected
    duplicates: Duplicates
    findings: list[Finding]
    options: AuditOptions


def audit_dataset(dataset: str, data_dir: str, folder: Path, options: AuditOptions) -> Audit:
    """Audits all splits of a built dataset, and shows how far it is.

    Args:
        dataset: one name, with config.
        data_dir: folder of the built datasets.
        folder: for what need not stay: small pictures and, when it is killed, finished parts.
        options: thresholds.

    Raises:
        InputError: it is not built, or these are several.
    """
    if len(dataset_names(dataset)) > 1:
        raise InputError(f"--dataset is {dataset!r}: expected one: several are audited one after the other")
    cut_faces = shows_cut_faces(dataset, load_builder(dataset, data_dir))
    splits = split_names(dataset, data_dir)
    total = sum(num_examples(dataset, split, data_dir) for split in splits)
    records = {split: _records(dataset, split, data_dir) for split in splits}
    bar = functools.partial(reporting.progress, total=total, split=dataset)
    return audit(records, folder, options, cut_faces=cut_faces, progress=bar)


def audit(
    records: dict[str, Iterable[Record]],
    folder: Path,
    options: AuditOptions,
    *,
    cut_faces: bool = False,
    progress: Callable[[Iterable], Iterable] = iter,
) -> Audit:
    """Audits records, whatever they come from.

    Args:
        records: split -> records with ``collect.FIELDS``, texts as bytes, the image encoded.
        folder: see ``audit_dataset``.
        options: thresholds.
        cut_faces: whether these are tight crops.
        progress: passes on the records; ``tqdm`` shows a bar.
    """
    collected = collect(records, folder, options.detectors(cut_faces), cut_faces=cut_faces, progress=progress)
    duplicates = find_duplicates(collected, options.similarity)
    findings = [*picture_findings(collected, duplicates, options), class_finding(collected, options)]
    return Audit(collected, duplicates, findings, options)


def _records(dataset: str, split: str, data_dir: str) -> Iterable[Record]:
    return load(dataset, split, data_dir, decode_images=False, fields=FIELDS).as_numpy_iterator()
