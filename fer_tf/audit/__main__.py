"""Whom does a model serve badly: python -m fer_tf.audit --run_dir=runs/NAME, or --predictions=FILE.csv of any tool."""

from pathlib import Path

from absl import flags

from fer_tf.audit.model_report import PAGE, ReportOptions, audit_model
from fer_tf.commandline import command_line, define_flags, from_flags, refuse_arguments, run_main
from fer_tf.errors import InputError

flags.DEFINE_string("run_dir", None, "a run that evaluate.py scored")
flags.DEFINE_string("predictions", None, "CSV of any tool's predictions, a row for each image")
flags.DEFINE_string("output_dir", None, "folder of the report; by default the run's own, audit")
define_flags(ReportOptions)
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Makes the report and says where it is and what it says first."""
    refuse_arguments(arguments)
    given = [name for name in ("run_dir", "predictions") if FLAGS[name].value]
    if len(given) != 1:
        raise InputError(f"expected one of --run_dir and --predictions, came {' and '.join(given) or 'none'}")
    source = Path(FLAGS[given[0]].value)
    if not source.exists():
        raise InputError(f"{given[0]} {source} is not there")
    output_dir = Path(FLAGS.output_dir or (source / "audit" if source.is_dir() else source.with_suffix("")))
    report = audit_model(source, output_dir, from_flags(ReportOptions), command_line())
    print("\n".join(report["summary"]))
    print(f"written: {output_dir / PAGE}, and the same as JSON and Markdown beside it")


if __name__ == "__main__":
    run_main(main)
