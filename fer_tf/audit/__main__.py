"""Says what is wrong with a dataset: python -m fer_tf.audit --dataset=fer2013 --output_dir=audit

Looks at every picture of every split and writes audit.html, summary.json and a CSV file for each finding. The findings,
which --fail_on and --clean take one by one or by the name of a set:

  quality     unreadable, small, blurred, dark, bright, grey, no_face, several_faces, cut_face
  duplicates  exact_duplicates, near_duplicates: twice in one split
  leak        exact_leak, near_leak, subject_leak, sequence_leak: in two splits
  labels      label_conflict (duplicates with different labels), disagreement (of annotators), no_consensus
  balance     class_imbalance, group_imbalance
  all         all of them

In datasets of tight crops (FER-2013) detectors miss faces and frames cut them on purpose: there no_face is a hint that
never fails, and cut_face is not asked. Small grey pictures lie in the folder work of --output_dir until the audit ends;
one that was killed goes on there. Keep them, and pages with --show_faces, to yourself.
"""

import resource
import shutil
import sys
import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import command_line, define_flags, from_flags, only_process, refuse_arguments, run_main
from fer_tf.data.audit.options import AuditOptions
from fer_tf.errors import InputError

flags.DEFINE_string("dataset", None, "Built dataset to audit, with config.")
flags.DEFINE_string("data_dir", "data", "Folder of the built datasets.")
flags.DEFINE_string("output_dir", "audit", "Folder for the page and the tables.")
flags.DEFINE_bool("show_faces", False, "Show a few pictures of each finding on the page, small and grey.")
flags.DEFINE_string("fail_on", "", "Findings, with commas, of which one is enough for exit status 2.")
flags.DEFINE_string("write_clean_split", None, "CSV file for the splits without what --clean names, for --split_file.")
flags.DEFINE_string("clean", "unreadable,duplicates,leak", "Findings, with commas, that the clean splits leave out.")
flags.DEFINE_string("record", None, "Also write the ledger entry, such as results/NAME.json.")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> int:
    """Audits the dataset; exit status 2 where --fail_on names something that was found."""
    refuse_arguments(arguments)
    if not FLAGS.dataset:
        raise InputError("expected --dataset=NAME, see --help")
    from fer_tf.data.audit.findings import finding_names

    # First: a wrong word should not cost an hour.
    fail_on, clean = finding_names(FLAGS.fail_on, "fail_on"), finding_names(FLAGS.clean, "clean")
    folder = Path(FLAGS.output_dir)
    with only_process(folder):
        failed = _audit(folder, from_flags(AuditOptions), fail_on, clean)
    if failed:
        print(f"found what --fail_on names: {', '.join(failed)}", file=sys.stderr)
    return 2 if failed else 0


def _audit(folder: Path, options: AuditOptions, fail_on: tuple[str, ...], clean: tuple[str, ...]) -> list[str]:
    from fer_tf.audit import files, report, shares
    from fer_tf.data.audit.run import audit_dataset
    from fer_tf.training.record import write_entry, write_json, write_text

    started, cpu = time.monotonic(), _processor_seconds()
    dataset, data_dir, work = FLAGS.dataset, FLAGS.data_dir, folder / "work"
    audit = audit_dataset(dataset, data_dir, work, options)
    of_groups = shares.group_shares(audit.collected)
    findings = [*audit.findings, shares.group_finding(of_groups, options.group_gap)]
    failed = [found.name for found in findings if len(found) and found.name in fail_on and not found.hint]
    files.write_tables(folder, audit, findings, of_groups)
    write_json(folder / "summary.json", files.summary(dataset, audit, findings, failed))
    page = report.dataset_page(dataset, audit, findings, of_groups, show_faces=FLAGS.show_faces)
    write_text(folder / "audit.html", page)
    for found in findings:
        print(f"{found.name:<18} {len(found):>8,}  {found.note}")
    shutil.rmtree(work)
    if FLAGS.record:
        facts = {"paper": "SAFER, audit of datasets", "command": command_line(), "dataset": dataset}
        facts |= {"split": ", ".join(audit.collected.splits)}
        facts |= {"n": len(audit.collected), "seeds": [0], "processor_s": round(_processor_seconds() - cpu, 1)}
        duration = round(time.monotonic() - started, 1)
        write_entry(Path(FLAGS.record), files.metrics(audit, findings), {}, **facts, duration_s=duration)
    print(f"wrote {folder / 'audit.html'}")
    if FLAGS.write_clean_split:
        kept, before = files.write_split_file(Path(FLAGS.write_clean_split), audit, clean)
        print(f"wrote {FLAGS.write_clean_split}: {kept:,} of {before:,} pictures stay")
    return failed


def _processor_seconds() -> float:
    """Of this process and the workers that ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    define_flags(AuditOptions)
    run_main(main)
