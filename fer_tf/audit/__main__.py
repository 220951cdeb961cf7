"""Audits a dataset, or says whom a model serves badly.

  python -m fer_tf.audit --dataset=fer2013 --output_dir=audit
  python -m fer_tf.audit --run_dir=runs/NAME
  python -m fer_tf.audit --predictions=FILE.csv

A model is audited from a run that evaluate.py scored, or from any tool's predictions: report.html, and the same as JSON
and Markdown.

Of a dataset every picture of every split is looked at: audit.html, summary.json and a CSV file for each finding. The
findings, which --fail_on and --clean take one by one or by the name of a set:

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

import sys
from pathlib import Path

from absl import flags

from fer_tf.audit import dataset_audit, model_report
from fer_tf.commandline import command_line, define_flags, from_flags, only_process, refuse_arguments, run_main
from fer_tf.data.audit.options import AuditOptions
from fer_tf.errors import InputError

flags.DEFINE_string("dataset", None, "built dataset to audit, with config")
flags.DEFINE_string("run_dir", None, "run to audit, that evaluate.py scored")
flags.DEFINE_string("predictions", None, "CSV of any tool's predictions to audit, a row for each image")
flags.DEFINE_string("data_dir", "data", "of a dataset: folder of the built datasets")
flags.DEFINE_string(
    "output_dir", None, "folder of the report; by default audit, in the run's folder or beside the predictions"
)
flags.DEFINE_string("fail_on", "", "of a dataset: findings, with commas, of which one is enough for exit status 2")
flags.DEFINE_string("write_clean_split", None, "of a dataset: CSV file for the splits without what --clean names")
flags.DEFINE_string("clean", "unreadable,duplicates,leak", "findings, with commas, that the clean splits leave out")
flags.DEFINE_string("record", None, "of a dataset: also write the ledger entry, such as results/NAME.json")
FLAGS = flags.FLAGS
_SOURCES = ("dataset", "run_dir", "predictions")


def main(arguments: list[str]) -> int:
    """Audits what is given; exit status 2 where --fail_on names something that was found."""
    refuse_arguments(arguments)
    given = [name for name in _SOURCES if FLAGS[name].value]
    if len(given) != 1:
        raise InputError(
            f"expected one of --dataset, --run_dir and --predictions, came {' and '.join(given) or 'none'}: see --help"
        )
    if given == ["dataset"]:
        return _dataset(Path(FLAGS.output_dir or "audit"))
    source = Path(FLAGS[given[0]].value)
    if not source.exists():
        raise InputError(f"{given[0]} {source} is not there")
    return _model(source, Path(FLAGS.output_dir or (source if source.is_dir() else source.parent) / "audit"))


def _dataset(folder: Path) -> int:
    from fer_tf.data.audit.findings import finding_names

    wanted = dataset_audit.Wanted(
        # First: a wrong word should not cost an hour.
        fail_on=finding_names(FLAGS.fail_on, "fail_on"),
        clean=finding_names(FLAGS.clean, "clean"),
        clean_split=FLAGS.write_clean_split,
        show_faces=FLAGS.show_faces,
        record=FLAGS.record,
    )
    with only_process(folder):
        failed = dataset_audit.audit_dataset(FLAGS.dataset, FLAGS.data_dir, folder, from_flags(AuditOptions), wanted)
    if failed:
        print(f"found what --fail_on names: {', '.join(failed)}", file=sys.stderr)
    return 2 if failed else 0


def _model(source: Path, output_dir: Path) -> int:
    options = from_flags(model_report.ReportOptions)
    report = model_report.audit_model(source, output_dir, options, command_line())
    print("\n".join(report["summary"]))
    print(f"written: {output_dir / model_report.PAGE}, and the same as JSON and Markdown beside it")
    return 0


if __name__ == "__main__":
    define_flags(AuditOptions, model_report.ReportOptions)
    run_main(main)
