"""How long the report of many predictions takes: python -m benchmarks.group_report --record=results/group_report.json

100,000 predictions with six group columns and all their pairs, 2,000 draws of people, from the CSV file to the page;
60 s on two cores are wanted.
"""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main

FLAGS = flags.FLAGS

# Column -> number of groups.
COLUMNS = {"gender": 2, "skin_tone": 10, "age_group": 5, "disguise": 14, "camera": 3, "country": 6}


def write_table(path: Path, images: int, subjects: int) -> None:
    """Writes predictions of a made-up model, right in three of four pictures."""
    import pandas as pd

    from fer_tf.labels import EMOTIONS

    random = np.random.default_rng(0)
    truth = random.integers(0, 7, images)
    answer = np.where(random.random(images) < 0.75, truth, random.integers(0, 7, images))
    probabilities = random.dirichlet(np.full(7, 0.5), images) * 0.4
    probabilities[np.arange(images), answer] += 0.6
    table = {"image_id": np.arange(images), "emotion": np.array(EMOTIONS)[truth]}
    if subjects:
        table["subject_id"] = np.arange(images) % subjects
    table |= {f"probability_{name}": probabilities[:, number] for number, name in enumerate(EMOTIONS)}
    table |= {name: random.integers(1, groups + 1, images) for name, groups in COLUMNS.items()}
    pd.DataFrame(table).to_csv(path, index=False, float_format="%.6g")


def main(arguments: list[str]) -> None:
    """Measures, prints and records."""
    refuse_arguments(arguments)
    from fer_tf.audit.model_report import ReportOptions, audit_model
    from fer_tf.training.record import write_entry

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "predictions.csv"
        write_table(table, FLAGS.images, FLAGS.subjects)
        options = ReportOptions(groups=",".join(COLUMNS), resamples=FLAGS.resamples)
        started = time.monotonic()
        report = audit_model(table, Path(folder) / "report", options, command_line())
        seconds = time.monotonic() - started
    metrics = {"seconds": seconds, "groups": len({(row["column"], row["group"]) for row in report["groups"]})}
    metrics["peak_gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    for name, value in metrics.items():
        print(f"{name:<16}{value:.1f}")
    if FLAGS.record:
        facts = {"command": command_line(), "n": FLAGS.images, "resamples": FLAGS.resamples, "subjects": FLAGS.subjects}
        write_entry(Path(FLAGS.record), metrics, {}, duration_s=round(seconds, 1), **facts)


def _define() -> None:
    flags.DEFINE_integer("images", 100_000, "predictions", 100)
    flags.DEFINE_integer("subjects", 0, "people, each with equally many pictures; 0: unknown", 0)
    flags.DEFINE_integer("resamples", 2000, "draws of people", 100)
    flags.DEFINE_string("record", None, "write the ledger entry here")


if __name__ == "__main__":
    _define()
    run_main(main)
