"""Does the audit's memory grow with the number of pictures?

    python -m benchmarks.audit_memory --record=results/audit_memory.json

Audits made-up pictures, all different, a number of them and ten times as many, each in a process of its own, and takes
the largest memory of that process and of its workers.
"""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main
from fer_tf.data.audit.options import AuditOptions
from fer_tf.data.audit.run import audit
from fer_tf.labels import EMOTIONS, GROUPS
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.plan import Plan, frames
from tfds_builders.parts import encoded

FLAGS = flags.FLAGS

SIZE, PEOPLE = 128, 8


def pictures(count: int, seed: int) -> Iterator[dict]:
    """Records of people before blotches, no two alike."""
    plan = Plan("memory", seed, {"test": PEOPLE}, images_per_subject=1, size=64)
    faces = [draw(frames(plan, "test", number)[0].frame).image for number in range(PEOPLE)]
    rng = np.random.default_rng(seed)
    for number in range(count):
        image = cv2.resize(rng.integers(0, 256, (12, 12, 3), np.uint8), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        left, top = rng.integers(0, SIZE - 64, 2)
        image[top : top + 64, left : left + 64] = faces[number % PEOPLE]
        texts = {"image_id": f"image_{number:07d}".encode(), "subject_id": b"", "sequence_id": b""}
        votes = np.full(len(EMOTIONS), np.nan, np.float32)
        yield {
            "image": encoded(".jpg", image).tobytes(),
            "emotion": 0,
            "emotion_votes": votes,
            **texts,
        } | dict.fromkeys(GROUPS, -1)


def megabytes(count: int, seed: int) -> tuple[float, float, float]:
    """Audits so many pictures in a process of its own.

    Returns:
        largest memory of it and of one of its workers in MB, and seconds.
    """
    context = multiprocessing.get_context("spawn")
    entrance, exit_ = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(count, seed, exit_))
    process.start()
    exit_.close()
    try:
        return entrance.recv()
    finally:
        process.join()


def _measure(count: int, seed: int, exit_) -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        audit({"train": pictures(count, seed)}, Path(folder), AuditOptions(detector="blazeface"))
    own, workers = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    exit_.send((own, workers, time.monotonic() - started))


def main(arguments: list[str]) -> None:
    """Audits twice, prints and writes the entry."""
    refuse_arguments(arguments)
    started = time.monotonic()
    counts = (FLAGS.pictures, FLAGS.times * FLAGS.pictures)
    metrics: dict[str, float] = {}
    for count in counts:
        own, workers, seconds = megabytes(count, FLAGS.seed)
        metrics |= {f"memory_peak_mb_{count}": own, f"worker_peak_mb_{count}": workers, f"seconds_{count}": seconds}
    few, many = (metrics[f"memory_peak_mb_{count}"] for count in counts)
    metrics["memory_growth_mb"] = many - few
    metrics["bytes_per_picture"] = (many - few) * 2**20 / (counts[1] - counts[0])
    for name, value in metrics.items():
        print(f"{name:<32} {value:.1f}")
    if FLAGS.record:
        from fer_tf.training.record import write_entry

        facts = {"paper": "none", "command": command_line(), "dataset": "made-up pictures", "split": "train"}
        facts |= {"n": counts[1], "seeds": [FLAGS.seed]}
        write_entry(Path(FLAGS.record), metrics, {}, **facts, duration_s=round(time.monotonic() - started, 1))


if __name__ == "__main__":
    flags.DEFINE_integer("pictures", 2000, "of the smaller audit", 1)
    flags.DEFINE_integer("times", 10, "so many times as many in the larger one", 2)
    flags.DEFINE_integer("seed", 9200, "of the pictures")
    flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")
    run_main(main)
