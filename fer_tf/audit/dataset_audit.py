"""The audit of a dataset: looks at every picture, and writes page, tables, summary and clean splits."""

import dataclasses
import resource
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from fer_tf.commandline import command_line
from fer_tf.data.audit.options import AuditOptions

PAGE, SUMMARY = "audit.html", "summary.json"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is asked for beside the findings.

    Attributes:
        fail_on: findings of which one is enough for a failure.
        clean: findings that the clean splits leave out.
        clean_split: file for them; None writes none.
        show_faces: whether a few pictures of each finding are shown on the page, small and grey.
        record: file of a ledger entry; None writes none.
    """

    fail_on: Sequence[str] = ()
    clean: Sequence[str] = ()
    clean_split: str | None = None
    show_faces: bool = False
    record: str | None = None


def audit_dataset(dataset: str, data_dir: str, folder: Path, options: AuditOptions, wanted: Wanted) -> list[str]:
    """Audits a built dataset and writes what was found.

    Args:
        dataset: its name, with configuration.
        data_dir: folder of the built datasets.
        folder: where page, tables and summary go; held by this process.
        options: thresholds.
        wanted: what else.

    Returns:
        Names of the findings of ``wanted.fail_on`` that there are.

    Raises:
        InputError: the dataset is not built.
    """
    from fer_tf.audit import files, report, shares
    from fer_tf.data.audit import run
    from fer_tf.training.record import write_json, write_text

    started, cpu, work = time.monotonic(), _processor_seconds(), folder / "work"
    audit = run.audit_dataset(dataset, data_dir, work, options)
    of_groups = shares.group_shares(audit.collected)
    findings = [*audit.findings, shares.group_finding(of_groups, options.group_gap)]
    failed = [found.name for found in findings if len(found) and found.name in wanted.fail_on and not found.hint]
    files.write_tables(folder, audit, findings, of_groups)
    write_json(folder / SUMMARY, files.summary(dataset, audit, findings, failed))
    page = report.dataset_page(dataset, audit, findings, of_groups, show_faces=wanted.show_faces)
    write_text(folder / PAGE, page)
    for found in findings:
        print(f"{found.name:<18} {len(found):>8,}  {found.note}")
    shutil.rmtree(work)
    if wanted.record:
        seconds = time.monotonic() - started, _processor_seconds() - cpu
        _record(Path(wanted.record), dataset, audit, files.metrics(audit, findings), *seconds)
    print(f"wrote {folder / PAGE}")
    if wanted.clean_split:
        kept, before = files.write_split_file(Path(wanted.clean_split), audit, wanted.clean)
        print(f"wrote {wanted.clean_split}: {kept:,} of {before:,} pictures stay")
    return failed


def _record(path: Path, dataset: str, audit, metrics: dict[str, float], seconds: float, processor: float) -> None:
    from fer_tf.training.record import write_entry

    facts = {"paper": "SAFER, audit of datasets", "command": command_line(), "dataset": dataset, "seeds": [0]}
    facts |= {"split": ", ".join(audit.collected.splits), "n": len(audit.collected)}
    write_entry(path, metrics, {}, **facts, processor_s=round(processor, 1), duration_s=round(seconds, 1))


def _processor_seconds() -> float:
    """Of this process and the workers that ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
