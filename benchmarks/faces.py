"""Every claim about the face tools, measured in one run.

    python -m benchmarks.faces --data_dir=data --photos=PHOTOS --record=results/faces_speed.json

Runs the parts, each a script of its own: faces_detection (MTCNN beside the mtcnn package and
facenet-pytorch), faces_mesh (BlazeFace and mesh beside mediapipe), faces_regions, faces_person,
faces_overlays, faces_memory and faces_disguises (what each disguise costs the FER-2013 model on the test split).
Takes about 45 minutes on two idle cores, most of it for the last two. ``--parts`` measures some again;
their numbers take the place of the old ones in the entry.
"""

import time
from collections.abc import Callable
from pathlib import Path

from absl import flags

from benchmarks import (
    faces_detection,
    faces_disguises,
    faces_memory,
    faces_mesh,
    faces_overlays,
    faces_person,
    faces_regions,
)
from fer_tf.commandline import refuse_arguments, run_main
from fer_tf.errors import InputError
from fer_tf.training.record import read_json, write_entry

FLAGS = flags.FLAGS


def parts(photos: str | None, oracle: str | None, data_dir: str) -> dict[str, Callable]:
    """The measurements by name, in the order in which they are made; what is timed comes first.

    Args:
        photos: folder of photos; None leaves out what needs them.
        oracle: py-feat's au_region_map.json, or None.
        data_dir: folder with the built fer2013.
    """
    return {
        "detection": lambda: faces_detection.measure(photos),
        "mesh": lambda: faces_mesh.measure(photos=photos),
        "person": lambda: faces_person.measure(photos=photos and Path(photos)),
        "overlays": faces_overlays.measure,
        "regions": lambda: faces_regions.measure(oracle=oracle and Path(oracle)),
        "memory": faces_memory.measure,
        "disguises": lambda: faces_disguises.measure("fer2013", "test", data_dir),
    }


def main(arguments: list[str]) -> None:
    """Measures, prints and records."""
    refuse_arguments(arguments)
    known = parts(FLAGS.photos, FLAGS.oracle, FLAGS.data_dir)
    unknown = [name for name in FLAGS.parts if name not in known]
    if unknown:
        raise InputError(f"--parts: {unknown[0]!r} is not known: choose among {', '.join(known)}")
    for name in FLAGS.parts or known:
        started = time.monotonic()
        metrics, intervals = known[name]()
        for key, value in metrics.items():
            print(f"{key:<48} {value:10.4f}", *(f"{end:.4f}" for end in intervals.get(key, ())), flush=True)
        if FLAGS.record:
            _record(Path(FLAGS.record), name, metrics, intervals, time.monotonic() - started)


def _record(path: Path, part: str, metrics: dict, intervals: dict, seconds: float) -> None:
    """Adds a part's numbers to the entry; the other parts' stay, so that nothing is lost on the way."""
    before = read_json(path)
    write_entry(
        path,
        before.get("metrics", {}) | {name: float(value) for name, value in metrics.items()},
        before.get("intervals", {}) | {name: list(ends) for name, ends in intervals.items()},
        command="python -m benchmarks.faces",
        dataset="rendered people; photos where --photos was given; fer2013, test, for the disguises",
        # Seconds of each part; a part that is measured again takes its own place only.
        parts_s=before.get("parts_s", {}) | {part: round(seconds, 1)},
    )


if __name__ == "__main__":
    flags.DEFINE_list("parts", [], "what to measure; empty: everything")
    flags.DEFINE_string("photos", None, "folder of photos with people; without it rendered people only")
    flags.DEFINE_string("oracle", None, "py-feat's au_region_map.json")
    flags.DEFINE_string("data_dir", "data", "folder of the built datasets, with fer2013")
    flags.DEFINE_string("record", None, "JSON file for the ledger entry; none is written without it")
    run_main(main)
