"""Learning and checking the facial cues that explanations name.

Examples:
    python -m fer_tf.explain.narrative --record=results/narrative_cues.json
    python -m fer_tf.explain.narrative --dataset=raf_db/faces --nofit --output=raf_db_cues.json

With --output cues are learned from --split (train) and written; python -m fer_tf.explain --narrative --cues=FILE uses
them. Without it they are compared with the action units of --split (test) and the scores are printed.
"""

import time
from pathlib import Path

from absl import flags

from fer_tf.commandline import command_line, refuse_arguments, run_main

flags.DEFINE_string("dataset", "rendered_faces/standard", "built datasets, one or several with commas")
flags.DEFINE_string("alone", "rendered_faces/units", "to compare: also where units are drawn one by one; empty: not")
flags.DEFINE_string("data_dir", "data", "folder of the built datasets")
flags.DEFINE_string("split", None, "of the dataset; by default train to learn, test to compare")
flags.DEFINE_string("output", None, "learn, and write the cues to this JSON file")
flags.DEFINE_bool("fit", True, "to learn: weights and thresholds too, from action units; else neutral faces only")
flags.DEFINE_string("cues", None, "JSON file of cues to compare or, with --nofit, to start from; default: ours")
flags.DEFINE_string("record", None, "also write the ledger entry of the comparison, such as results/NAME.json")
FLAGS = flags.FLAGS


def main(arguments: list[str]) -> None:
    """Learns, or compares."""
    refuse_arguments(arguments)
    from tqdm import tqdm

    from fer_tf.explain.narrative.agreement import read_meshes
    from fer_tf.explain.narrative.learn import learn
    from fer_tf.explain.narrative.thresholds import load_cues

    started = time.monotonic()
    split = FLAGS.split or ("train" if FLAGS.output else "test")
    base = None if FLAGS.output and FLAGS.fit else load_cues(FLAGS.cues)
    meshes = read_meshes(
        FLAGS.dataset, split, FLAGS.data_dir, lambda some: tqdm(some, unit="image", leave=False, disable=None)
    )
    if not FLAGS.output:
        alone = read_meshes(FLAGS.alone, split, FLAGS.data_dir) if FLAGS.alone else None
        _compare(base, meshes, alone, split, started)
        return
    learned = {"dataset": FLAGS.dataset, "split": split, "command": command_line()}
    learned |= {"people": len(set(meshes.subjects.tolist()) - {""})}
    if base is not None:
        learned["weights and thresholds"] = base.learned
    learn(meshes.points, meshes.emotions, meshes.action_units, learned, base).save(Path(FLAGS.output))
    print(f"written to {FLAGS.output}")


def _compare(reader, meshes, alone, split: str, started: float) -> None:
    from fer_tf.explain.narrative.agreement import agreement
    from fer_tf.training.record import write_entry

    metrics, intervals = agreement(reader, meshes)
    if alone is not None:
        # No face is neutral there, and none disguised.
        kept = [f"{name}{kind}" for name in reader.rules for kind in ("", "_hits", "_spared")]
        more, spread = agreement(reader, alone)
        metrics |= {f"alone_{name}": more[name] for name in kept}
        intervals |= {f"alone_{name}": spread[name] for name in kept}
    nothing = float("nan")
    print(f"{'balanced accuracy':<24}{'all':>8}{'interval':>16}{'no disguise':>14}{'alone':>8}{'named in neutral':>20}")
    for name in reader.rules:
        low, high = intervals[name]
        print(
            f"{name:<24}{metrics[name]:8.3f}{low:9.3f}..{high:.3f}{metrics['plain_' + name]:14.3f}"
            f"{metrics.get('alone_' + name, nothing):8.3f}{metrics[name + '_neutral']:20.3f}"
        )
    print(f"meshes found in {metrics['mesh_found']:.1%} of {len(meshes.subjects)} images")
    if FLAGS.record:
        write_entry(
            Path(FLAGS.record),
            metrics,
            intervals,
            paper="SAFER, explanation",
            command=command_line(),
            dataset=FLAGS.dataset,
            split=split,
            n=len(meshes.subjects),
            people=len(set(meshes.subjects.tolist()) - {""}),
            learned={name: value for name, value in reader.learned.items() if name != "command"},
            seeds=[0],
            duration_s=round(time.monotonic() - started, 1),
        )


if __name__ == "__main__":
    run_main(main)
